import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { answered, frames, type Loose, MESSAGES, message, post } from "../fixtures/client.ts";
import type { JsonObject } from "../json.ts";
import { type Simulator, startSimulator } from "../server.ts";
import { callTokens } from "../speech.ts";
import { countTokens } from "../tokens.ts";
import { inputTokens } from "./prompt.ts";
import { isRedacted, isSignatureOf } from "./signature.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => {
  simulator.stop();
});

const WEATHER = {
  name: "get_weather",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const TIME = { name: "get_time", input_schema: { type: "object", properties: {} } };
const THINKING = { thinking: { type: "enabled", budget_tokens: 1024 } };

const plain = (body: JsonObject) => answered(simulator, MESSAGES, body);
const streamed = async (body: JsonObject) => frames(await post(simulator, MESSAGES, { ...body, stream: true }));

/** The blocks of a stream, put together as a client does it. */
function blocksOf(list: Loose[]): Loose[] {
  const blocks: Loose[] = [];
  for (const frame of list) {
    if (frame.type === "content_block_start") blocks[frame.index] = { ...frame.content_block, json: "" };
    const { delta } = frame;
    const block = blocks[frame.index];
    if (delta?.type === "text_delta") block.text += delta.text;
    if (delta?.type === "thinking_delta") block.thinking += delta.thinking;
    if (delta?.type === "signature_delta") block.signature = delta.signature;
    if (delta?.type === "input_json_delta") block.json += delta.partial_json;
    if (frame.type === "content_block_stop" && block.type === "tool_use") block.input = JSON.parse(block.json || "{}");
  }
  return blocks.map(({ json: _json, ...block }) => block);
}

describe("a plain message", () => {
  test("is one line, member by member as the API does it", async () => {
    const ask = message("hi [sim say=Hello.]");
    const text = await (await post(simulator, MESSAGES, ask)).text();
    expect(text.replace(/msg_01\w{22}/, "ID")).toBe(
      '{"model":"claude-sonnet-4-6","id":"ID","type":"message","role":"assistant","content":[{"type":"text","text":"Hello."}],' +
        '"stop_reason":"end_turn","stop_sequence":null,"stop_details":null,' +
        `"usage":{"input_tokens":${inputTokens(ask)},"cache_creation_input_tokens":0,"cache_read_input_tokens":0,` +
        '"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":2,' +
        '"output_tokens_details":{"thinking_tokens":0},"service_tier":"standard","inference_geo":"global"}}',
    );
  });

  test("carries the headers of the API", async () => {
    const { headers } = await post(simulator, MESSAGES, message("hi"));
    expect(headers.get("request-id")).toMatch(/^req_011C\w{20}$/);
    for (const what of ["requests", "tokens", "input-tokens", "output-tokens"]) {
      expect(headers.get(`anthropic-ratelimit-${what}-limit`)).toMatch(/^\d+$/);
      expect(headers.get(`anthropic-ratelimit-${what}-remaining`)).toMatch(/^\d+$/);
      expect(headers.get(`anthropic-ratelimit-${what}-reset`)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    }
  });

  test("counts as the exported functions count", async () => {
    const ask = message("What is the capital of France?", { system: "Be brief.", tools: [WEATHER] });
    const { usage, content } = await plain(ask);
    expect(usage.input_tokens).toBe(inputTokens(ask));
    expect(usage.output_tokens).toBe(countTokens(content[0].text));
  });

  test("says why it ended", async () => {
    const stop = async (body: JsonObject) => {
      const { stop_reason, stop_sequence, stop_details } = await plain(body);
      return [stop_reason, stop_sequence, stop_details];
    };
    expect(await stop(message("hi"))).toEqual(["end_turn", null, null]);
    expect(await stop(message("hi", { max_tokens: 3 }))).toEqual(["max_tokens", null, null]);
    expect(await stop(message("hi", { stop_sequences: ["zebra", "simulated"] }))).toEqual([
      "stop_sequence",
      "simulated",
      null,
    ]);
    expect(await stop(message("get_time", { tools: [TIME] }))).toEqual(["tool_use", null, null]);
    expect(await stop(message("[sim finish=pause]"))).toEqual(["pause_turn", null, null]);
    expect(await stop(message("[sim refusal]"))).toEqual([
      "refusal",
      null,
      { type: "refusal", category: null, explanation: null },
    ]);
    expect(await stop(message("[sim finish=model_context_window_exceeded]"))).toEqual([
      "model_context_window_exceeded",
      null,
      null,
    ]);
  });

  test("may say nothing, or leave usage out", async () => {
    expect((await plain(message("[sim empty]"))).content).toEqual([]);
    expect(await plain(message("[sim no-usage]"))).not.toHaveProperty("usage");
  });

  test("is JSON that satisfies its schema", async () => {
    const schema = {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    };
    const { content } = await plain(message("where?", { output_config: { format: { type: "json_schema", schema } } }));
    expect(JSON.parse(content[0].text)).toEqual({ city: "Paris" });
  });

  test("counts tokens without answering", async () => {
    const ask = { model: "claude-sonnet-4-6", messages: [{ role: "user", content: "How many?" }] };
    expect(await answered(simulator, `${MESSAGES}/count_tokens`, ask)).toEqual({ input_tokens: inputTokens(ask) });
  });
});

describe("a call of a tool", () => {
  const tools = [WEATHER, TIME];

  test("comes when it is forced, named or spoken of", async () => {
    const called = async (body: JsonObject) =>
      (await plain(body)).content.filter(({ type }: Loose) => type === "tool_use").map(({ name }: Loose) => name);
    expect(await called(message("hi", { tools }))).toEqual([]);
    expect(await called(message("hi", { tools, tool_choice: { type: "any" } }))).toEqual(["get_weather"]);
    expect(await called(message("hi", { tools, tool_choice: { type: "tool", name: "get_time" } }))).toEqual([
      "get_time",
    ]);
    expect(await called(message("get_time and get_weather", { tools }))).toEqual(["get_weather", "get_time"]);
    const one = { type: "auto", disable_parallel_tool_use: true };
    expect(await called(message("get_time and get_weather", { tools, tool_choice: one }))).toEqual(["get_weather"]);
    expect(await called(message("get_time", { tools, tool_choice: { type: "none" } }))).toEqual([]);
  });

  test("has the API's shape", async () => {
    const { content, usage } = await plain(message("hi", { tools, tool_choice: { type: "any" } }));
    expect(content).toEqual([
      {
        type: "tool_use",
        id: expect.stringMatching(/^toolu_01\w{22}$/),
        name: "get_weather",
        input: { city: "Paris" },
        caller: { type: "direct" },
      },
    ]);
    expect(usage.output_tokens).toBe(callTokens({ name: "get_weather", input: '{"city":"Paris"}' }));
  });

  test("is followed by an answer, once its result is there", async () => {
    const { content } = await plain(message("use get_weather", { tools }));
    const messages = [
      { role: "user", content: "use get_weather" },
      { role: "assistant", content },
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: content[0].id, content: [{ type: "text", text: "21 degrees" }] }],
      },
    ];
    const second = await plain({ ...message(""), messages, tools });
    expect(second.stop_reason).toBe("end_turn");
    expect(second.content[0].text).toContain("21 degrees");
  });

  test("is answered too when more is said beside the result", async () => {
    const { content } = await plain(message("use get_weather", { tools }));
    const result = { type: "tool_result", tool_use_id: content[0].id, content: "21 degrees" };
    const messages = [
      { role: "user", content: "use get_weather" },
      { role: "assistant", content },
      { role: "user", content: [result, { type: "text", text: "and now? get_weather said it" }] },
    ];
    expect((await plain({ ...message(""), messages, tools })).content[0].text).toContain("21 degrees");
  });
});

describe("thought", () => {
  test("is signed, and comes first", async () => {
    const { content, usage } = await plain(message("hi [sim say=ok think=9]", THINKING));
    expect(content.map(({ type }: Loose) => type)).toEqual(["thinking", "text"]);
    expect(countTokens(content[0].thinking)).toBe(9);
    expect(isSignatureOf(content[0].signature, content[0].thinking)).toBe(true);
    expect(usage).toMatchObject({ output_tokens: 10, output_tokens_details: { thinking_tokens: 9 } });
  });

  test("adaptive thinks as well; disabled does not", async () => {
    expect((await plain(message("hi", { thinking: { type: "adaptive" } }))).content[0].type).toBe("thinking");
    expect((await plain(message("hi", { thinking: { type: "disabled" } }))).content[0].type).toBe("text");
  });

  test("can be sent back", async () => {
    const first = await plain(message("hi", THINKING));
    const messages = [
      { role: "user", content: "hi" },
      { role: "assistant", content: first.content },
      { role: "user", content: "and?" },
    ];
    expect((await plain({ ...message(""), ...THINKING, messages })).stop_reason).toBe("end_turn");
  });

  test("can be redacted, and be sent back so", async () => {
    const first = await plain(message("hi [sim redacted]", THINKING));
    expect(first.content[0]).toEqual({ type: "redacted_thinking", data: expect.any(String) });
    expect(isRedacted(first.content[0].data)).toBe(true);
    const messages = [
      { role: "user", content: "hi" },
      { role: "assistant", content: first.content },
      { role: "user", content: "and?" },
    ];
    expect((await plain({ ...message(""), ...THINKING, messages })).stop_reason).toBe("end_turn");
  });

  test("is left out, but signed, where nobody wants to see it", async () => {
    const asked = { thinking: { type: "adaptive", display: "omitted" } };
    const { content } = await plain(message("hi", asked));
    expect(content[0]).toMatchObject({ type: "thinking", thinking: "", signature: expect.any(String) });
    const list = await streamed(message("hi [sim every=0]", asked));
    expect(blocksOf(list)[0]).toEqual(content[0]);
  });

  test("of the fifth generation is left out unless it is asked for", async () => {
    const opus = { model: "claude-opus-5" };
    const silent = await plain(message("hi", { ...opus, thinking: { type: "adaptive" } }));
    expect(silent.content[0].thinking).toBe("");
    const shown = await plain(message("hi", { ...opus, thinking: { type: "adaptive", display: "summarized" } }));
    expect(shown.content[0].thinking).not.toBe("");
  });
});

describe("the prompt cache", () => {
  const cached = (system: string, more: JsonObject = {}) =>
    plain(message("hi", { system: [{ type: "text", text: system, cache_control: { type: "ephemeral" } }], ...more }));

  test("is written once and read the second time; the sum stays", async () => {
    const system = "You know all about headgates. ".repeat(20);
    const first = (await cached(system)).usage;
    const second = (await cached(system)).usage;
    const written = first.cache_creation_input_tokens;
    expect(written).toBe(countTokens(system));
    expect(first).toMatchObject({
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: written, ephemeral_1h_input_tokens: 0 },
    });
    expect(second).toMatchObject({
      cache_read_input_tokens: written,
      cache_creation_input_tokens: 0,
      input_tokens: first.input_tokens,
    });
  });

  test("is kept for an hour where that is asked for", async () => {
    const system = [{ type: "text", text: "An hour long.", cache_control: { type: "ephemeral", ttl: "1h" } }];
    const { usage } = await plain(message("hi", { system }));
    expect(usage.cache_creation).toEqual({
      ephemeral_5m_input_tokens: 0,
      ephemeral_1h_input_tokens: countTokens("An hour long."),
    });
  });

  test("is marked by the request as a whole, too", async () => {
    const ask = message("A question for the cache", { cache_control: { type: "ephemeral" } });
    expect((await plain(ask)).usage.cache_creation_input_tokens).toBeGreaterThan(0);
    expect((await plain(ask)).usage.cache_read_input_tokens).toBeGreaterThan(0);
  });

  test("is read and written as the scenario says, on top of the prompt", async () => {
    const { usage } = await plain(message("[sim cached=1000 cache-write=200]"));
    expect(usage).toMatchObject({ cache_read_input_tokens: 1000, cache_creation_input_tokens: 200 });
    expect(usage.input_tokens).toBe(inputTokens(message("[sim cached=1000 cache-write=200]")));
  });
});

describe("a streamed message", () => {
  test("has the frames of the API, in their order", async () => {
    const list = await streamed(message("[sim say='Hello there' every=0]"));
    expect(list.map(({ type }) => type)).toEqual([
      "message_start",
      "content_block_start",
      "ping",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
  });

  // As recorded from claude-sonnet-4-6 in 2026, its values replaced; the details of output tokens are claude-opus-5's.
  test("has the bytes of a recorded one, white space included", async () => {
    const ask = message("[sim say=The every=0]", { stream: true });
    const text = await (await post(simulator, MESSAGES, ask)).text();
    const tokens = inputTokens(ask);
    expect(text.replace(/msg_01\w{22}/, "ID").replaceAll(/ *\}\n\n/g, " }\n\n")).toBe(
      `event: message_start\ndata: {"type":"message_start","message":{"model":"claude-sonnet-4-6","id":"ID","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,"usage":{"input_tokens":${tokens},"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard","inference_geo":"global"}} }\n\n` +
        'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""} }\n\n' +
        'event: ping\ndata: {"type": "ping" }\n\n' +
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"The"} }\n\n' +
        'event: content_block_stop\ndata: {"type":"content_block_stop","index":0 }\n\n' +
        `event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null,"stop_details":null},"usage":{"input_tokens":${tokens},"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1,"output_tokens_details":{"thinking_tokens":0}} }\n\n` +
        'event: message_stop\ndata: {"type":"message_stop" }\n\n',
    );
    expect(text).toContain('data: {"type": "ping"}\n\n');
    expect(text).toMatch(/ {4}\}\n\n/);
  });

  test("says what the plain message says", async () => {
    const tools = [WEATHER, TIME];
    const asks: JsonObject[] = [
      message("hi [sim every=0]"),
      message("hi [sim every=0]", { max_tokens: 4 }),
      message("hi [sim every=0]", { stop_sequences: ["is"] }),
      message("hi [sim every=0]", THINKING),
      message("hi [sim every=0 redacted]", THINKING),
      message("get_weather and get_time [sim every=0]", { tools, ...THINKING }),
      message("[sim say='One moment.' tools=2 every=0]", { tools }),
      message("[sim every=0 empty]"),
      message("[sim every=0 refusal]"),
    ];
    for (const ask of asks) {
      const whole = await plain(ask);
      const list = await streamed(ask);
      const bare = (blocks: Loose[]) => blocks.map(({ id: _id, ...block }) => block);
      expect(bare(blocksOf(list))).toEqual(bare(whole.content));
      const { delta, usage } = list.find(({ type }) => type === "message_delta");
      expect(delta).toEqual({
        stop_reason: whole.stop_reason,
        stop_sequence: whole.stop_sequence,
        stop_details: whole.stop_details,
      });
      expect(usage.output_tokens).toBe(whole.usage.output_tokens);
      expect(usage.input_tokens).toBe(whole.usage.input_tokens);
    }
  });

  test("begins a call with an empty piece, and ends one without arguments there", async () => {
    const list = await streamed(message("get_time [sim every=0]", { tools: [TIME] }));
    expect(
      list.filter(({ delta }) => delta?.type === "input_json_delta").map(({ delta }) => delta.partial_json),
    ).toEqual([""]);
    expect(list.map(({ type }) => type)).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "ping",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
  });

  test("numbers its blocks without gaps, unless it is told otherwise", async () => {
    const indexes = async (directive: string) => {
      const list = await streamed(message(directive, { tools: [WEATHER, TIME] }));
      return list.filter(({ type }) => type === "content_block_start").map(({ index }) => index);
    };
    expect(await indexes("[sim say=x tools=2 every=0]")).toEqual([0, 1, 2]);
    expect(await indexes("[sim say=x tools=2 every=0 quirk=gaps]")).toEqual([0, 2, 4]);
  });

  test("may begin twice, with one id", async () => {
    const starts = (await streamed(message("[sim every=0 quirk=restart]"))).filter(
      ({ type }) => type === "message_start",
    );
    expect(starts).toHaveLength(2);
    expect(starts[0]).toEqual(starts[1]);
  });

  test("usage comes twice, with every piece, early or never", async () => {
    const outputs = async (how: string) =>
      (await streamed(message(`[sim tokens=4 every=0 ${how}]`)))
        .map((frame) => (frame.usage ?? frame.message?.usage)?.output_tokens)
        .filter((figure) => figure !== undefined);
    expect(await outputs("")).toEqual([1, 4]);
    expect(await outputs("usage=twice")).toEqual([1, 2, 4]);
    expect(await outputs("usage=every")).toEqual([1, 1, 2, 3, 4, 4]);
    expect(await outputs("usage=early")).toEqual([4]);
    expect(await outputs("no-usage")).toEqual([]);
  });
});
