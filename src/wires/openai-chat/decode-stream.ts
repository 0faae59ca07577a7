import { GatewayError } from "../../core/error.ts";
import type { Block, Delta, Event, Finish, Frame, Signature, Stage } from "../../core/event.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, parseJson, stringAt } from "../../core/json.ts";
import { mintedCall } from "../call-id.ts";
import { unglued } from "../glued.ts";
import { decodePages } from "./citation.ts";
import { argumentsText, thinkingText } from "./decode-request.ts";
import { decodeErrorValue } from "./error.ts";
import { decodeFinish } from "./finish.ts";
import { reasoningBlock } from "./reasoning.ts";
import { decodeUsage, tellsUsage } from "./usage.ts";

const NONE: readonly JsonObject[] = [];

/** Chunk members that the events already say, or that only pad: everything else is the provider's metadata. */
const KNOWN_TOP = new Set(["id", "object", "created", "model", "choices", "usage", "obfuscation", "p", "error"]);
// biome-ignore format: a list
const KNOWN_DELTA = new Set([
  "role", "content", "refusal", "tool_calls", "function_call", "reasoning", "reasoning_content", "reasoning_details",
  "annotations", "images", "provider_metadata",
]);

/** Chat completion chunks → events. One choice, the first: more are never asked of a leg that transcodes. */
export class ChatStream implements Stage<Frame, Event> {
  private readonly answer = new ChatAnswer();
  private done = false;

  push(frame: Frame): Event[] {
    if (this.done) return [];
    if (frame.data.trim() === "[DONE]") return this.end();
    const chunk = parseJson(frame.data);
    const several = isObject(chunk) ? undefined : unglued(frame.data);
    if (several !== undefined) return several.flatMap((data) => this.push({ data }));
    const events = isObject(chunk) ? this.answer.chunk(chunk) : this.answer.garbage();
    this.done = this.answer.failed;
    return events;
  }

  end(): Event[] {
    if (this.done) return [];
    this.done = true;
    return this.answer.end();
  }
}

interface OpenBlock {
  index: number;
  signature?: Signature;
}

interface OpenCall extends OpenBlock {
  /** The name has come, so the block has begun. */
  begun: boolean;
  call: string;
  name: string;
  format: "json" | "text";
  /** Arguments that came before the name. */
  early: string;
}

/** The state of one answer, whichever way its chunks come. */
export class ChatAnswer {
  /** An error was yielded: the answer is over. */
  failed = false;
  private started = false;
  private id = "";
  /** Of a chunk before the first that says who answers. */
  private early: JsonObject = {};
  private blocks = 0;
  /** The one text, refusal or reasoning block that is open, and what it is. */
  private prose: (OpenBlock & { key: string }) | undefined;
  private readonly calls = new Map<number | string, OpenCall>();
  private lastCall: number | string | undefined;
  private finish: { finish: Finish; raw: string } | undefined;
  private pages: JsonValue | undefined;
  private out: Event[] = [];

  chunk(told: JsonObject): Event[] {
    if (told.error !== undefined && told.error !== null) {
      this.usage(told);
      return this.fail(decodeErrorValue(told.error));
    }
    const chunk = this.started ? told : { ...this.early, ...told };
    if (!this.started) {
      // Azure's first chunk tells of the prompt's filters, and has an empty id.
      if (told.id === "" && arrayAt(told.choices)?.length === 0 && !tellsUsage(told.usage)) {
        this.early = chunk;
        return [];
      }
      this.started = true;
      this.id = stringAt(chunk.id) ?? "";
      this.out.push({ type: "message-start", id: this.id, model: stringAt(chunk.model) ?? "" });
    }
    const choice = arrayAt(chunk.choices)?.find((value) => isObject(value) && (value.index ?? 0) === 0);
    this.usage(chunk);
    this.pages = chunk.search_results ?? this.pages;
    if (isObject(choice)) this.choice(choice);
    if (this.failed) return this.take();
    this.facts(chunk, KNOWN_TOP);
    return this.take();
  }

  /** OpenRouter tells it beside an error too: what was spent was spent. */
  private usage({ usage }: JsonObject): void {
    if (tellsUsage(usage)) this.out.push({ type: "usage", usage: decodeUsage(usage), raw: usage });
  }

  /** A chunk that is not even an object. */
  garbage(): Event[] {
    return this.fail(new GatewayError("upstream_malformed", "The provider sent a chunk that is not a JSON object."));
  }

  /** Closes what is open. Without a finish reason the answer was cut: an error, never an end. */
  end(): Event[] {
    if (this.failed) return [];
    if (this.prose?.key === "text") this.cite(decodePages(this.pages));
    this.endProse();
    for (const call of this.calls.values()) {
      if (!call.begun) this.beginCall(call);
      this.out.push({ type: "block-end", index: call.index });
    }
    this.calls.clear();
    if (this.finish === undefined) {
      const message = this.started ? "The answer ended without a finish reason." : "The answer was empty.";
      return this.fail(new GatewayError("upstream_truncated", message));
    }
    this.out.push({ type: "message-end", ...this.finish });
    return this.take();
  }

  private fail(error: GatewayError): Event[] {
    this.failed = true;
    this.out.push({ type: "error", error });
    return this.take();
  }

  private take(): Event[] {
    const events = this.out;
    this.out = [];
    return events;
  }

  private facts(object: JsonObject, known: ReadonlySet<string>): void {
    let facts: JsonObject | undefined;
    for (const name in object) {
      if (known.has(name) || object[name] === null) continue;
      facts ??= {};
      facts[name] = object[name];
    }
    if (facts !== undefined) this.out.push({ type: "metadata", values: facts });
  }

  private choice(choice: JsonObject): void {
    const delta = objectAt(choice.delta) ?? objectAt(choice.message);
    if (delta !== undefined) this.delta(delta, choice.logprobs ?? undefined);
    if (typeof choice.finish_reason !== "string") return;
    this.finish ??= { finish: decodeFinish(choice.finish_reason), raw: choice.finish_reason };
    if (this.finish.finish === "error") {
      this.failed = true;
      const error = new GatewayError("upstream_error", "The provider ended the answer with an error.");
      this.out.push({ type: "error", error });
    }
  }

  private delta(delta: JsonObject, logprobs: JsonValue | undefined): void {
    this.reasoning(delta);
    this.content(delta.content, logprobs);
    if (typeof delta.refusal === "string" && delta.refusal !== "")
      this.say({ kind: "refusal" }, "refusal", delta.refusal);
    this.cite(arrayAt(delta.annotations) ?? []);
    for (const image of arrayAt(delta.images) ?? []) this.image(image);
    for (const call of arrayAt(delta.tool_calls) ?? []) if (isObject(call)) this.toolCall(call);
    const old = objectAt(delta.function_call);
    if (old !== undefined) this.toolCall({ index: 0, id: stringAt(old.name), function: old });
    this.facts(delta, KNOWN_DELTA);
    const metadata = objectAt(delta.provider_metadata);
    if (metadata !== undefined) this.out.push({ type: "metadata", values: metadata });
  }

  private reasoning(delta: JsonObject): void {
    const details = arrayAt(delta.reasoning_details)?.filter(isObject) ?? NONE;
    const told = stringAt(delta.reasoning_content) ?? stringAt(delta.reasoning) ?? "";
    // What the details do not say in words is said beside them; what they do is only said again.
    if (told !== "" && details.every(({ type }) => type === "reasoning.encrypted"))
      this.say({ kind: "reasoning" }, "reasoning", told);
    for (const detail of details) this.detail(detail);
  }

  private detail(detail: JsonObject): void {
    const block = reasoningBlock(detail);
    const key = `${detail.type} ${detail.index ?? 0}`;
    this.open(block, block.encrypted === undefined ? key : `${key} ${this.blocks}`);
    const words = stringAt(detail.text) ?? stringAt(detail.summary) ?? "";
    if (words !== "") this.text(words);
    const value = stringAt(detail.signature) ?? "";
    if (value !== "") this.prose!.signature = { format: block.format ?? "unknown", value };
  }

  /** A string, or the list of parts in which Mistral's thinking models answer. https://docs.mistral.ai/capabilities/reasoning/ */
  private content(content: JsonValue | undefined, logprobs: JsonValue | undefined): void {
    if (typeof content === "string") {
      if (content !== "") this.say({ kind: "text" }, "text", content, logprobs);
      return;
    }
    for (const part of arrayAt(content) ?? []) {
      if (!isObject(part)) continue;
      if (part.type === "text") this.content(part.text, logprobs);
      else if (part.type === "thinking") {
        const words = thinkingText(part);
        if (words !== "") this.say({ kind: "reasoning" }, "reasoning", words);
      } else {
        this.open({ kind: "native", wire: "openai-chat", value: part }, `native ${this.blocks}`);
      }
    }
  }

  private cite(notes: readonly JsonValue[]): void {
    for (const value of notes) {
      this.open({ kind: "text" }, "text");
      this.out.push({ type: "block-delta", index: this.prose!.index, delta: { kind: "citation", value } });
    }
  }

  private image(value: JsonValue): void {
    const url = stringAt(objectAt(objectAt(value)?.image_url)?.url) ?? "";
    const data = /^data:([^;,]*);base64,/.exec(url.slice(0, 100));
    this.endProse();
    const index = this.blocks++;
    this.out.push({ type: "block-start", index, block: { kind: "file", mediaType: data?.[1] ?? "image/png" } });
    this.out.push({
      type: "block-delta",
      index,
      delta: { kind: "data", base64: data === null ? url : url.slice(data[0].length) },
    });
    this.out.push({ type: "block-end", index });
  }

  private toolCall(value: JsonObject): void {
    const key = this.callKey(value);
    this.lastCall = key;
    let call = this.calls.get(key);
    if (call === undefined) {
      this.endProse();
      const format = value.type === "custom" || value.custom !== undefined ? "text" : "json";
      call = { index: this.blocks++, begun: false, call: "", name: "", format, early: "" };
      this.calls.set(key, call);
    }
    const named = objectAt(value.custom) ?? objectAt(value.function) ?? {};
    if (call.call === "") call.call = stringAt(value.id) ?? "";
    if (!call.begun) call.name += stringAt(named.name) ?? "";
    const json = argumentsText(named.input ?? named.arguments);
    if (!call.begun && call.name === "") call.early += json;
    else {
      if (!call.begun) this.beginCall(call);
      if (json !== "") this.out.push({ type: "block-delta", index: call.index, delta: { kind: "arguments", json } });
    }
  }

  private beginCall(call: OpenCall): void {
    call.begun = true;
    const { index, name, format } = call;
    const id = call.call || mintedCall(this.id, index, name);
    this.out.push({ type: "block-start", index, block: { kind: "tool-call", call: id, name, by: "client", format } });
    if (call.early !== "")
      this.out.push({ type: "block-delta", index: call.index, delta: { kind: "arguments", json: call.early } });
  }

  /** `index` where there is one; else a new id is a new call, and no id continues the last. */
  private callKey(value: JsonObject): number | string {
    if (typeof value.index === "number") return value.index;
    const id = stringAt(value.id) ?? "";
    return id === "" ? (this.lastCall ?? 0) : id;
  }

  private say(block: Block, key: string, words: string, logprobs?: JsonValue): void {
    this.open(block, key);
    this.text(words, logprobs);
  }

  private text(words: string, logprobs?: JsonValue): void {
    const delta: Delta =
      logprobs === undefined ? { kind: "text", text: words } : { kind: "text", text: words, logprobs };
    this.out.push({ type: "block-delta", index: this.prose!.index, delta });
  }

  /** Makes the block with this key the open one. */
  private open(block: Block, key: string): void {
    if (this.prose?.key === key) return;
    this.endProse();
    this.prose = { index: this.blocks++, key };
    this.out.push({ type: "block-start", index: this.prose.index, block });
  }

  private endProse(): void {
    if (this.prose === undefined) return;
    const { index, signature } = this.prose;
    this.prose = undefined;
    this.out.push(signature === undefined ? { type: "block-end", index } : { type: "block-end", index, signature });
  }
}
