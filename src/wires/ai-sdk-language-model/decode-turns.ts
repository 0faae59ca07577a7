import { arrayAt, type JsonObject, type JsonValue, objectAt, parseJson, present, stringAt } from "../../core/json.ts";
import type { CacheMark, Dropped, Part, ToolCallPart, Turn } from "../../core/request.ts";
import { decodeCallProof, decodeReasoning } from "./reasoning.ts";
import { decodeCache, decodeFile } from "./source.ts";

/** What of the prompt is read beside its turns. */
export interface Reading {
  /** Names of tools that take free text. */
  readonly texts: ReadonlySet<string>;
  /** What no word covers is told here. */
  readonly unsaid: Set<Dropped>;
}

/** A prompt as turns: each result of a tool is one of its own. */
export function decodeTurns(prompt: JsonValue | undefined, reading: Reading): Turn[] {
  return (arrayAt(prompt) ?? []).flatMap((message) => decodeMessage(message as JsonObject, reading));
}

function decodeMessage(message: JsonObject, reading: Reading): Turn[] {
  const { content } = message;
  const cache = decodeCache(message);
  if (message.role === "system")
    return [{ role: "system", parts: [present({ kind: "text", text: stringAt(content) ?? "", cache })] }];
  const parts = marked(
    (arrayAt(content) ?? []).flatMap((part) => decodePart(part as JsonObject, reading)),
    cache,
  );
  if (message.role === "tool") return parts.map((part) => ({ role: "tool", parts: [part] }));
  return [{ role: message.role as Turn["role"], parts }];
}

/** A mark on a message means its last part. */
function marked(parts: Part[], cache: CacheMark | undefined): Part[] {
  const last = parts.at(-1);
  if (cache === undefined || last === undefined) return parts;
  return [...parts.slice(0, -1), { ...last, cache: last.cache ?? cache }];
}

function decodePart(part: JsonObject, reading: Reading): Part[] {
  switch (part.type) {
    case "text":
      return [present({ kind: "text", text: stringAt(part.text) ?? "", cache: decodeCache(part) })];
    case "file":
      return [decodeFile(part, decodeCache(part))];
    case "reasoning":
      return decodeReasoning(part);
    case "tool-call":
      return [present({ ...decodeCall(part, reading), cache: decodeCache(part) })];
    case "tool-result":
      return [present({ ...decodeResult(part, reading), cache: decodeCache(part) })];
    default:
      // Approvals of calls that a provider would run, thinking in pictures, what only one provider says.
      reading.unsaid.add(String(part.type));
      return [];
  }
}

function decodeCall(part: JsonObject, { texts }: Reading): ToolCallPart {
  const { input } = part;
  const name = stringAt(part.toolName) ?? "";
  const isText = typeof input === "string" && texts.has(name);
  return present({
    kind: "tool-call",
    call: stringAt(part.toolCallId) ?? "",
    name,
    arguments: isText ? input : argumentsOf(input),
    by: part.providerExecuted === true ? "provider" : "client",
    format: isText ? "text" : "json",
    signature: decodeCallProof(part),
  });
}

/** Arguments are an object; a text is one that was never read as such. */
function argumentsOf(input: JsonValue | undefined): string {
  if (typeof input !== "string") return JSON.stringify(input ?? {});
  return objectAt(parseJson(input)) === undefined ? JSON.stringify({ input }) : input;
}

type Result = Extract<Part, { kind: "tool-result" }>;

function decodeResult(part: JsonObject, reading: Reading): Result {
  const output = objectAt(part.output) ?? {};
  const call = stringAt(part.toolCallId) ?? "";
  const said = (text: string, failed?: true): Result =>
    present({ kind: "tool-result", call, parts: [{ kind: "text" as const, text }], failed });
  switch (output.type) {
    case "text":
      return said(stringAt(output.value) ?? "");
    case "json":
      return said(JSON.stringify(output.value ?? null));
    case "error-text":
      return said(stringAt(output.value) ?? "", true);
    case "error-json":
      return said(JSON.stringify(output.value ?? null), true);
    case "execution-denied":
      return said(stringAt(output.reason) ?? "Tool execution denied.");
    case "content": {
      const parts = (arrayAt(output.value) ?? []).flatMap((inner) => decodeInner(inner as JsonObject, reading));
      return { kind: "tool-result", call, parts };
    }
    default:
      reading.unsaid.add(`tool-result.${String(output.type)}`);
      return said("");
  }
}

const FILES: ReadonlySet<unknown> = new Set([
  "file",
  "media",
  "file-data",
  "file-url",
  "file-id",
  "image-data",
  "image-url",
  "image-file-id",
]);

function decodeInner(inner: JsonObject, { unsaid }: Reading): Part[] {
  if (inner.type === "text") return [{ kind: "text", text: stringAt(inner.text) ?? "" }];
  if (FILES.has(inner.type)) return [decodeFile(inner)];
  unsaid.add(`tool-result.${String(inner.type)}`);
  return [];
}
