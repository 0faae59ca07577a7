import { describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import type { JsonObject } from "../../core/json.ts";
import { ask, errorOf, hello, leg } from "../fixtures/facts.ts";
import { decodeRequest } from "../openai-chat/decode-request.ts";
import { openaiChat } from "../openai-chat/index.ts";
import type { Quirk } from "../quirk.ts";
import { encodeRequest } from "./encode-request.ts";

/** The SDK no longer names them, since the newest models refuse them; the older ones take them. */
type Sampling = { temperature?: number; top_p?: number; top_k?: number };
type Params = Anthropic.MessageCreateParamsNonStreaming & Sampling;

/** What an endpoint with these quirks gets of a chat completions body with these members. */
const encoded = (members: JsonObject, ...quirks: Quirk[]) => encodeRequest(decodeRequest(ask(members)), leg(...quirks));

const PLAIN = {
  model: "large-2026",
  max_tokens: 4096,
  messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
} satisfies Params;

/** The body is the plain one with these members, as the official SDK would take it, and this is what was left out. */
function expectBody(members: JsonObject, body: Partial<Params>, dropped: string[] = [], ...quirks: Quirk[]): void {
  const result = encoded(members, ...quirks);
  const expected: Params = { ...PLAIN, ...body };
  expect(result.body).toEqual(expected as unknown as JsonObject);
  expect(result.dropped).toEqual(dropped);
}

const SCHEMA = {
  type: "object" as const,
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const OPEN_SCHEMA = { type: "object" as const, properties: { city: { type: "string" } } };

const fn = (name: string, more: JsonObject = {}): JsonObject => ({ type: "function", function: { name, ...more } });
const json = (schema: JsonObject, more: JsonObject = {}): JsonObject => ({
  response_format: { type: "json_schema", json_schema: { name: "city", schema, ...more } },
});

describe("the least and the most of a request", () => {
  test("says only what must be said", () => expectBody({}, {}));

  test("a stream", () => {
    expect(encoded({ stream: true }).body).toEqual({ ...PLAIN, stream: true });
  });

  test("whose cap is the client's, else the model's, else enough for most", () => {
    expectBody({ max_tokens: 7 }, { max_tokens: 7 });
    expectBody({ max_completion_tokens: 8, max_tokens: 7 }, { max_tokens: 8 });
    const request = decodeRequest(ask());
    expect(encodeRequest(request, { ...leg(), maxOutput: 32_000 }).body.max_tokens).toBe(32_000);
  });

  test("everything it takes", () => {
    expectBody(
      {
        temperature: 0.5,
        top_k: 40,
        stop: ["END", "\n\n", "STOP"],
        user: "u-1",
        service_tier: "default",
        tools: [fn("now")],
        tool_choice: "required",
      },
      {
        temperature: 0.5,
        top_k: 40,
        stop_sequences: ["END", "STOP"],
        metadata: { user_id: "u-1" },
        service_tier: "standard_only",
        tools: [{ name: "now", input_schema: { type: "object" } }],
        tool_choice: { type: "any" },
      },
      ["stop"],
    );
  });
});

describe("tools", () => {
  test("with all they have, a schema without a type included", () => {
    expectBody(
      {
        tools: [
          fn("weather", { description: "The weather.", parameters: SCHEMA, strict: true }),
          { ...fn("now", { parameters: { properties: {} } }), cache_control: { type: "ephemeral", ttl: "1h" } },
        ],
      },
      {
        tools: [
          { name: "weather", description: "The weather.", input_schema: SCHEMA, strict: true },
          {
            name: "now",
            input_schema: { type: "object", properties: {} },
            cache_control: { type: "ephemeral", ttl: "1h" },
          },
        ],
      },
    );
  });

  test("strict with an open schema is refused there, so it is left out and told", () => {
    expectBody(
      { tools: [fn("weather", { parameters: OPEN_SCHEMA, strict: true })] },
      { tools: [{ name: "weather", input_schema: OPEN_SCHEMA }] },
      ["tools[].function.strict"],
    );
  });

  test("that nobody but OpenAI has are refused by name", () => {
    const error = errorOf(() => encoded({ tools: [{ type: "image_generation" }] }));
    expect(error).toMatchObject({ code: "unsupported", details: { param: "tools" } });
    expect(error.message).toContain('"image_generation"');
  });

  const tools = [{ name: "f", input_schema: { type: "object" as const } }];
  test.each<[string, JsonObject, Anthropic.ToolChoice | undefined]>([
    ["unsaid", {}, undefined],
    ["auto", { tool_choice: "auto" }, { type: "auto" }],
    ["required", { tool_choice: "required" }, { type: "any" }],
    ["none", { tool_choice: "none" }, { type: "none" }],
    ["one by name", { tool_choice: fn("f") }, { type: "tool", name: "f" }],
    ["one call at a time", { parallel_tool_calls: false }, { type: "auto", disable_parallel_tool_use: true }],
    [
      "one required call at a time",
      { tool_choice: "required", parallel_tool_calls: false },
      { type: "any", disable_parallel_tool_use: true },
    ],
    ["none, one at a time", { tool_choice: "none", parallel_tool_calls: false }, { type: "none" }],
    ["as many as it likes", { parallel_tool_calls: true }, undefined],
  ])("chosen: %s", (_, members, choice) => {
    expectBody({ tools: [fn("f")], ...members }, choice === undefined ? { tools } : { tools, tool_choice: choice });
  });

  test("chosen where there are none is nothing", () => {
    expectBody({ tool_choice: "none", tools: [] }, {});
    expectBody({ tool_choice: "auto", parallel_tool_calls: false }, {});
  });
});

describe("a format", () => {
  test("of text is what is given anyway", () => expectBody({ response_format: { type: "text" } }, {}));

  test("by a closed schema is asked for as such", () => {
    expectBody(json(SCHEMA, { strict: true }), { output_config: { format: { type: "json_schema", schema: SCHEMA } } });
  });

  const byTool = (name: string, schema: Anthropic.Tool.InputSchema, description = "Answer with this object.") => ({
    tools: [{ name, description, input_schema: schema }],
    tool_choice: { type: "tool" as const, name, disable_parallel_tool_use: true },
  });

  test.each<[string, JsonObject, Quirk[]]>([
    ["where the model has no mode for it", SCHEMA, ["schema-by-tool"]],
    ["where the schema is open", OPEN_SCHEMA, []],
    ["where something in it is open", { ...SCHEMA, properties: { a: { anyOf: [{ type: "object" }] } } }, []],
  ])("by a schema is the one call of a tool %s", (_, schema, quirks) => {
    expectBody(json(schema), byTool("city", schema as Anthropic.Tool.InputSchema), [], ...quirks);
    expect(encoded(json(schema), ...quirks).answerTool).toBe("city");
  });

  test("has a name that this API allows, and its own description", () => {
    const long = "ü".repeat(70);
    expectBody(json(OPEN_SCHEMA, { name: long, description: "D" }), byTool("_".repeat(64), OPEN_SCHEMA, "D"));
  });

  test("of any JSON is a tool that takes any object", () => {
    const members = { response_format: { type: "json_object" } };
    expect(encoded(members)).toMatchObject({
      answerTool: "json",
      body: { tool_choice: { type: "tool", name: "json" } },
    });
  });

  describe("beside tools of the client", () => {
    const tools = [fn("weather")];
    test("may be answered after they were called: any tool, but some tool", () => {
      const { body, answerTool } = encoded({ ...json(OPEN_SCHEMA), tools });
      expect(answerTool).toBe("city");
      expect(body.tools).toMatchObject([{ name: "city" }, { name: "weather" }]);
      expect(body.tool_choice).toEqual({ type: "any", disable_parallel_tool_use: true });
    });
    test("which may not be called, is the only call", () => {
      const { body } = encoded({ ...json(OPEN_SCHEMA), tools, tool_choice: "none" });
      expect(body.tool_choice).toMatchObject({ type: "tool", name: "city" });
    });
    test("of which one must be called, comes after it", () => {
      const { body } = encoded({ ...json(OPEN_SCHEMA), tools, tool_choice: fn("weather") });
      expect(body.tool_choice).toMatchObject({ type: "tool", name: "weather" });
    });
    test("never takes the name of one of them", () => {
      const same = [fn("city"), fn("city_2")];
      const { body, answerTool } = encoded({ ...json(OPEN_SCHEMA), tools: same });
      expect(answerTool).toBe("city_3");
      expect(body.tools).toMatchObject([{ name: "city_3" }, { name: "city" }, { name: "city_2" }]);
      const long = "x".repeat(64);
      expect(encoded({ ...json(OPEN_SCHEMA, { name: long }), tools: [fn(long)] }).answerTool).toBe(
        `${"x".repeat(58)}_2`,
      );
    });
    test("is not forced where any JSON will do, and that is told", () => {
      const { body, dropped, answerTool } = encoded({ response_format: { type: "json_object" }, tools });
      expect(answerTool).toBeUndefined();
      expect(body).not.toHaveProperty("tool_choice");
      expect(dropped).toEqual(["response_format"]);
    });
    test("with a mode of its own leaves the choice alone", () => {
      const { body, answerTool } = encoded({ ...json(SCHEMA), tools, tool_choice: "auto" });
      expect(answerTool).toBeUndefined();
      expect(body).toMatchObject({ tool_choice: { type: "auto" }, output_config: { format: { type: "json_schema" } } });
    });
  });
});

describe("sampling", () => {
  test.each<[JsonObject, Partial<Params>, string[]]>([
    [{ temperature: 0 }, { temperature: 0 }, []],
    [{ temperature: 1.7 }, { temperature: 1 }, ["temperature"]],
    [{ top_p: 0.9 }, { top_p: 0.9 }, []],
    [{ temperature: 0.2, top_p: 0.9 }, { temperature: 0.2 }, ["top_p"]],
    [{ seed: 0, frequency_penalty: 0, presence_penalty: 1 }, {}, ["seed", "frequency_penalty", "presence_penalty"]],
    [{ stop: "END" }, { stop_sequences: ["END"] }, []],
    [{ stop: [" "] }, {}, ["stop"]],
    [{ stop: [] }, {}, []],
  ])("%p", (members, body, dropped) => expectBody(members, body, dropped));

  test("is fixed for some models, and told", () => {
    expectBody({ temperature: 1, top_p: 1, top_k: 1 }, {}, ["temperature", "top_p", "top_k"], "fixed-sampling");
  });

  test("is fixed while it thinks", () => {
    expectBody(
      { temperature: 0.2, top_k: 5, reasoning: { max_tokens: 2000 } },
      { max_tokens: 6096, thinking: { type: "enabled", budget_tokens: 2000 } },
      ["temperature", "top_k"],
    );
  });

  test.each<[string, Partial<Params>, string[]]>([
    ["auto", { service_tier: "auto" }, []],
    ["standard_only", { service_tier: "standard_only" }, []],
    ["flex", {}, ["service_tier"]],
  ])("service tier %s", (service_tier, body, dropped) => expectBody({ service_tier }, body, dropped));
});

describe("what has no place here", () => {
  test("is named", () => {
    const { dropped } = encoded({ store: true, logit_bias: { "1": 2 }, verbosity: "low", metadata: { a: "b" } });
    expect(dropped).toEqual(["store", "logit_bias", "verbosity", "metadata"]);
  });

  test("is taken where it means the same", () => {
    const context_management = { edits: [{ type: "clear_thinking_20251015" }] };
    expect(encoded({ context_management, inference_geo: "eu" })).toEqual({
      body: { ...PLAIN, context_management, inference_geo: "eu" },
      dropped: [],
    });
  });

  test("is taken where it was addressed to the provider by name, except for what was routed and is paid for", () => {
    const { body, dropped } = encoded({
      providerOptions: {
        acme: { topK: 3, contextManagement: { clearAt: 1 }, model: "x", stream: true },
        other: { a: 1 },
      },
    });
    expect(body).toEqual({ ...PLAIN, top_k: 3, context_management: { clear_at: 1 } });
    expect(dropped).toEqual(["providerOptions.acme.model", "providerOptions.acme.stream"]);
  });
});

describe("audio and unknown parts", () => {
  test.each<[string, JsonObject, string]>([
    ["audio", { type: "input_audio", input_audio: { data: "AA==", format: "wav" } }, "audio"],
    ["a part nobody knows", { type: "hologram", x: 1 }, '"hologram"'],
    [
      "a spreadsheet",
      { type: "file", file: { file_data: "data:application/x-sheet;base64,AA==" } },
      '"application/x-sheet"',
    ],
  ])("%s is refused by name: leaving it out would change the question", (_, part, word) => {
    const body = hello({ messages: [{ role: "user", content: [part] }] });
    const error = errorOf(() => encodeRequest(decodeRequest(openaiChat.inbound!.read(body)), leg()));
    expect(error).toMatchObject({ code: "unsupported", details: { param: "messages" } });
    expect(error.message).toContain(word);
  });
});
