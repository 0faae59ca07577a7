import { GatewayError } from "../../core/error.ts";
import type { Block, Event, Finish, Frame, Signature, Stage } from "../../core/event.ts";
import { isObject, type JsonObject, objectAt, parseJson, present, stringAt } from "../../core/json.ts";
import { METERS } from "../../core/usage.ts";
import { decodeErrorValue } from "./error.ts";
import { decodeFinish } from "./finish.ts";
import { FORMAT, isSealed, unseal } from "./reasoning.ts";
import { decodeUsage } from "./usage.ts";

interface OpenBlock {
  /** Our index: 0, 1, 2 … whatever theirs. */
  index: number;
  block: Block;
  signature: string;
  /** A tool's input that came with the start of its block; it counts unless deltas follow. */
  input: string;
}

/** Anthropic's stream events → ours. https://platform.claude.com/docs/en/build-with-claude/streaming */
export class MessagesStream implements Stage<Frame, Event> {
  private out: Event[] = [];
  private readonly open = new Map<number, OpenBlock>();
  private blocks = 0;
  private id: string | undefined;
  private usage: JsonObject = {};
  private searches = 0;
  private finish: { finish: Finish; raw: string; stopSequence?: string } | undefined;
  private done = false;

  push(frame: Frame): Event[] {
    if (this.done) return [];
    const event = parseJson(frame.data);
    if (!isObject(event))
      return this.fail(new GatewayError("upstream_malformed", "The provider sent an event that is not a JSON object."));
    this.read(event);
    return this.take();
  }

  end(): Event[] {
    if (this.done) return [];
    const message = this.id === undefined ? "The answer was empty." : "The answer ended without message_stop.";
    return this.fail(new GatewayError("upstream_truncated", message));
  }

  /** One event, by its own `type`: the frame's `event:` line only repeats it. */
  read(event: JsonObject): void {
    switch (event.type) {
      case "message_start":
        this.start(objectAt(event.message) ?? {});
        return;
      case "content_block_start":
        this.startBlock(indexOf(event), objectAt(event.content_block) ?? {});
        return;
      case "content_block_delta":
        this.delta(indexOf(event), objectAt(event.delta) ?? {});
        return;
      case "content_block_stop":
        this.endBlock(indexOf(event));
        return;
      case "message_delta":
        this.messageDelta(event, objectAt(event.delta) ?? {});
        return;
      case "message_stop":
        this.stop();
        return;
      case "message":
        // Vertex frames a whole message as one event where the body does not say `stream`.
        this.whole(event);
        return;
      case "ping":
        this.out.push({ type: "ping" });
        return;
      case "error":
        this.fatal(decodeErrorValue(event.error));
        return;
      default:
        // An event that nobody here knows yet is the provider's own business: it travels under its name.
        this.out.push({ type: "metadata", values: { [String(event.type)]: event } });
    }
  }

  /** A whole message, as a stream that says each block at once. */
  whole(body: JsonObject): void {
    const { content, stop_reason, stop_sequence, stop_details, container, context_management, ...message } = body;
    if (!Array.isArray(content)) {
      this.fatal(new GatewayError("upstream_malformed", "The provider's answer has no content list."));
      return;
    }
    this.start(message);
    for (const [index, block] of content.entries()) {
      if (!isObject(block)) continue;
      this.startBlock(index, block);
      this.endBlock(index);
    }
    this.messageDelta({ context_management }, { stop_reason, stop_sequence, stop_details, container });
    this.stop();
  }

  take(): Event[] {
    const events = this.out;
    this.out = [];
    return events;
  }

  private start(message: JsonObject): void {
    const id = stringAt(message.id) ?? "";
    if (this.id !== undefined) {
      if (this.id !== id)
        this.fatal(new GatewayError("upstream_malformed", "The provider began a second message in one answer."));
      return;
    }
    this.id = id;
    this.out.push({ type: "message-start", id, model: stringAt(message.model) ?? "" });
    this.report(objectAt(message.usage));
  }

  private startBlock(theirs: number, value: JsonObject): void {
    // The signature of a call that is over: another gateway of this kind has put it there for its client.
    if (isSealed(value.data) && unseal(value.data)?.call !== undefined) return;
    const open: OpenBlock = { index: this.blocks++, block: decodeBlock(value), signature: "", input: "" };
    this.open.set(theirs, open);
    this.out.push({ type: "block-start", index: open.index, block: open.block });
    if (value.type === "web_search_tool_result" && Array.isArray(value.content)) this.searched();
    const said = stringAt(value.text) ?? stringAt(value.thinking) ?? "";
    if (said !== "") this.text(open, said);
    open.signature = stringAt(value.signature) ?? "";
    const image = open.block.kind === "file" ? stringAt(objectAt(value.source)?.data) : undefined;
    if (image !== undefined)
      this.out.push({ type: "block-delta", index: open.index, delta: { kind: "data", base64: image } });
    const input = objectAt(value.input);
    if (input !== undefined && Object.keys(input).length > 0) open.input = JSON.stringify(input);
    for (const citation of Array.isArray(value.citations) ? value.citations : []) {
      this.out.push({ type: "block-delta", index: open.index, delta: { kind: "citation", value: citation } });
    }
  }

  private delta(theirs: number, delta: JsonObject): void {
    const open = this.open.get(theirs);
    if (open === undefined) return;
    const { index } = open;
    switch (delta.type) {
      case "text_delta":
        this.text(open, stringAt(delta.text) ?? "");
        return;
      case "thinking_delta":
        this.text(open, stringAt(delta.thinking) ?? "");
        return;
      case "signature_delta":
        // A seal is told whole, first without and then with what only the end knows.
        if (isSealed(delta.signature)) open.signature = delta.signature;
        else open.signature += stringAt(delta.signature) ?? "";
        return;
      case "input_json_delta": {
        const json = stringAt(delta.partial_json) ?? "";
        if (json === "") return;
        open.input = "";
        this.out.push({ type: "block-delta", index, delta: { kind: "arguments", json } });
        return;
      }
      case "citations_delta":
        this.out.push({ type: "block-delta", index, delta: { kind: "citation", value: delta.citation ?? null } });
        return;
      default:
        this.out.push({
          type: "block-delta",
          index,
          delta: { kind: "native", wire: "anthropic-messages", value: delta },
        });
    }
  }

  private text({ index }: OpenBlock, text: string): void {
    if (text !== "") this.out.push({ type: "block-delta", index, delta: { kind: "text", text } });
  }

  private endBlock(theirs: number): void {
    const open = this.open.get(theirs);
    if (open === undefined) return;
    this.open.delete(theirs);
    const { index, input } = open;
    if (input !== "") this.out.push({ type: "block-delta", index, delta: { kind: "arguments", json: input } });
    const signature = signatureOf(open.signature);
    this.out.push(signature === undefined ? { type: "block-end", index } : { type: "block-end", index, signature });
  }

  private messageDelta(event: JsonObject, delta: JsonObject): void {
    const { stop_reason: reason, stop_sequence: sequence, ...facts } = delta;
    if (typeof reason === "string") {
      this.finish = { finish: decodeFinish(reason), raw: reason };
      if (typeof sequence === "string") this.finish.stopSequence = sequence;
    }
    this.report(objectAt(event.usage));
    const { type: _type, delta: _delta, usage: _usage, ...beside } = event;
    this.metadata({ ...facts, ...beside });
  }

  private metadata(facts: JsonObject): void {
    const told = Object.entries(facts).filter(([, value]) => value !== null && value !== undefined);
    if (told.length > 0) this.out.push({ type: "metadata", values: Object.fromEntries(told) });
  }

  /** Totals: a later report replaces what it mentions; `null` mentions nothing. */
  private report(usage: JsonObject | undefined): void {
    if (usage === undefined) return;
    const told = Object.entries(usage).filter(([, value]) => value !== null);
    const before = decodeUsage(this.usage);
    this.usage = { ...this.usage, ...Object.fromEntries(told) };
    const now = decodeUsage(this.usage);
    // Nonsense is no report of its own, but the one before it was not the last either.
    const withdrawn = METERS.filter((meter) => before[meter] !== undefined && now[meter] === undefined);
    this.out.push({ type: "usage", usage: now, raw: this.usage, ...(withdrawn.length > 0 ? { withdrawn } : {}) });
  }

  /** A search that is paid for is over: who leaves before the end, where all of them are told, has had it. Those that failed cost nothing. */
  private searched(): void {
    this.searches++;
    if (this.searches > (decodeUsage(this.usage).searches ?? 0))
      this.out.push({ type: "usage", usage: { searches: this.searches } });
  }

  private stop(): void {
    if (this.finish === undefined) {
      this.fatal(new GatewayError("upstream_malformed", "The answer ended without a stop reason."));
      return;
    }
    for (const theirs of [...this.open.keys()]) this.endBlock(theirs);
    this.done = true;
    this.out.push({ type: "message-end", ...this.finish });
  }

  private fatal(error: GatewayError): void {
    this.done = true;
    this.out.push({ type: "error", error });
  }

  private fail(error: GatewayError): Event[] {
    this.fatal(error);
    return this.take();
  }
}

function indexOf(event: JsonObject): number {
  return typeof event.index === "number" ? event.index : 0;
}

/** What stands in `content_block`, without what is said in it. */
function decodeBlock(value: JsonObject): Block {
  switch (value.type) {
    case "text":
      return { kind: "text" };
    case "thinking":
      return sealedBlock(value.signature) ?? { kind: "reasoning", format: FORMAT };
    case "redacted_thinking":
      return sealedBlock(value.data) ?? { kind: "reasoning", redacted: stringAt(value.data) ?? "", format: FORMAT };
    case "image": {
      const source = objectAt(value.source);
      if (source?.type !== "base64") return { kind: "native", wire: "anthropic-messages", value };
      return { kind: "file", mediaType: stringAt(source.media_type) ?? "image/png" };
    }
    case "tool_use":
      return toolCall(value, "client");
    case "server_tool_use":
    case "mcp_tool_use": {
      const { id: _id, name: _name, input: _input, ...extra } = value;
      return { ...toolCall(value, "provider"), extra };
    }
    default:
      return { kind: "native", wire: "anthropic-messages", value };
  }
}

/** Thinking of another format, which another gateway of this kind has sealed. */
function sealedBlock(proof: JsonObject[string]): Block | undefined {
  const sealed = isSealed(proof) ? unseal(proof) : undefined;
  if (sealed === undefined) return undefined;
  const { id, summary, encrypted, redacted, format } = sealed;
  return present({ kind: "reasoning", id, summary, encrypted, redacted, format });
}

function signatureOf(proof: string): Signature | undefined {
  if (proof === "") return undefined;
  const sealed = isSealed(proof) ? unseal(proof) : undefined;
  if (sealed === undefined) return { format: FORMAT, value: proof };
  return sealed.signature === undefined ? undefined : { format: sealed.format ?? "unknown", value: sealed.signature };
}

function toolCall(value: JsonObject, by: "client" | "provider"): Block {
  return { kind: "tool-call", call: stringAt(value.id) ?? "", name: stringAt(value.name) ?? "", by, format: "json" };
}
