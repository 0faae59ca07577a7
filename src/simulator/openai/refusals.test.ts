import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CHAT, chat, complaint, EMBEDDINGS, type Loose, post } from "../fixtures/client.ts";
import type { JsonObject } from "../json.ts";
import { type Simulator, startSimulator } from "../server.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => {
  simulator.stop();
});

const TOOL = { type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } };
const CALL = { id: "call_1", type: "function", function: { name: "look", arguments: "{}" } };
const STRICT = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false };
const turns = (...messages: JsonObject[]) => ({ model: "gpt-4o", messages });
const user = { role: "user", content: "hi" };

async function failing(body: unknown, headers: Record<string, string> = {}, path = CHAT): Promise<Loose> {
  const response = await post(simulator, path, body, headers);
  return { status: response.status, headers: response.headers, ...((await response.json()) as object) };
}

describe("keys", () => {
  test("none is asked for", async () => {
    const answer = await failing(chat("hi"), { authorization: "" });
    expect(answer).toMatchObject({ status: 401, error: { type: "invalid_request_error", param: null, code: null } });
    expect(answer.error.message).toStartWith("You didn't provide an API key.");
  });

  test("a bad one is repeated, with stars in its middle", async () => {
    const answer = await failing(chat("hi"), { authorization: "Bearer sk-bad-0123456789abcd" });
    expect(answer).toMatchObject({ status: 401, error: { code: "invalid_api_key" } });
    expect(answer.error.message).toBe(
      "Incorrect API key provided: sk-bad-0*********abcd. You can find your API key at https://platform.openai.com/account/api-keys.",
    );
  });

  test("a short one is repeated whole", async () => {
    expect((await failing(chat("hi"), { authorization: "Bearer sk-bad" })).error.message).toContain(
      "provided: sk-bad.",
    );
  });

  test("Azure's header will do", async () => {
    const headers = { authorization: "", "api-key": "k" };
    expect((await post(simulator, "/azure/v1/chat/completions", chat("hi"), headers)).status).toBe(200);
  });
});

describe("errors that a scenario asks for", () => {
  test.each([
    [400, "invalid_request_error", null],
    [401, "invalid_request_error", "invalid_api_key"],
    [403, "request_forbidden", "unsupported_country_region_territory"],
    [404, "invalid_request_error", "model_not_found"],
    [429, "requests", "rate_limit_exceeded"],
    [500, "server_error", null],
    [503, "server_error", null],
    [504, "server_error", null],
  ])("%p has the API's body", async (status, type, code) => {
    const answer = await failing(chat(`[sim status=${status}]`, { stream: true }));
    expect(answer).toMatchObject({ status, error: { message: expect.any(String), type, param: null, code } });
  });

  test("with the headers that say when to come again", async () => {
    const { headers } = await failing(chat("[sim status=429 retry-after=2 retry-after-ms=1500]"));
    expect([headers.get("retry-after"), headers.get("retry-after-ms")]).toEqual(["2", "1500"]);
    const date = "Wed, 21 Oct 2026 07:28:00 GMT";
    expect((await failing(chat(`[sim status=503 retry-after="${date}"]`))).headers.get("retry-after")).toBe(date);
  });

  test("an empty account and a full context", async () => {
    expect(await failing(chat("[sim no-credit]"))).toMatchObject({
      status: 429,
      error: { type: "insufficient_quota", code: "insufficient_quota" },
    });
    expect(await failing(chat("[sim too-long]"))).toMatchObject({
      status: 400,
      error: { code: "context_length_exceeded", param: "messages" },
    });
  });

  test("with a message of one's own", async () => {
    expect((await failing(chat('[sim status=500 message="the cat did it"]'))).error.message).toBe("the cat did it");
  });

  test("are printed over several lines", async () => {
    const text = await (await post(simulator, CHAT, chat("[sim status=500]"))).text();
    expect(text).toStartWith('{\n  "error": {\n    "message": "');
    expect(text).toEndWith('"code": null\n  }\n}\n');
  });

  test("a directive that cannot be read is named", async () => {
    expect(await failing(chat("[sim colour=red]"))).toMatchObject({
      status: 400,
      error: { code: "simulator_directive", message: expect.stringContaining("'colour'") },
    });
  });
});

describe("what is no request", () => {
  test("bodies that are no JSON object", async () => {
    for (const body of ["", "{", "[]", "null", '"hi"'])
      expect(await complaint(simulator, CHAT, body)).toStartWith("We could not parse the JSON body");
  });

  test("paths and methods nobody knows", async () => {
    expect((await failing(chat("hi"), {}, "/openai/v1/nonsense")).error.message).toBe(
      "Invalid URL (POST /openai/v1/nonsense)",
    );
    const got = await fetch(simulator.url + CHAT, { headers: { authorization: "Bearer k" } });
    expect([got.status, await got.json()]).toMatchObject([405, { error: { code: "method_not_supported" } }]);
  });
});

describe("a chat request that the API refuses", () => {
  test.each(["providerOptions", "models", "tags", "provider", "gateway"])(
    "%s of the gateway has leaked",
    async (name) => {
      expect(await complaint(simulator, CHAT, chat("hi", { [name]: {} }))).toBe(
        `Unrecognized request argument supplied: ${name}`,
      );
    },
  );

  test("several unknown members are named in order", async () => {
    expect(await complaint(simulator, CHAT, chat("hi", { zebra: 1, ape: 2 }))).toBe(
      "Unrecognized request arguments supplied: ape, zebra",
    );
  });

  test("another vendor knows members of its own, but not the gateway's", async () => {
    const path = "/groq/v1/chat/completions";
    expect((await post(simulator, path, chat("hi", { reasoning_format: "parsed" }))).status).toBe(200);
    expect(await complaint(simulator, path, chat("hi", { providerOptions: {} }))).toContain("providerOptions");
  });

  test("… and parts, and members of embeddings", async () => {
    const document = { role: "user", content: [{ type: "document_url", document_url: "https://a.example/f.pdf" }] };
    const asked = { model: "large", messages: [document] };
    expect((await post(simulator, "/mistral/chat/completions", asked)).status).toBe(200);
    expect(await complaint(simulator, CHAT, asked)).toContain("'document_url'");
    const marked = { model: "large", messages: [{ ...user, cache_control: { type: "ephemeral" } }] };
    expect((await post(simulator, "/openrouter/chat/completions", marked)).status).toBe(200);
    expect(await complaint(simulator, CHAT, marked)).toContain("messages[0].cache_control");
    const thought = { model: "large", messages: [{ role: "assistant", content: "a", reasoning_content: "hm" }, user] };
    expect((await post(simulator, "/deepseek/chat/completions", thought)).status).toBe(200);
    expect(await complaint(simulator, CHAT, thought)).toContain("messages[0].reasoning_content");
    const shorter = { model: "embed", input: "hi", output_dimension: 8 };
    const { data } = (await (await post(simulator, "/mistral/embeddings", shorter)).json()) as Loose;
    expect(data[0].embedding.length).toBe(8);
    expect(await complaint(simulator, EMBEDDINGS, shorter)).toContain("output_dimension");
  });

  const cases: [string, JsonObject, RegExp, string | null, string | null][] = [
    ["no model", { messages: [user] }, /^you must provide a model parameter$/, null, null],
    [
      "no messages",
      { model: "gpt-4o" },
      /^Missing required parameter: 'messages'\.$/,
      "messages",
      "missing_required_parameter",
    ],
    ["empty messages", turns(), /^Invalid 'messages': empty array/, "messages", "empty_array"],
    [
      "messages of a wrong type",
      { model: "gpt-4o", messages: "hi" },
      /^Invalid type for 'messages'/,
      "messages",
      "invalid_type",
    ],
    [
      "an unknown role",
      turns({ role: "robot", content: "hi" }),
      /^Invalid value: 'robot'\. Supported values are: 'system'/,
      "messages[0].role",
      "invalid_value",
    ],
    [
      "an unknown member of a message",
      turns({ ...user, providerOptions: {} }),
      /^Unknown parameter: 'messages\[0\]\.providerOptions'/,
      "messages[0].providerOptions",
      "unknown_parameter",
    ],
    ["no content", turns({ role: "user" }), /expected a string, got null/, "messages.[0].content", null],
    ["empty content", turns({ role: "user", content: [] }), /empty array/, "messages[0].content", "empty_array"],
    [
      "a part nobody knows",
      turns({ role: "user", content: [{ type: "tool_result" }] }),
      /^Invalid value: 'tool_result'/,
      "messages[0].content[0].type",
      "invalid_value",
    ],
    [
      "a result without a call",
      turns(user, { role: "tool", tool_call_id: "call_1", content: "x" }),
      /must be a response to a preceeding message/,
      "messages.[1].role",
      null,
    ],
    [
      "a result without an id",
      turns(user, { role: "tool", content: "x" }),
      /'messages\[1\]\.tool_call_id'/,
      "messages[1].tool_call_id",
      "missing_required_parameter",
    ],
    [
      "a call without a result",
      turns(user, { role: "assistant", tool_calls: [CALL] }, user),
      /did not have response messages: call_1$/,
      "messages.[2].role",
      null,
    ],
    [
      "a call without a result at the end",
      turns(user, { role: "assistant", tool_calls: [CALL] }),
      /call_1$/,
      "messages.[2].role",
      null,
    ],
    [
      "an id that is too long",
      turns(user, { role: "assistant", tool_calls: [{ ...CALL, id: "x".repeat(41) }] }),
      /maximum length 40/,
      "messages[1].tool_calls[0].id",
      "string_above_max_length",
    ],
    [
      "arguments that are no string",
      turns(user, { role: "assistant", tool_calls: [{ ...CALL, function: { name: "look", arguments: {} } }] }),
      /arguments/,
      "messages[1].tool_calls[0].function.arguments",
      "invalid_type",
    ],
    [
      "stream options without a stream",
      chat("hi", { stream_options: { include_usage: true } }),
      /only allowed when 'stream' is enabled/,
      "stream_options",
      null,
    ],
    [
      "a choice without tools",
      chat("hi", { tool_choice: "auto" }),
      /'tool_choice' is only allowed when 'tools' are specified/,
      "tool_choice",
      null,
    ],
    [
      "parallel calls without tools",
      chat("hi", { parallel_tool_calls: true }),
      /'parallel_tool_calls' is only allowed/,
      "parallel_tool_calls",
      null,
    ],
    ["an empty list of tools", chat("hi", { tools: [] }), /^Invalid 'tools': empty array/, "tools", "empty_array"],
    [
      "a tool of another wire",
      chat("hi", { tools: [{ name: "look", input_schema: {} }] }),
      /Supported values are: 'function' and 'custom'/,
      "tools[0].type",
      "invalid_value",
    ],
    [
      "a tool with a bad name",
      chat("hi", { tools: [{ type: "function", function: { name: "look up" } }] }),
      /does not match pattern/,
      "tools[0].function.name",
      "invalid_value",
    ],
    [
      "a tool with a long name",
      chat("hi", { tools: [{ type: "function", function: { name: "x".repeat(65) } }] }),
      /maximum length 64/,
      "tools[0].function.name",
      "string_above_max_length",
    ],
    [
      "a strict tool that is not",
      chat("hi", {
        tools: [
          {
            type: "function",
            function: { name: "look", strict: true, parameters: { type: "object", properties: {} } },
          },
        ],
      }),
      /'additionalProperties' is required/,
      "tools[0].function.parameters",
      "invalid_function_parameters",
    ],
    [
      "too hot",
      chat("hi", { temperature: 3 }),
      /Expected a value <= 2, but got 3/,
      "temperature",
      "integer_above_max_value",
    ],
    [
      "too cold",
      chat("hi", { temperature: -0.5 }),
      /Expected a value >= 0, but got -0.5/,
      "temperature",
      "decimal_below_min_value",
    ],
    [
      "a limit of the older kind for a model that thinks",
      chat("hi", { model: "gpt-5", max_tokens: 5 }),
      /Use 'max_completion_tokens' instead/,
      "max_tokens",
      "unsupported_parameter",
    ],
    [
      "temperature for a model that thinks",
      chat("hi", { model: "o3-mini", temperature: 0 }),
      /Only the default \(1\) value is supported/,
      "temperature",
      "unsupported_value",
    ],
    [
      "effort for a model that does not think",
      chat("hi", { reasoning_effort: "low" }),
      /Unrecognized request argument supplied: reasoning_effort/,
      null,
      null,
    ],
    [
      "JSON mode without the word",
      chat("hi", { response_format: { type: "json_object" } }),
      /must contain the word 'json'/,
      "messages",
      null,
    ],
    [
      "a schema without a name",
      chat("hi", { response_format: { type: "json_schema", json_schema: { schema: STRICT } } }),
      /'response_format\.json_schema\.name'/,
      "response_format.json_schema.name",
      "missing_required_parameter",
    ],
    [
      "a strict schema with a member that is not required",
      chat("hi", {
        response_format: {
          type: "json_schema",
          json_schema: { name: "x", strict: true, schema: { ...STRICT, required: [] } },
        },
      }),
      /Missing 'a'/,
      "response_format",
      null,
    ],
  ];

  test.each(cases)("%s", async (_, body, message, param, code) => {
    const answer = await failing(body);
    expect(answer).toMatchObject({ status: 400, error: { type: "invalid_request_error", param, code } });
    expect(answer.error.message).toMatch(message);
  });

  const accepted: [string, JsonObject][] = [
    [
      "a whole round with tools",
      {
        ...turns(
          user,
          { role: "assistant", content: null, tool_calls: [CALL] },
          { role: "tool", tool_call_id: "call_1", content: "x" },
          user,
        ),
        tools: [TOOL],
      },
    ],
    [
      "images and files",
      turns({
        role: "user",
        content: [
          { type: "text", text: "hi" },
          { type: "image_url", image_url: { url: "data:," } },
        ],
      }),
    ],
    [
      "members that are null",
      chat("hi", { stop: null, tools: null, response_format: null, stream_options: null, temperature: null }),
    ],
    [
      "a developer, and an assistant that begins",
      turns({ role: "developer", content: "be brief" }, { role: "assistant", content: "ok" }, user),
    ],
    ["temperature 1 for a model that thinks", chat("hi", { model: "gpt-5", temperature: 1 })],
    [
      "a strict schema",
      chat("hi", {
        response_format: { type: "json_schema", json_schema: { name: "x", strict: true, schema: STRICT } },
      }),
    ],
  ];

  test.each(accepted)("but not %s", async (_, body) => {
    expect((await post(simulator, CHAT, body)).status).toBe(200);
  });
});

describe("a request for embeddings that the API refuses", () => {
  const ask = (more: JsonObject) => ({ model: "text-embedding-3-small", input: "hi", ...more });
  const cases: [string, JsonObject, RegExp][] = [
    ["no model", { input: "hi" }, /you must provide a model/],
    ["no input", { model: "text-embedding-3-small" }, /'\$\.input' is invalid/],
    ["an empty list", ask({ input: [] }), /'\$\.input' is invalid/],
    ["an empty text", ask({ input: ["a", ""] }), /cannot be an empty string/],
    ["too many texts", ask({ input: Array(2049).fill("a") }), /maximum length 2048/],
    ["no dimensions", ask({ dimensions: -1 }), /^-1 is less than the minimum of 1 - 'dimensions'$/],
    [
      "dimensions for a model that has its own",
      ask({ model: "text-embedding-ada-002", dimensions: 5 }),
      /does not support specifying dimensions/,
    ],
    ["a format nobody knows", ask({ encoding_format: "hex" }), /'float' and 'base64'/],
    [
      "a member of the gateway",
      ask({ providerOptions: {} }),
      /Unrecognized request argument supplied: providerOptions/,
    ],
  ];

  test.each(cases)("%s", async (_, body, message) => {
    expect(await complaint(simulator, EMBEDDINGS, body)).toMatch(message);
  });

  test("directives work here too", async () => {
    expect((await failing(ask({ input: ["a", "[sim status=503]"] }), {}, EMBEDDINGS)).status).toBe(503);
  });
});
