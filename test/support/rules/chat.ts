import { expect } from "bun:test";
import type { Rules } from "../rules.ts";
import { dataIn, framesIn, hasMembers, isCount, isWords, type Loose } from "./frames.ts";

/** Chat completions: contract 3.1.8 and 3.1.9. */
export const chatRules: Rules = { whole, stream, relayed, broken };

const FINISHES = ["stop", "length", "tool_calls", "content_filter"];
/** A delta says one of these and nothing else. */
const KINDS = [
  "content",
  "refusal",
  "reasoning",
  "reasoning,reasoning_details",
  "reasoning_details",
  "tool_calls",
  "images",
  "annotations",
];

function whole(body: string): void {
  const reply = JSON.parse(body);
  hasMembers(reply, "id object created model choices usage system_fingerprint generationId service_tier?");
  expect([reply.object, reply.generationId]).toEqual(["chat.completion", reply.id]);
  const [choice] = reply.choices;
  expect(reply.choices).toHaveLength(1);
  hasMembers(choice, "index message logprobs finish_reason");
  expect(choice.index).toBe(0);
  expect(FINISHES).toContain(choice.finish_reason);
  const { message } = choice;
  hasMembers(
    message,
    "role content refusal? reasoning? reasoning_details? tool_calls? images? annotations? provider_metadata",
  );
  expect(message.role).toBe("assistant");
  for (const call of message.tool_calls ?? []) isCall(call);
  for (const [index, detail] of (message.reasoning_details ?? []).entries()) {
    isDetail(detail);
    expect(detail.index).toBe(index);
  }
  isUsage(reply.usage);
}

function isCall(call: Loose): void {
  isWords(call.id);
  isWords(call.type === "custom" ? call.custom.name : call.function.name);
  expect(call.type).toMatch(/^(custom|function)$/);
  if (call.type === "custom") expect(call.custom.input).toBeString();
  else isWords(call.function.arguments);
}

function isDetail(detail: Loose): void {
  const member = { "reasoning.text": "text", "reasoning.summary": "summary", "reasoning.encrypted": "data" }[
    detail.type as string
  ];
  hasMembers(detail, `type ${member} format index id? signature?`);
  expect(detail[member!]).toBeString();
  isWords(detail.format);
  isCount(detail.index);
}

function isUsage(usage: Loose): void {
  isCount(usage.prompt_tokens);
  isCount(usage.completion_tokens);
  expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
  const { cached_tokens: read = 0 } = usage.prompt_tokens_details;
  const { reasoning_tokens: thought = 0 } = usage.completion_tokens_details;
  expect(read + (usage.cache_creation_input_tokens ?? 0)).toBeLessThanOrEqual(usage.prompt_tokens);
  expect(thought).toBeLessThanOrEqual(usage.completion_tokens);
}

/** The chunks of a stream that ended well: nothing stands behind the end mark. */
function chunksIn(data: readonly string[]): Loose[] {
  expect(data.at(-1)).toBe("[DONE]");
  return data.slice(0, -1).map((chunk) => JSON.parse(chunk));
}

function stream(sse: string): void {
  const frames = framesIn(sse);
  expect(frames.filter(({ event }) => event !== undefined)).toEqual([]);
  const chunks = chunksIn(frames.map(({ data }) => data));
  const last = chunks.pop();
  const [first, ...rest] = chunks;
  const { id, created, model, system_fingerprint } = first;
  for (const chunk of [...chunks, last]) {
    expect(chunk).toMatchObject({ id, created, model, system_fingerprint, object: "chat.completion.chunk" });
    expect(chunk.choices).toHaveLength(1);
    hasMembers(chunk.choices[0], "index delta logprobs finish_reason");
    expect(chunk.choices[0].index).toBe(0);
  }
  for (const chunk of chunks) {
    hasMembers(chunk, "id object created model choices system_fingerprint");
    expect(chunk.choices[0].finish_reason).toBeNull();
  }
  expect(first.choices[0].delta).toEqual({ role: "assistant" });
  const calls: { id: string; args: string; custom: boolean }[] = [];
  for (const { choices } of rest) {
    const { delta } = choices[0];
    expect(KINDS).toContain(Object.keys(delta).sort().join(","));
    if (delta.content !== undefined) isWords(delta.content);
    if (delta.refusal !== undefined) isWords(delta.refusal);
    for (const detail of delta.reasoning_details ?? []) isDetail(detail);
    if (delta.tool_calls !== undefined) callPiece(delta.tool_calls, calls);
  }
  expect(new Set(calls.map(({ id: call }) => call)).size).toBe(calls.length);
  // Said or not: arguments are JSON text, and an empty text is none.
  for (const { args, custom } of calls) if (!custom) isWords(args);
  hasMembers(last, "id object created model choices usage system_fingerprint generationId service_tier?");
  hasMembers(last.choices[0].delta, "provider_metadata");
  expect(FINISHES).toContain(last.choices[0].finish_reason);
  expect(last.generationId).toBe(id);
  isUsage(last.usage);
}

/** A call is named once, by its first piece; its index counts calls. */
function callPiece(pieces: Loose[], calls: { id: string; args: string; custom: boolean }[]): void {
  expect(pieces).toHaveLength(1);
  const [piece] = pieces;
  if (piece.index === calls.length) {
    hasMembers(piece, piece.type === "custom" ? "index id type custom" : "index id type function");
    const custom = piece.type === "custom";
    isWords(piece.id);
    isWords((custom ? piece.custom : piece.function).name);
    expect(custom ? piece.custom.input : piece.function.arguments).toBe("");
    calls.push({ id: piece.id, args: "", custom });
    return;
  }
  const call = calls[piece.index]!;
  hasMembers(piece, call.custom ? "index custom" : "index function");
  hasMembers(call.custom ? piece.custom : piece.function, call.custom ? "input" : "arguments");
  const said = call.custom ? piece.custom.input : piece.function.arguments;
  isWords(said);
  call.args += said;
}

function relayed(sse: string): void {
  const chunks = chunksIn(dataIn(sse));
  const last = chunks.at(-1);
  for (const chunk of chunks) expect(chunk).toMatchObject({ id: last.id, created: last.created, model: last.model });
  expect(chunks.filter(({ usage }) => usage)).toEqual([last]);
  expect(last.generationId).toBe(last.id);
  expect(last.choices.map((choice: Loose) => typeof choice.finish_reason)).toContain("string");
  isUsage(last.usage);
}

function broken(sse: string): void {
  const said = dataIn(sse).map((data) => JSON.parse(data));
  const { error, generationId } = said.pop();
  hasMembers(error, "message type code param?");
  isWords(generationId);
  expect(sse).not.toContain("[DONE]");
  for (const chunk of said) expect(chunk.error).toBeUndefined();
}
