import { arrayAt, type JsonObject, type JsonValue, objectAt, parseJson, present, stringAt } from "../../core/json.ts";
import type { CacheMark, Dropped, Part, ToolCallPart, Turn } from "../../core/request.ts";
import { decodeApproval, decodeAsked, decodeCustom, decodeMcpCall, itemPart, type Native } from "./hosted-items.ts";
import { CODE, decodeCode, decodeHostedResult, decodeOutcome, decodeProgram, decodeServer } from "./hosted-results.ts";
import { decodeCallProof, decodeReasoning, decodeThoughtFile } from "./reasoning.ts";
import { decodeCache, decodeFile } from "./source.ts";

/** What is known of a prompt before it is read. */
export interface Known {
  /** Names of tools that take free text. */
  readonly texts: ReadonlySet<string>;
  /** What a provider calls its tool that the client has another name for. */
  readonly names: ReadonlyMap<string, string>;
  /** Thinking is not to be sent back. */
  readonly forgets: boolean;
  /** What no word covers is told here. */
  readonly unsaid: Set<Dropped>;
}

/** And what is learned of it on the way. */
interface Reading extends Known {
  /** Calls that wait for the client's word, and whether it was given. */
  readonly asked: Map<JsonValue | undefined, boolean>;
}

/** A prompt as turns: each result of a tool is one of its own. */
export function decodeTurns(prompt: JsonValue | undefined, known: Known): Turn[] {
  const reading: Reading = { ...known, asked: new Map() };
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
  const results = resultsIn(told, reading);
  return told.flatMap((part) => {
    const isHosted = part.type === "tool-result" || part.providerExecuted === true;
    if (!isHosted) return /^reasoning/.test(String(part.type)) && reading.forgets ? [] : decodePart(part, reading);
    const result = results.get(part.toolCallId);
    if (result === undefined) return unrun(part, reading);
    if (part.type === "tool-result") return [result];
    if (result.wire === "gemini-generate") return [{ ...result, value: decodeCode(part) }];
    // Its item is both.
    return result.wire === "openai-responses" ? [] : decodePart(part, reading);
  });
}

/** A call of a provider's own of which no outcome goes back: it waits for the client's word, or nobody takes it. */
function unrun(part: JsonObject, { asked, unsaid }: Reading): Part[] {
  const item = part.type === "tool-call" ? decodeAsked(part) : undefined;
  if (item !== undefined) {
    asked.set(part.toolCallId, false);
    return [itemPart(item)];
  }
  // That it was not allowed is said by the client's word.
  if (!asked.has(part.toolCallId)) unsaid.add(stringAt(part.toolName) ?? String(part.type));
  return [];
}

function resultsIn(told: readonly JsonObject[], { asked }: Reading): Map<JsonValue | undefined, Native> {
  const served = new Set(told.filter((part) => decodeServer(part) !== undefined).map(({ toolCallId }) => toolCallId));
  const results = new Map<JsonValue | undefined, Native>();
  for (const part of told) {
    if (part.type !== "tool-result") continue;
    const item = decodeMcpCall(part, asked);
    const outcome = decodeOutcome(part);
    const block = decodeHostedResult(part, served.has(part.toolCallId));
    if (item !== undefined) results.set(part.toolCallId, itemPart(item));
    else if (outcome !== undefined)
      results.set(part.toolCallId, { kind: "native", wire: "gemini-generate", value: outcome });
    else if (block !== undefined)
      results.set(part.toolCallId, { kind: "native", wire: "anthropic-messages", value: block });
  }
  return results;
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
      // Of a call that its provider would have run: the client's word has said so.
      if (reading.asked.has(part.toolCallId)) return [];
      return [present({ ...decodeResult(part, reading), cache: decodeCache(part) })];
    case "reasoning-file":
      return ownPart(part, decodeThoughtFile(part), reading);
    case "custom": {
      const item = decodeCustom(part);
      return ownPart(part, item === undefined ? undefined : itemPart(item), reading);
    }
    case "tool-approval-response": {
      const isAnswered = reading.asked.get(part.approvalId);
      if (isAnswered === false) reading.asked.set(part.approvalId, true);
      else if (isAnswered) return [];
      return ownPart(part, isAnswered === false ? itemPart(decodeApproval(part)) : undefined, reading);
    }
    default:
      return ownPart(part, undefined, reading);
  }
}

/** A part that goes to whoever said it; that there is none is told. */
function ownPart({ type, kind }: JsonObject, part: Native | undefined, { unsaid }: Reading): Native[] {
  if (part !== undefined) return [part];
  unsaid.add(stringAt(kind) ?? String(type));
  return [];
}

function decodeCall(part: JsonObject, { texts, names }: Reading): ToolCallPart & { extra?: JsonObject } {
  const told = stringAt(part.toolName) ?? "";
  const known = names.get(told) ?? told;
  const isHosted = part.providerExecuted === true;
  const [name, input] = isHosted && known === CODE ? decodeProgram(part.input) : [known, part.input];
  const isText = typeof input === "string" && texts.has(name);
  return present({
    kind: "tool-call",
    call: stringAt(part.toolCallId) ?? "",
    name,
    arguments: isText ? input : argumentsOf(input),
    by: isHosted ? "provider" : "client",
    format: isText ? "text" : "json",
    signature: decodeCallProof(part),
    extra: decodeServer(part),
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
  const { type, toolName } = objectAt(objectAt(inner.providerOptions)?.anthropic) ?? {};
  // A tool that a search of the client's own has found.
  if (inner.type === "custom" && type === "tool-reference" && typeof toolName === "string")
    return [{ kind: "native", wire: "anthropic-messages", value: { type: "tool_reference", tool_name: toolName } }];
  unsaid.add(`tool-result.${String(inner.type)}`);
  return [];
}
