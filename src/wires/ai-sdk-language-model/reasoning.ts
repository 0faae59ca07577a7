import type { Signature } from "../../core/event.ts";
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
import type { Part, ReasoningPart } from "../../core/request.ts";
import { FORMAT as CLAUDES, type Sealed, seal, unseal } from "../anthropic-messages/reasoning.ts";
import { FORMAT as GEMINIS } from "../gemini-generate/decode-stream.ts";
import { FORMAT as OPENAIS } from "../openai-responses/reasoning.ts";
import type { Unsealed } from "../wire.ts";

/**
 * Proofs of origin stand in a part's `providerMetadata`, in the words that the AI SDK's own providers have for them, and come back in
 * its `providerOptions`: `anthropic.signature` and `redactedData`, `openai.itemId` and `reasoningEncryptedContent`,
 * `google.thoughtSignature`. Any other format travels sealed, as `gateway.seal`.
 * https://github.com/vercel/ai/tree/main/packages (anthropic, openai, google: `convert-to-…`)
 */

/** What a thought carries, as `providerMetadata`; `undefined` for nothing. */
export function encodeProof(part: Omit<ReasoningPart, "kind">): JsonObject | undefined {
  const { id, summary, signature, encrypted, redacted } = part;
  const format = part.format ?? signature?.format;
  const sealed = encrypted ?? redacted;
  if ((id ?? summary ?? signature ?? sealed) === undefined)
    // Gemini takes its own words back, and no other's.
    return format === GEMINIS ? { google: { thought: true } } : undefined;
  switch (format) {
    case CLAUDES:
      return { anthropic: jsonObject({ signature: signature?.value, redactedData: sealed }) };
    case GEMINIS:
      return { google: jsonObject({ thoughtSignature: signature?.value ?? sealed }) };
    case OPENAIS: {
      const open = summary !== true && sealed === undefined ? false : undefined;
      return { openai: jsonObject({ itemId: id, reasoningEncryptedContent: sealed, summary: open }) };
    }
    default:
      return {
        gateway: { seal: seal(present({ format, id, summary, signature: signature?.value, encrypted, redacted })) },
      };
  }
}

/** What proves the call of a tool. */
export function encodeCallProof({ format, value }: Signature): JsonObject {
  if (format === GEMINIS) return { google: { thoughtSignature: value } };
  return { gateway: { seal: seal({ format, signature: value }) } };
}

/** The thought of a `reasoning` part: its words, and what is sealed beside them, which in OpenAI's format is a part of its own. */
export function decodeReasoning(part: JsonObject): ReasoningPart[] {
  const text = stringAt(part.text) ?? "";
  const proof = proofIn(part);
  if (proof === undefined) return [{ kind: "reasoning", text }];
  const { format, signature, id, summary, encrypted, redacted } = proof;
  if (format === OPENAIS && encrypted !== undefined) {
    const words: ReasoningPart[] = text === "" ? [] : [present({ kind: "reasoning", text, id, summary: true, format })];
    return [...words, present({ kind: "reasoning", text: "", id, encrypted, format })];
  }
  const signed = signature === undefined ? undefined : { format: format ?? "unknown", value: signature };
  return [present({ kind: "reasoning", text, id, summary, signature: signed, encrypted, redacted, format })];
}

/** Whether a piece of Gemini's is a picture that it thought of on the way to the one that it gives. */
export function isThoughtFile(value: JsonValue): boolean {
  const { inlineData, thought } = objectAt(value) ?? {};
  return thought === true && isObject(inlineData);
}

/** As a `reasoning-file` part, which the newest edition has. https://ai.google.dev/gemini-api/docs/image-generation#thinking-process */
export function encodeThoughtFile({ inlineData, thoughtSignature }: JsonObject): JsonObject {
  const { mimeType, data } = objectAt(inlineData) ?? {};
  return jsonObject({
    type: "reasoning-file",
    mediaType: stringAt(mimeType) ?? "application/octet-stream",
    data: { type: "data", data: stringAt(data) ?? "" },
    providerMetadata: { google: jsonObject({ thought: true, thoughtSignature }) },
  });
}

/** The piece that it was; `undefined` for a file that lies elsewhere. */
export function decodeThoughtFile(part: JsonObject): Extract<Part, { kind: "native" }> | undefined {
  const { type, data } = objectAt(part.data) ?? {};
  if (type !== "data") return undefined;
  const thoughtSignature = proofIn(part)?.signature;
  const inlineData = jsonObject({ mimeType: part.mediaType, data });
  const value = jsonObject({ inlineData, thought: true, thoughtSignature });
  return { kind: "native", wire: "gemini-generate", value, extra: { type: "reasoning-file" } };
}

/** The proof of a `tool-call` part. */
export function decodeCallProof(part: JsonObject): Signature | undefined {
  const { format, signature, encrypted } = proofIn(part) ?? {};
  const value = signature ?? encrypted;
  return format === undefined || value === undefined ? undefined : { format, value };
}

/** Whoever's name it stands under: Claude is also served by clouds, and each has its own. */
function proofIn({ text, providerOptions }: JsonObject): Sealed | undefined {
  const all = objectAt(providerOptions);
  for (const name in all) {
    const options = objectAt(all[name]);
    const proof = options === undefined ? undefined : proofOf(options, text === "");
    if (proof !== undefined) return proof;
  }
  return undefined;
}

function proofOf(options: JsonObject, mute: boolean): Sealed | undefined {
  const told = (name: string) => stringAt(options[name]) || undefined;
  const sealed = told("seal");
  if (sealed !== undefined) return unseal(sealed);
  const [signature, redacted, thought] = [told("signature"), told("redactedData"), told("thoughtSignature")];
  if (signature !== undefined || redacted !== undefined) return present({ format: CLAUDES, signature, redacted });
  // Without words it is the proof of what stands beside it.
  if (thought !== undefined)
    return mute ? { format: GEMINIS, encrypted: thought } : { format: GEMINIS, signature: thought };
  if (options.thought === true) return { format: GEMINIS };
  const [id, encrypted] = [told("itemId"), told("reasoningEncryptedContent")];
  if (id === undefined && encrypted === undefined) return undefined;
  const summary = encrypted === undefined && options.summary !== false ? true : undefined;
  return present({ format: OPENAIS, id, encrypted, summary });
}

/** Members of a part's options that hold proofs. */
const PROOFS = new Set([
  "seal",
  "signature",
  "redactedData",
  "thoughtSignature",
  "itemId",
  "reasoningEncryptedContent",
]);

/** A call without anything that is sealed or signed, the words of its thinking kept; `undefined` where there is none. */
export function withoutSeals(body: JsonObject): Unsealed | undefined {
  let found = false;
  const part = (value: JsonValue): JsonValue[] => {
    if (!isProven(value)) return [value];
    found = true;
    const { providerOptions, ...rest } = objectAt(value)!;
    if (rest.type === "reasoning" && rest.text === "") return [];
    const kept = Object.entries(objectAt(providerOptions) ?? {}).map(([name, options]) => [name, unproven(options)]);
    return [{ ...rest, providerOptions: Object.fromEntries(kept) }];
  };
  const prompt = (arrayAt(body.prompt) ?? []).map((turn) => {
    const content = arrayAt(objectAt(turn)?.content);
    return content?.some(isProven) ? { ...objectAt(turn), content: content.flatMap(part) } : turn;
  });
  return found ? { body: { ...body, prompt }, dropped: ["reasoning"] } : undefined;
}

function unproven(options: JsonValue | undefined): JsonValue | undefined {
  if (!isObject(options)) return options;
  return Object.fromEntries(Object.entries(options).filter(([name]) => !PROOFS.has(name)));
}

const PROVEN = new Set<JsonValue | undefined>(["reasoning", "reasoning-file", "tool-call"]);

function isProven(value: JsonValue): boolean {
  if (!isObject(value) || !PROVEN.has(value.type)) return false;
  return Object.values(objectAt(value.providerOptions) ?? {}).some(
    (options) => isObject(options) && Object.keys(options).some((name) => PROOFS.has(name) && options[name]),
  );
}

/** The format of the last thought or call that is sealed or signed. */
export function sealedAs(body: JsonObject): string | undefined {
  for (const turn of (arrayAt(body.prompt) ?? []).toReversed()) {
    const last = arrayAt(objectAt(turn)?.content)?.findLast(isProven);
    if (isObject(last)) return proofIn(last)?.format;
  }
  return undefined;
}
