import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, jsonObject, parseJson } from "../../core/json.ts";
import type { Dropped, Part, ReasoningPart, Source, ToolCallPart, Turn } from "../../core/request.ts";
import { withoutForeign } from "../foreign.ts";
import type { Quirks } from "../wire.ts";
import { FORMAT } from "./decode-stream.ts";

/** Stands for a signature that is not there: the call was made by another model. https://ai.google.dev/gemini-api/docs/thought-signatures */
const UNSIGNED = "skip_thought_signature_validator";

type Content = { role: "user" | "model"; kind: "user" | "model" | "results"; parts: JsonObject[] };

/**
 * A conversation as this API wants it: system texts apart, and all results of one turn's calls in one turn, however many
 * messages they came in.
 */
export function encodeTurns(
  turns: readonly Turn[],
  quirks: Quirks,
  dropped: Set<Dropped>,
): { system: JsonObject[]; contents: JsonObject[] } {
  const names = new Map<string, string>();
  const system: JsonObject[] = [];
  const contents: Content[] = [];
  for (const turn of withoutForeign(turns, "gemini-generate", dropped)) {
    if (turn.name !== undefined) dropped.add("messages[].name");
    if (turn.role === "system" || turn.role === "developer") {
      system.push(...turn.parts.flatMap((part) => encodePart(part, names, dropped)));
      continue;
    }
    const isModel = turn.role === "assistant";
    if (isModel) {
      add(contents, "model", modelParts(turn.parts, names, quirks, dropped));
      continue;
    }
    // A user's message may hold results beside words; the results must stand alone.
    const results = turn.parts.filter(({ kind }) => kind === "tool-result");
    const others = turn.parts.filter(({ kind }) => kind !== "tool-result");
    for (const [kind, parts] of [["results", results] as const, ["user", others] as const])
      add(
        contents,
        kind,
        parts.flatMap((part) => encodePart(part, names, dropped)),
      );
  }
  // Without contents the request is refused: instructions that stand alone are what the user says.
  if (contents.length === 0 && system.length > 0) add(contents, "user", system.splice(0));
  return { system, contents: contents.map(({ role, parts }) => ({ role, parts })) };
}

function add(contents: Content[], kind: Content["kind"], parts: JsonObject[]): void {
  if (parts.length === 0) return;
  const last = contents.at(-1);
  if (last?.kind === kind) last.parts.push(...parts);
  else contents.push({ role: kind === "model" ? "model" : "user", kind, parts });
}

/** What the model said, with the proofs of it back where it had put them. */
function modelParts(
  said: readonly Part[],
  names: Map<string, string>,
  quirks: Quirks,
  dropped: Set<Dropped>,
): JsonObject[] {
  const seals: string[] = [];
  const parts: JsonObject[] = [];
  for (const part of said) {
    const seal = part.kind === "reasoning" && part.format === FORMAT ? (part.encrypted ?? part.redacted) : undefined;
    // Clients were seen to send back the detail without what it holds.
    if (seal === "") dropped.add("reasoning_details");
    else if (seal !== undefined) seals.push(seal);
    else parts.push(...encodePart(part, names, dropped));
  }
  const bare = (part: JsonObject) => part.thoughtSignature === undefined;
  const calls = parts.filter((part) => part.functionCall !== undefined);
  // The first of several calls has the proof of all of them; a last one is of the text.
  for (const call of calls.filter(bare)) {
    const seal = seals.shift();
    if (seal === undefined) break;
    call.thoughtSignature = seal;
  }
  const text = parts.findLast((part) => typeof part.text === "string" && part.thought !== true && bare(part));
  const rest = seals.pop();
  if (rest !== undefined) {
    if (text !== undefined) text.thoughtSignature = rest;
    else parts.push({ text: "", thoughtSignature: rest });
  }
  const first = calls[0];
  if (first !== undefined && bare(first) && quirks.has("signed-calls")) first.thoughtSignature = UNSIGNED;
  return parts;
}

function encodePart(part: Part, names: Map<string, string>, dropped: Set<Dropped>): JsonObject[] {
  if (part.cache !== undefined) dropped.add("cache_control");
  switch (part.kind) {
    case "text":
    case "refusal":
      return part.text === "" ? [] : [{ text: part.text }];
    case "image":
      if (part.detail !== undefined && part.detail !== "auto") dropped.add("image_url.detail");
      return [encodeSource(part.source, "image/jpeg")];
    case "file":
      return [encodeSource(part.source, "application/pdf")];
    case "audio":
      return [{ inlineData: { mimeType: `audio/${part.format}`, data: part.base64 } }];
    case "reasoning":
      return encodeReasoning(part, dropped);
    case "tool-call":
      return [encodeCall(part, names)];
    case "tool-result":
      return encodeResult(part, names, dropped);
    case "native":
      if (part.wire === "gemini-generate") return [part.value as JsonObject];
      throw cannot(`content of type ${JSON.stringify((part.value as JsonObject | null)?.type ?? "unknown")}`);
  }
}

function cannot(what: string): GatewayError {
  return new GatewayError("unsupported", `The model cannot take ${what}.`, { param: "messages" });
}

/** Thinking of other vendors is worthless here and is left out. */
function encodeReasoning(part: ReasoningPart, dropped: Set<Dropped>): JsonObject[] {
  const { text, signature, encrypted, redacted, format } = part;
  if ((signature?.format ?? format) === FORMAT && text !== "")
    return [jsonObject({ text, thought: true, thoughtSignature: signature?.value })];
  const sealed = signature !== undefined || encrypted !== undefined || redacted !== undefined;
  dropped.add(sealed ? "reasoning_details" : "reasoning");
  return [];
}

function encodeCall(part: ToolCallPart, names: Map<string, string>): JsonObject {
  names.set(part.call, part.name);
  const args = part.format === "json" ? parseJson(part.arguments) : { input: part.arguments };
  // Another provider may take them.
  if (!isObject(args)) throw cannot(`the call ${JSON.stringify(part.call)}, whose arguments are no JSON object`);
  const own = part.signature?.format === FORMAT ? part.signature.value : undefined;
  return jsonObject({ functionCall: { id: part.call, name: part.name, args }, thoughtSignature: own });
}

/** A result must be an object: one that is none is put into one. Pictures and files follow it. */
function encodeResult(
  { call, parts, failed }: Extract<Part, { kind: "tool-result" }>,
  names: ReadonlyMap<string, string>,
  dropped: Set<Dropped>,
): JsonObject[] {
  const encoded = parts.flatMap((part) => encodePart(part, new Map(), dropped));
  const text = encoded.flatMap((part) => (typeof part.text === "string" ? [part.text] : [])).join("\n");
  const parsed = parseJson(text);
  const response = failed === true ? { error: text } : isObject(parsed) ? parsed : { output: text };
  // A call that nobody made is the client's mistake, and Google's to refuse.
  const result = { functionResponse: { id: call, name: names.get(call) ?? call, response } };
  return [result, ...encoded.filter((part) => typeof part.text !== "string")];
}

/** The media type must be told, and an address does not tell it for sure. */
const BY_ENDING: Readonly<Record<string, string>> = {
  __proto__: null as never,
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
  heic: "image/heic",
  heif: "image/heif",
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/markdown",
  csv: "text/csv",
  html: "text/html",
  json: "application/json",
  mp3: "audio/mpeg",
  wav: "audio/wav",
  ogg: "audio/ogg",
  flac: "audio/flac",
  mp4: "video/mp4",
  webm: "video/webm",
  mov: "video/quicktime",
};

function encodeSource(source: Source, otherwise: string): JsonObject {
  switch (source.from) {
    case "data":
      return { inlineData: { mimeType: source.mediaType, data: source.base64 } };
    case "url": {
      const path = source.url.split(/[?#]/)[0]!;
      const ending = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
      const video = /^https?:\/\/([\w-]+\.)?(youtube\.com|youtu\.be)\//.test(source.url);
      return { fileData: { mimeType: video ? "video/mp4" : (BY_ENDING[ending] ?? otherwise), fileUri: source.url } };
    }
    case "upload":
      throw cannot("files by their id");
  }
}
