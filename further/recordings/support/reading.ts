import { isObject, type JsonObject, type JsonValue } from "../../../src/core/json.ts";
import type { Usage } from "../../../src/core/usage.ts";
import type { Exchange } from "./exchanges.ts";
import { geminiMeters, geminiReading, geminiSearches } from "./gemini-reading.ts";

/**
 * What an answer says, read as a person would who has the bytes and the vendor's page: everything of one kind put in a
 * row, the last usage told. It knows nothing of events, and nothing of what the wires do.
 */
export interface Reading {
  text: string;
  refusal: string;
  reasoning: string;
  /** Signatures, and what is sealed, in order. */
  proofs: string[];
  calls: { id: string; name: string; args: string }[];
  /** The provider's own word; `null` where it has none. */
  finish: string | null;
  /** The provider's own object. */
  usage: JsonObject | undefined;
  /** The answer is an error, or ends in one: the provider's words. */
  error: string | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: somebody else's JSON, read where it is expected
type Loose = any;

export function readingOf(one: Exchange): Reading {
  if (one.wire.name === "gemini-generate") return geminiReading(chunksOf(one));
  const chat = one.wire.name === "openai-chat";
  if (one.stream) return chat ? chatStream(one.text) : messagesStream(one.text);
  const body = JSON.parse(one.text);
  return chat ? chatWhole(body) : messagesWhole(body);
}

const chunksOf = ({ stream, text }: Exchange): Loose[] => (stream ? payloads(text) : [JSON.parse(text)]);

/** Data of every event of an SSE text, parsed; the end mark is left out. */
export function payloads(sse: string): Loose[] {
  return sse
    .split(/\r\n\r\n|\n\n|\r\r/)
    .map((frame) =>
      frame
        .split(/\r\n|\n|\r/)
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5).replace(/^ /, ""))
        .join("\n")
        .trim(),
    )
    .filter((data) => data !== "" && data !== "[DONE]")
    .map((data) => JSON.parse(data));
}

export function blank(): Reading {
  return {
    text: "",
    refusal: "",
    reasoning: "",
    proofs: [],
    calls: [],
    finish: null,
    usage: undefined,
    error: undefined,
  };
}

function chatWhole(body: Loose): Reading {
  const reading = blank();
  const [choice] = body.choices;
  chatMessage(reading, choice.message);
  // A call without an id gets one of its answer.
  for (const [place, call] of (choice.message.tool_calls ?? []).entries())
    reading.calls.push(chatCall({ ...call, id: call.id || `call_${body.id}_${place}` }));
  const old = choice.message.function_call;
  // OpenAI's first form of calls had no ids: a function is answered by its name.
  if (old) reading.calls.push({ id: old.name, name: old.name, args: old.arguments });
  reading.finish = choice.finish_reason ?? null;
  if (isObject(body.usage)) reading.usage = body.usage;
  return reading;
}

function chatStream(sse: string): Reading {
  const reading = blank();
  const calls = new Map<JsonValue, { id: string; name: string; args: string }>();
  let last: JsonValue = 0;
  for (const chunk of payloads(sse)) {
    if (chunk.error) {
      reading.error = chunk.error.message;
      break;
    }
    if (isObject(chunk.usage) && chunk.usage.prompt_tokens !== undefined) reading.usage = chunk.usage;
    const choice = (chunk.choices ?? []).find((each: Loose) => (each.index ?? 0) === 0);
    if (choice === undefined) continue;
    const delta = choice.delta ?? {};
    chatMessage(reading, delta);
    const pieces = delta.tool_calls ?? (delta.function_call ? [{ index: 0, function: delta.function_call }] : []);
    for (const piece of pieces) {
      last = piece.index ?? (piece.id || last);
      const said = chatCall(piece);
      const call = calls.get(last);
      if (call === undefined) calls.set(last, said);
      else {
        call.args += said.args;
        call.name ||= said.name;
        call.id ||= said.id;
      }
    }
    if (choice.finish_reason) reading.finish ??= choice.finish_reason;
    if (choice.finish_reason === "error") {
      reading.error = "finish_reason error";
      break;
    }
  }
  reading.calls = [...calls.values()];
  return reading;
}

function chatMessage(reading: Reading, message: Loose): void {
  if (typeof message.content === "string") reading.text += message.content;
  for (const part of Array.isArray(message.content) ? message.content : []) {
    if (part.type === "text") reading.text += part.text;
    if (part.type === "thinking") reading.reasoning += part.thinking.map((piece: Loose) => piece.text ?? "").join("");
  }
  reading.refusal += message.refusal ?? "";
  const details: Loose[] = message.reasoning_details ?? [];
  reading.reasoning +=
    message.reasoning_content ??
    message.reasoning ??
    details.map(({ text, summary }) => text ?? summary ?? "").join("");
  reading.proofs.push(...details.flatMap(({ signature, data }) => signature || data || []));
}

function chatCall({ id, function: named, custom }: Loose): { id: string; name: string; args: string } {
  const args = custom?.input ?? named?.arguments ?? "";
  return {
    id: id ?? "",
    name: custom?.name ?? named?.name ?? "",
    args: typeof args === "string" ? args : JSON.stringify(args),
  };
}

function messagesWhole(body: Loose): Reading {
  const reading = blank();
  if (body.type === "error") return { ...reading, error: body.error.message };
  for (const block of body.content) {
    reading.text += block.type === "text" ? block.text : "";
    reading.reasoning += block.thinking ?? "";
    if (block.signature) reading.proofs.push(block.signature);
    if (block.type === "redacted_thinking") reading.proofs.push(block.data);
    if (block.type === "tool_use")
      reading.calls.push({ id: block.id, name: block.name, args: JSON.stringify(block.input) });
  }
  return { ...reading, finish: body.stop_reason, usage: body.usage };
}

/** Puts the whole message together, as the vendor's page on streaming says, and reads that. */
function messagesStream(sse: string): Reading {
  const blocks: Loose[] = [];
  const json: string[] = [];
  let head: Loose = {};
  let error: string | undefined;
  for (const event of payloads(sse)) {
    if (event.type === "message") return messagesWhole(event);
    if (event.type === "message_start") head = { ...event.message, content: blocks };
    if (event.type === "content_block_start") blocks[event.index] = { ...event.content_block };
    if (event.type === "content_block_delta") {
      const { delta, index } = event;
      const block = blocks[index];
      if (delta.type === "text_delta") block.text += delta.text;
      if (delta.type === "thinking_delta") block.thinking += delta.thinking;
      if (delta.type === "signature_delta") block.signature = (block.signature ?? "") + delta.signature;
      if (delta.type === "input_json_delta") json[index] = (json[index] ?? "") + delta.partial_json;
    }
    if (event.type === "message_delta") {
      head.stop_reason = event.delta.stop_reason;
      head.usage = { ...head.usage, ...event.usage };
    }
    if (event.type === "error") error = event.error.message;
  }
  const reading = messagesWhole({ ...head, content: blocks.filter(Boolean) });
  const written = blocks.flatMap((block, index) => (block.type === "tool_use" ? [json[index]] : []));
  for (const [i, args] of written.entries()) if (args) reading.calls[i]!.args = args;
  return { ...reading, error };
}

const number = (value: unknown) => (typeof value === "number" ? value : undefined);

/** The provider's figures in the ledger's meters, by the arithmetic of each vendor's page. */
export function metersOf(one: Exchange, raw: JsonObject): Usage {
  if (one.wire.name === "gemini-generate")
    return clean({ ...geminiMeters(raw), searches: geminiSearches(chunksOf(one)) } as Usage);
  return clean(one.wire.name === "openai-chat" ? chatMeters(raw) : messagesMeters(raw));
}

function chatMeters(raw: Loose): Usage {
  let input = raw.prompt_tokens;
  const thought = number((raw.completion_tokens_details ?? raw.completion_token_details)?.reasoning_tokens);
  let output = number(raw.completion_tokens);
  // Some count thinking beside the completion: their total shows it, or the thinking is more than all of it.
  if (thought && output !== undefined && (raw.total_tokens === input + output + thought || thought > output))
    output += thought;
  const heard = number(raw.prompt_tokens_details?.audio_tokens);
  if (heard && raw.total_tokens === input + output! + heard) input += heard;
  const read =
    number((raw.prompt_tokens_details ?? raw.prompt_token_details)?.cached_tokens) ??
    number(raw.prompt_cache_hit_tokens) ??
    number(raw.num_cached_tokens) ??
    number(raw.cached_tokens);
  return {
    input,
    output,
    reasoning: thought,
    // Grok has told more read from the cache than it told of the prompt at all.
    cache_read: read === undefined ? undefined : Math.min(read, input),
    cache_write_5m: number(raw.prompt_tokens_details?.cache_write_tokens) ?? number(raw.cache_creation_input_tokens),
    audio_input: heard,
    audio_output: number(raw.completion_tokens_details?.audio_tokens),
    image_output: number(raw.completion_tokens_details?.image_tokens),
    searches: number(raw.server_tool_use_details?.web_search_requests),
    // Perplexity charges by how much it reads for a request.
    ...(raw.search_context_size === undefined ? {} : { [`requests_${raw.search_context_size}`]: 1 }),
  } as Usage;
}

function messagesMeters(raw: Loose): Usage {
  const written = number(raw.cache_creation_input_tokens);
  return {
    input: raw.input_tokens + (raw.cache_read_input_tokens ?? 0) + (written ?? 0),
    output: raw.output_tokens,
    cache_read: number(raw.cache_read_input_tokens),
    cache_write_5m: number(raw.cache_creation?.ephemeral_5m_input_tokens) ?? written,
    cache_write_1h: number(raw.cache_creation?.ephemeral_1h_input_tokens),
    reasoning: number(raw.output_tokens_details?.thinking_tokens),
    searches: number(raw.server_tool_use?.web_search_requests),
  } as Usage;
}

function clean(usage: Usage): Usage {
  return Object.fromEntries(Object.entries(usage).filter(([, units]) => units !== undefined));
}
