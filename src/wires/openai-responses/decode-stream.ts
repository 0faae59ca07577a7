import { GatewayError } from "../../core/error.ts";
import type { Block, Delta, Event, Frame, Signature, Stage } from "../../core/event.ts";
import {
  arrayAt,
  isObject,
  type JsonObject,
  type JsonValue,
  objectAt,
  parseJson,
  present,
  stringAt,
} from "../../core/json.ts";
import { decodeFailure } from "./error.ts";
import { decodeFinish, factsOf, isBlank, isCall, isEnd, unended, withoutResponse } from "./finish.ts";
import { decodeSeal, idOf, thoughtBlock } from "./reasoning.ts";
import { decodeOther } from "./source.ts";
import { HostedUse } from "./usage.ts";

/** A piece of an item that is a block of ours. */
interface OpenBlock {
  index: number;
  said: string;
  notes: number;
  ended: boolean;
}

interface OpenItem {
  /** Blocks by the kind and place of their part. */
  readonly blocks: Map<string, OpenBlock>;
  id: string | undefined;
  done: boolean;
}

/** Response stream events → ours. https://platform.openai.com/docs/api-reference/responses-streaming */
export class ResponsesStream implements Stage<Frame, Event> {
  private out: Event[] = [];
  private readonly items = new Map<number, OpenItem>();
  private blocks = 0;
  private readonly hosted = new HostedUse();
  private calls = false;
  private started = false;
  private done = false;

  push(frame: Frame): Event[] {
    if (this.done || frame.data.trim() === "[DONE]") return [];
    const event = parseJson(frame.data);
    if (isObject(event)) this.read(event);
    else this.fatal(new GatewayError("upstream_malformed", "The provider sent an event that is not a JSON object."));
    return this.take();
  }

  end(): Event[] {
    if (this.done) return [];
    const message = this.started ? "The answer ended without response.completed." : "The answer was empty.";
    this.fatal(new GatewayError("upstream_truncated", message));
    return this.take();
  }

  /** A whole response, as a stream that says each item at once. */
  whole(response: JsonObject): Event[] {
    if (response.status === "failed" || isObject(response.error))
      this.fatal(decodeFailure(response.error ?? undefined));
    else if (!Array.isArray(response.output))
      this.fatal(new GatewayError("upstream_malformed", "The provider's answer has no output list."));
    else this.finish(response.status === undefined ? { ...response, status: "completed" } : response);
    return this.take();
  }

  /** One event, by its own `type`: the frame's `event:` line only repeats it. */
  private read(event: JsonObject): void {
    const type = String(event.type);
    if (type === "error" || (isObject(event.error) && !type.startsWith("response."))) {
      this.fatal(decodeFailure(isObject(event.error) ? event.error : event));
      return;
    }
    const response = objectAt(event.response);
    this.start(response ?? {});
    if (type === "response.failed") this.fatal(decodeFailure(response?.error ?? undefined));
    else if (isEnd(type) && isBlank(response)) this.fatal(withoutResponse());
    else if (isEnd(type)) this.finish({ status: type.slice("response.".length), ...response });
    else if (typeof event.output_index === "number") this.item(type, event.output_index, event);
  }

  private item(type: string, at: number, event: JsonObject): void {
    const value = objectAt(event.item) ?? {};
    const said = stringAt(event.delta);
    const part = `text ${event.content_index ?? 0}`;
    switch (type) {
      case "response.output_item.added":
        this.begin(at, value);
        return;
      case "response.output_item.done":
        this.conclude(at, value);
        return;
      case "response.output_text.delta":
        this.say(at, part, { kind: "text" }, said, event.logprobs);
        return;
      case "response.refusal.delta":
        this.say(at, part, { kind: "refusal" }, said);
        return;
      case "response.output_text.annotation.added":
        this.note(at, part, event.annotation);
        return;
      case "response.reasoning_summary_text.delta":
        this.say(at, `summary ${event.summary_index ?? 0}`, thoughtBlock(this.items.get(at)?.id, true), said);
        return;
      case "response.reasoning_text.delta":
        this.say(at, `thought ${event.content_index ?? 0}`, thoughtBlock(this.items.get(at)?.id, false), said);
        return;
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta":
        this.arguments(at, said ?? "");
        return;
      case "response.function_call_arguments.done":
      case "response.custom_tool_call_input.done":
        this.arguments(at, this.unsaid(at, "call", stringAt(event.arguments ?? event.input)));
    }
  }

  private start(response: JsonObject): void {
    if (this.started) return;
    this.started = true;
    this.hosted.begin(response);
    this.out.push({ type: "message-start", id: stringAt(response.id) ?? "", model: stringAt(response.model) ?? "" });
  }

  private begin(at: number, value: JsonObject): OpenItem {
    let item = this.items.get(at);
    if (item === undefined) {
      item = { blocks: new Map(), id: undefined, done: false };
      this.items.set(at, item);
    }
    item.id ??= idOf(value);
    if (isCall(value) && !item.blocks.has("call")) {
      this.calls = true;
      const { name, call_id: call, type } = value;
      const format = type === "function_call" ? "json" : "text";
      const block: Block = {
        kind: "tool-call",
        call: stringAt(call) ?? "",
        name: stringAt(name) ?? "",
        by: "client",
        format,
      };
      this.open(at, "call", block);
    }
    return item;
  }

  /** What an item says in the end counts, wherever the stream had not said it before (scar 16). */
  private conclude(at: number, value: JsonObject): void {
    const item = this.begin(at, value);
    if (item.done) return;
    item.done = true;
    switch (value.type) {
      case "message":
        for (const [i, part] of (arrayAt(value.content) ?? []).entries()) if (isObject(part)) this.content(at, i, part);
        break;
      case "reasoning":
        this.reasoning(at, item, value);
        return;
      case "function_call":
      case "custom_tool_call":
        this.arguments(at, this.unsaid(at, "call", stringAt(value.arguments ?? value.input)));
        break;
      default: {
        const { block, delta } = decodeOther(value);
        const open = this.open(at, "other", block);
        if (delta !== undefined) this.delta(open, delta);
        this.out.push(...this.hosted.done(value));
      }
    }
    this.close(item);
  }

  private content(at: number, place: number, part: JsonObject): void {
    const key = `text ${place}`;
    if (part.type === "refusal") this.say(at, key, { kind: "refusal" }, this.unsaid(at, key, stringAt(part.refusal)));
    else if (part.type === "output_text") {
      this.say(at, key, { kind: "text" }, this.unsaid(at, key, stringAt(part.text)), part.logprobs);
      const told = this.items.get(at)?.blocks.get(key)?.notes ?? 0;
      for (const note of (arrayAt(part.annotations) ?? []).slice(told)) this.note(at, key, note);
    } else this.open(at, key, { kind: "native", wire: "openai-responses", value: part });
  }

  private reasoning(at: number, item: OpenItem, value: JsonObject): void {
    const said = (kind: "summary" | "thought", list: JsonValue | undefined) => {
      for (const [i, part] of (arrayAt(list) ?? []).entries()) {
        const key = `${kind} ${i}`;
        const rest = this.unsaid(at, key, stringAt(objectAt(part)?.text));
        this.say(at, key, thoughtBlock(item.id, kind === "summary"), rest);
      }
    };
    said("summary", value.summary);
    said("thought", value.content);
    const { signature, ...sealed } = decodeSeal(value.encrypted_content);
    if (signature !== undefined && item.blocks.size === 0)
      this.open(at, "thought 0", thoughtBlock(this.items.get(at)?.id, false));
    this.close(item, signature);
    if ((sealed.encrypted ?? sealed.redacted) === undefined) return;
    const id = item.id === undefined ? {} : { id: item.id };
    this.open(at, "sealed", { kind: "reasoning", ...id, ...sealed });
    this.close(item);
  }

  private arguments(at: number, json: string): void {
    const open = this.items.get(at)?.blocks.get("call");
    if (open === undefined || json === "") return;
    open.said += json;
    this.delta(open, { kind: "arguments", json });
  }

  private say(at: number, key: string, block: Block, text: string | undefined, logprobs?: JsonValue): void {
    if (text === undefined || text === "") return;
    const open = this.open(at, key, block);
    open.said += text;
    const some = Array.isArray(logprobs) && logprobs.length > 0 ? logprobs : undefined;
    this.delta(open, some === undefined ? { kind: "text", text } : { kind: "text", text, logprobs: some });
  }

  private note(at: number, key: string, annotation: JsonValue | undefined): void {
    const open = this.open(at, key, { kind: "text" });
    open.notes++;
    this.delta(open, { kind: "citation", value: annotation ?? null });
  }

  private delta({ index, ended }: OpenBlock, delta: Delta): void {
    if (!ended) this.out.push({ type: "block-delta", index, delta });
  }

  /** What of the whole text the deltas have not said. */
  private unsaid(at: number, key: string, whole = ""): string {
    const said = this.items.get(at)?.blocks.get(key)?.said ?? "";
    return whole.startsWith(said) ? whole.slice(said.length) : "";
  }

  private open(at: number, key: string, block: Block): OpenBlock {
    const { blocks } = this.begin(at, {});
    const there = blocks.get(key);
    if (there !== undefined) return there;
    for (const before of blocks.values()) this.endBlock(before);
    const open = { index: this.blocks++, said: "", notes: 0, ended: false };
    blocks.set(key, open);
    this.out.push({ type: "block-start", index: open.index, block });
    return open;
  }

  /** Ends the blocks of an item; a signature stands at the last. */
  private close(item: OpenItem, signature?: Signature): void {
    const last = [...item.blocks.values()].at(-1);
    for (const block of item.blocks.values()) this.endBlock(block, block === last ? signature : undefined);
    item.blocks.clear();
  }

  private endBlock(block: OpenBlock, signature?: Signature): void {
    if (block.ended) return;
    block.ended = true;
    this.out.push(present({ type: "block-end", index: block.index, signature }));
  }

  /** The end mark, with all of the response in it. */
  private finish(response: JsonObject): void {
    this.start(response);
    this.out.push(...this.hosted.end(response));
    // Several items may have one id (xAI's thinking between searches): each that was told is told once.
    const told = new Map(this.items);
    for (const [at, value] of (arrayAt(response.output) ?? []).entries()) {
      if (isObject(value) && !isTold(told, at, value)) this.conclude(at, value);
    }
    for (const item of this.items.values()) this.close(item);
    const values = factsOf(response);
    if (values !== undefined) this.out.push({ type: "metadata", values });
    const end = decodeFinish(response, this.calls);
    if (end === undefined) {
      this.fatal(unended(response));
      return;
    }
    this.done = true;
    this.out.push({ type: "message-end", ...end });
  }

  private fatal(error: GatewayError): void {
    this.done = true;
    this.out.push({ type: "error", error });
  }

  private take(): Event[] {
    return this.out.splice(0);
  }
}

/** Whether an item of the final list was done before: by its id, or by its place. Takes it from the list. */
function isTold(told: Map<number, OpenItem>, at: number, value: JsonObject): boolean {
  const id = idOf(value);
  const [place = at] = [...told].find(([, item]) => id !== undefined && item.id === id) ?? [];
  const found = told.get(place);
  told.delete(place);
  return found?.done === true;
}
