import type { Ask } from "../../core/ask.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, jsonObject, objectAt, stringAt } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { Part, ToolCallPart } from "../../core/request.ts";
import type { Vocabulary } from "../left-out.ts";
import { encodeCitation } from "./citation.ts";
import { encodeFinish } from "./finish.ts";
import { encodeItem, isItem } from "./hosted-items.ts";
import {
  CODE,
  encodeDone,
  encodeResult,
  encodeServer,
  isCode,
  isProgram,
  isResult,
  programInput,
  resultOf,
} from "./hosted-results.ts";
import { hostedNames } from "./hosted-tools.ts";
import { encodeCallProof, encodeProof, encodeThoughtFile, isThoughtFile } from "./reasoning.ts";
import { EDITIONS, type Edition } from "./schema.ts";
import { encodeUsage } from "./usage.ts";

/** Whatever a provider's own tools did, what is cited, and files of any type. */
export const saysIn = (edition: Edition): Vocabulary => ({
  call: () => true,
  citation: (value) => encodeCitation(value, "") !== undefined,
  file: () => true,
  native(wire, value) {
    if (wire === "anthropic-messages") return isResult(value);
    if (wire === "gemini-generate") return isCode(value) || (edition === "v4" && isThoughtFile(value));
    return wire === "openai-responses" && isObject(value) && isItem(value, edition);
  },
});

/** A whole answer as a result of `doGenerate` (contract 4.3). */
export function encodeReply(message: Message, stamp: Stamp, closing: Closing, ask?: Ask): JsonObject {
  const edition = editionOf(ask);
  const calls = new Calls(ask, edition, stamp);
  const content = message.parts.flatMap((part, index) => encodePart(part, index, edition, calls));
  return {
    content: marked(content, stamp),
    finishReason: encodeFinish(refused(message) ? "refusal" : message.finish, message.rawFinish, edition),
    usage: encodeUsage(closing, edition),
    providerMetadata: closing.metadata,
    warnings: encodeWarnings(warningsIn(closing.metadata), edition),
    response: { id: stamp.id, timestamp: timeOf(stamp), modelId: stamp.model },
  };
}

/** The edition of whoever asked. */
export function editionOf(ask: Ask | undefined): Edition {
  return EDITIONS.find((known) => known === ask?.edition) ?? "v4";
}

export function timeOf({ created }: Stamp): string {
  return new Date(created * 1000).toISOString();
}

/** Others say that they refuse by what they say, and then that they stopped; here the reason to stop says it. */
function refused({ finish, parts }: Message): boolean {
  return finish === "stop" && parts.some(({ kind }) => kind === "refusal");
}

/** The first part says whose answer it is, as in a stream. */
function marked([first, ...rest]: JsonObject[], stamp: Stamp): JsonObject[] {
  if (first === undefined) return [];
  return [{ ...first, providerMetadata: withId(objectAt(first.providerMetadata), stamp) }, ...rest];
}

/** `providerMetadata` of the first that is told of an answer. */
export function withId(metadata: JsonObject | undefined, { id }: Stamp): JsonObject {
  return { ...metadata, gateway: { ...objectAt(metadata?.gateway), generationId: id } };
}

function encodePart(part: Part, index: number, edition: Edition, calls: Calls): JsonObject[] {
  switch (part.kind) {
    case "text":
      return [{ type: "text", text: part.text }, ...sourcesOf(part.citations, index)];
    case "refusal":
      return [{ type: "text", text: part.text }];
    case "reasoning":
      return [jsonObject({ type: "reasoning", text: part.text, providerMetadata: encodeProof(part) })];
    case "tool-call":
      return calls.call(part);
    case "file":
      return part.source.from === "data" ? [encodeFile(part.source.mediaType, part.source.base64, edition)] : [];
    case "native":
      return calls.native(part.value);
    default:
      return [];
  }
}

function sourcesOf(citations: readonly JsonValue[] | undefined, index: number): JsonObject[] {
  return (citations ?? []).flatMap<JsonObject>((value, place) => encodeCitation(value, `${index}-${place}`) ?? []);
}

/** The calls of one answer, and what came of those that its provider ran. */
export class Calls {
  private readonly names = new Map<string, string>();
  private readonly edition: Edition;
  private readonly offered: ReadonlySet<JsonValue | undefined>;
  /** What the client calls tools that the provider has another name for. */
  private readonly ours: ReadonlyMap<string, string>;

  private readonly stamp: Stamp;
  /** Programs that were run. */
  private runs = 0;

  constructor(ask: Ask | undefined, edition: Edition, stamp: Stamp) {
    const tools = ask?.body.tools;
    this.stamp = stamp;
    this.edition = edition;
    this.offered = new Set((arrayAt(tools) ?? []).map((tool) => objectAt(tool)?.name));
    this.ours = new Map(hostedNames(tools).map(([ours, theirs]) => [theirs, ours]));
  }

  /** Whose call it is, and by whom it is run: the client does not look for a provider's own among its tools where it offered none of that name. */
  head({ call, name: told, by }: Pick<ToolCallPart, "call" | "name" | "by">): JsonObject & { toolName: string } {
    const theirs = isProgram({ name: told, by }) ? CODE : told;
    const toolName = this.ours.get(theirs) ?? theirs;
    if (by === "client") return { toolName };
    this.names.set(call, toolName);
    return { toolName, providerExecuted: true, ...(this.offered.has(toolName) ? {} : { dynamic: true }) };
  }

  /** A call, its arguments a text of JSON whatever they are; behind one that its provider ran and tells no more of, that it was run. */
  call(part: Omit<ToolCallPart, "kind"> & { extra?: JsonObject }): JsonObject[] {
    const { call, name, format, signature, by, extra } = part;
    const args = isProgram(part) ? programInput(name, part.arguments) : part.arguments;
    const head = this.head(part);
    const told = jsonObject({
      type: "tool-call",
      toolCallId: call,
      ...head,
      input: format === "json" ? args || "{}" : JSON.stringify(args),
      providerMetadata: signature === undefined ? encodeServer(extra) : encodeCallProof(signature),
    });
    const item = by === "provider" ? objectAt(extra?.item) : undefined;
    return item === undefined ? [told] : [told, encodeDone(call, head.toolName, item, this.edition)];
  }

  /** What a provider's own tool gave, or did, and what only this provider tells. */
  native(value: JsonValue): JsonObject[] {
    if (isResult(value)) return [encodeResult(value as JsonObject, this.names, this.edition)];
    if (isObject(value) && isItem(value, this.edition))
      return encodeItem(value, (call) => this.head(call), this.edition);
    if (this.edition === "v4" && isThoughtFile(value)) return [encodeThoughtFile(value as JsonObject)];
    const { executableCode: code, codeExecutionResult: outcome, thoughtSignature } = objectAt(value) ?? {};
    if (isObject(code)) {
      const call = this.run(++this.runs);
      const signature = stringAt(thoughtSignature);
      const metadata = signature === undefined ? undefined : { google: { thoughtSignature: signature } };
      const head = this.head({ call, name: CODE, by: "provider" });
      const input = JSON.stringify(code);
      return [jsonObject({ type: "tool-call", toolCallId: call, ...head, input, providerMetadata: metadata })];
    }
    if (!isObject(outcome)) return [];
    return [{ ...resultOf(this.run(this.runs), this.ours.get(CODE) ?? CODE, this.edition), result: outcome }];
  }

  /** Nobody names them: the id is this answer's own. */
  private run(place: number): string {
    return `${this.stamp.id}_code_${place}`;
  }
}

/** A file that a model gives: base64, or the address where it lies. */
export function encodeFile(mediaType: string, base64: string, edition: Edition): JsonObject {
  if (edition !== "v4") return { type: "file", mediaType, data: base64 };
  const isAddress = /^https?:/.test(base64);
  return { type: "file", mediaType, data: isAddress ? { type: "url", url: base64 } : { type: "data", data: base64 } };
}

function warningsIn({ gateway }: JsonObject): JsonObject[] {
  return (arrayAt(objectAt(gateway)?.warnings) ?? []).flatMap<JsonObject>((one) => objectAt(one) ?? []);
}

/** What other wires call it that the call has another name for. */
const NAMES: Readonly<Record<string, string>> = {
  __proto__: null as never,
  top_k: "topK",
  top_p: "topP",
  frequency_penalty: "frequencyPenalty",
  presence_penalty: "presencePenalty",
  stop: "stopSequences",
  max_tokens: "maxOutputTokens",
  response_format: "responseFormat",
  tool_choice: "toolChoice",
  cache_control: "cacheControl",
  reasoning_details: "reasoning",
};

/** That a tool has failed is said by its words wherever there is no other way: users would be warned of every failure. */
const NEEDLESS: ReadonlySet<unknown> = new Set(["is_error"]);

/** What was left out, as warnings in the words of the call; the second edition has another form for them. */
export function encodeWarnings(warnings: readonly JsonObject[], edition: Edition): JsonObject[] {
  return warnings.flatMap((warning) => {
    const { type, feature: told, details } = warning;
    if (type !== "unsupported" || typeof told !== "string") return [warning];
    if (NEEDLESS.has(told)) return [];
    const feature = NAMES[told] ?? told;
    return edition === "v2"
      ? [jsonObject({ type: "unsupported-setting", setting: feature, details })]
      : [{ ...warning, feature }];
  });
}
