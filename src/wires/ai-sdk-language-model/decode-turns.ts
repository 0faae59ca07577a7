import { arrayAt, type JsonObject, type JsonValue, objectAt, parseJson, present, stringAt } from "../../core/json.ts";
import type { CacheMark, Dropped, Part, ToolCallPart, Turn } from "../../core/request.ts";
import { decodeCode, decodeHostedResult, decodeOutcome } from "./hosted-results.ts";
import { decodeCallProof, decodeReasoning } from "./reasoning.ts";
import { decodeCache, decodeFile } from "./source.ts";

/** What of the prompt is read beside its turns. */
export interface Reading {
  /** Names of tools that take free text. */
  readonly texts: ReadonlySet<string>;
  /** What a provider calls its tool that the client has another name for. */
  readonly names: ReadonlyMap<string, string>;
  /** Thinking is not to be sent back. */
  readonly forgets: boolean;
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
  const told = (arrayAt(content) ?? []) as JsonObject[];
  if (message.role === "assistant") return decodeAnswer(told, cache, reading);
  const parts = marked(
    told.flatMap((part) => decodePart(part, reading)),
    cache,
  );
  return message.role === "tool" ? parts.map(resultTurn) : [{ role: "user", parts }];
}

function resultTurn(part: Part): Turn {
  return { role: "tool", parts: [part] };
}

/** What the model said; results of the client's own tools that stand beside their calls are turns behind it. */
function decodeAnswer(told: readonly JsonObject[], cache: CacheMark | undefined, reading: Reading): Turn[] {
  const isOwn = ({ type, providerExecuted }: JsonObject) => type === "tool-call" && providerExecuted !== true;
  const own = new Set(told.filter(isOwn).map(({ toolCallId }) => toolCallId));
  const isLate = ({ type, toolCallId }: JsonObject) => type === "tool-result" && own.has(toolCallId);
  const said = told.filter((part) => !isLate(part));
  const late = told.filter(isLate).flatMap((part) => decodePart(part, reading));
  const parts = marked(answerParts(said, reading), cache);
  // Of which nothing is left is no turn: some would refuse it.
  const answer: Turn[] = parts.length === 0 ? [] : [{ role: "assistant", parts }];
  return [...answer, ...late.map(resultTurn)];
}

/** What the model said. Calls that its provider ran go back to who wants them, with what came of them. */
function answerParts(told: readonly JsonObject[], reading: Reading): Part[] {
  const results = new Map<JsonValue | undefined, Native>();
  for (const part of told) {
    const result = part.type === "tool-result" ? resultIn(part) : undefined;
    if (result !== undefined) results.set(part.toolCallId, result);
  }
  return told.flatMap((part) => {
    const isHosted = part.type === "tool-result" || part.providerExecuted === true;
    if (!isHosted) return part.type === "reasoning" && reading.forgets ? [] : decodePart(part, reading);
    const result = results.get(part.toolCallId);
    if (result === undefined) {
      reading.unsaid.add(stringAt(part.toolName) ?? String(part.type));
      return [];
    }
    if (part.type === "tool-result") return [result];
    return result.wire === "gemini-generate" ? [{ ...result, value: decodeCode(part) }] : decodePart(part, reading);
  });
}

type Native = Extract<Part, { kind: "native" }>;

function resultIn(part: JsonObject): Native | undefined {
  const outcome = decodeOutcome(part);
  if (outcome !== undefined) return { kind: "native", wire: "gemini-generate", value: outcome };
  const block = decodeHostedResult(part);
  return block === undefined ? undefined : { kind: "native", wire: "anthropic-messages", value: block };
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

function decodeCall(part: JsonObject, { texts, names }: Reading): ToolCallPart {
  const { input } = part;
  const told = stringAt(part.toolName) ?? "";
  const name = names.get(told) ?? told;
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
