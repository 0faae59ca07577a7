import type { Ask } from "../../core/ask.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import type { GatewayError } from "../../core/error.ts";
import type { Block, Delta, Event, Finish, Frame, Signature } from "../../core/event.ts";
import { type JsonObject, jsonObject, parseJson, present } from "../../core/json.ts";
import { HEARTBEAT } from "../sse.ts";
import type { ReplyStream } from "../wire.ts";
import { encodeCitation } from "./citation.ts";
import { Calls, editionOf, encodeFile, encodeWarnings, timeOf, withId } from "./encode-reply.ts";
import { encodeErrorFrame } from "./error.ts";
import { encodeFinish } from "./finish.ts";
import { isProgram } from "./hosted-results.ts";
import { encodeProof } from "./reasoning.ts";
import type { Edition } from "./schema.ts";
import { encodeUsage } from "./usage.ts";

interface OpenBlock {
  readonly block: Block;
  readonly id: string;
  /** What is only told whole, at its end. */
  readonly held: string[];
  /** Sources that were told of it. */
  sources: number;
}

/** The end mark, which the client passes over. */
const DONE = "data: [DONE]\n\n";

/** Events → the stream parts of `doStream` (contract 4.3), one a frame. Blocks have ids, and may be told in turns. */
export class CallReplyStream implements ReplyStream {
  /** The provider's frames, where the call asks for them (`includeRawChunks`). */
  readonly raw?: (frame: Frame) => string;
  private readonly blocks = new Map<number, OpenBlock>();
  private readonly stamp: Stamp;
  private readonly calls: Calls;
  private readonly edition: Edition;
  private readonly warnings: () => readonly JsonObject[];
  private begun = false;
  private named = false;
  private refused = false;
  private end: { finish: Finish; raw: string | null } = { finish: "stop", raw: null };

  /** @param warnings what of the request is left out, or done otherwise */
  constructor(stamp: Stamp, ask?: Ask, warnings: () => readonly JsonObject[] = () => []) {
    this.stamp = stamp;
    this.edition = editionOf(ask);
    this.calls = new Calls(ask, this.edition, stamp);
    this.warnings = warnings;
    if (ask?.body.includeRawChunks === true) this.raw = (told) => this.begin() + rawPart(told);
  }

  push(event: Event): string {
    switch (event.type) {
      case "message-start":
        return this.begin();
      case "block-start":
        return this.begin() + this.start(event.index, event.block);
      case "block-delta":
        return this.delta(event.index, event.delta);
      case "block-end":
        return this.stop(event.index, event.signature);
      case "message-end":
        this.end = event;
        return "";
      case "ping":
        return HEARTBEAT;
      default:
        return "";
    }
  }

  finish(closing: Closing): string {
    const finish = this.refused && this.end.finish === "stop" ? "refusal" : this.end.finish;
    const last = frame({
      type: "finish",
      finishReason: encodeFinish(finish, this.end.raw, this.edition),
      usage: encodeUsage(closing, this.edition),
      providerMetadata: closing.metadata,
    });
    return this.begin() + last + DONE;
  }

  fail(error: GatewayError): string {
    return encodeErrorFrame(error, this.stamp.id);
  }

  private begin(): string {
    if (this.begun) return "";
    this.begun = true;
    const { id, model } = this.stamp;
    return (
      frame({ type: "stream-start", warnings: encodeWarnings(this.warnings(), this.edition) }) +
      frame({ type: "response-metadata", id, timestamp: timeOf(this.stamp), modelId: model })
    );
  }

  private start(index: number, block: Block): string {
    const id = block.kind === "tool-call" ? block.call : String(index);
    this.blocks.set(index, { block, id, held: [], sources: 0 });
    switch (block.kind) {
      case "refusal":
        this.refused = true;
        return this.first({ type: "text-start", id });
      case "text":
        return this.first({ type: "text-start", id });
      case "reasoning":
        return this.first(
          jsonObject({ type: "reasoning-start", id, providerMetadata: encodeProof({ ...block, text: "" }) }),
        );
      case "tool-call":
        return this.first({ type: "tool-input-start", id, ...this.calls.head(block) });
      case "native":
        return this.calls
          .native(block.value)
          .map((result) => this.first(result))
          .join("");
      default:
        return "";
    }
  }

  private delta(index: number, delta: Delta): string {
    const open = this.blocks.get(index);
    if (open === undefined) return "";
    switch (delta.kind) {
      case "text": {
        if (delta.text === "") return "";
        const type = open.block.kind === "reasoning" ? "reasoning-delta" : "text-delta";
        return `data: {"type":"${type}","id":"${open.id}","delta":${JSON.stringify(delta.text)}}\n\n`;
      }
      case "arguments": {
        if (delta.json === "" || open.block.kind !== "tool-call") return "";
        open.held.push(delta.json);
        return isWhole(open.block) ? "" : this.input(open, delta.json);
      }
      case "citation": {
        const source = encodeCitation(delta.value, `${open.id}-${open.sources}`);
        if (source === undefined) return "";
        open.sources++;
        return frame(source);
      }
      case "data":
        open.held.push(delta.base64);
        return "";
      case "native":
        return "";
    }
  }

  private stop(index: number, signature: Signature | undefined): string {
    const open = this.blocks.get(index);
    if (open === undefined) return "";
    this.blocks.delete(index);
    const { block, id, held } = open;
    switch (block.kind) {
      case "text":
      case "refusal":
        return frame({ type: "text-end", id });
      case "reasoning": {
        const proof = encodeProof(present({ ...block, text: "", signature }));
        return frame(jsonObject({ type: "reasoning-end", id, providerMetadata: proof }));
      }
      case "tool-call": {
        const told = this.calls.call(present({ ...block, arguments: held.join(""), signature }));
        const late = held.length === 0 || isWhole(block) ? this.input(open, String(told[0]?.input)) : "";
        return `${late}${frame({ type: "tool-input-end", id })}${told.map(frame).join("")}`;
      }
      case "file":
        return this.first(encodeFile(block.mediaType, held.join(""), this.edition));
      default:
        return "";
    }
  }

  private input({ id }: OpenBlock, delta: string): string {
    return frame({ type: "tool-input-delta", id, delta });
  }

  /** The first content says whose answer it is: later would be too late for who leaves. */
  private first(part: JsonObject): string {
    if (this.named) return frame(part);
    this.named = true;
    const { providerMetadata, ...rest } = part;
    return frame({ ...rest, providerMetadata: withId(providerMetadata as JsonObject | undefined, this.stamp) });
  }
}

/** Free text is told as JSON, which it is only as a whole; and so is what is told otherwise than it came. */
function isWhole(block: Extract<Block, { kind: "tool-call" }>): boolean {
  return block.format === "text" || isProgram(block);
}

/** Of what is no JSON, such as an end mark, nobody can make anything. */
function rawPart({ data }: Frame): string {
  const rawValue = parseJson(data);
  return rawValue === undefined ? "" : frame({ type: "raw", rawValue });
}

function frame(part: JsonObject): string {
  return `data: ${JSON.stringify(part)}\n\n`;
}
