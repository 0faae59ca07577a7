import { describe, expect, test } from "bun:test";
import { NOTHING_YET } from "./answer.ts";
import { codeOf } from "./code.ts";
import { bodyFor, type Turn } from "./conversation.ts";
import { broken, directiveOf } from "./faults.ts";
import { inAddress, type Setup, setupOf } from "./setup.ts";
import { Lines } from "./stream.ts";

const SETUP: Setup = {
  models: ["openai/gpt-5"],
  maxTokens: "",
  temperature: "",
  effort: "",
  streams: true,
  options: {},
  faults: [],
};
const bodyOf = (some: Partial<Setup> = {}, more: { system?: string; turns?: readonly Turn[] } = {}) =>
  bodyFor("openai/gpt-5", { setup: { ...SETUP, ...some }, system: "", turns: [], text: "Hi", ...more });

describe("what is sent", () => {
  test("has what was asked, and nothing that was left as usual", () => {
    expect(bodyOf()).toEqual({ model: "openai/gpt-5", messages: [{ role: "user", content: "Hi" }], stream: true });
  });
  test("has parameters as numbers, and what is none as it is", () => {
    const { max_tokens, temperature, reasoning_effort, stream } = bodyOf({
      maxTokens: "200",
      temperature: "warm",
      effort: "low",
      streams: false,
    });
    expect([max_tokens, temperature, reasoning_effort, stream]).toEqual([200, "warm", "low", undefined]);
  });
  test("has each model's own answers before it, and no turn that it did not answer", () => {
    const turns: Turn[] = [
      { id: 1, text: "One", faults: [], answers: { "openai/gpt-5": { ...NOTHING_YET, text: "Mine" } }, plans: {} },
      { id: 2, text: "Two", faults: [], answers: { "other/model": { ...NOTHING_YET, text: "Not mine" } }, plans: {} },
    ];
    expect(bodyOf({}, { system: "Be terse.", turns }).messages).toEqual([
      { role: "system", content: "Be terse." },
      { role: "user", content: "One" },
      { role: "assistant", content: "Mine" },
      { role: "user", content: "Hi" },
    ]);
  });
  test("tells the simulator what is broken, and waits for silence no longer than it takes to see it", () => {
    const silent = bodyOf({ faults: [{ provider: "openai", name: "silence" }], options: { sort: "cost" } });
    expect(silent.messages.at(-1)?.content).toBe("[sim path=/openai/ silence] Hi");
    expect(silent.providerOptions).toEqual({ gateway: { sort: "cost", clocks: { first_byte_ms: 2000 } } });
    const own = bodyOf({ faults: [{ provider: "*", name: "silence" }], options: { clocks: { total_ms: 5000 } } });
    expect(own.providerOptions).toEqual({ gateway: { clocks: { total_ms: 5000 } } });
  });
});

test("all providers are broken without a path; several one after another", () => {
  expect(directiveOf({ provider: "*", name: "overloaded" })).toBe("[sim status=503]");
  const two = [
    { provider: "openai", name: "overloaded" },
    { provider: "azure", name: "cut" },
  ] as const;
  expect(broken("Hi", two)).toBe("[sim path=/openai/ status=503] [sim path=/azure/ cut=8] Hi");
});

describe("in the address", () => {
  const read = (members: Readonly<Record<string, string | readonly string[] | undefined>>) => {
    const all = (name: string) => [members[name] ?? []].flat();
    return setupOf((name) => all(name)[0], all);
  };
  test("it goes there and back", () => {
    const setup: Setup = {
      models: ["a/b", "c/d"],
      maxTokens: "20",
      temperature: "0.5",
      effort: "high",
      streams: false,
      options: { order: ["azure"] },
      faults: [{ provider: "openai", name: "cut" }],
    };
    expect(read(inAddress(setup) as Record<string, string | readonly string[]>)).toEqual(setup);
    expect(read(inAddress(SETUP) as Record<string, string | readonly string[]>)).toEqual(SETUP);
  });
  test("nonsense is as good as absent, and four models are the most", () => {
    const five = ["a/1", "a/2", "a/2", "a/3", "a/4", "a/5"];
    const told = read({ model: five, effort: "enormous", options: "[", break: ["openai:__proto__", "x", ":cut"] });
    expect(told).toEqual({ ...SETUP, models: ["a/1", "a/2", "a/3", "a/4"] });
  });
});

test("events are whole however the stream is cut", () => {
  const text = 'event: attempt\ndata: {"n":0}\n\ndata: {"a":"ü"}\n\n: keep-alive\n\ndata: {"b":2}\n\ndata: [DONE]\n\n';
  for (let size = 1; size < text.length; size++) {
    const lines = new Lines();
    const told: { name: string; data: string }[] = [];
    for (let at = 0; at < text.length; at += size) told.push(...lines.of(text.slice(at, at + size)));
    expect(told.map(({ name, data }) => `${name} ${data}`)).toEqual([
      'attempt {"n":0}',
      'message {"a":"ü"}',
      'message {"b":2}',
      "message [DONE]",
    ]);
  }
});

describe("as code", () => {
  const body = bodyOf({ options: { order: ["azure"], strict: true } });
  const quoted = { ...body, messages: [{ role: "user", content: `It's "so" $HOME\n` }] };
  test("for a shell is one word, whatever is said", async () => {
    const code = codeOf("curl", quoted, "http://127.0.0.1:8787");
    // What is passed on is told by the shell itself.
    const shown = code.replace(/^curl -N \S+ /, "printf '%s\\n' ");
    const told = await new Response(
      Bun.spawn(["sh", "-c", shown], { env: { HEADGATE_API_KEY: "hg_k" } }).stdout,
    ).text();
    expect(told).toContain("Authorization: Bearer hg_k\n");
    expect(JSON.parse(told.slice(told.indexOf("-d\n") + 3))).toEqual(quoted);
  });
  test("for Python has its words, and options of the gateway beside", () => {
    const code = codeOf("python", quoted, "http://127.0.0.1:8787");
    expect(code).toContain("stream=True");
    expect(code).toContain('extra_body={\n        "providerOptions": {');
    expect(code).toContain('"strict": True');
    expect(code).not.toMatch(/\btrue\b/);
  });
  test("for TypeScript is what is sent", () => {
    const code = codeOf("typescript", quoted, "http://127.0.0.1:8787");
    const [, told] = /ChatCompletionCreateParamsStreaming & \{ providerOptions: object \} = (\{.*?\n\});/s.exec(code)!;
    expect(JSON.parse(told!)).toEqual(quoted);
  });
});
