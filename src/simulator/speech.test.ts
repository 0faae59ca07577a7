import { describe, expect, test } from "bun:test";
import { callTokens, compose, outputTokens, type Prompt } from "./speech.ts";
import { countTokens } from "./tokens.ts";

const WEATHER = {
  name: "get_weather",
  schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const TIME = { name: "get_time", schema: { type: "object", properties: {} } };

const PROMPT: Prompt = {
  text: "What is the capital of France?",
  results: [],
  rounds: 0,
  tools: [],
  choice: "auto",
  parallel: true,
  schema: null,
  limit: Number.POSITIVE_INFINITY,
  stops: [],
  thought: undefined,
};

const say = (prompt: Partial<Prompt>, scenario = {}) => compose({ ...PROMPT, ...prompt }, scenario);

describe("what is said", () => {
  test("repeats a little of what was asked, and says that it is simulated", () => {
    const speech = say({});
    expect(speech.text?.toString()).toContain('You wrote: "What is the capital of France?"');
    expect(speech.text?.toString()).toContain("simulated");
    expect(speech.text?.count).toBeGreaterThan(30);
    expect(speech.text?.count).toBeLessThan(60);
    expect(speech).toMatchObject({ finish: "stop", calls: [], thought: null, refusal: false, sequence: null });
  });

  test("is the same for the same request, and another for another", () => {
    expect(say({}).text?.toString()).toBe(say({}).text?.toString() as string);
    expect(say({ text: "Hello" }).text?.toString()).not.toBe(say({}).text?.toString() as string);
  });

  test("a long question is repeated only in part, and never half a character", () => {
    const text = say({ text: `${"x".repeat(79)}😄😄😄` }).text?.toString() as string;
    expect(text.isWellFormed()).toBe(true);
    expect(text).toContain("…");
    expect(text.length).toBeLessThan(300);
  });

  test("so many tokens, exactly these words, or nothing at all", () => {
    expect(say({}, { tokens: 12 }).text?.count).toBe(12);
    expect(say({}, { say: "Bonjour." }).text?.toString()).toBe("Bonjour.");
    expect(say({}, { empty: true })).toMatchObject({ text: null, calls: [], finish: "stop" });
  });

  test("marks tell tokens apart, choices too", () => {
    expect(say({}, { tokens: 3, mark: "q" }).text?.toString()).toBe("q-0 q-1 q-2");
    expect(compose(PROMPT, { tokens: 2, mark: "q" }, 1).text?.toString()).toBe("q-1-0 q-1-1");
    expect(compose(PROMPT, {}, 1).text?.toString()).toStartWith("(2) You wrote");
  });

  test("stops at the limit", () => {
    const speech = say({ limit: 5 });
    expect(speech.text?.count).toBe(5);
    expect(speech.finish).toBe("length");
    expect(say({ limit: 5 }, { tokens: 5 }).finish).toBe("stop");
  });

  test("thought counts against the limit", () => {
    const speech = say({ limit: 20, thought: 192 });
    expect([speech.thought?.count, speech.text?.count, speech.finish]).toEqual([20, 0, "length"]);
    expect(outputTokens(speech)).toBe(20);
  });

  test("stops before a stop sequence", () => {
    const speech = say({ stops: ["never", "France"] });
    expect(speech.text?.toString()).toBe('You wrote: "What is the capital of ');
    expect(speech).toMatchObject({ finish: "sequence", sequence: "France" });
    expect(say({ stops: ["", "zebra"] }).sequence).toBeNull();
  });

  test("an endless text is stopped by nothing", () => {
    expect(say({ stops: ["x"], limit: 9 }, { tokens: Number.POSITIVE_INFINITY }).text?.count).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  test("a refusal is told as one", () => {
    expect(say({ tools: [WEATHER], choice: "any" }, { refusal: true })).toMatchObject({
      refusal: true,
      finish: "refusal",
      calls: [],
    });
  });

  test("the reason can be any word", () => {
    expect(say({}, { finish: "length" }).finish).toBe("length");
    expect(say({}, { finish: "eos" }).finish).toBe("eos");
  });

  test("thinks as long as it is asked to", () => {
    expect(say({ thought: 24 }).thought?.count).toBe(24);
    expect(say({ thought: 24 }, { think: 7 }).thought?.count).toBe(7);
    expect(say({}, { think: 500 }).thought?.count).toBe(500);
    expect(say({ thought: 24 }, { think: 0 }).thought).toBeNull();
  });

  test("JSON satisfies its schema", () => {
    const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    expect(JSON.parse(say({ schema }).text?.toString() as string)).toEqual({ city: "Paris" });
    expect(JSON.parse(say({ schema: {} }).text?.toString() as string)).toEqual({});
  });
});

describe("tools", () => {
  const tools = [WEATHER, TIME];

  test("are left alone when nobody speaks of them", () => {
    expect(say({ tools }).calls).toEqual([]);
  });

  test("are called when the text names them", () => {
    const speech = say({ tools, text: "Please use get_weather now" });
    expect(speech).toMatchObject({
      text: null,
      finish: "tools",
      calls: [{ name: "get_weather", input: '{"city":"Paris"}' }],
    });
    expect(say({ tools, text: "get_weather and get_time, please" }).calls).toHaveLength(2);
    expect(say({ tools, text: "the forget_weathering" }).calls).toEqual([]);
  });

  test("one at a time, where only that is allowed", () => {
    expect(say({ tools, text: "get_weather get_time", parallel: false }).calls).toHaveLength(1);
  });

  test("one is called when one must be", () => {
    expect(say({ tools, choice: "any" }).calls.map(({ name }) => name)).toEqual(["get_weather"]);
    expect(say({ tools: [TIME], choice: "named" }).calls.map(({ name }) => name)).toEqual(["get_time"]);
  });

  test("none is called when none may be", () => {
    expect(say({ tools, choice: "none", text: "get_weather" }, { tools: 2 }).calls).toEqual([]);
  });

  test("the scenario chooses: one by name, offered or not, or so many", () => {
    expect(say({ tools }, { tool: "get_time" }).calls).toEqual([{ name: "get_time", input: "{}" }]);
    expect(say({}, { tool: "unheard_of" }).calls).toEqual([{ name: "unheard_of", input: "{}" }]);
    expect(say({ tools }, { tools: 3 }).calls.map(({ name }) => name)).toEqual([
      "get_weather",
      "get_time",
      "get_weather",
    ]);
  });

  test("arguments can be anything", () => {
    expect(say({ tools }, { tool: "get_weather", args: "{not json" }).calls).toEqual([
      { name: "get_weather", input: "{not json" },
    ]);
  });

  test("text may stand beside a call", () => {
    expect(say({ tools }, { tools: 1, say: "One moment." })).toMatchObject({
      finish: "tools",
      calls: [{ name: "get_weather" }],
    });
  });

  test("after their results comes the answer", () => {
    const speech = say({ tools, text: "get_weather", rounds: 1, results: ["21 degrees"] }, { tool: "get_weather" });
    expect(speech.calls).toEqual([]);
    expect(speech.text?.toString()).toContain('"21 degrees"');
  });

  test("or another round, where the scenario wants more", () => {
    expect(say({ tools, rounds: 1, results: ["a"] }, { rounds: 2 }).calls).toHaveLength(1);
    expect(say({ tools, rounds: 2, results: ["a", "b"] }, { rounds: 2 }).text?.toString()).toContain('"a" and "b"');
  });

  test("are counted as tokens: name, JSON, and eight around them", () => {
    const speech = say({ tools, choice: "any" });
    const [call] = speech.calls;
    expect(outputTokens(speech)).toBe(callTokens(call as never));
    expect(outputTokens(speech)).toBe(8 + countTokens("get_weather") + countTokens('{"city":"Paris"}'));
  });
});
