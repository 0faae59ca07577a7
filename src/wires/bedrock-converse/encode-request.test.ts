import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../core/json.ts";
import { ask, errorOf, leg } from "../fixtures/facts.ts";
import { decodeRequest } from "../openai-chat/decode-request.ts";
import type { Quirk } from "../quirk.ts";
import { encodeRequest } from "./encode-request.ts";
import { bedrockConverse } from "./index.ts";

const CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const NOVA = "us.amazon.nova-2-lite-v1:0";
const LLAMA = "us.meta.llama3-3-70b-instruct-v1:0";

/** What a model gets of a chat completions body with these members. */
function encoded(members: JsonObject, upstreamModel = CLAUDE, ...quirks: Quirk[]) {
  return encodeRequest(decodeRequest(ask(members)), { ...leg(...quirks), upstreamModel });
}

const PLAIN: JsonObject = { messages: [{ role: "user", content: [{ text: "Hello" }] }] };

/** The body is the plain one with these members, and this is what was left out. */
function expectBody(members: JsonObject, body: JsonObject, dropped: string[] = [], model = CLAUDE, ...quirks: Quirk[]) {
  const result = encoded(members, model, ...quirks);
  expect(result.body).toEqual({ ...PLAIN, ...body });
  expect(result.dropped.toSorted()).toEqual(dropped.toSorted());
}

const SCHEMA: JsonObject = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const OPEN_SCHEMA: JsonObject = { type: "object", properties: { city: { type: "string" } } };
const fn = (name: string, more: JsonObject = {}): JsonObject => ({ type: "function", function: { name, ...more } });
const spec = (name: string, more: JsonObject = {}): JsonObject => ({
  toolSpec: { name, inputSchema: { json: { type: "object" } }, ...more },
});
const json = (schema: JsonObject): JsonObject => ({
  response_format: { type: "json_schema", json_schema: { name: "city", schema } },
});

test("says only what must be said: the model is in the path, and what a client does not say is the model's own", () =>
  expectBody({}, {}));

describe("sampling", () => {
  test("by Converse's own names", () =>
    expectBody(
      { max_tokens: 100, temperature: 0.5, stop: ["END", "\n"] },
      {
        inferenceConfig: { maxTokens: 100, temperature: 0.5, stopSequences: ["END"] },
        additionalModelResponseFieldPaths: ["/stop_sequence", "/delta/stop_sequence"],
      },
      ["stop"],
    ));

  test("only Claude tells which sequence it was", () =>
    expectBody({ stop: "END" }, { inferenceConfig: { stopSequences: ["END"] } }, [], NOVA));

  test("a temperature beyond one is one", () =>
    expectBody({ temperature: 1.4 }, { inferenceConfig: { temperature: 1 } }, ["temperature"]));

  test("Claude takes one of temperature and top_p, others both", () => {
    const both = { temperature: 0.5, top_p: 0.9 };
    expectBody(both, { inferenceConfig: { temperature: 0.5 } }, ["top_p"]);
    expectBody({ top_p: 0.9 }, { inferenceConfig: { topP: 0.9 } });
    expectBody(both, { inferenceConfig: { temperature: 0.5, topP: 0.9 } }, [], LLAMA);
  });

  test("models whose sampling is fixed get none", () =>
    expectBody({ temperature: 0.5, top_p: 0.9 }, {}, ["temperature", "top_p"], CLAUDE, "fixed-sampling"));

  test("top_k goes to each maker in its own words", () => {
    expectBody({ top_k: 5 }, { additionalModelRequestFields: { top_k: 5 } });
    expectBody({ top_k: 5 }, { additionalModelRequestFields: { inferenceConfig: { topK: 5 } } }, [], NOVA);
    expectBody({ top_k: 5 }, {}, ["top_k"], LLAMA);
  });

  test("what there is no word for is reported", () =>
    expectBody(
      { seed: 7, frequency_penalty: 1, presence_penalty: 1, user: "u1", parallel_tool_calls: false, verbosity: "low" },
      {},
      ["seed", "frequency_penalty", "presence_penalty", "user", "parallel_tool_calls", "verbosity"],
    ));

  test("tiers that are known", () => {
    expectBody({ service_tier: "priority" }, { serviceTier: { type: "priority" } });
    expectBody({ service_tier: "auto" }, {});
    expectBody({ service_tier: "gold" }, {}, ["service_tier"]);
  });
});

describe("tools", () => {
  test("with schema, description and choice", () =>
    expectBody(
      { tools: [fn("weather", { description: "Tells it.", parameters: SCHEMA })], tool_choice: "required" },
      {
        toolConfig: {
          tools: [{ toolSpec: { name: "weather", description: "Tells it.", inputSchema: { json: SCHEMA } } }],
          toolChoice: { any: {} },
        },
      },
    ));

  test.each([
    ["auto", { auto: {} }],
    [{ type: "function", function: { name: "now" } }, { tool: { name: "now" } }],
  ])("choice %j", (choice, toolChoice) =>
    expectBody({ tools: [fn("now")], tool_choice: choice }, { toolConfig: { tools: [spec("now")], toolChoice } }),
  );

  test("an empty description is left out", () =>
    expectBody({ tools: [fn("now", { description: "" })] }, { toolConfig: { tools: [spec("now")] } }));

  test("that must not be called are not offered", () => expectBody({ tools: [fn("now")], tool_choice: "none" }, {}));

  test("that were called before stand in where none are offered", () => {
    const call = { id: "a", type: "function", function: { name: "now", arguments: "{}" } };
    const { body } = encoded({
      tools: [fn("now", { parameters: SCHEMA })],
      tool_choice: "none",
      messages: [
        { role: "user", content: "When?" },
        { role: "assistant", tool_calls: [call] },
        { role: "tool", tool_call_id: "a", content: "Noon" },
      ],
    });
    expect(body.toolConfig).toEqual({ tools: [spec("now")] });
  });

  test("strict, where the model keeps to it and the schema is closed", () => {
    const strict = { tools: [fn("weather", { parameters: SCHEMA, strict: true })] };
    const toolSpec = { name: "weather", inputSchema: { json: SCHEMA } };
    expectBody(strict, { toolConfig: { tools: [{ toolSpec: { ...toolSpec, strict: true } }] } });
    expectBody(strict, { toolConfig: { tools: [{ toolSpec }] } }, ["tools[].function.strict"], LLAMA);
    const open = { tools: [fn("weather", { parameters: OPEN_SCHEMA, strict: true })] };
    expect(encoded(open).dropped).toEqual(["tools[].function.strict"]);
  });

  test("that are no functions cannot be offered", () => {
    const custom = { tools: [{ type: "custom", custom: { name: "shell" } }] };
    expect(errorOf(() => encoded(custom))).toMatchObject({ code: "unsupported", details: { param: "tools" } });
  });
});

describe("structured output", () => {
  test("by schema, where the model has a mode for it", () =>
    expectBody(json(SCHEMA), {
      outputConfig: {
        textFormat: {
          type: "json_schema",
          structure: { jsonSchema: { name: "city", schema: JSON.stringify(SCHEMA) } },
        },
      },
    }));

  test.each([
    ["the model has none", SCHEMA, LLAMA, []],
    ["the model is too old", SCHEMA, CLAUDE, ["schema-by-tool"]],
    ["the schema is open", OPEN_SCHEMA, CLAUDE, []],
  ] as const)("by tool, where %s", (_, schema, model, quirks) => {
    const { body, answerTool } = encoded(json(schema), model, ...quirks);
    expect(answerTool).toBe("city");
    expect(body.toolConfig).toEqual({
      tools: [{ toolSpec: { name: "city", description: "Answer with this object.", inputSchema: { json: schema } } }],
      toolChoice: { tool: { name: "city" } },
    });
    expect(body.outputConfig).toBeUndefined();
  });

  test("any JSON is asked for by tool, and in words only beside other tools", () => {
    expect(encoded({ response_format: { type: "json_object" } }).answerTool).toBe("json");
    const beside = encoded({ response_format: { type: "json_object" }, tools: [fn("now")] });
    expect([beside.answerTool, beside.dropped]).toEqual([undefined, ["response_format"]]);
  });
});

describe("thinking", () => {
  const fields = (members: JsonObject, model = CLAUDE, ...quirks: Quirk[]) => encoded(members, model, ...quirks);

  test("Claude's by budget, with room for it", () => {
    const { body, dropped } = fields({ reasoning: { max_tokens: 2000 }, temperature: 0.5, top_k: 5 });
    expect(body.additionalModelRequestFields).toEqual({ thinking: { type: "enabled", budget_tokens: 2000 } });
    expect(body.inferenceConfig).toEqual({ maxTokens: 6096 });
    expect(dropped.toSorted()).toEqual(["temperature", "top_k"]);
  });

  test("Claude's by effort, where the model decides itself", () => {
    const { body } = fields({ reasoning_effort: "high" }, CLAUDE, "adaptive-thinking");
    expect(body.additionalModelRequestFields).toEqual({
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "high" },
    });
  });

  test("not beside a tool that must be called", () => {
    const { body, dropped } = fields({ reasoning_effort: "high", tools: [fn("now")], tool_choice: "required" });
    expect([body.additionalModelRequestFields, dropped]).toEqual([undefined, ["reasoning"]]);
  });

  test.each([
    ["low", "low"],
    ["medium", "medium"],
    ["xhigh", "high"],
  ])("Nova's by effort: %s", (asked, maxReasoningEffort) => {
    const { body, dropped } = fields({ reasoning_effort: asked }, NOVA);
    expect(body.additionalModelRequestFields).toEqual({ reasoningConfig: { type: "enabled", maxReasoningEffort } });
    expect(dropped).toEqual([]);
  });

  test("Nova's most takes no cap: the client's counts for more", () => {
    const { body, dropped } = fields({ reasoning_effort: "high", max_tokens: 100 }, NOVA);
    expect(body).toMatchObject({
      inferenceConfig: { maxTokens: 100 },
      additionalModelRequestFields: { reasoningConfig: { type: "enabled", maxReasoningEffort: "medium" } },
    });
    expect(dropped).toEqual(["reasoning.effort"]);
  });

  test("gpt-oss by its own word", () => {
    const { body } = fields({ reasoning_effort: "minimal" }, "openai.gpt-oss-120b-1:0");
    expect(body.additionalModelRequestFields).toEqual({ reasoning_effort: "low" });
  });

  test("others have no word for it", () => {
    for (const model of [LLAMA, "us.amazon.nova-pro-v1:0"])
      expectBody({ reasoning_effort: "high" }, {}, ["reasoning"], model);
    expectBody({ reasoning_effort: "none" }, {}, [], LLAMA);
  });
});

describe("provider options", () => {
  const options = (acme: JsonObject) => ({ providerOptions: { acme } });

  test("lay what only this provider knows over the body", () =>
    expectBody(
      options({
        guardrailConfig: { guardrailIdentifier: "g1", guardrailVersion: "1", trace: "enabled" },
        additionalModelResponseFieldPaths: ["/stop_sequence"],
      }),
      {
        guardrailConfig: { guardrailIdentifier: "g1", guardrailVersion: "1", trace: "enabled" },
        additionalModelResponseFieldPaths: ["/stop_sequence"],
      },
    ));

  test("add to what goes to the model", () =>
    expectBody(
      { top_k: 5, ...options({ additionalModelRequestFields: { anthropic_beta: ["x"] } }) },
      { additionalModelRequestFields: { top_k: 5, anthropic_beta: ["x"] } },
    ));

  test("do not change what was routed and is paid for", () =>
    expectBody(options({ messages: [], inferenceConfig: { maxTokens: 1 } }), {}, [
      "providerOptions.acme.messages",
      "providerOptions.acme.inferenceConfig",
    ]));
});

describe("a model under a name of the operator's own", () => {
  const arn = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc";
  const body = (model: string, members: JsonObject) =>
    encodeRequest(decodeRequest(ask(members)), { ...leg(), upstreamModel: arn, model }).body;

  test("is known by the name that clients use", () => {
    const thinking = { reasoning: { max_tokens: 2000 }, ...json(SCHEMA) };
    expect(body("anthropic/claude-sonnet-4.5", thinking)).toMatchObject({
      additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 2000 } },
      outputConfig: { textFormat: { type: "json_schema" } },
    });
    expect(body("amazon/nova-2-lite", { reasoning_effort: "low" })).toMatchObject({
      additionalModelRequestFields: { reasoningConfig: { maxReasoningEffort: "low" } },
    });
    expect(body("openai/gpt-oss-120b", { reasoning_effort: "low" })).toMatchObject({
      additionalModelRequestFields: { reasoning_effort: "low" },
    });
  });

  test("is asked for by its ARN, encoded as one part of the path", () => {
    expect(bedrockConverse.path(arn, true)).toBe(
      "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Aapplication-inference-profile%2Fabc/converse-stream",
    );
  });
});

test("a stream is asked for in its own framing", () => {
  expect(encoded({ stream: true }).headers).toEqual({ accept: "application/vnd.amazon.eventstream" });
  expect(encoded({}).headers).toBeUndefined();
});
