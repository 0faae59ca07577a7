import type { Block } from "../../core/event.ts";
import {
  arrayAt,
  isObject,
  type JsonObject,
  type JsonValue,
  jsonObject,
  objectAt,
  present,
  stringAt,
} from "../../core/json.ts";
import type { ReasoningPart } from "../../core/request.ts";
import type { Unsealed } from "../wire.ts";

/**
 * `reasoning_details`: thinking with its proofs of origin, as contract 3.1.5 shows it. Three types: `reasoning.text`
 * (with a signature), `reasoning.summary`, `reasoning.encrypted`. Deltas of one detail share its `index`.
 */

/** How a detail says that nobody told its format. */
const UNKNOWN = "unknown";

/** The details of a message, one part for each `index` and type; pieces of one detail are put together. */
export function decodeReasoningDetails(details: readonly JsonValue[]): ReasoningPart[] {
  const parts = new Map<string, ReasoningPart>();
  for (const detail of details) {
    if (!isObject(detail)) continue;
    const key = `${detail.index ?? parts.size} ${detail.type}`;
    const earlier = parts.get(key);
    const piece = decodeDetail(detail);
    if (piece === undefined) continue;
    parts.set(key, earlier === undefined ? piece : { ...earlier, ...piece, text: earlier.text + piece.text });
  }
  return [...parts.values()];
}

function decodeDetail(detail: JsonObject): ReasoningPart | undefined {
  const format = formatOf(detail);
  const id = stringAt(detail.id);
  const value = stringAt(detail.signature);
  const signature = value === undefined || value === "" ? undefined : { format: format ?? UNKNOWN, value };
  switch (detail.type) {
    case "reasoning.text":
      return present({ kind: "reasoning", text: stringAt(detail.text) ?? "", id, signature, format });
    case "reasoning.summary":
      return present({ kind: "reasoning", text: stringAt(detail.summary) ?? "", summary: true, id, format });
    case "reasoning.encrypted":
      return present({ kind: "reasoning", text: "", encrypted: stringAt(detail.data) ?? "", id, format });
    default:
      return undefined;
  }
}

/** A part as the one detail that says it all, for a whole reply or for a turn of the history. */
export function encodeReasoningDetail(part: ReasoningPart, index: number): JsonObject {
  const { id, text, summary, signature, encrypted, redacted } = part;
  const format = part.format ?? signature?.format ?? UNKNOWN;
  const sealed = encrypted ?? redacted;
  if (sealed !== undefined) return jsonObject({ type: "reasoning.encrypted", data: sealed, id, format, index });
  if (summary === true) return jsonObject({ type: "reasoning.summary", summary: text, id, format, index });
  return jsonObject({ type: "reasoning.text", text, signature: signature?.value, id, format, index });
}

/** The block that a streamed detail belongs to, before its text. */
export function reasoningBlock(detail: JsonObject): Extract<Block, { kind: "reasoning" }> {
  return present({
    kind: "reasoning",
    summary: detail.type === "reasoning.summary" ? true : undefined,
    encrypted: detail.type === "reasoning.encrypted" ? stringAt(detail.data) : undefined,
    format: formatOf(detail),
    id: stringAt(detail.id),
  });
}

function formatOf(detail: JsonObject): string | undefined {
  return detail.format === UNKNOWN ? undefined : stringAt(detail.format);
}

/**
 * A client's body as it would be without LiteLLM, which gathers in one member what it does not know of an answer and sends it back so:
 * what was thought stands where it stood, and the rest, which nobody asked for and OpenAI refuses, is gone.
 * https://docs.litellm.ai/docs/completion/output
 */
export function ungathered(body: JsonObject): JsonObject {
  const { messages } = body;
  if (!Array.isArray(messages) || !messages.some(isGathered)) return body;
  return { ...body, messages: messages.map((message) => (isGathered(message) ? spread(message) : message)) };
}

function isGathered(message: JsonValue): message is JsonObject {
  return isObject(message) && message.provider_specific_fields !== undefined;
}

function spread({ provider_specific_fields: gathered, ...message }: JsonObject): JsonObject {
  const { reasoning, reasoning_details } = objectAt(gathered) ?? {};
  return { ...jsonObject({ reasoning, reasoning_details }), ...message };
}

/** A client's body without anything that is sealed or signed, the words of its thinking kept; `undefined` where there is none. */
export function withoutSeals(body: JsonObject): Unsealed | undefined {
  let found = false;
  const messages = (arrayAt(body.messages) ?? []).map((message) => {
    const told = detailsOf(message);
    if (told === undefined || !told.some(isSealed)) return message;
    found = true;
    const { reasoning_details: _, ...rest } = objectAt(message)!;
    const words = told.filter((detail) => objectAt(detail)?.type !== "reasoning.encrypted").map(unsigned);
    return words.length === 0 ? rest : { ...rest, reasoning_details: words };
  });
  return found ? { body: { ...body, messages }, dropped: ["reasoning_details"] } : undefined;
}

function isSealed(detail: JsonValue): boolean {
  if (!isObject(detail)) return false;
  return detail.type === "reasoning.encrypted" || (stringAt(detail.signature) ?? "") !== "";
}

function unsigned(detail: JsonValue): JsonValue {
  if (!isObject(detail)) return detail;
  const { signature: _, ...rest } = detail;
  return rest;
}

/** The format of the last detail that is sealed or signed. */
export function sealedAs(body: JsonObject): string | undefined {
  const turn = (arrayAt(body.messages) ?? []).findLast((message) => detailsOf(message)?.some(isSealed) === true);
  const last = objectAt(detailsOf(turn)?.findLast(isSealed));
  return last === undefined ? undefined : formatOf(last);
}

function detailsOf(message: JsonValue | undefined): JsonValue[] | undefined {
  return arrayAt(objectAt(message)?.reasoning_details);
}
