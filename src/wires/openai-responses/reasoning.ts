import type { Block, Signature } from "../../core/event.ts";
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

/** The format under which thinking travels that was encrypted by this wire (contract 3.1.5). */
export const FORMAT = "openai-responses-v1";

/** What proves where thinking came from, as far as an item of this wire can hold it: all in `encrypted_content`. */
export interface Seal {
  signature?: Signature;
  encrypted?: string;
  redacted?: string;
  format?: string;
}

const UNKNOWN = "unknown";
const WRAPPED = /^hg1\.(.+?)\.([ser])\./;

/** The seal as `encrypted_content`: this wire's own as it is, any other wrapped with its format, which has no place of its own here. */
export function encodeSeal({ signature, encrypted, redacted, format }: Seal): string | undefined {
  if (encrypted !== undefined) return format === FORMAT ? encrypted : `hg1.${format ?? UNKNOWN}.e.${encrypted}`;
  if (redacted !== undefined) return `hg1.${format ?? UNKNOWN}.r.${redacted}`;
  return signature === undefined ? undefined : `hg1.${signature.format}.s.${signature.value}`;
}

export function decodeSeal(content: JsonValue | undefined): Seal {
  if (typeof content !== "string" || content === "") return {};
  const wrapped = WRAPPED.exec(content.slice(0, 200));
  if (wrapped === null) return { encrypted: content, format: FORMAT };
  const [head, named, kind] = wrapped;
  const value = content.slice(head.length);
  if (kind === "s") return { signature: { format: named!, value }, format: named! };
  const format = named === UNKNOWN ? undefined : named;
  return present(kind === "e" ? { encrypted: value, format } : { redacted: value, format });
}

/** Whether the thinking was sealed by somebody else: whoever speaks this wire cannot read it. */
export function isForeign(item: JsonObject): boolean {
  return typeof item.encrypted_content === "string" && WRAPPED.test(item.encrypted_content.slice(0, 200));
}

/** An id that the gateway made up for an item, since nobody else had. */
export function mintedId(prefix: string, generation: string, place: number): string {
  return `${prefix}_hg${generation.replace(/^gen_/, "")}_${place}`;
}

const MINTED = /^[a-z]+_hg[0-9A-Za-z]+_\d+$/;

export function isMinted(id: string): boolean {
  return MINTED.test(id);
}

/** The id of an item, where it is one of the provider's. */
export function idOf(item: JsonObject): string | undefined {
  const id = stringAt(item.id);
  return id === undefined || id === "" || isMinted(id) ? undefined : id;
}

/** The words of a reasoning item, part by part: summaries, then the thinking itself. */
export function wordsOf(item: JsonObject): { text: string; summary: boolean }[] {
  const texts = (list: JsonValue | undefined, summary: boolean) =>
    (arrayAt(list) ?? []).map((part) => ({ text: stringAt(objectAt(part)?.text) ?? "", summary }));
  return [...texts(item.summary, true), ...texts(item.content, false)].filter(({ text }) => text !== "");
}

/** The block of a summary, or of thinking in the open. */
export function thoughtBlock(id: string | undefined, summary: boolean): Block {
  return present({ kind: "reasoning", id, summary: summary ? true : undefined, format: FORMAT });
}

/** A reasoning item of the history. A signature belongs to the last of its words; what is sealed is a part of its own. */
export function decodeReasoningItem(item: JsonObject): ReasoningPart[] {
  const seal = decodeSeal(item.encrypted_content);
  const id = idOf(item);
  const format = seal.format ?? FORMAT;
  const parts: ReasoningPart[] = wordsOf(item).map(({ text, summary }) =>
    present({ kind: "reasoning", text, id, summary: summary ? true : undefined, format }),
  );
  if (seal.signature !== undefined) {
    const last = parts.pop() ?? present({ kind: "reasoning", text: "", id, format });
    parts.push({ ...last, signature: seal.signature });
  } else if ((seal.encrypted ?? seal.redacted) !== undefined) {
    const { encrypted, redacted } = seal;
    parts.push(present({ kind: "reasoning", text: "", id, encrypted, redacted, format: seal.format }));
  }
  return parts;
}

/**
 * Thinking of the history as items for a provider that keeps nothing: parts of one id make one item. Only what this wire has sealed itself is of
 * any use there; the number of parts that were left out is told.
 */
export function encodeReasoningItems(parts: readonly ReasoningPart[]): { items: JsonObject[]; left: number } {
  const items: JsonObject[] = [];
  let words: ReasoningPart[] = [];
  let left = 0;
  for (const part of parts) {
    const [first] = words;
    if (first !== undefined && first.id !== part.id) {
      left += words.length;
      words = [];
    }
    if (part.encrypted === undefined) words.push(part);
    else if (part.format !== FORMAT) left++;
    else {
      items.push(
        jsonObject({
          type: "reasoning",
          id: part.id,
          summary: words
            .filter(({ summary }) => summary === true)
            .map(({ text }) => ({ type: "summary_text", text })) as JsonValue,
          encrypted_content: part.encrypted,
        }),
      );
      words = [];
    }
  }
  return { items, left: left + words.length };
}

/** Items that may be sent back without the id that their provider gave them, and are then no longer bound to the thought before them. */
const FREE: ReadonlySet<unknown> = new Set(["message", "function_call", "custom_tool_call"]);

/** A client's body without thinking that is sealed; `undefined` where there is none. */
export function withoutSeals(body: JsonObject): Unsealed | undefined {
  const input = arrayAt(body.input) ?? [];
  const isSealed = (item: JsonValue) =>
    isObject(item) && item.type === "reasoning" && (stringAt(item.encrypted_content) ?? "") !== "";
  if (!input.some(isSealed)) return undefined;
  const items = input.flatMap((item) => {
    if (isSealed(item)) return [];
    if (!isObject(item) || !FREE.has(item.type)) return [item];
    const { id: _, ...rest } = item;
    return [rest];
  });
  return { body: { ...body, input: items }, dropped: ["reasoning"] };
}

/** The format of the last thought that another wire or another's account has sealed. */
export function sealedAs(body: JsonObject): string | undefined {
  const last = (arrayAt(body.input) ?? []).findLast((item) => isObject(item) && isForeign(item));
  return decodeSeal(objectAt(last)?.encrypted_content).format;
}
