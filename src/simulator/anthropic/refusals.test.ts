import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { complaint, type Loose, MESSAGES, message, post } from "../fixtures/client.ts";
import type { JsonObject } from "../json.ts";
import { type Simulator, startSimulator } from "../server.ts";
import { signThought } from "./signature.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => {
  simulator.stop();
});

const SCHEMA = { type: "object", properties: {} };
const TOOL = { name: "look", input_schema: SCHEMA };
const USE = { type: "tool_use", id: "toolu_1", name: "look", input: {} };
const RESULT = { type: "tool_result", tool_use_id: "toolu_1", content: "seen" };
const text = (words: string) => ({ type: "text", text: words });
const user = { role: "user", content: "hi" };
const turns = (...messages: JsonObject[]) => ({ ...message(""), messages });

async function failing(body: unknown, headers: Record<string, string> = {}): Promise<Loose> {
  const response = await post(simulator, MESSAGES, body, headers);
  return { status: response.status, headers: response.headers, ...((await response.json()) as object) };
}

describe("keys", () => {
  test("none is asked for", async () => {
    const answer = await failing(message("hi"), { "x-api-key": "" });
    expect(answer).toMatchObject({
      status: 401,
      type: "error",
      error: { type: "authentication_error", message: "x-api-key header is required" },
      request_id: expect.stringMatching(/^req_011C/),
    });
    expect(answer.headers.get("x-should-retry")).toBe("false");
  });

  test("a bad one is refused without being repeated", async () => {
    expect((await failing(message("hi"), { "x-api-key": "sk-bad" })).error.message).toBe("invalid x-api-key");
    const bearer = await fetch(simulator.url + MESSAGES, {
      method: "POST",
      headers: { authorization: "Bearer sk-bad" },
      body: "{}",
    });
    expect([bearer.status, ((await bearer.json()) as Loose).error.message]).toEqual([401, "Invalid bearer token"]);
  });

  test("a bearer token will do", async () => {
    const headers = { authorization: "Bearer sk-oat", "anthropic-version": "2023-06-01" };
    const response = await fetch(simulator.url + MESSAGES, {
      method: "POST",
      headers,
      body: JSON.stringify(message("hi")),
    });
    expect(response.status).toBe(200);
  });
});

describe("errors that a scenario asks for", () => {
  test.each([
    [400, "invalid_request_error", "false"],
    [401, "authentication_error", "false"],
    [402, "billing_error", "false"],
    [403, "permission_error", "false"],
    [404, "not_found_error", "false"],
    [413, "request_too_large", "false"],
    [429, "rate_limit_error", "true"],
    [500, "api_error", "true"],
    [504, "timeout_error", "true"],
    [529, "overloaded_error", "true"],
  ])("%p is told as %s", async (status, type, again) => {
    const answer = await failing(message(`[sim status=${status} retry-after=7]`, { stream: true }));
    expect(answer).toMatchObject({ status, type: "error", error: { type, message: expect.any(String) } });
    expect(answer.headers.get("x-should-retry")).toBe(again);
    expect(answer.headers.get("retry-after")).toBe("7");
  });

  test("an unknown model is named, an overload is not explained", async () => {
    expect((await failing(message("[sim status=404]"))).error.message).toBe("model: claude-sonnet-4-6");
    expect((await failing(message("[sim status=529]"))).error.message).toBe("Overloaded");
  });

  test("an empty account and a full context are both a 400", async () => {
    expect(await failing(message("[sim no-credit]"))).toMatchObject({
      status: 400,
      error: { message: expect.stringContaining("credit balance is too low") },
    });
    expect(await failing(message("[sim too-long]"))).toMatchObject({
      status: 400,
      error: { message: expect.stringContaining("prompt is too long") },
    });
  });
});

describe("a request that the API refuses", () => {
  test("without a version", async () => {
    const response = await fetch(simulator.url + MESSAGES, {
      method: "POST",
      headers: { "x-api-key": "k" },
      body: JSON.stringify(message("hi")),
    });
    expect([response.status, ((await response.json()) as Loose).error.message]).toEqual([
      400,
      "anthropic-version: header is required",
    ]);
  });

  test.each(["providerOptions", "models", "tags", "provider", "n", "max_completion_tokens", "response_format"])(
    "%s is not permitted",
    async (name) => {
      expect(await complaint(simulator, MESSAGES, message("hi", { [name]: {} }))).toBe(
        `${name}: Extra inputs are not permitted`,
      );
    },
  );

  test("members of a beta need its header", async () => {
    const body = message("hi", { context_management: { edits: [] } });
    expect(await complaint(simulator, MESSAGES, body)).toBe("context_management: Extra inputs are not permitted");
    expect((await post(simulator, MESSAGES, body, { "anthropic-beta": "context-management-2025-06-27" })).status).toBe(
      200,
    );
  });

  const cases: [string, JsonObject, RegExp][] = [
    ["no limit", { model: "m", messages: [user] }, /^max_tokens: Field required$/],
    ["no model", { max_tokens: 5, messages: [user] }, /^model: Field required$/],
    ["no messages", { model: "m", max_tokens: 5 }, /^messages: Field required$/],
    [
      "a limit of nothing",
      message("hi", { max_tokens: 0 }),
      /^max_tokens: Input should be greater than or equal to 1$/,
    ],
    ["empty messages", turns(), /^messages: at least one message is required$/],
    [
      "an assistant that begins",
      turns({ role: "assistant", content: "hi" }),
      /^messages: first message must use the "user" role$/,
    ],
    ["a system message", turns({ role: "system", content: "be brief" }, user), /Unexpected role "system"/],
    [
      "a role of another wire",
      turns(user, { role: "tool", content: "x" }),
      /^messages\.1\.role: Input should be 'user' or 'assistant'$/,
    ],
    [
      "an unknown member of a message",
      turns({ ...user, name: "ada" }),
      /^messages\.0\.name: Extra inputs are not permitted$/,
    ],
    [
      "an unknown member of a block",
      turns({ role: "user", content: [{ ...text("hi"), providerOptions: {} }] }),
      /^messages\.0\.content\.0\.text\.providerOptions: Extra inputs/,
    ],
    [
      "an empty message",
      turns({ role: "user", content: "" }),
      /^messages\.0: all messages must have non-empty content/,
    ],
    [
      "an empty block of text",
      turns({ role: "user", content: [text("")] }),
      /^messages: text content blocks must be non-empty$/,
    ],
    ["a block of white space", turns({ role: "user", content: [text(" \n")] }), /must contain non-whitespace text$/],
    [
      "an empty system prompt",
      message("hi", { system: [text("")] }),
      /^system: text content blocks must be non-empty$/,
    ],
    [
      "a beginning that ends in white space",
      turns(user, { role: "assistant", content: "The answer is " }),
      /cannot end with trailing whitespace$/,
    ],
    [
      "a result without a call",
      turns({ role: "user", content: [RESULT] }),
      /^messages\.0\.content\.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1\./,
    ],
    [
      "a call without a result",
      turns(user, { role: "assistant", content: [USE] }, user),
      /^messages\.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1\./,
    ],
    [
      "a call with a bad id",
      turns(
        user,
        { role: "assistant", content: [{ ...USE, id: "call:1" }] },
        { role: "user", content: [{ ...RESULT, tool_use_id: "call:1" }] },
      ),
      /tool_use\.id: String should match pattern '\^\[a-zA-Z0-9_-\]\+\$'$/,
    ],
    [
      "a call with its input as text",
      turns(user, { role: "assistant", content: [{ ...USE, input: "{}" }] }),
      /tool_use\.input: Input should be a valid dictionary$/,
    ],
    [
      "two calls with one id",
      turns(user, { role: "assistant", content: [USE, USE] }, { role: "user", content: [RESULT] }),
      /ids must be unique$/,
    ],
    [
      "a tool without a schema",
      message("hi", { tools: [{ name: "look" }] }),
      /^tools\.0\.custom\.input_schema: Field required$/,
    ],
    [
      "a tool with a bad name",
      message("hi", { tools: [{ ...TOOL, name: "look up" }] }),
      /^tools\.0\.custom\.name: String should match pattern/,
    ],
    [
      "a tool of another wire",
      message("hi", { tools: [{ ...TOOL, parameters: {} }] }),
      /^tools\.0\.custom\.parameters: Extra inputs are not permitted$/,
    ],
    ["two tools with one name", message("hi", { tools: [TOOL, TOOL] }), /^tools: Tool names must be unique\.$/],
    [
      "a choice without tools",
      message("hi", { tool_choice: { type: "auto" } }),
      /may only be specified while providing tools/,
    ],
    [
      "a choice of a tool that is not there",
      message("hi", { tools: [TOOL], tool_choice: { type: "tool", name: "listen" } }),
      /^Tool 'listen' not found in provided tools$/,
    ],
    [
      "a choice of another wire",
      message("hi", { tools: [TOOL], tool_choice: { type: "required" } }),
      /does not match any of the expected tags: 'any', 'auto', 'none', 'tool'$/,
    ],
    ["too hot", message("hi", { temperature: 1.5 }), /^temperature: Input should be less than or equal to 1$/],
    [
      "a stop sequence of white space",
      message("hi", { stop_sequences: [" "] }),
      /each stop sequence must contain non-whitespace$/,
    ],
    [
      "an open schema",
      message("hi", { output_config: { format: { type: "json_schema", schema: SCHEMA } } }),
      /'additionalProperties' must be explicitly set to false$/,
    ],
    [
      "five marks for the cache",
      turns({
        role: "user",
        content: Array.from({ length: 5 }, () => ({ ...text("a"), cache_control: { type: "ephemeral" } })),
      }),
      /A maximum of 4 blocks with cache_control may be provided\. Found 5\.$/,
    ],
  ];

  test.each(cases)("%s", async (_, body, words) => {
    const answer = await failing(body);
    expect(answer).toMatchObject({ status: 400, type: "error", error: { type: "invalid_request_error" } });
    expect(answer.error.message).toMatch(words);
  });

  test("bodies that are no JSON object", async () => {
    for (const body of ["", "{", "[]"])
      expect(await complaint(simulator, MESSAGES, body)).toStartWith("The request body is not valid JSON");
  });

  const accepted: [string, JsonObject][] = [
    [
      "a round with tools",
      {
        ...turns(
          user,
          { role: "assistant", content: [text("let me see"), USE] },
          { role: "user", content: [RESULT, text("and?")] },
        ),
        tools: [TOOL],
      },
    ],
    [
      "results spread over two turns",
      turns(
        user,
        { role: "assistant", content: [USE, { ...USE, id: "toolu_2" }] },
        { role: "user", content: [RESULT] },
        { role: "user", content: [{ ...RESULT, tool_use_id: "toolu_2" }] },
      ),
    ],
    [
      "turns that do not alternate: they are joined",
      turns(user, user, { role: "assistant", content: "a" }, { role: "assistant", content: "b" }),
    ],
    ["a beginning of the answer", turns(user, { role: "assistant", content: "The answer is" })],
    [
      "tools of the provider",
      message("hi", { tools: [{ type: "web_search_20260209", name: "web_search", max_uses: 2 }] }),
    ],
    ["an empty assistant at the end", turns(user, { role: "assistant", content: [] })],
    [
      "a late system message, where the model knows it",
      {
        ...turns(user, { role: "assistant", content: "a" }, user, { role: "system", content: "now" }),
        model: "claude-opus-4-8",
      },
    ],
  ];

  test.each(accepted)("but not %s", async (_, body) => {
    expect((await post(simulator, MESSAGES, body)).status).toBe(200);
  });

  test("and turns that do not alternate, where a scenario is strict", async () => {
    const body = turns(user, { role: "user", content: "[sim strict-roles]" });
    expect(await complaint(simulator, MESSAGES, body)).toBe(
      'messages: roles must alternate between "user" and "assistant", but found multiple "user" roles in a row',
    );
  });
});

describe("thinking that the API refuses", () => {
  const enabled = { thinking: { type: "enabled", budget_tokens: 1024 } };
  const thought = { type: "thinking", thinking: "hm", signature: signThought("hm") };
  const replay = (...content: JsonObject[]) => ({
    ...turns(
      user,
      { role: "assistant", content },
      { role: "user", content: content.includes(USE) ? [RESULT] : "and?" },
    ),
    ...enabled,
  });

  const cases: [string, JsonObject, RegExp][] = [
    [
      "a kind nobody knows",
      message("hi", { thinking: { type: "hard" } }),
      /expected tags: 'adaptive', 'disabled', 'enabled'$/,
    ],
    [
      "no budget",
      message("hi", { thinking: { type: "enabled" } }),
      /^thinking\.enabled\.budget_tokens: Field required$/,
    ],
    [
      "a small budget",
      message("hi", { thinking: { type: "enabled", budget_tokens: 100 } }),
      /greater than or equal to 1024$/,
    ],
    [
      "a budget as large as the limit",
      message("hi", { ...enabled, max_tokens: 1024 }),
      /^`max_tokens` must be greater than `thinking.budget_tokens`/,
    ],
    [
      "a temperature",
      message("hi", { ...enabled, temperature: 0 }),
      /^`temperature` may only be set to 1 when thinking is enabled/,
    ],
    [
      "a temperature, adaptive",
      message("hi", { thinking: { type: "adaptive" }, temperature: 0.5 }),
      /^`temperature` may only be set to 1/,
    ],
    [
      "a narrow choice of words",
      message("hi", { ...enabled, top_p: 0.5 }),
      /^`top_p` must be greater than or equal to 0.95/,
    ],
    ["top_k", message("hi", { ...enabled, top_k: 5 }), /^`top_k` must be unset/],
    [
      "a forced tool",
      message("hi", { ...enabled, tools: [TOOL], tool_choice: { type: "any" } }),
      /^Thinking may not be enabled when tool_choice forces tool use\.$/,
    ],
    [
      "a signature of somebody else",
      replay({ ...thought, signature: "EqkECkYIBxgCKkA8AZ4n" }, text("a")),
      /^messages\.1\.content\.0: Invalid `signature` in `thinking` block$/,
    ],
    ["a thought that was changed", replay({ ...thought, thinking: "hmm" }, text("a")), /Invalid `signature`/],
    [
      "no signature",
      replay({ type: "thinking", thinking: "hm" }, text("a")),
      /^messages\.1\.content\.0\.thinking\.signature: Field required$/,
    ],
    [
      "redacted data of somebody else",
      replay({ type: "redacted_thinking", data: "EvgFCkYI" }, text("a")),
      /Invalid `data` in `redacted_thinking` block$/,
    ],
    [
      "a call without the thought before it",
      replay(text("let me see"), USE),
      /^messages\.1\.content\.0\.type: Expected `thinking` or `redacted_thinking`, but found `text`/,
    ],
  ];

  test.each(cases)("%s", async (_, body, words) => {
    expect(await complaint(simulator, MESSAGES, body)).toMatch(words);
  });

  test("but not a forced tool when it thinks as it likes", async () => {
    const body = message("hi", { thinking: { type: "adaptive" }, tools: [TOOL], tool_choice: { type: "any" } });
    expect((await post(simulator, MESSAGES, body)).status).toBe(200);
  });

  test("and not a call with its thought before it", async () => {
    expect((await post(simulator, MESSAGES, replay(thought, USE))).status).toBe(200);
  });
});
