import { GatewayError } from "../../core/error.ts";
import type { Block, Event, Finish, Frame, Signature, Stage } from "../../core/event.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, parseJson, stringAt } from "../../core/json.ts";
import type { Meter, Usage } from "../../core/usage.ts";
import { mintedCall } from "../call-id.ts";
import { decodeGrounding, placesIn, searchesIn } from "./citation.ts";
import { decodeErrorValue } from "./error.ts";
import { decodeFinish } from "./finish.ts";
import { decodeUsage } from "./usage.ts";

/** The format under which Gemini's thought signatures travel (contract 3.1.5). */
export const FORMAT = "google-gemini-v1";

/** Members of a chunk and of its candidate that have words of their own; the others are the provider's facts. */
const READ = new Set(["candidates", "usageMetadata", "responseId", "modelVersion", "createTime", "error"]);
const CANDIDATE_READ = new Set(["content", "finishReason", "index", "tokenCount"]);

/**
 * Gemini's chunks → our events. A part is whole when it comes, but for text: that goes on in the parts that follow.
 * Signatures of calls and of text come at the end of the answer, as thinking that is sealed: every door can carry that.
 * https://ai.google.dev/api/generate-content, https://ai.google.dev/gemini-api/docs/thought-signatures
 */
export class GenerateStream implements Stage<Frame, Event> {
  private out: Event[] = [];
  /** The text that is being said. */
  private open: { index: number; kind: "text" | "reasoning"; signature?: Signature } | undefined;
  private blocks = 0;
  private calls = 0;
  private id: string | undefined;
  private usage: JsonObject = {};
  private told: Usage = {};
  private readonly seals: string[] = [];
  private model = "";
  private said = "";
  private grounding: JsonObject | undefined;
  private looked = 0;
  private finish: { finish: Finish; raw: string } | undefined;
  private done = false;

  push(frame: Frame): Event[] {
    if (this.done) return [];
    const chunk = parseJson(frame.data);
    if (isObject(chunk)) this.read(chunk);
    else this.fatal(new GatewayError("upstream_malformed", "The provider sent a chunk that is not a JSON object."));
    return this.take();
  }

  /** Without a reason to finish it has not finished. */
  end(): Event[] {
    if (this.done) return [];
    if (this.finish !== undefined) this.stop(this.finish);
    else if (this.id === undefined) this.fatal(new GatewayError("upstream_truncated", "The answer was empty."));
    else this.fatal(new GatewayError("upstream_truncated", "The answer ended without a finish reason."));
    return this.take();
  }

  /** One chunk, or the whole answer. */
  read(chunk: JsonObject): void {
    if (chunk.error !== undefined) {
      this.fatal(decodeErrorValue(chunk.error));
      return;
    }
    this.start(chunk);
    const candidate = objectAt(arrayAt(chunk.candidates)?.find((one) => isObject(one) && (one.index ?? 0) === 0));
    for (const part of arrayAt(objectAt(candidate?.content)?.parts) ?? []) if (isObject(part)) this.part(part);
    this.report(objectAt(chunk.usageMetadata));
    this.facts(chunk, READ);
    if (candidate !== undefined) this.facts(candidate, CANDIDATE_READ);
    const grounding = objectAt(candidate?.groundingMetadata);
    if (grounding !== undefined) this.ground(grounding);
    const reason = finishOf(candidate, objectAt(chunk.promptFeedback));
    if (reason === undefined) return;
    this.finish = { finish: decodeFinish(reason), raw: reason };
    // A prompt that was blocked has no candidate, and the words for why are many.
    if (candidate === undefined) this.finish.finish = "content-filter";
    if (this.finish.finish === "error") this.fatal(failureOf(reason, candidate));
    // The usage rides on the chunk that finishes. Where it does not, it may still come.
    else if (chunk.usageMetadata !== undefined) this.stop(this.finish);
  }

  take(): Event[] {
    const events = this.out;
    this.out = [];
    return events;
  }

  private start(chunk: JsonObject): void {
    if (this.id !== undefined) return;
    this.id = stringAt(chunk.responseId) ?? "";
    this.model = stringAt(chunk.modelVersion) ?? "";
    this.out.push({ type: "message-start", id: this.id, model: this.model });
  }

  /** What it rests on is cited at the end; what was searched for it is paid for by who leaves before. */
  private ground(grounding: JsonObject): void {
    this.grounding = { ...this.grounding, ...grounding };
    const [searches, places] = [searchesIn(this.grounding, this.model), placesIn(this.grounding, this.model)];
    if (searches + places <= this.looked) return;
    this.looked = searches + places;
    this.out.push({
      type: "usage",
      usage: { ...(searches > 0 ? { searches } : {}), ...(places > 0 ? { places } : {}) },
    });
  }

  private part(part: JsonObject): void {
    const { text, thought, thoughtSignature, functionCall, inlineData } = part;
    const signature = stringAt(thoughtSignature) ?? "";
    if (typeof text === "string") {
      this.text(text, thought === true ? "reasoning" : "text", signature);
      return;
    }
    this.close();
    const call = objectAt(functionCall);
    const data = objectAt(inlineData);
    if (call !== undefined) this.call(call);
    // An image that is only thought of is no part of the answer.
    else if (data !== undefined && thought !== true) {
      const block = { kind: "file", mediaType: stringAt(data.mimeType) ?? "application/octet-stream" } as const;
      this.whole(block, { kind: "data", base64: stringAt(data.data) ?? "" });
    } else {
      this.whole({ kind: "native", wire: "gemini-generate", value: part });
      return;
    }
    if (signature !== "") this.seals.push(signature);
  }

  private text(text: string, kind: "text" | "reasoning", signature: string): void {
    if (text !== "") {
      if (this.open?.kind !== kind) {
        this.close();
        this.open = { index: this.blocks++, kind };
        const block: Block = kind === "text" ? { kind } : { kind, format: FORMAT };
        this.out.push({ type: "block-start", index: this.open.index, block });
      }
      this.out.push({ type: "block-delta", index: this.open.index, delta: { kind: "text", text } });
      if (kind === "text") this.said += text;
    }
    if (signature === "") return;
    if (kind === "text" || this.open?.kind !== kind) this.seals.push(signature);
    else this.open.signature = { format: FORMAT, value: signature };
  }

  private call(call: JsonObject): void {
    const name = stringAt(call.name) ?? "";
    const args = JSON.stringify(call.args ?? {});
    const id = stringAt(call.id) || mintedCall(this.id ?? "", this.calls, name + args);
    this.calls++;
    const block: Block = { kind: "tool-call", call: id, name, by: "client", format: "json" };
    this.whole(block, { kind: "arguments", json: args });
  }

  private whole(block: Block, delta?: Extract<Event, { type: "block-delta" }>["delta"]): void {
    const index = this.blocks++;
    this.out.push({ type: "block-start", index, block });
    if (delta !== undefined) this.out.push({ type: "block-delta", index, delta });
    this.out.push({ type: "block-end", index });
  }

  private close(): void {
    if (this.open === undefined) return;
    const { index, signature } = this.open;
    this.open = undefined;
    this.out.push(signature === undefined ? { type: "block-end", index } : { type: "block-end", index, signature });
  }

  /** Totals: a later report stands for itself, or, where it is none with a total, replaces what it mentions. */
  private report(usage: JsonObject | undefined): void {
    if (usage === undefined) return;
    const before = this.told;
    this.usage = usage.totalTokenCount === undefined ? { ...this.usage, ...usage } : usage;
    this.told = decodeUsage(this.usage);
    let withdrawn: Meter[] | undefined;
    for (const meter in before)
      if (this.told[meter as Meter] === undefined) withdrawn = [...(withdrawn ?? []), meter as Meter];
    const event = { type: "usage", usage: this.told, raw: this.usage } as const;
    this.out.push(withdrawn === undefined ? event : { ...event, withdrawn });
  }

  private facts(object: JsonObject, read: ReadonlySet<string>): void {
    let values: JsonObject | undefined;
    for (const name in object) {
      if (read.has(name) || object[name] === null) continue;
      values ??= {};
      values[name] = object[name];
    }
    if (values !== undefined) this.out.push({ type: "metadata", values });
  }

  /** What the answer rests on is told at its last words. */
  private cite(grounding: JsonObject): void {
    if (this.open?.kind !== "text") return;
    for (const value of decodeGrounding(grounding, this.said))
      this.out.push({ type: "block-delta", index: this.open.index, delta: { kind: "citation", value } });
  }

  private stop({ finish, raw }: { finish: Finish; raw: string }): void {
    if (this.grounding !== undefined) this.cite(this.grounding);
    this.close();
    for (const encrypted of this.seals) this.whole({ kind: "reasoning", encrypted, format: FORMAT });
    this.done = true;
    const calls = this.calls > 0 && finish === "stop";
    this.out.push({ type: "message-end", finish: calls ? "tool-calls" : finish, raw });
  }

  private fatal(error: GatewayError): void {
    this.done = true;
    this.out.push({ type: "error", error });
  }
}

function finishOf(candidate: JsonObject | undefined, feedback: JsonObject | undefined): string | undefined {
  const reason: JsonValue | undefined = candidate === undefined ? feedback?.blockReason : candidate.finishReason;
  if (typeof reason === "number" && reason > 0) return String(reason);
  return typeof reason === "string" && reason !== "" && reason !== "FINISH_REASON_UNSPECIFIED" ? reason : undefined;
}

function failureOf(reason: string, candidate: JsonObject | undefined): GatewayError {
  const message = stringAt(candidate?.finishMessage);
  return new GatewayError("upstream_malformed", `The model failed: ${reason}.`, {
    upstream: { status: 200, body: (message ?? reason).slice(0, 1000), code: reason },
  });
}
