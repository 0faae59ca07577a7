import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../core/json.ts";
import type { Request, Tool } from "../../core/request.ts";
import { errorOf, leg } from "../fixtures/facts.ts";
import type { Quirk } from "../quirk.ts";
import { encodeRequest } from "./encode-request.ts";

const REQUEST: Request = {
  turns: [{ role: "user", parts: [{ kind: "text", text: "Hi" }] }],
  stream: false,
  sampling: {},
  extra: {},
  providerOptions: {},
};
const tool = (name: string, more: object = {}): Tool => ({
  kind: "function",
  name,
  parameters: { type: "object", properties: {} },
  ...more,
});
const encode = (members: Partial<Request>, ...quirks: Quirk[]) =>
  encodeRequest({ ...REQUEST, ...members }, leg(...quirks));
const configOf = (members: Partial<Request>, ...quirks: Quirk[]) =>
  encode(members, ...quirks).body.generationConfig as JsonObject | undefined;

test("hello is no more than that", () => {
  expect(encode({})).toEqual({ body: { contents: [{ role: "user", parts: [{ text: "Hi" }] }] }, dropped: [] });
});

test.each([
  "gs://bucket/a.png",
  "GS://bucket/a.png",
  "files/abc",
  "https://generativelanguage.googleapis.com/v1beta/files/abc",
  "https://x@GenerativeLanguage.googleapis.com:443/v1beta/files/abc",
])("%s is opened with an account's rights, so that only the client's own is asked for it", (url) => {
  const image = { kind: "image", source: { from: "url", url } } as const;
  const turns = [
    { role: "user", parts: [{ kind: "text", text: "Hi" }] },
    { role: "user", parts: [{ kind: "tool-result", call: "1", parts: [image] }, image] },
  ] as const;
  expect(errorOf(() => encode({ turns }))).toMatchObject({ code: "unsupported", details: { param: "messages" } });
  const { body } = encodeRequest({ ...REQUEST, turns: [{ role: "user", parts: [image] }] }, { ...leg(), own: true });
  expect(JSON.stringify(body)).toContain(JSON.stringify(url));
});

test("what is on the web is anybody's", () => {
  for (const url of ["https://example.org/generativelanguage.png", "HTTP://example.org/a.png"]) {
    const turns = [{ role: "user", parts: [{ kind: "image", source: { from: "url", url } }] }] as const;
    expect(() => encode({ turns })).not.toThrow();
  }
});

test("sampling and limits", () => {
  const stop = ["a", "", "b", "c", "d", "e", "f"];
  const { body, dropped } = encode({
    outputCap: 99,
    sampling: { temperature: 1.5, topP: 0.9, topK: 7, seed: 3, frequencyPenalty: 0.1, presencePenalty: -0.1, stop },
  });
  expect(body.generationConfig).toEqual({
    maxOutputTokens: 99,
    temperature: 1.5,
    topP: 0.9,
    topK: 7,
    stopSequences: ["a", "b", "c", "d", "e"],
    seed: 3,
    frequencyPenalty: 0.1,
    presencePenalty: -0.1,
  });
  expect(dropped).toEqual(["stop"]);
});

test("penalties, where they are refused, are told unless they are none", () => {
  const sampling = { frequencyPenalty: 0.5, presencePenalty: 0 };
  const { body, dropped } = encode({ sampling }, "no-penalties");
  expect([body.generationConfig, dropped]).toEqual([undefined, ["frequency_penalty"]]);
});

test("a seed of more than 32 bits cannot be said", () => {
  expect(encode({ sampling: { seed: 2 ** 40 } })).toMatchObject({ dropped: ["seed"] });
  expect(configOf({ sampling: { seed: -5 } })).toEqual({ seed: -5 });
});

test("what has no word here is told", () => {
  const { dropped } = encode({
    user: "u",
    parallelToolCalls: false,
    serviceTier: "scale",
    extra: { verbosity: "low" },
  });
  expect(dropped.sort()).toEqual(["parallel_tool_calls", "service_tier", "user", "verbosity"]);
});

describe("service tiers", () => {
  test.each([
    ["auto", undefined],
    ["default", "standard"],
    ["flex", "flex"],
    ["priority", "priority"],
  ])("%s", (serviceTier, told) => {
    expect(encode({ serviceTier })).toMatchObject({ dropped: [] });
    expect(encode({ serviceTier }).body.serviceTier).toBe(told);
  });

  test("where there are none", () => {
    const { body, dropped } = encode({ serviceTier: "flex" }, "no-service-tier");
    expect([body.serviceTier, dropped]).toEqual([undefined, ["service_tier"]]);
  });
});

describe("tools", () => {
  test("are declared with their JSON schema", () => {
    const { body } = encode({
      tools: [tool("look", { description: "d" }), { kind: "function", name: "now" }, tool("any", { parameters: {} })],
    });
    expect(body.tools).toEqual([
      {
        functionDeclarations: [
          { name: "look", description: "d", parametersJsonSchema: { type: "object", properties: {} } },
          { name: "now" },
          { name: "any", parametersJsonSchema: { type: "object" } },
        ],
      },
    ]);
    expect(body.toolConfig).toBeUndefined();
  });

  test.each([
    [{ mode: "auto" }, { mode: "AUTO" }],
    [{ mode: "none" }, { mode: "NONE" }],
    [{ mode: "required" }, { mode: "ANY" }],
    [
      { mode: "tool", name: "look" },
      { mode: "ANY", allowedFunctionNames: ["look"] },
    ],
  ] as const)("choice %j", (toolChoice, functionCallingConfig) => {
    const { body } = encode({ tools: [tool("look")], toolChoice });
    expect(body.toolConfig as object).toEqual({ functionCallingConfig });
  });

  test("that are strict are validated", () => {
    const { body, dropped } = encode({ tools: [tool("look", { strict: true })] });
    expect([body.toolConfig, dropped]).toEqual([{ functionCallingConfig: { mode: "VALIDATED" } }, []]);
  });

  test("a choice without tools says nothing", () => {
    expect(encode({ toolChoice: { mode: "auto" } }).body.toolConfig).toBeUndefined();
  });

  test("of another vendor's own are refused", () => {
    const native: Tool = { kind: "native", wire: "openai-chat", value: { type: "custom" } };
    expect(errorOf(() => encode({ tools: [native] }))).toMatchObject({
      code: "unsupported",
      details: { param: "tools" },
    });
  });
});

describe("the answer's format", () => {
  const schema = { type: "object", properties: { a: { type: "string" } } };
  const format = { kind: "schema", name: "my answer", schema } as const;

  test("any JSON, and by a schema", () => {
    expect(configOf({ format: { kind: "text" } })).toBeUndefined();
    expect(configOf({ format: { kind: "json" } })).toEqual({ responseMimeType: "application/json" });
    expect(configOf({ format })).toEqual({ responseMimeType: "application/json", responseJsonSchema: schema });
    expect(configOf({ format, tools: [tool("look")] })).toMatchObject({ responseJsonSchema: schema });
  });

  test("is asked for by a tool where a schema and tools exclude each other", () => {
    const { body, answerTool } = encode({ format, tools: [tool("look"), tool("my_answer")] }, "schema-or-tools");
    expect(answerTool).toBe("my_answer_2");
    const [{ functionDeclarations }] = body.tools as [{ functionDeclarations: JsonObject[] }];
    expect(functionDeclarations.map(({ name }) => name)).toEqual(["my_answer_2", "look", "my_answer"]);
    expect(functionDeclarations[0]!.parametersJsonSchema).toEqual(schema);
    expect(body.toolConfig).toEqual({ functionCallingConfig: { mode: "ANY" } });
    expect(body.generationConfig).toBeUndefined();
    expect(configOf({ format }, "schema-or-tools")).toMatchObject({ responseJsonSchema: schema });
  });

  test("no schema beside tools: the words must do", () => {
    const { body, dropped } = encode({ format: { kind: "json" }, tools: [tool("look")] }, "schema-or-tools");
    expect([body.generationConfig, dropped]).toEqual([undefined, ["response_format"]]);
  });
});

describe("thinking", () => {
  test.each([
    [{ effort: "low" }, { includeThoughts: true, thinkingBudget: 1024 }],
    [{ effort: "medium" }, { includeThoughts: true, thinkingBudget: 8192 }],
    [
      { effort: "high", exclude: true },
      { includeThoughts: false, thinkingBudget: 24_576 },
    ],
    [{ budget: 500 }, { includeThoughts: true, thinkingBudget: 500 }],
    [{ effort: "none" }, { includeThoughts: false, thinkingBudget: 0 }],
    [{ enabled: false }, { includeThoughts: false, thinkingBudget: 0 }],
    [{ enabled: true }, { includeThoughts: true }],
  ] as const)("by budget: %j", (reasoning, thinkingConfig) => {
    expect(configOf({ reasoning })).toEqual({ thinkingConfig });
  });
  test.each([
    ["high", 3000, 2400],
    ["medium", 3000, 1500],
    ["high", 100_000, 24_576],
    ["minimal", 50, 512],
    ["low", 64_000, 1024],
  ] as const)(
    "by an effort of %s, leaves room for the answer within %d tokens",
    (effort, outputCap, thinkingBudget) => {
      expect(configOf({ reasoning: { effort }, outputCap })).toMatchObject({ thinkingConfig: { thinkingBudget } });
    },
  );

  test.each([
    [{ effort: "minimal" }, { includeThoughts: true, thinkingLevel: "minimal" }],
    [{ effort: "xhigh" }, { includeThoughts: true, thinkingLevel: "high" }],
    [{ effort: "none" }, { includeThoughts: false, thinkingLevel: "minimal" }],
    [{ budget: 500 }, { includeThoughts: true, thinkingBudget: 500 }],
    [{ enabled: true }, { includeThoughts: true }],
  ] as const)("by level: %j", (reasoning, thinkingConfig) => {
    expect(configOf({ reasoning }, "thinking-level")).toEqual({ thinkingConfig });
  });

  test.each([
    [[], 24_576],
    [["thinking-level"], 24_576],
    [["always-thinks"], 31_999],
    [["always-thinks", "thinking-level"], 31_999],
  ] as [Quirk[], number][])("by a budget is no more than the model takes: %j", (quirks, thinkingBudget) => {
    const { body, dropped } = encode({ reasoning: { budget: 31_999 } }, ...quirks);
    expect(body.generationConfig).toMatchObject({ thinkingConfig: { thinkingBudget } });
    expect(dropped).toEqual(thinkingBudget === 31_999 ? [] : ["reasoning.max_tokens"]);
  });

  test("that cannot be turned off is turned down, and that is told", () => {
    const off = { reasoning: { effort: "none" } } as const;
    expect(encode(off, "always-thinks")).toMatchObject({
      body: { generationConfig: { thinkingConfig: { thinkingBudget: 128 } } },
      dropped: ["reasoning"],
    });
    expect(encode(off, "always-thinks", "thinking-level")).toMatchObject({
      body: { generationConfig: { thinkingConfig: { thinkingLevel: "low" } } },
      dropped: ["reasoning"],
    });
  });
});

describe("options addressed to the provider", () => {
  test("stand where the API has them, over what was asked", () => {
    const { body, dropped } = encode({
      reasoning: { effort: "low" },
      tools: [tool("look")],
      providerOptions: {
        acme: {
          labels: { team: "a" },
          safetySettings: [{ category: "C", threshold: "OFF" }],
          thinkingConfig: { thinkingBudget: 7 },
          responseModalities: ["TEXT"],
          tools: [{ googleSearch: {} }],
          contents: [],
          cachedContent: "cachedContents/another-tenants",
        },
        other: { store: true },
      },
    });
    expect(body.safetySettings).toEqual([{ category: "C", threshold: "OFF" }]);
    expect(body.generationConfig).toEqual({
      thinkingConfig: { includeThoughts: true, thinkingBudget: 7 },
      responseModalities: ["TEXT"],
    });
    expect((body.tools as JsonObject[])[1]).toEqual({ googleSearch: {} });
    expect(body.labels).toEqual({ team: "a" });
    expect(body.store).toBeUndefined();
    expect(body.contents).toHaveLength(1);
    expect(dropped).toEqual(["providerOptions.acme.contents", "providerOptions.acme.cachedContent"]);
  });

  test("ask for no more answers than were asked for, however they spell it", () => {
    const providerOptions = { acme: { candidateCount: 8, candidate_count: 8, system_instruction: {} } };
    const { body, dropped } = encode({ providerOptions });
    expect(body.generationConfig).toBeUndefined();
    expect(dropped).toEqual(Object.keys(providerOptions.acme).map((name) => `providerOptions.acme.${name}`));
  });

  test("or to the maker of the model, whoever serves it; the provider's own win", () => {
    const providerOptions = { maker: { labels: { a: "1", b: "1" } }, acme: { labels: { b: "2" } } };
    const { body } = encodeRequest({ ...REQUEST, providerOptions }, { ...leg(), maker: "maker" });
    expect(body.labels).toEqual({ a: "1", b: "2" });
    expect(encode({ providerOptions }).body.labels).toEqual({ b: "2" });
  });

  test("none, or none that are an object", () => {
    for (const google of [undefined, null, "x", [1]])
      expect(encode({ providerOptions: { google } }).dropped).toEqual([]);
  });
});

test("pictures are asked for by chat's modalities", () => {
  expect(configOf({ extra: { modalities: ["text", "image"] } })).toEqual({ responseModalities: ["TEXT", "IMAGE"] });
  expect(encode({ extra: { modalities: ["text", "image"] } }).dropped).toEqual([]);
  expect(encode({ extra: { modalities: ["text", 7] } }).dropped).toEqual(["modalities"]);
});
