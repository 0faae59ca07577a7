import type { Json, JsonObject } from "../json.ts";
import type { Scenario } from "../scenario.ts";
import type { Call } from "../speech.ts";
import type { Words } from "../words.ts";

/** One block of a message, before it is told whole or in frames. */
export type Block =
  | { type: "thinking"; words: Words; signature: string }
  | { type: "redacted_thinking"; data: string }
  | { type: "text"; words: Words }
  | { type: "search"; id: string; query: string }
  | { type: "found"; id: string }
  | { type: "tool_use"; id: string; call: Call };

/** What the plain answer and the stream have in common. */
export interface Message {
  id: string;
  model: string;
  blocks: readonly Block[];
  stopReason: string;
  stopSequence: string | null;
  input: JsonObject;
  output: number;
  thought: number;
  searches: number;
  scenario: Scenario;
}

/** The answer that is not streamed. */
export function wholeMessage(message: Message): string {
  const { id, model, blocks, stopReason, stopSequence, input, output, thought, searches, scenario } = message;
  const usage = {
    ...input,
    output_tokens: output,
    output_tokens_details: { thinking_tokens: thought },
    ...searchUsage(searches),
    service_tier: "standard",
    inference_geo: "global",
  };
  return JSON.stringify({
    model,
    id,
    type: "message",
    role: "assistant",
    content: blocks.map(wholeBlock),
    stop_reason: stopReason,
    stop_sequence: stopSequence,
    stop_details: stopDetails(stopReason),
    ...(scenario["no-usage"] ? {} : { usage }),
  });
}

/** What is told of searches; nothing of none. */
export function searchUsage(searches: number): JsonObject {
  return searches === 0 ? {} : { server_tool_use: { web_search_requests: searches, web_fetch_requests: 0 } };
}

/** What `stop_details` says beside this reason. */
export function stopDetails(stopReason: string): JsonObject | null {
  return stopReason === "refusal" ? { type: "refusal", category: null, explanation: null } : null;
}

function wholeBlock(block: Block): JsonObject {
  switch (block.type) {
    case "thinking":
      return { type: "thinking", thinking: block.words.toString(), signature: block.signature };
    case "redacted_thinking":
      return { type: block.type, data: block.data };
    case "text":
      return { type: "text", text: block.words.toString() };
    case "search":
      return { ...searchHead(block.id), input: { query: block.query } };
    case "found":
      return { type: "web_search_tool_result", tool_use_id: block.id, content: [] };
    case "tool_use":
      return { ...callHead(block.id, block.call), input: inputOf(block.call) };
  }
}

/** A search before it is known for what. */
export function searchHead(id: string): JsonObject {
  return { type: "server_tool_use", id, name: "web_search", input: {} };
}

/** A call before its input is known. */
export function callHead(id: string, call: Call): JsonObject {
  return { type: "tool_use", id, name: call.name, input: {}, caller: { type: "direct" } };
}

function inputOf(call: Call): Json {
  try {
    return JSON.parse(call.input) as Json;
  } catch {
    return call.input;
  }
}
