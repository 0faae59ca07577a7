import { expect } from "bun:test";
import type { Rules } from "../rules.ts";
import { dataIn, eventsIn, hasMembers, isCount, isWords, type Loose } from "./frames.ts";

/** Anthropic's messages: contract 3.5, https://platform.claude.com/docs/en/build-with-claude/streaming */
export const messagesRules: Rules = { whole, stream, relayed, broken };

const REASONS = [
  "end_turn",
  "max_tokens",
  "stop_sequence",
  "tool_use",
  "pause_turn",
  "refusal",
  "model_context_window_exceeded",
];
/** Members of a block as it begins, and the delta that belongs to it. */
const BLOCKS: Record<string, [members: string, deltas: readonly string[]]> = {
  text: ["type text citations?", ["text_delta", "citations_delta"]],
  thinking: ["type thinking signature", ["thinking_delta", "signature_delta"]],
  redacted_thinking: ["type data", []],
  tool_use: ["type id name input caller?", ["input_json_delta"]],
};
const WORDS: Record<string, string> = {
  text_delta: "text",
  thinking_delta: "thinking",
  signature_delta: "signature",
  input_json_delta: "partial_json",
};

function whole(body: string): void {
  const reply = JSON.parse(body);
  hasMembers(reply, "id type role model content stop_reason stop_sequence usage provider_metadata");
  isHead(reply);
  expect(REASONS).toContain(reply.stop_reason);
  for (const block of reply.content) {
    const [members] = BLOCKS[block.type] ?? [];
    if (members !== undefined) hasMembers(block, members);
    if (block.type === "tool_use") {
      isWords(block.id);
      isWords(block.name);
      expect(block.input).toBeObject();
    }
  }
  isUsage(reply.usage);
}

function isHead(message: Loose): void {
  expect([message.type, message.role]).toEqual(["message", "assistant"]);
  expect(message.id).toStartWith("gen_");
  isWords(message.model);
  expect(message.content).toBeArray();
}

function isUsage(usage: Loose): void {
  for (const name of ["input_tokens", "output_tokens"]) isCount(usage[name]);
  for (const name of ["cache_read_input_tokens", "cache_creation_input_tokens"])
    if ((usage[name] ?? null) !== null) isCount(usage[name]);
}

function stream(sse: string): void {
  const events = eventsIn(sse).filter(({ type }) => type !== "ping");
  isUsage(events[0].message.usage);
  inOrder(events);
}

/** What nobody here knows may stand anywhere. */
function relayed(sse: string): void {
  const known = /^(message|content_block)_(start|delta|stop)$/;
  inOrder(
    dataIn(sse)
      .map((data) => JSON.parse(data))
      .filter(({ type }) => known.test(type)),
  );
}

function inOrder(events: readonly Loose[]): void {
  const [start] = events;
  expect(start.type).toBe("message_start");
  const { message } = start;
  isHead(message);
  expect(message).toMatchObject({ content: [], stop_reason: null, stop_sequence: null, usage: expect.any(Object) });
  const end = blocksIn(events, 1);
  const [delta, stop, ...more] = events.slice(end);
  expect(more).toEqual([]);
  hasMembers(delta, "type delta usage provider_metadata context_management?");
  expect(delta.type).toBe("message_delta");
  expect(REASONS).toContain(delta.delta.stop_reason);
  expect(delta.delta).toHaveProperty("stop_sequence");
  isUsage(delta.usage);
  expect(stop).toEqual({ type: "message_stop" });
}

/** Block after block, numbered without gaps; gives the place behind the last. */
function blocksIn(events: readonly Loose[], from: number): number {
  let at = from;
  for (let index = 0; events[at]?.type === "content_block_start"; index++) {
    const { content_block: block, index: told } = events[at++];
    expect(told).toBe(index);
    const [members, deltas] = BLOCKS[block.type] ?? [];
    if (members !== undefined) hasMembers(block, members);
    let json = "";
    let said = "";
    for (; events[at]?.type === "content_block_delta"; at++) {
      const { delta } = events[at];
      expect(events[at].index).toBe(index);
      if (deltas !== undefined) expect(deltas).toContain(delta.type);
      const member = WORDS[delta.type];
      if (member !== undefined) expect(delta[member]).toBeString();
      if (delta.type === "input_json_delta") json += delta.partial_json;
      if (delta.type === "text_delta") said += delta.text;
    }
    expect(events[at++]).toEqual({ type: "content_block_stop", index });
    if (block.type === "text") expect(block.text + said).toBeString();
    if (block.type === "tool_use" && json !== "") isWords(json);
  }
  return at;
}

function broken(sse: string): void {
  const events = dataIn(sse).map((data) => JSON.parse(data));
  const last = events.at(-1);
  hasMembers(last, "type error request_id provider_metadata");
  expect(last.type).toBe("error");
  hasMembers(last.error, "type message code? param?");
  isWords(last.error.type);
  expect(events.filter(({ type }) => /message_stop|error/.test(type))).toEqual([last]);
}
