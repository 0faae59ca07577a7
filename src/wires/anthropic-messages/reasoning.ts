import type { Signature } from "../../core/event.ts";
import {
  arrayAt,
  isObject,
  type JsonObject,
  type JsonValue,
  jsonObject,
  objectAt,
  parseJson,
  present,
  stringAt,
} from "../../core/json.ts";
import type { ReasoningPart } from "../../core/request.ts";
import type { Unsealed } from "../wire.ts";

/** The format under which Claude's thinking signatures travel (contract 3.1.5). */
export const FORMAT = "anthropic-claude-v1";

/**
 * Proofs of origin of other formats have no place of their own in this wire: they travel as `hg1.<format>.<sealed>` where
 * Claude's own signature or redacted data would stand, and come back from the client as they went.
 */
const SEAL = /^hg1\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]*)$/;

/** What is sealed beside the words of a thought, or about the call of a tool. */
export interface Sealed {
  format?: string;
  id?: string;
  summary?: boolean;
  signature?: string;
  encrypted?: string;
  redacted?: string;
  /** The tool call whose signature this is. */
  call?: string;
}

export function seal({ format, ...facts }: Sealed): string {
  const written = Buffer.from(JSON.stringify(facts)).toString("base64url");
  return `hg1.${(format ?? "").replace(/[^A-Za-z0-9_-]/g, "_")}.${written}`;
}

export function isSealed(text: unknown): text is string {
  return typeof text === "string" && text.startsWith("hg1.");
}

/** What was sealed, or `undefined` for anything that we did not seal. */
export function unseal(text: string): Sealed | undefined {
  const [, format, written] = SEAL.exec(text) ?? [];
  if (written === undefined) return undefined;
  const facts = objectAt(parseJson(Buffer.from(written, "base64url").toString("utf8")));
  if (facts === undefined) return undefined;
  return present({
    format: format === "" ? undefined : format,
    id: stringAt(facts.id),
    summary: facts.summary === true ? true : undefined,
    signature: stringAt(facts.signature),
    encrypted: stringAt(facts.encrypted),
    redacted: stringAt(facts.redacted),
    call: stringAt(facts.call),
  });
}

/** What a thought carries that only its own format can read; `undefined` where it is Claude's, or carries nothing. */
export function sealOf(part: Omit<ReasoningPart, "kind" | "text">): string | undefined {
  const { id, summary, signature, encrypted, redacted } = part;
  const format = part.format ?? signature?.format;
  if (format === FORMAT) return undefined;
  if ((id ?? summary ?? signature ?? encrypted ?? redacted) === undefined) return undefined;
  return seal(present({ format, id, summary, signature: signature?.value, encrypted, redacted }));
}

/** The signature on a tool call, as the block that follows it. */
export function sealedCall(call: string, { format, value }: Signature): JsonObject {
  return { type: "redacted_thinking", data: seal({ format, call, signature: value }) };
}

/** A thought as the block of a reply, or of a turn of the history. */
export function encodeReasoning(part: ReasoningPart): JsonObject {
  const sealed = sealOf(part);
  const hidden = part.redacted ?? part.encrypted;
  if (hidden !== undefined && part.text === "") return { type: "redacted_thinking", data: sealed ?? hidden };
  return jsonObject({ type: "thinking", thinking: part.text, signature: sealed ?? part.signature?.value ?? "" });
}

/** A thinking block of the history; `undefined` for one that only holds the signature of a tool call. */
export function decodeReasoning(block: JsonObject): ReasoningPart | undefined {
  const proof = stringAt(block.type === "thinking" ? block.signature : block.data) ?? "";
  const text = stringAt(block.thinking) ?? "";
  const sealed = isSealed(proof) ? unseal(proof) : undefined;
  if (sealed !== undefined) {
    if (sealed.call !== undefined) return undefined;
    const { format, signature, id, summary, encrypted, redacted } = sealed;
    const signed = signature === undefined ? undefined : { format: format ?? "unknown", value: signature };
    return present({ kind: "reasoning", text, id, summary, signature: signed, encrypted, redacted, format });
  }
  if (block.type === "redacted_thinking") return { kind: "reasoning", text, redacted: proof, format: FORMAT };
  // Without a signature it is nobody's: another provider's words, told in this wire.
  if (proof === "") return { kind: "reasoning", text };
  return { kind: "reasoning", text, signature: { format: FORMAT, value: proof }, format: FORMAT };
}

/** A client's body without thinking, all of which is sealed or signed here; `undefined` where there is none. */
export function withoutSeals(body: JsonObject): Unsealed | undefined {
  const messages = arrayAt(body.messages) ?? [];
  if (!messages.some((message) => holds(message, isThought))) return undefined;
  return { body: { ...body, messages: messages.flatMap((one) => without(one, isThought)) }, dropped: ["thinking"] };
}

function isThought(block: JsonValue): boolean {
  return isObject(block) && (block.type === "thinking" || block.type === "redacted_thinking");
}

type Test = (block: JsonValue) => boolean;

/** Whether a message has such a block. */
export function holds(message: JsonValue, test: Test): boolean {
  return arrayAt(objectAt(message)?.content)?.some(test) === true;
}

/** The message without such blocks; nothing of one that has no others, since a turn of nothing is refused. */
export function without(message: JsonValue, test: Test): JsonValue[] {
  if (!holds(message, test)) return [message];
  const content = arrayAt(objectAt(message)?.content)!.filter((block) => !test(block));
  return content.length === 0 ? [] : [{ ...objectAt(message), content }];
}

/** The format of the last thought that another wire has sealed. */
export function sealedAs(body: JsonObject): string | undefined {
  const turn = (arrayAt(body.messages) ?? []).findLast((message) => holds(message, isForeign));
  const block = objectAt(arrayAt(objectAt(turn)?.content)?.findLast(isForeign));
  return unseal(stringAt(block?.signature) ?? stringAt(block?.data) ?? "")?.format;
}

function isForeign(block: JsonValue): boolean {
  return isThought(block) && isSealed(objectAt(block)?.signature ?? objectAt(block)?.data);
}
