import { GatewayError } from "../../core/error.ts";
import type { Block, Delta, Event, Finish, Frame, Stage } from "../../core/event.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, parseJson, stringAt } from "../../core/json.ts";
import { decodeCitation } from "./citation.ts";
import { decodeException } from "./error.ts";
import { decodeFinish } from "./finish.ts";
import { FORMAT, unsealed } from "./reasoning.ts";
import { decodeUsage } from "./usage.ts";

/** What a block holds. Text and thinking begin without a word, so the kind is read off what is said. */
type Kind = Block["kind"];

interface OpenBlock {
  /** Our index: 0, 1, 2 … whatever theirs. */
  index: number;
  kind: Kind;
  signature: string;
}

/**
 * Bedrock's stream events → ours. `messageStop` ends what is said; `metadata` behind it tells the usage.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
 */
export class ConverseStream implements Stage<Frame, Event> {
  private out: Event[] = [];
  private readonly open = new Map<number, OpenBlock>();
  /** Withheld thinking, by their index: it is told when it is whole. */
  private readonly sealed = new Map<number, Buffer[]>();
  private blocks = 0;
  private started = false;
  private finish: { finish: Finish; raw: string; stopSequence?: string } | undefined;
  private done = false;

  push({ event = "", data, failure }: Frame): Event[] {
    if (this.done) return [];
    if (failure === true) return this.fail(decodeException(event, data));
    const value = parseJson(data);
    if (!isObject(value))
      return this.fail(new GatewayError("upstream_malformed", "The provider sent an event that is not a JSON object."));
    this.read(event, value);
    return this.take();
  }

  end(): Event[] {
    if (this.done) return [];
    if (this.finish !== undefined) {
      // All was said; only what it cost was not.
      this.stop();
      return this.take();
    }
    const message = this.started ? "The answer ended without messageStop." : "The answer was empty.";
    return this.fail(new GatewayError("upstream_truncated", message));
  }

  read(type: string, value: JsonObject): void {
    const theirs = typeof value.contentBlockIndex === "number" ? value.contentBlockIndex : 0;
    switch (type) {
      case "messageStart":
        this.start();
        return;
      case "contentBlockStart":
        this.startBlock(theirs, objectAt(value.start) ?? {});
        return;
      case "contentBlockDelta":
        this.delta(theirs, objectAt(value.delta) ?? {});
        return;
      case "contentBlockStop":
        this.endBlock(theirs);
        return;
      case "messageStop":
        this.messageStop(value);
        return;
      case "metadata":
        this.metadata(value);
        return;
      default:
        // An event that nobody here knows yet is the provider's own business: it travels under its name.
        this.out.push({ type: "metadata", values: { [type]: withoutPadding(value) } });
    }
  }

  /** A whole answer, as a stream that says each block at once. */
  whole(body: JsonObject): void {
    const { output, stopReason, additionalModelResponseFields, ...facts } = body;
    const content = arrayAt(objectAt(objectAt(output)?.message)?.content);
    if (content === undefined) {
      this.fatal(new GatewayError("upstream_malformed", "The provider's answer has no content list."));
      return;
    }
    this.start();
    for (const [index, block] of content.entries()) if (isObject(block)) this.wholeBlock(index, block);
    this.messageStop({ stopReason, additionalModelResponseFields });
    if (!this.done) this.metadata(facts);
  }

  take(): Event[] {
    const events = this.out;
    this.out = [];
    return events;
  }

  private start(): void {
    if (this.started) return;
    this.started = true;
    // Neither an id nor the model is told.
    this.out.push({ type: "message-start", id: "", model: "" });
  }

  private wholeBlock(index: number, block: JsonObject): void {
    const cited = objectAt(block.citationsContent);
    const thought = objectAt(block.reasoningContent);
    const call = objectAt(block.toolUse);
    const image = objectAt(block.image);
    if (typeof block.text === "string") this.delta(index, { text: block.text });
    else if (cited !== undefined) {
      for (const piece of arrayAt(cited.content) ?? []) this.delta(index, { text: objectAt(piece)?.text });
      for (const citation of arrayAt(cited.citations) ?? []) this.delta(index, { citation });
    } else if (thought !== undefined) {
      const { text, signature } = objectAt(thought.reasoningText) ?? {};
      if (text !== undefined) this.delta(index, { reasoningContent: { text } });
      if (signature !== undefined) this.delta(index, { reasoningContent: { signature } });
      const { redactedContent } = thought;
      if (redactedContent !== undefined) this.delta(index, { reasoningContent: { redactedContent } });
    } else if (call !== undefined) {
      this.startBlock(index, block);
      const input = objectAt(call.input) ?? {};
      if (Object.keys(input).length > 0) this.delta(index, { toolUse: { input: JSON.stringify(input) } });
    } else if (image !== undefined) {
      this.startBlock(index, block);
      this.delta(index, { image });
    } else this.begin(index, { kind: "native", wire: "bedrock-converse", value: block });
    this.endBlock(index);
  }

  private startBlock(theirs: number, start: JsonObject): void {
    const call = objectAt(start.toolUse);
    const image = objectAt(start.image);
    if (call !== undefined) this.begin(theirs, toolCall(call));
    else if (image !== undefined)
      this.begin(theirs, { kind: "file", mediaType: `image/${stringAt(image.format) ?? "png"}` });
    else if (Object.keys(start).length > 0)
      this.begin(theirs, { kind: "native", wire: "bedrock-converse", value: start });
  }

  private delta(theirs: number, delta: JsonObject): void {
    const open = this.open.get(theirs);
    const thought = objectAt(delta.reasoningContent);
    const { citation } = delta;
    const json = stringAt(objectAt(delta.toolUse)?.input);
    const base64 = stringAt(objectAt(objectAt(delta.image)?.source)?.bytes);
    if (thought !== undefined) this.think(theirs, thought);
    else if (typeof delta.text === "string") this.text(theirs, "text", delta.text);
    else if (citation !== undefined)
      this.say(this.opened(theirs, "text"), { kind: "citation", value: decodeCitation(citation) });
    else if (json !== undefined && open?.kind === "tool-call") {
      if (json !== "") this.say(open, { kind: "arguments", json });
    } else if (base64 !== undefined && open?.kind === "file") this.say(open, { kind: "data", base64 });
    else this.native(theirs, delta);
  }

  private think(theirs: number, { text, signature, redactedContent }: JsonObject): void {
    if (typeof text === "string") this.text(theirs, "reasoning", text);
    if (typeof signature === "string" && signature !== "") this.opened(theirs, "reasoning").signature += signature;
    if (typeof redactedContent !== "string") return;
    const pieces = this.sealed.get(theirs) ?? [];
    pieces.push(Buffer.from(redactedContent, "base64"));
    this.sealed.set(theirs, pieces);
  }

  /** Nothing said begins no block. */
  private text(theirs: number, kind: "text" | "reasoning", text: string): void {
    if (text !== "") this.say(this.opened(theirs, kind), { kind: "text", text });
  }

  /** Something nobody here knows: part of the block that is open, or one of its own. */
  private native(theirs: number, value: JsonValue): void {
    const open = this.open.get(theirs);
    if (open === undefined) this.begin(theirs, { kind: "native", wire: "bedrock-converse", value });
    else this.say(open, { kind: "native", wire: "bedrock-converse", value });
  }

  private say({ index }: OpenBlock, delta: Delta): void {
    this.out.push({ type: "block-delta", index, delta });
  }

  /** The block that this is said in. A block of another kind under the same index is over. */
  private opened(theirs: number, kind: "text" | "reasoning"): OpenBlock {
    const open = this.open.get(theirs);
    if (open?.kind === kind) return open;
    return this.begin(theirs, { kind });
  }

  private begin(theirs: number, block: Block): OpenBlock {
    this.start();
    this.endBlock(theirs);
    const open: OpenBlock = { index: this.blocks++, kind: block.kind, signature: "" };
    this.open.set(theirs, open);
    this.out.push({ type: "block-start", index: open.index, block });
    return open;
  }

  private endBlock(theirs: number): void {
    const open = this.open.get(theirs);
    this.open.delete(theirs);
    if (open !== undefined) {
      const { index, signature } = open;
      this.out.push({
        type: "block-end",
        index,
        ...(signature === "" ? {} : { signature: { format: FORMAT, value: signature } }),
      });
    }
    const sealed = this.sealed.get(theirs);
    if (sealed === undefined) return;
    this.sealed.delete(theirs);
    this.begin(theirs, { kind: "reasoning", ...unsealed(Buffer.concat(sealed)) });
    this.endBlock(theirs);
  }

  private messageStop({ stopReason, additionalModelResponseFields }: JsonObject): void {
    if (typeof stopReason !== "string") {
      this.fatal(new GatewayError("upstream_malformed", "The answer ended without a stop reason."));
      return;
    }
    this.start();
    for (const theirs of new Set([...this.open.keys(), ...this.sealed.keys()])) this.endBlock(theirs);
    this.finish = { finish: decodeFinish(stopReason), raw: stopReason };
    if (!isObject(additionalModelResponseFields)) return;
    const { stop_sequence: sequence, delta } = additionalModelResponseFields;
    const stopSequence = stringAt(sequence) ?? stringAt(objectAt(delta)?.stop_sequence);
    if (stopSequence !== undefined) this.finish.stopSequence = stopSequence;
    this.out.push({ type: "metadata", values: { additionalModelResponseFields } });
  }

  /** Usage, how long it took, what a guardrail found. The last event there is. */
  private metadata({ usage, ...facts }: JsonObject): void {
    this.start();
    if (isObject(usage)) this.out.push({ type: "usage", usage: decodeUsage(usage), raw: usage });
    const values = withoutPadding(facts);
    if (Object.keys(values).length > 0) this.out.push({ type: "metadata", values });
    if (this.finish !== undefined) this.stop();
  }

  private stop(): void {
    const { finish, raw } = this.finish!;
    if (finish === "error") {
      this.fatal(new GatewayError("upstream_error", `The model's answer could not be used (${raw}).`));
      return;
    }
    this.done = true;
    this.out.push({ type: "message-end", ...this.finish! });
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

/** Events carry letters under `p` that only hide how long they are. */
function withoutPadding({ p: _padding, ...value }: JsonObject): JsonObject {
  return value;
}

function toolCall({ toolUseId, name, type }: JsonObject): Block {
  const by = type === "server_tool_use" ? "provider" : "client";
  const block = { kind: "tool-call", call: stringAt(toolUseId) ?? "", name: stringAt(name) ?? "", by, format: "json" };
  return (by === "provider" ? { ...block, extra: { type } } : block) as Block;
}
