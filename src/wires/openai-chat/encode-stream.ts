import type { Closing, Stamp } from "../../core/closing.ts";
import type { GatewayError } from "../../core/error.ts";
import type { Block, Delta, Event, Finish, Signature } from "../../core/event.ts";
import { type JsonObject, type JsonValue, present } from "../../core/json.ts";
import { HEARTBEAT } from "../sse.ts";
import type { ReplyStream } from "../wire.ts";
import { encodeCitation } from "./citation.ts";
import { encodeErrorFrame } from "./error.ts";
import { encodeFinish } from "./finish.ts";
import { encodeReasoningDetail } from "./reasoning.ts";
import { encodeUsage } from "./usage.ts";

/** A block on its way out, and what the deltas must know of it. */
interface OpenBlock {
  block: Block;
  /** Place among the tool calls, or among the pieces of reasoning. */
  place: number;
  /** A delta has gone out. */
  spoke: boolean;
  base64: string[];
}

/**
 * Events → chat completion chunks, as contract 3.1.9 has them: a chunk with the role alone, then one kind of delta a
 * chunk, then the finishing chunk with the usage and everything the gateway knows.
 */
export class ChatReplyStream implements ReplyStream {
  private readonly head: string;
  private readonly tail: string;
  private readonly blocks = new Map<number, OpenBlock>();
  private calls = 0;
  private thoughts = 0;
  private begun = false;
  private finishAs: Finish = "stop";
  /** Told together behind the words, as OpenAI does: its client keeps only the last piece of what it does not know. */
  private readonly notes: JsonObject[] = [];
  private readonly stamp: Stamp;

  constructor(stamp: Stamp) {
    this.stamp = stamp;
    this.head = `data: ${chunkStart(stamp)}`;
    this.tail = `,"logprobs":null,"finish_reason":null}],"system_fingerprint":"${fingerprint(stamp)}"}\n\n`;
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
        return this.endBlock(event.index, event.signature);
      case "message-end":
        this.finishAs = event.finish;
        return "";
      case "ping":
        return HEARTBEAT;
      default:
        return "";
    }
  }

  finish(closing: Closing): string {
    const chunk = present({
      id: this.stamp.id,
      object: "chat.completion.chunk",
      created: this.stamp.created,
      model: this.stamp.model,
      choices: [
        {
          index: 0,
          delta: { provider_metadata: closing.metadata },
          logprobs: null,
          finish_reason: encodeFinish(this.finishAs),
        },
      ],
      usage: encodeUsage(closing),
      system_fingerprint: fingerprint(this.stamp),
      generationId: this.stamp.id,
    });
    const notes = this.notes.length === 0 ? "" : this.chunk(JSON.stringify({ annotations: this.notes }));
    return `${this.begin()}${notes}data: ${JSON.stringify(chunk)}\n\n${DONE}`;
  }

  fail(error: GatewayError): string {
    return encodeErrorFrame(error, this.stamp.id);
  }

  private begin(): string {
    if (this.begun) return "";
    this.begun = true;
    return this.chunk('{"role":"assistant"}');
  }

  private start(index: number, block: Block): string {
    const place = block.kind === "tool-call" ? this.calls : this.thoughts;
    this.blocks.set(index, { block, place, spoke: false, base64: [] });
    if (block.kind === "reasoning") {
      this.thoughts++;
      const sealed = block.encrypted ?? block.redacted;
      if (sealed === undefined) return "";
      return this.chunk(JSON.stringify({ reasoning_details: [encodeReasoningDetail({ ...block, text: "" }, place)] }));
    }
    if (block.kind !== "tool-call" || block.by !== "client") return "";
    this.calls++;
    const call =
      block.format === "json"
        ? { index: place, id: block.call, type: "function", function: { name: block.name, arguments: "" } }
        : { index: place, id: block.call, type: "custom", custom: { name: block.name, input: "" } };
    return this.chunk(JSON.stringify({ tool_calls: [call] }));
  }

  private delta(index: number, delta: Delta): string {
    const open = this.blocks.get(index);
    if (open === undefined) return "";
    switch (delta.kind) {
      case "text":
        return this.words(open, delta.text, delta.logprobs);
      case "arguments":
        // Nothing said is no chunk (scar 5).
        return delta.json === "" ? "" : this.arguments(open, delta.json);
      case "citation": {
        const note = encodeCitation(delta.value);
        if (note !== undefined) this.notes.push(note);
        return "";
      }
      case "data":
        open.base64.push(delta.base64);
        return "";
      case "native":
        return "";
    }
  }

  private words({ block, place }: OpenBlock, text: string, logprobs: JsonValue | undefined): string {
    if (block.kind === "text") {
      const delta = `{"content":${JSON.stringify(text)}}`;
      return logprobs === undefined ? this.chunk(delta) : this.chunkWithLogprobs(delta, logprobs);
    }
    if (block.kind === "refusal") return this.chunk(`{"refusal":${JSON.stringify(text)}}`);
    if (block.kind !== "reasoning") return "";
    const detail = encodeReasoningDetail({ ...block, text }, place);
    return this.chunk(JSON.stringify({ reasoning: text, reasoning_details: [detail] }));
  }

  private arguments(open: OpenBlock, json: string): string {
    const { block, place } = open;
    if (block.kind !== "tool-call" || block.by !== "client") return "";
    open.spoke = true;
    const said = JSON.stringify(json);
    const delta = block.format === "json" ? `"function":{"arguments":${said}}` : `"custom":{"input":${said}}`;
    return this.chunk(`{"tool_calls":[{"index":${place},${delta}}]}`);
  }

  private endBlock(index: number, signature: Signature | undefined): string {
    const open = this.blocks.get(index);
    if (open === undefined) return "";
    this.blocks.delete(index);
    const { block, place } = open;
    if (block.kind === "reasoning" && signature !== undefined) {
      const detail = encodeReasoningDetail({ ...block, text: "", signature }, place);
      return this.chunk(JSON.stringify({ reasoning: "", reasoning_details: [detail] }));
    }
    if (block.kind === "tool-call" && block.format === "json" && !open.spoke) return this.arguments(open, "{}");
    if (block.kind === "file" && block.mediaType.startsWith("image/")) {
      const image = encodeImage(block.mediaType, open.base64.join(""));
      return this.chunk(JSON.stringify({ images: [image] }));
    }
    return "";
  }

  private chunk(delta: string): string {
    return this.head + delta + this.tail;
  }

  private chunkWithLogprobs(delta: string, logprobs: JsonValue): string {
    return this.head + delta + this.tail.replace('"logprobs":null', () => `"logprobs":${JSON.stringify(logprobs)}`);
  }
}

/** The end mark. Always sent after a clean end, never after an error. */
export const DONE = "data: [DONE]\n\n";

/** The members that every chunk of a stream begins with, up to the delta. */
function chunkStart({ id, created, model }: Stamp): string {
  return `{"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(model)},"choices":[{"index":0,"delta":`;
}

/** The hosted gateway makes one up for each request (contract 3.1.8); ours comes from the id, so it is the same all through. */
export function fingerprint({ id }: Stamp): string {
  return `fp_${id.slice(-10).toLowerCase()}`;
}

export function encodeImage(mediaType: string, base64: string): JsonObject {
  const url = /^https?:/.test(base64) ? base64 : `data:${mediaType};base64,${base64}`;
  return { type: "image_url", image_url: { url } };
}
