import { GatewayError } from "./error.ts";
import type { Block, Event, Finish, Signature } from "./event.ts";
import { type JsonObject, type JsonValue, present } from "./json.ts";
import type { Part } from "./request.ts";
import { mergeUsage, type Usage } from "./usage.ts";

/** A whole answer: its events folded. */
export interface Message {
  id: string;
  model: string;
  parts: Part[];
  usage?: Usage;
  /** The provider's own usage object, last report. */
  rawUsage?: JsonObject;
  metadata: JsonObject;
  finish: Finish;
  rawFinish: string | null;
  stopSequence?: string;
}

/**
 * Folds the events of one answer into a message.
 * @throws the GatewayError of an `error` event; `upstream_truncated` when the events stop before `message-end`.
 */
export function fold(events: Iterable<Event>): Message {
  const folding = new Folding();
  for (const event of events) folding.push(event);
  return folding.end();
}

interface OpenBlock {
  block: Block;
  text: string[];
  citations: JsonValue[];
  native: JsonValue[];
  signature?: Signature;
}

class Folding {
  private id = "";
  private model = "";
  private readonly blocks: OpenBlock[] = [];
  private usage: Usage | undefined;
  private rawUsage: JsonObject | undefined;
  private metadata: JsonObject = {};
  private finish: { finish: Finish; raw: string | null; stopSequence?: string } | undefined;

  push(event: Event): void {
    switch (event.type) {
      case "message-start":
        this.id = event.id;
        this.model = event.model;
        return;
      case "block-start":
        this.blocks[event.index] = { block: event.block, text: [], citations: [], native: [] };
        return;
      case "block-delta":
        addDelta(this.blocks[event.index], event);
        return;
      case "block-end": {
        const open = this.blocks[event.index];
        if (open !== undefined && event.signature !== undefined) open.signature = event.signature;
        return;
      }
      case "usage":
        this.usage = mergeUsage(this.usage, event.usage, event.withdrawn);
        if (event.raw !== undefined) this.rawUsage = { ...this.rawUsage, ...event.raw };
        return;
      case "metadata":
        this.metadata = { ...this.metadata, ...event.values };
        return;
      case "message-end":
        this.finish = event;
        return;
      case "error":
        throw event.error;
      case "ping":
        return;
    }
  }

  end(): Message {
    if (this.finish === undefined)
      throw new GatewayError("upstream_truncated", "The answer ended before its end mark.");
    return present({
      id: this.id,
      model: this.model,
      parts: this.blocks.map(toPart),
      usage: this.usage,
      rawUsage: this.rawUsage,
      metadata: this.metadata,
      finish: this.finish.finish,
      rawFinish: this.finish.raw,
      stopSequence: this.finish.stopSequence,
    });
  }
}

function addDelta(open: OpenBlock | undefined, { delta }: Extract<Event, { type: "block-delta" }>): void {
  if (open === undefined) return;
  switch (delta.kind) {
    case "text":
      open.text.push(delta.text);
      return;
    case "arguments":
      open.text.push(delta.json);
      return;
    case "data":
      open.text.push(delta.base64);
      return;
    case "citation":
      open.citations.push(delta.value);
      return;
    case "native":
      open.native.push(delta.value);
      return;
  }
}

function toPart({ block, text, citations, native, signature }: OpenBlock): Part {
  const whole = text.join("");
  const extra = block.extra;
  switch (block.kind) {
    case "text":
      return present({ kind: "text", text: whole, citations: citations.length > 0 ? citations : undefined, extra });
    case "refusal":
      return present({ kind: "refusal", text: whole, extra });
    case "reasoning": {
      const { id, summary, redacted, encrypted, format } = block;
      return present({ kind: "reasoning", text: whole, id, summary, signature, redacted, encrypted, format, extra });
    }
    case "tool-call": {
      const { call, name, by, format } = block;
      const args = format === "json" && whole === "" ? "{}" : whole;
      return present({ kind: "tool-call", call, name, by, format, arguments: args, signature, extra });
    }
    case "file":
      return present({ kind: "file", source: { from: "data", mediaType: block.mediaType, base64: whole }, extra });
    case "native": {
      const value = native.length > 0 ? { start: block.value, deltas: native } : block.value;
      return present({ kind: "native", wire: block.wire, value, extra });
    }
  }
}
