import { describe, expect, test } from "bun:test";
import { GatewayError } from "../src/core/error.ts";
import type { JsonObject, JsonValue } from "../src/core/json.ts";
import { leg } from "../src/wires/fixtures/facts.ts";
import { WRITTEN_WIRES } from "../src/wires/index.ts";
import type { LegFacts, Wire } from "../src/wires/wire.ts";
import { wished } from "../src/wires/wishes.ts";
import { HEAD } from "./support/wire-fixtures.ts";

/**
 * Every field of every door, at every wire: what it asks for arrives at the provider, or is told as dropped, or the leg is
 * refused. Nothing is ignored silently. A value is recognised by what it is, wherever and under whatever name it arrives.
 */

const TOOLS = {
  "openai-chat": [{ type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } }],
  "openai-responses": [{ type: "function", name: "look", parameters: { type: "object", properties: {} } }],
  "anthropic-messages": [{ name: "look", input_schema: { type: "object", properties: {} } }],
  "openai-completions": [],
  "ai-sdk-language-model": [{ type: "function", name: "look", inputSchema: { type: "object", properties: {} } }],
} as const;

const BASE: Record<keyof typeof TOOLS, JsonObject> = {
  "openai-chat": { model: "lab/model", messages: [{ role: "user", content: "Hello" }], max_completion_tokens: 4000 },
  "openai-responses": { model: "lab/model", input: "Hello", max_output_tokens: 4000 },
  "anthropic-messages": { model: "lab/model", max_tokens: 4000, messages: [{ role: "user", content: "Hello" }] },
  "openai-completions": { model: "lab/model", prompt: "Hello" },
  "ai-sdk-language-model": {
    prompt: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
    maxOutputTokens: 4000,
  },
};

const SCHEMA = {
  type: "object",
  properties: { city7: { type: "string" } },
  required: ["city7"],
  additionalProperties: false,
};

/** A field, what it says, and by what it is known again: a number or word that nothing else in the request has. */
type Field = readonly [name: string, value: JsonValue, sign: string | RegExp, more?: JsonObject];

const FIELDS: Record<keyof typeof TOOLS, readonly Field[]> = {
  "openai-chat": [
    ["temperature", 0.37, "0.37"],
    ["top_p", 0.73, "0.73"],
    ["top_k", 37, "37"],
    ["max_tokens", 3737, "3737"],
    ["max_completion_tokens", 3737, "3737"],
    ["stop", "halt!", "halt!"],
    ["stop", ["halt!", "and?"], "and?"],
    ["seed", 4711, "4711"],
    ["n", 3, "3"],
    ["logprobs", true, "logprobs"],
    ["top_logprobs", 4, "top_logprobs"],
    ["logit_bias", { "50256": -37 }, '"50256"'],
    ["frequency_penalty", 0.31, "0.31"],
    ["presence_penalty", 0.29, "0.29"],
    ["parallel_tool_calls", false, /parallel/i, { tools: TOOLS["openai-chat"] as never }],
    ["tool_choice", "required", /required|any/i, { tools: TOOLS["openai-chat"] as never }],
    ["response_format", { type: "json_schema", json_schema: { name: "c", schema: SCHEMA } }, "city7"],
    ["response_format", { type: "json_object" }, /json/i],
    ["user", "user-4711", "user-4711"],
    ["safety_identifier", "safe-4711", "safe-4711"],
    ["service_tier", "flex", "flex"],
    ["reasoning_effort", "high", /high|effort|budget|level/i],
    ["reasoning", { max_tokens: 2037 }, "2037"],
    ["modalities", ["text", "image"], /image/i],
    ["modalities", ["text", "audio"], /audio/i],
    ["audio", { voice: "alloy", format: "wav" }, "alloy"],
    ["prediction", { type: "content", content: "guess-4711" }, "guess-4711"],
    ["metadata", { run: "run-4711" }, "run-4711"],
    ["store", true, "store"],
    ["verbosity", "low", "low"],
    ["prompt_cache_key", "key-4711", "key-4711"],
    ["web_search_options", { search_context_size: "low" }, "search_context_size"],
    ["x_unheard_of", "news-4711", "news-4711"],
  ],
  "openai-responses": [
    ["temperature", 0.37, "0.37"],
    ["top_p", 0.73, "0.73"],
    ["max_output_tokens", 3737, "3737"],
    ["max_tool_calls", 37, "37"],
    ["frequency_penalty", 0.31, "0.31"],
    ["presence_penalty", 0.29, "0.29"],
    ["top_logprobs", 4, "top_logprobs"],
    ["include", ["message.output_text.logprobs"], "logprobs"],
    ["parallel_tool_calls", false, /parallel/i, { tools: TOOLS["openai-responses"] as never }],
    ["tool_choice", "required", /required|any/i, { tools: TOOLS["openai-responses"] as never }],
    ["text", { format: { type: "json_schema", name: "c", schema: SCHEMA } }, "city7"],
    ["text", { verbosity: "low" }, "low"],
    ["reasoning", { effort: "high" }, /high|effort|budget|level/i],
    ["user", "user-4711", "user-4711"],
    ["safety_identifier", "safe-4711", "safe-4711"],
    ["service_tier", "flex", "flex"],
    ["metadata", { run: "run-4711" }, "run-4711"],
    ["prompt_cache_key", "key-4711", "key-4711"],
    ["truncation", "auto", "truncation"],
    ["store", true, "store"],
    ["cache_anchor_items", 3, "cache_anchor_items"],
    ["x_unheard_of", "news-4711", "news-4711"],
  ],
  "openai-completions": [
    ["temperature", 0.37, "0.37"],
    ["top_p", 0.73, "0.73"],
    ["top_k", 37, "37"],
    ["max_tokens", 3737, "3737"],
    ["stop", "halt!", "halt!"],
    ["seed", 4711, "4711"],
    ["n", 3, "3"],
    ["best_of", 3, "3"],
    ["logprobs", 3, "logprobs"],
    ["suffix", "tail-4711", "tail-4711"],
    ["frequency_penalty", 0.31, "0.31"],
    ["presence_penalty", 0.29, "0.29"],
    ["logit_bias", { "50256": -37 }, '"50256"'],
    ["user", "user-4711", "user-4711"],
    ["service_tier", "flex", "flex"],
    ["x_unheard_of", "news-4711", "news-4711"],
  ],
  "anthropic-messages": [
    ["temperature", 0.37, "0.37"],
    ["top_p", 0.73, "0.73"],
    ["top_k", 37, "37"],
    ["max_tokens", 3737, "3737"],
    ["stop_sequences", ["halt!", "and?"], "and?"],
    ["metadata", { user_id: "user-4711" }, "user-4711"],
    ["metadata", { run: "run-4711" }, "run-4711"],
    ["service_tier", "standard_only", /standard_only|default|standard/],
    ["thinking", { type: "enabled", budget_tokens: 2037 }, /2037|effort|level/],
    ["output_config", { effort: "high" }, /high|effort|budget|level/i],
    ["output_config", { format: { type: "json_schema", schema: SCHEMA } }, "city7"],
    ["tool_choice", { type: "any" }, /required|any/i, { tools: TOOLS["anthropic-messages"] as never }],
    [
      "tool_choice",
      { type: "auto", disable_parallel_tool_use: true },
      /parallel/i,
      { tools: TOOLS["anthropic-messages"] as never },
    ],
    ["container", { skills: [] }, "skills"],
    ["context_management", { edits: [{ type: "e-4711" }] }, "e-4711"],
    ["mcp_servers", [{ type: "url", url: "https://m.example", name: "m" }], "m.example"],
    ["speed", "fast", "fast"],
    ["x_unheard_of", "news-4711", "news-4711"],
  ],
  "ai-sdk-language-model": [
    ["temperature", 0.37, "0.37"],
    ["topP", 0.73, "0.73"],
    ["topK", 37, "37"],
    ["maxOutputTokens", 3737, "3737"],
    ["stopSequences", ["halt!", "and?"], "and?"],
    ["seed", 4711, "4711"],
    ["frequencyPenalty", 0.31, "0.31"],
    ["presencePenalty", 0.29, "0.29"],
    ["reasoning", "high", /high|effort|budget|level/i],
    ["responseFormat", { type: "json", schema: SCHEMA }, "city7"],
    ["responseFormat", { type: "json" }, /json/i],
    ["toolChoice", { type: "required" }, /required|any/i, { tools: TOOLS["ai-sdk-language-model"] as never }],
    ["tools", [{ type: "provider", id: "gateway.exa_search", name: "exa", args: {} }], "exa"],
    ["x_unheard_of", "news-4711", "news-4711"],
  ],
};

/** A provider of each wire, as plain as it can be, and one that has what some have. */
const LEGS: Record<string, readonly LegFacts[]> = {
  "openai-chat": [
    { ...leg(), tiers: undefined },
    leg("top-k", "safety-identifier", "reasoning-object"),
    leg("no-user", "no-parallel-flag", "no-reasoning-effort", "random-seed", "max-tokens-only", "completion-cap"),
  ],
  "openai-responses": [leg(), { ...leg(), tiers: undefined }],
  "anthropic-messages": [
    leg(),
    { ...leg("fixed-sampling", "adaptive-thinking", "schema-by-tool"), model: "anthropic/claude-x", maxOutput: 64_000 },
  ],
  "gemini-generate": [leg(), leg("no-penalties", "no-service-tier", "thinking-level", "schema-or-tools")],
  "bedrock-converse": [leg(), { ...leg(), upstreamModel: "anthropic.claude-x", model: "anthropic/claude-x" }],
};

/** What is asked for by being as it is anyway needs no word: the usual tier is what there is without one. */
const IS_SO: Partial<Record<string, (value: JsonValue) => boolean>> = {
  service_tier: (value) => value === "standard_only",
};

const doors = WRITTEN_WIRES.filter(({ name }) => name in FIELDS);
const providers = WRITTEN_WIRES.filter(({ outbound }) => outbound !== undefined);

/** Whether the value stands anywhere in what is sent, under this field's name or another. */
function holds(body: JsonValue, sign: string | RegExp): boolean {
  const text = JSON.stringify(body);
  if (sign instanceof RegExp) return sign.test(text);
  return /^[\d.]+$/.test(sign)
    ? new RegExp(`[:\\[]${sign.replace(".", "\\.")}[,}\\]]`).test(text)
    : text.includes(sign);
}

/** Told by the name of the field, or of a member of it. */
const isTold = (dropped: readonly string[], name: string): boolean =>
  dropped.some((told) => told === name || told.startsWith(`${name}.`) || ALSO[name]?.includes(told) === true);

/** Names under which the same is told by every wire. */
const ALSO: Record<string, readonly string[]> = {
  stop_sequences: ["stop"],
  stopSequences: ["stop"],
  topP: ["top_p"],
  topK: ["top_k"],
  frequencyPenalty: ["frequency_penalty"],
  presencePenalty: ["presence_penalty"],
  responseFormat: ["response_format"],
  maxOutputTokens: ["max_tokens"],
  toolChoice: ["tool_choice"],
  tools: ["gateway.exa_search"],
  max_tokens: ["max_completion_tokens"],
  metadata: ["user"],
  text: ["response_format", "verbosity"],
  thinking: ["reasoning.max_tokens", "reasoning", "reasoning.effort"],
  output_config: ["reasoning", "reasoning.effort", "response_format", "reasoning_effort"],
  reasoning: ["reasoning.effort"],
  reasoning_effort: ["reasoning", "reasoning.effort"],
  tool_choice: ["parallel_tool_calls"],
};

for (const door of doors) {
  const name = door.name as keyof typeof FIELDS;
  describe(`what ${name} asks for`, () => {
    test.each(providers.flatMap((wire) => FIELDS[name].map((field) => [wire.name, field[0], wire, field] as const)))(
      "arrives, is told or is refused at %s: %s",
      (_wire, _field, wire, field) => {
        for (const facts of LEGS[wire.name]!) mustBeHeard(door, wire, facts, field);
      },
    );
  });
}

function mustBeHeard(door: Wire, wire: Wire, facts: LegFacts, [name, value, sign, more]: Field): void {
  const base = { ...BASE[door.name as keyof typeof BASE], ...more };
  if (name === "max_tokens") delete base.max_completion_tokens;
  const ask = door.inbound!.read({ ...base, [name]: value }, HEAD);
  const where = `${name}: ${JSON.stringify(value)} from ${door.name} at ${wire.name}`;
  // A leg of another wire is not made for what only the client's own can say.
  if (wire !== door && ask.needs.length > 0) {
    expect(
      ask.needs.some((need) => isTold([need], name) || holds(value, need)),
      where,
    ).toBe(true);
    return;
  }
  const sent = sentTo(door, wire, ask, facts);
  if (sent === undefined) return;
  const { rest, dropped } = sent;
  if (isTold(dropped, name) || IS_SO[name]?.(value) === true) return;
  expect(holds(rest, sign), `${where}: ${JSON.stringify(rest)} ${JSON.stringify(dropped)}`).toBe(true);
  // And it is the field that brought it there.
  const without = door.inbound!.read({ ...base, max_tokens: base.max_tokens ?? undefined }, HEAD);
  const silent = sentTo(door, wire, without, facts);
  expect(holds(silent?.rest ?? null, sign), `${where}: there without`).toBe(false);
}

/** What the provider is asked beside the conversation, and what is told of it; `undefined` where the leg is refused. */
function sentTo(
  door: Wire,
  wire: Wire,
  ask: Ask,
  facts: LegFacts,
): { rest: JsonObject; dropped: string[] } | undefined {
  try {
    if (wire === door) {
      const { body, dropped } = wire.relay!.request(ask, facts);
      return { rest: withoutTurns(body), dropped };
    }
    const request = wished(door.inbound!.transcode!.decodeRequest(ask), ask);
    const { body, dropped } = wire.outbound!.encodeRequest(request, facts);
    return { rest: withoutTurns(body), dropped: [...dropped, ...(request.unsaid ?? [])] };
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === "unsupported") return undefined;
    throw thrown;
  }
}

function withoutTurns({ messages: _messages, input: _input, contents: _contents, ...rest }: JsonObject): JsonObject {
  return rest;
}

type Ask = ReturnType<NonNullable<Wire["inbound"]>["read"]>;
