import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { answered, CHAT, chat, frames, type Loose, post } from "../fixtures/client.ts";
import type { JsonObject } from "../json.ts";
import { type Simulator, startSimulator } from "../server.ts";
import { callTokens } from "../speech.ts";
import { countTokens } from "../tokens.ts";
import { promptTokens } from "./prompt.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => {
  simulator.stop();
});

const WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
const TIME = { type: "function", function: { name: "get_time", parameters: { type: "object", properties: {} } } };
const USAGE = { stream: true, stream_options: { include_usage: true } };

const plain = (body: JsonObject) => answered(simulator, CHAT, body);
const streamed = async (body: JsonObject) => frames(await post(simulator, CHAT, { stream: true, ...body }));
/** The deltas of one choice. */
const deltas = (list: Loose[], index = 0): Loose[] =>
  list.flatMap((frame) => frame.choices ?? []).filter((choice) => choice.index === index);

describe("a plain chat completion", () => {
  test("is printed over many lines, member by member as the API does it", async () => {
    const ask = chat("hi [sim say=Hello.]");
    const text = await (await post(simulator, CHAT, ask)).text();
    const kept = text.replace(/chatcmpl-\w{29}/, "ID").replace(/\d{10}/, "NOW");
    expect(kept).toStartWith(`{
  "id": "ID",
  "object": "chat.completion",
  "created": NOW,
  "model": "gpt-4o-2024-08-06",
  "choices": [
    {
      "index": 0,
      "message": {
        "role": "assistant",
        "content": "Hello.",
        "refusal": null,
        "annotations": []
      },
      "logprobs": null,
      "finish_reason": "stop"
    }
  ],
  "usage": {
    "prompt_tokens": ${promptTokens(ask)},
    "completion_tokens": 2,
    "total_tokens": ${promptTokens(ask) + 2},`);
    expect(kept).toEndWith('"service_tier": "default",\n  "system_fingerprint": "fp_5afb40c0de"\n}\n');
  });

  test("of a model that thinks has no logprobs and no fingerprint", async () => {
    const body = await plain(chat("hi", { model: "gpt-5" }));
    expect(body).toMatchObject({ model: "gpt-5-2025-08-07", system_fingerprint: null });
    expect(body.choices[0]).not.toHaveProperty("logprobs");
  });

  test("carries the headers of the API", async () => {
    const { headers } = await post(simulator, CHAT, chat("hi"));
    expect(headers.get("x-request-id")).toMatch(/^req_[0-9a-f]{32}$/);
    expect(headers.get("openai-version")).toBe("2020-10-01");
    expect(headers.get("openai-processing-ms")).toMatch(/^\d+$/);
    expect(headers.get("set-cookie")).toContain("__cf_bm");
    for (const name of ["limit", "remaining"]) {
      expect(headers.get(`x-ratelimit-${name}-requests`)).toMatch(/^\d+$/);
      expect(headers.get(`x-ratelimit-${name}-tokens`)).toMatch(/^\d+$/);
    }
    expect(headers.get("x-ratelimit-reset-requests")).toBe("6ms");
  });

  test("counts as the exported functions count", async () => {
    const ask = chat("What is the capital of France?", { tools: [WEATHER] });
    const body = await plain(ask);
    expect(body.usage.prompt_tokens).toBe(promptTokens(ask));
    expect(body.usage.completion_tokens).toBe(countTokens(body.choices[0].message.content));
    expect(body.usage.total_tokens).toBe(body.usage.prompt_tokens + body.usage.completion_tokens);
  });

  test("says why it ended", async () => {
    const finish = async (body: JsonObject) => (await plain(body)).choices[0].finish_reason;
    expect(await finish(chat("hi"))).toBe("stop");
    expect(await finish(chat("hi", { max_tokens: 3 }))).toBe("length");
    expect(await finish(chat("hi", { stop: "simulated" }))).toBe("stop");
    expect(await finish(chat("hi", { tools: [TIME], tool_choice: "required" }))).toBe("tool_calls");
    expect(await finish(chat("hi [sim finish=filter]"))).toBe("content_filter");
    expect(await finish(chat("hi [sim finish=eos]"))).toBe("eos");
  });

  test("thinks unseen, in steps of 64", async () => {
    const body = await plain(chat("hi [sim say=ok]", { model: "gpt-5", reasoning_effort: "medium" }));
    expect(body.usage.completion_tokens_details.reasoning_tokens).toBe(192);
    expect(body.usage.completion_tokens).toBe(193);
    expect(body.choices[0].message).toMatchObject({ content: "ok" });
  });

  test("may use all its tokens for thought", async () => {
    const body = await plain(chat("hi", { model: "gpt-5", reasoning_effort: "high", max_completion_tokens: 100 }));
    expect(body.choices[0]).toMatchObject({ finish_reason: "length", message: { content: "" } });
    expect(body.usage.completion_tokens).toBe(100);
  });

  test("reads from the cache and writes to it, on top of the prompt", async () => {
    const without = (await plain(chat("[sim cached=0000 cache-write=000]"))).usage.prompt_tokens;
    const { usage } = await plain(chat("[sim cached=1000 cache-write=200]"));
    expect(usage.prompt_tokens_details).toMatchObject({ cached_tokens: 1000, cache_write_tokens: 200 });
    expect(usage.prompt_tokens).toBe(without + 1200);
  });

  test("refuses in a member of its own", async () => {
    const { choices } = await plain(chat("[sim refusal]"));
    expect(choices[0].message).toMatchObject({ content: null, refusal: expect.stringContaining("can't help") });
    expect(choices[0].finish_reason).toBe("stop");
  });

  test("may say nothing, or leave usage out", async () => {
    expect((await plain(chat("[sim empty]"))).choices[0].message.content).toBe("");
    expect(await plain(chat("[sim no-usage]"))).not.toHaveProperty("usage");
  });

  test("gives several choices, each its own", async () => {
    const body = await plain(chat("hi", { n: 3 }));
    expect(body.choices.map(({ index }: Loose) => index)).toEqual([0, 1, 2]);
    const said = body.choices.map(({ message }: Loose) => message.content);
    expect(new Set(said).size).toBe(3);
    expect(body.usage.completion_tokens).toBe(said.reduce((sum: number, text: string) => sum + countTokens(text), 0));
  });

  test("gives probabilities of each token, with alternatives", async () => {
    const { choices } = await plain(chat("[sim say='Hé there']", { logprobs: true, top_logprobs: 2 }));
    const { content } = choices[0].logprobs;
    expect(content.map(({ token }: Loose) => token)).toEqual(["Hé", " there"]);
    expect(content[0].bytes).toEqual([72, 195, 169]);
    expect(content[0].top_logprobs).toHaveLength(2);
    expect(content[0].logprob).toBeLessThanOrEqual(0);
  });

  test("repeats the tier that was asked for", async () => {
    expect((await plain(chat("hi", { service_tier: "priority" }))).service_tier).toBe("priority");
    expect((await plain(chat("hi", { service_tier: "auto" }))).service_tier).toBe("default");
  });

  test("is JSON that satisfies its schema", async () => {
    const schema = {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    };
    const format = { type: "json_schema", json_schema: { name: "place", schema, strict: true } };
    const content = (await plain(chat("where?", { response_format: format }))).choices[0].message.content;
    expect(JSON.parse(content)).toEqual({ city: "Paris" });
    const loose = (await plain(chat("as json", { response_format: { type: "json_object" } }))).choices[0].message
      .content;
    expect(JSON.parse(loose)).toBeObject();
  });
});

describe("a call of a tool", () => {
  const tools = [WEATHER, TIME];

  test("comes when it is forced, named or spoken of", async () => {
    const called = async (body: JsonObject) =>
      (await plain(body)).choices[0].message.tool_calls?.map((call: Loose) => call.function.name);
    expect(await called(chat("hi", { tools }))).toBeUndefined();
    expect(await called(chat("hi", { tools, tool_choice: "required" }))).toEqual(["get_weather"]);
    expect(
      await called(chat("hi", { tools, tool_choice: { type: "function", function: { name: "get_time" } } })),
    ).toEqual(["get_time"]);
    expect(await called(chat("use get_time and get_weather", { tools }))).toEqual(["get_weather", "get_time"]);
    expect(await called(chat("use get_time and get_weather", { tools, parallel_tool_calls: false }))).toHaveLength(1);
    expect(await called(chat("get_time", { tools, tool_choice: "none" }))).toBeUndefined();
    const allowed = { type: "allowed_tools", allowed_tools: { mode: "required", tools: [TIME] } };
    expect(await called(chat("hi", { tools, tool_choice: allowed }))).toEqual(["get_time"]);
  });

  test("has the API's shape", async () => {
    const { choices, usage } = await plain(chat("hi", { tools, tool_choice: "required" }));
    expect(choices[0].message).toEqual({
      role: "assistant",
      content: null,
      tool_calls: [
        {
          id: expect.stringMatching(/^call_\w{24}$/),
          type: "function",
          function: { name: "get_weather", arguments: '{"city":"Paris"}' },
        },
      ],
      refusal: null,
      annotations: [],
    });
    expect(usage.completion_tokens).toBe(callTokens({ name: "get_weather", input: '{"city":"Paris"}' }));
  });

  test("is followed by an answer, once its result is there", async () => {
    const first = (await plain(chat("use get_weather", { tools }))).choices[0].message;
    const messages = [
      { role: "user", content: "use get_weather" },
      { role: "assistant", content: null, tool_calls: first.tool_calls },
      { role: "tool", tool_call_id: first.tool_calls[0].id, content: "21 degrees" },
    ];
    const second = (await plain({ model: "gpt-4o", messages, tools })).choices[0];
    expect(second.finish_reason).toBe("stop");
    expect(second.message.content).toContain("21 degrees");
  });
});

describe("a streamed chat completion", () => {
  test("begins with the role and ends with the reason and the mark", async () => {
    const list = await streamed(chat("[sim say='Hello there' every=0]"));
    expect(deltas(list).map(({ delta }) => delta)).toEqual([
      { role: "assistant", content: "", refusal: null },
      { content: "Hello" },
      { content: " there" },
      {},
    ]);
    expect(deltas(list).map((choice) => choice.finish_reason)).toEqual([null, null, null, "stop"]);
    expect(list.at(-1)).toBe("[DONE]");
    expect(new Set(list.slice(0, -1).map(({ id, created, model }) => `${id}${created}${model}`)).size).toBe(1);
  });

  // A chunk recorded in November 2025, its values replaced.
  test("has the bytes of a recorded chunk", async () => {
    const ask = chat("[sim say=6 every=0]", USAGE);
    const text = await (await post(simulator, CHAT, ask)).text();
    const kept = text
      .replaceAll(/chatcmpl-\w{29}/g, "ID")
      .replaceAll(/"created":\d+/g, '"created":0')
      .replaceAll(/"obfuscation":"\w*"/g, '"obfuscation":"X"');
    const head =
      'data: {"id":"ID","object":"chat.completion.chunk","created":0,"model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_5afb40c0de",';
    expect(kept).toBe(
      `${head}"choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"X"}\n\n` +
        `${head}"choices":[{"index":0,"delta":{"content":"6"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"X"}\n\n` +
        `${head}"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null,"obfuscation":"X"}\n\n` +
        `${head}"choices":[],"usage":{"prompt_tokens":${promptTokens(ask)},"completion_tokens":1,"total_tokens":${promptTokens(ask) + 1},"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"obfuscation":"X"}\n\n` +
        "data: [DONE]\n\n",
    );
  });

  test("of a model that thinks has no logprobs in its chunks", async () => {
    const [first] = await streamed(chat("hi [sim every=0]", { model: "gpt-5-nano" }));
    expect(Object.keys(first.choices[0])).toEqual(["index", "delta", "finish_reason"]);
    expect(first.system_fingerprint).toBeNull();
  });

  test("says what the plain answer says", async () => {
    for (const more of [
      {},
      { max_tokens: 5 },
      { stop: "is" },
      { tools: [WEATHER, TIME], tool_choice: "required" },
      { n: 2 },
    ]) {
      const whole = await plain(chat("hi [sim every=0]", more));
      const list = await streamed(chat("hi [sim every=0]", { ...more, ...USAGE }));
      for (const choice of whole.choices) {
        const said = deltas(list, choice.index);
        expect(said.map(({ delta }) => delta.content ?? "").join("")).toBe(choice.message.content ?? "");
        expect(said.at(-1).finish_reason).toBe(choice.finish_reason);
      }
      expect(list.at(-2).usage).toEqual(whole.usage);
    }
  });

  test("tells of usage only where that is asked for", async () => {
    const without = await streamed(chat("hi [sim every=0]"));
    expect(without.slice(0, -1).some((frame) => "usage" in frame)).toBe(false);
    const withUsage = await streamed(chat("hi [sim every=0]", USAGE));
    expect(withUsage.slice(0, -2).every(({ usage }) => usage === null)).toBe(true);
    expect(withUsage.at(-2)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
    const never = await streamed(chat("hi [sim every=0 no-usage]", USAGE));
    expect(never.slice(0, -1).some((frame) => "usage" in frame)).toBe(false);
  });

  test("hides its lengths only where that is wanted", async () => {
    const options = { stream_options: { include_obfuscation: false } };
    expect((await streamed(chat("hi [sim every=0]")))[0]).toHaveProperty("obfuscation");
    expect((await streamed(chat("hi [sim every=0]", options)))[0]).not.toHaveProperty("obfuscation");
  });

  test("usage comes twice, with every piece, or early", async () => {
    const usages = async (how: string) =>
      (await streamed(chat(`[sim tokens=4 every=0 usage=${how}]`, USAGE)))
        .map((frame) => frame.usage?.completion_tokens)
        .filter((figure) => figure !== undefined);
    expect(await usages("twice")).toEqual([2, 4]);
    expect(await usages("every")).toEqual([0, 1, 2, 3, 4, 4, 4]);
    expect(await usages("early")).toEqual([4]);
  });

  test("choices speak in turns", async () => {
    const list = await streamed(chat("[sim tokens=2 every=0]", { n: 2 }));
    const order = list.flatMap((frame) => frame.choices ?? []).map(({ index }) => index);
    expect(order).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
  });

  test("probabilities come with their token", async () => {
    const list = await streamed(chat("[sim say='a b' every=0]", { logprobs: true }));
    expect(deltas(list).map(({ logprobs }) => logprobs?.content.map(({ token }: Loose) => token) ?? null)).toEqual([
      [],
      ["a"],
      [" b"],
      null,
    ]);
  });

  test("a single call begins with the role", async () => {
    const list = deltas(await streamed(chat("hi [sim every=0]", { tools: [WEATHER], tool_choice: "required" })));
    expect(list[0].delta).toEqual({
      role: "assistant",
      content: null,
      tool_calls: [
        {
          index: 0,
          id: expect.stringMatching(/^call_/),
          type: "function",
          function: { name: "get_weather", arguments: "" },
        },
      ],
      refusal: null,
    });
    expect(
      list
        .slice(1, -1)
        .map(({ delta }) => delta.tool_calls[0].function.arguments)
        .join(""),
    ).toBe('{"city":"Paris"}');
    expect(list.at(-1).finish_reason).toBe("tool_calls");
  });

  test("several calls begin each for itself, and usage moves before the choices", async () => {
    const text = await (
      await post(simulator, CHAT, chat("hi [sim tools=2 every=0]", { tools: [WEATHER, TIME], ...USAGE }))
    ).text();
    expect(text).toContain('"usage":null,"choices":[{"index":0,"delta":{"role":"assistant","content":null}');
    const list = deltas(await streamed(chat("hi [sim tools=2 every=0]", { tools: [WEATHER, TIME] })));
    const calls = list.flatMap(({ delta }) => delta.tool_calls ?? []);
    expect(calls.filter(({ id }) => id).map(({ index, function: made }) => [index, made.name])).toEqual([
      [0, "get_weather"],
      [1, "get_time"],
    ]);
    expect(
      calls
        .filter(({ index }) => index === 1)
        .map((call) => call.function.arguments)
        .join(""),
    ).toBe("{}");
  });

  test("a refusal is streamed as one", async () => {
    const list = deltas(await streamed(chat("[sim refusal every=0]")));
    expect(list.map(({ delta }) => delta.refusal ?? "").join("")).toContain("can't help");
    expect(list.some(({ delta }) => delta.content)).toBe(false);
  });
});

describe("oddities of other vendors", () => {
  const calls = async (quirk: string, more: JsonObject = {}) =>
    deltas(await streamed(chat(`[sim tools=2 every=0 quirk=${quirk}]`, { tools: [WEATHER, TIME], ...more }))).flatMap(
      ({ delta }) => delta.tool_calls ?? [],
    );

  test("a call in one chunk", async () => {
    const list = await calls("whole");
    expect(list.map((call) => call.function.arguments)).toEqual(['{"city":"Paris"}', "{}"]);
    expect(list.every(({ id }) => id !== undefined)).toBe(true);
  });

  test("ids in every chunk, gaps between indexes, no index at all", async () => {
    expect((await calls("ids")).every(({ id }) => id !== undefined)).toBe(true);
    expect(new Set((await calls("gaps")).map(({ index }) => index))).toEqual(new Set([1, 3]));
    expect((await calls("no-index")).some((call) => "index" in call)).toBe(false);
  });

  test("a name that comes late", async () => {
    const names = (await calls("late-name")).map((call) => call.function.name);
    expect(names.slice(0, 2)).toEqual([undefined, "get_weather"]);
  });

  test("thought that is shown", async () => {
    const ask = chat("[sim think=3 say=ok every=0 quirk=reasoning]", { model: "deepseek-reasoner" });
    const [whole, list] = [await plain(ask), deltas(await streamed(ask))];
    expect(whole.choices[0].message).toMatchObject({ content: "ok", reasoning_content: "The person writes" });
    expect(list.map(({ delta }) => delta.reasoning_content).filter(Boolean)).toEqual(["The", " person", " writes"]);
    expect(whole.usage.completion_tokens_details.reasoning_tokens).toBe(3);
  });

  test("the role in every chunk, text and reason in one, no end mark", async () => {
    const roles = deltas(await streamed(chat("[sim tokens=3 every=0 quirk=role]"))).map(({ delta }) => delta.role);
    expect(roles).toEqual(["assistant", "assistant", "assistant", "assistant", undefined]);
    const joined = deltas(await streamed(chat("[sim say='a b' every=0 quirk=joined]")));
    expect(joined.at(-1)).toMatchObject({ delta: { content: "a b" }, finish_reason: "stop" });
    expect((await streamed(chat("[sim tokens=3 every=0 quirk=no-done]"))).at(-1)).not.toBe("[DONE]");
  });
});
