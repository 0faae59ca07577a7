import type { Closing, Stamp } from "../../core/closing.ts";
import type { GatewayError } from "../../core/error.ts";
import type { Block, Delta, Event, Finish, Signature } from "../../core/event.ts";
import { type JsonObject, type JsonValue, jsonObject } from "../../core/json.ts";
import type { ReplyStream } from "../wire.ts";
import { encodeCitation } from "./citation.ts";
import { callType, imageBlock, says } from "./encode-reply.ts";
import { encodeErrorFrame } from "./error.ts";
import { encodeFinish } from "./finish.ts";
import { FORMAT, sealedCall, sealOf } from "./reasoning.ts";
import { encodeUsage } from "./usage.ts";

/** Keeps a connection alive; the SDK passes over it. */
export const PING = frame("ping", '{"type":"ping"}');

export const STOP = frame("message_stop", '{"type":"message_stop"}');

type BlockEvent = Extract<Event, { index: number }>;

/** The block that is being told. */
interface OpenBlock {
  index: number;
  block: Block;
  /** Its start has gone out. */
  begun: boolean;
  /** What can only be told whole, at its end. */
  held: string[];
}

/**
 * Events → Anthropic's stream events. Their blocks come one after the other, and the SDK adds every delta to the last: a
 * block that begins while another is open waits for its end.
 * https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export class MessagesReplyStream implements ReplyStream {
  private readonly stamp: Stamp;
  private begun = false;
  private refused = false;
  private blocks = 0;
  private open: OpenBlock | undefined;
  private openIndex = -1;
  private readonly waiting = new Map<number, BlockEvent[]>();
  private end: { finish: Finish; stopSequence?: string } = { finish: "stop" };

  constructor(stamp: Stamp) {
    this.stamp = stamp;
  }

  push(event: Event): string {
    switch (event.type) {
      case "message-start":
        return this.begin();
      case "block-start":
      case "block-delta":
      case "block-end":
        return this.begin() + this.inTurn(event);
      case "message-end":
        this.end = event.finish === "stop" && this.refused ? { finish: "refusal" } : event;
        return "";
      case "ping":
        return PING;
      default:
        return "";
    }
  }

  finish(closing: Closing): string {
    const delta = {
      type: "message_delta",
      delta: encodeFinish(this.end.finish, this.end.stopSequence),
      usage: encodeUsage(closing),
      provider_metadata: closing.metadata,
    };
    return this.begin() + this.rest() + frame("message_delta", JSON.stringify(delta)) + STOP;
  }

  fail(error: GatewayError): string {
    return encodeErrorFrame(error, this.stamp.id);
  }

  /** What was read is not known yet: what is told of the input is an estimate, marked, and made good in `message_delta`. */
  private begin(): string {
    if (this.begun) return "";
    this.begun = true;
    const { id, model, inputEstimate } = this.stamp;
    const start = {
      type: "message_start",
      message: {
        id,
        type: "message",
        role: "assistant",
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: inputEstimate?.() ?? 0, output_tokens: 0 },
      },
      // Beside the message, so that no client takes the mark for one of the final usage.
      provider_metadata: estimated(id),
    };
    return frame("message_start", JSON.stringify(start));
  }

  /** One block after the other. */
  private inTurn(event: BlockEvent): string {
    if (event.type === "block-start") {
      if (this.open !== undefined) {
        this.waiting.set(event.index, [event]);
        return "";
      }
      this.openIndex = event.index;
      return this.start(event.block);
    }
    if (this.open === undefined || event.index !== this.openIndex) {
      this.waiting.get(event.index)?.push(event);
      return "";
    }
    if (event.type === "block-delta") return this.delta(this.open, event.delta);
    const told = this.stop(this.open, event.signature);
    this.open = undefined;
    return told + this.next();
  }

  private next(): string {
    for (const [index, events] of this.waiting) {
      this.waiting.delete(index);
      let told = "";
      for (const event of events) told += this.inTurn(event);
      return told;
    }
    return "";
  }

  /** Whatever a provider left open. */
  private rest(): string {
    let told = "";
    while (this.open !== undefined) told += this.inTurn({ type: "block-end", index: this.openIndex });
    return told;
  }

  private start(block: Block): string {
    const open: OpenBlock = { index: -1, block, begun: false, held: [] };
    this.open = open;
    switch (block.kind) {
      case "refusal":
        this.refused = true;
        return this.startBlock(open, { type: "text", text: "" });
      case "text":
        return this.startBlock(open, { type: "text", text: "" });
      case "reasoning":
        if (block.redacted === undefined && block.encrypted === undefined) return this.startThinking(open);
        // Sealed thinking may yet have words.
        return "";
      case "tool-call":
        return this.startBlock(open, {
          type: callType(block.by, block.extra),
          id: block.call,
          name: block.name,
          input: {},
        });
      case "file":
        return "";
      case "native":
        return block.wire === "anthropic-messages" ? this.startBlock(open, block.value) : "";
    }
  }

  private startThinking(open: OpenBlock): string {
    const { block } = open;
    const signature = block.kind === "reasoning" ? sealOf(block) : undefined;
    return this.startBlock(open, { type: "thinking", thinking: "", signature: signature ?? "" });
  }

  private startBlock(open: OpenBlock, content: JsonValue): string {
    open.begun = true;
    open.index = this.blocks++;
    const start = { type: "content_block_start", index: open.index, content_block: content };
    return frame("content_block_start", JSON.stringify(start));
  }

  private delta(open: OpenBlock, delta: Delta): string {
    const { block } = open;
    switch (delta.kind) {
      case "text": {
        if (delta.text === "") return "";
        if (block.kind !== "reasoning")
          return this.say(open, `{"type":"text_delta","text":${JSON.stringify(delta.text)}}`);
        const start = open.begun ? "" : this.startThinking(open);
        return start + this.say(open, `{"type":"thinking_delta","thinking":${JSON.stringify(delta.text)}}`);
      }
      case "arguments":
        // Nothing said is no delta (scar 5).
        if (delta.json === "") return "";
        if (block.kind === "tool-call" && block.format === "text") {
          open.held.push(delta.json);
          return "";
        }
        return this.say(open, `{"type":"input_json_delta","partial_json":${JSON.stringify(delta.json)}}`);
      case "citation":
        return this.say(open, JSON.stringify({ type: "citations_delta", citation: encodeCitation(delta.value) }));
      case "data":
        open.held.push(delta.base64);
        return "";
      case "native":
        return delta.wire === "anthropic-messages" ? this.say(open, JSON.stringify(delta.value)) : "";
    }
  }

  /** A delta of a block that is there. */
  private say(open: OpenBlock, delta: string): string {
    if (!open.begun) return "";
    return frame("content_block_delta", `{"type":"content_block_delta","index":${open.index},"delta":${delta}}`);
  }

  private stop(open: OpenBlock, signature: Signature | undefined): string {
    const { block } = open;
    let told = "";
    if (block.kind === "reasoning") told = this.sign(open, block, signature);
    else if (block.kind === "file" && says.file(block.mediaType))
      told = this.startBlock(open, imageBlock(block.mediaType, open.held.join("")));
    else if (block.kind === "tool-call" && block.format === "text")
      told = this.say(
        open,
        JSON.stringify({ type: "input_json_delta", partial_json: JSON.stringify({ input: open.held.join("") }) }),
      );
    if (open.begun) told += stopFrame(open.index);
    if (block.kind !== "tool-call" || signature === undefined) return told;
    const mark: OpenBlock = { ...open, begun: false };
    return told + this.startBlock(mark, sealedCall(block.call, signature)) + stopFrame(mark.index);
  }

  /** The proof that goes back with the thought: Claude's as it is, that of others sealed. */
  private sign(
    open: OpenBlock,
    block: Extract<Block, { kind: "reasoning" }>,
    signature: Signature | undefined,
  ): string {
    const hidden = block.redacted ?? block.encrypted;
    const proof = sealOf(signature === undefined ? block : { ...block, signature });
    if (!open.begun && hidden !== undefined)
      return this.startBlock(open, { type: "redacted_thinking", data: proof ?? hidden });
    const value = proof ?? (signature?.format === FORMAT ? signature.value : undefined);
    return value === undefined ? "" : this.say(open, JSON.stringify({ type: "signature_delta", signature: value }));
  }
}

/** Beside the start of a message: its input tokens are a guess. */
export function estimated(generation: string): JsonObject {
  return { gateway: { generationId: generation, usageEstimated: true } };
}

function stopFrame(index: number): string {
  return frame("content_block_stop", JSON.stringify(jsonObject({ type: "content_block_stop", index })));
}

/** One stream event, ready to send. */
function frame(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}
