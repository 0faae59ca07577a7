import { describe, expect, test } from "bun:test";
import type { WireName } from "../core/event.ts";
import type { JsonObject } from "../core/json.ts";
import type { Reasoning, Request, Sampling } from "../core/request.ts";
import { ask, leg } from "./fixtures/facts.ts";
import { WRITTEN_WIRES, wireNamed } from "./index.ts";
import { relayRequest } from "./openai-chat/relay-request.ts";
import type { Quirk } from "./quirk.ts";

/** What models refuse to be told of thinking and sampling: left out and told, not sent to be refused. */

const REQUEST: Request = {
  turns: [{ role: "user", parts: [{ kind: "text", text: "Hello" }] }],
  stream: false,
  outputCap: 4000,
  sampling: {},
  extra: {},
  providerOptions: {},
};
const outbound = WRITTEN_WIRES.filter((wire) => wire.operation === "generate").flatMap(({ name, outbound }) =>
  outbound === undefined ? [] : [[name, outbound] as const],
);
const openai = outbound.filter(([name]) => name.startsWith("openai-"));

describe.each(outbound)("a model that does not think, at %s", (_, wire) => {
  const encoded = (reasoning?: Reasoning) =>
    wire.encodeRequest(reasoning === undefined ? REQUEST : { ...REQUEST, reasoning }, leg("never-thinks"));
  const plain = encoded();

  test.each([{ effort: "high" }, { budget: 2000 }, { enabled: true, exclude: true }] as Reasoning[])(
    "is not asked to, and that is told: %j",
    (reasoning) => {
      const { body, dropped } = encoded(reasoning);
      expect(body).toEqual(plain.body);
      expect(dropped.some((name) => name.startsWith("reasoning"))).toBe(true);
    },
  );

  test.each([{ effort: "none" }, { enabled: false }] as Reasoning[])("does as it is asked: %j", (reasoning) => {
    expect(encoded(reasoning)).toEqual({ ...plain, dropped: [] });
  });
});

describe.each(outbound)("how much of the thinking is told, at %s", (name, wire) => {
  const asked = (summary: string) => wire.encodeRequest({ ...REQUEST, reasoning: { effort: "low", summary } }, leg());

  test("goes to who has the word for it, and is told elsewhere", () => {
    const { body, dropped } = asked("detailed");
    if (name === "openai-responses")
      expect([body.reasoning, dropped]).toEqual([{ effort: "low", summary: "detailed" }, []]);
    else expect(dropped.filter((one) => one.startsWith("reasoning"))).not.toEqual([]);
    expect(asked("auto").dropped).not.toContain("reasoning.summary");
  });
});

describe.each(openai)("an effort that a model has no word for, at %s", (name, wire) => {
  const sent = (effort: Reasoning["effort"], ...quirks: Quirk[]) => {
    const { body, dropped } = wire.encodeRequest({ ...REQUEST, reasoning: { effort: effort! } }, leg(...quirks));
    return [name === "openai-chat" ? body.reasoning_effort : (body.reasoning as { effort?: string })?.effort, dropped];
  };

  test.each<[Quirk, Reasoning["effort"], string, string[]]>([
    ["effort-to-high", "max", "high", ["reasoning.effort"]],
    ["effort-to-high", "xhigh", "high", ["reasoning.effort"]],
    ["effort-to-high", "high", "high", []],
    ["effort-to-high", "minimal", "minimal", []],
    ["effort-to-xhigh", "max", "xhigh", ["reasoning.effort"]],
    ["effort-to-xhigh", "xhigh", "xhigh", []],
    ["effort-to-xhigh", "low", "low", []],
    ["no-minimal-effort", "minimal", "low", []],
    ["no-minimal-effort", "max", "max", []],
  ])("%s: %s is %s", (quirk, effort, expected, dropped) => {
    expect(sent(effort, quirk)).toEqual([expected, dropped]);
  });

  test.each(["minimal", "xhigh", "max"] as const)("%s stays where nothing else is known", (effort) => {
    expect(sent(effort)).toEqual([effort, []]);
  });
});

test("in a relayed request as well, and a word that nobody knows is the provider's to refuse", () => {
  const sent = (reasoning_effort: string) => {
    const { body, dropped } = relayRequest(ask({ reasoning_effort }), leg("effort-to-high", "no-minimal-effort"));
    return [body.reasoning_effort, dropped];
  };
  expect(sent("xhigh")).toEqual(["high", ["reasoning.effort"]]);
  expect(sent("minimal")).toEqual(["low", []]);
  expect(sent("none")).toEqual(["none", []]);
  expect(sent("ultra")).toEqual(["ultra", []]);
});

describe.each(openai)("a model that always thinks, at %s", (name, wire) => {
  const sent = (reasoning: Reasoning, ...quirks: Quirk[]) => {
    const { body, dropped } = wire.encodeRequest({ ...REQUEST, reasoning }, leg(...quirks));
    return [name === "openai-chat" ? body.reasoning_effort : (body.reasoning as { effort?: string })?.effort, dropped];
  };

  test("is told the least that there is", () => {
    expect(sent({ enabled: false }, "always-thinks")).toEqual(["low", ["reasoning"]]);
    expect(sent({ effort: "none" }, "always-thinks")).toEqual(["low", ["reasoning"]]);
    expect(sent({ effort: "minimal" }, "always-thinks")).toEqual(["minimal", []]);
    expect(sent({ enabled: false })).toEqual(["none", []]);
  });

  test("and knows no effort, is told none", () => {
    expect(sent({ enabled: false }, "no-reasoning-effort")).toEqual([undefined, ["reasoning"]]);
    const [effort, dropped] = sent({ effort: "high" }, "no-reasoning-effort");
    expect(effort).toBeUndefined();
    expect((dropped as string[])[0]).toStartWith("reasoning");
  });
});

describe.each(openai)("sampling that is fixed, at %s", (_, wire) => {
  const sampled = (sampling: Sampling) => wire.encodeRequest({ ...REQUEST, sampling }, leg("fixed-sampling"));
  const plain = sampled({});

  test("is left as it is, and what differs is told", () => {
    expect(sampled({ temperature: 0.3, topP: 0.9 })).toEqual({ ...plain, dropped: ["temperature", "top_p"] });
    expect(sampled({ temperature: 1, topP: 1 })).toEqual(plain);
  });
});

describe("a model that does not think is not told to by whoever speaks its own wire either", () => {
  const sent = (name: WireName, members: JsonObject) => {
    const { inbound, relay } = wireNamed(name);
    const { body, dropped } = relay!.request(inbound!.read({ model: "acme/large", ...members }), leg("never-thinks"));
    return [body, dropped] as const;
  };
  const hello = [{ role: "user", content: "Hello" }];

  test.each<[string, WireName, JsonObject, readonly string[]]>([
    ["an effort", "openai-chat", { messages: hello, reasoning_effort: "high" }, ["reasoning_effort"]],
    ["none", "openai-chat", { messages: hello, reasoning_effort: "none" }, []],
    ["an object", "openai-chat", { messages: hello, reasoning: { effort: "high" } }, ["reasoning"]],
    [
      "both",
      "openai-chat",
      { messages: hello, reasoning: { effort: "high" }, reasoning_effort: "high" },
      ["reasoning", "reasoning_effort"],
    ],
    ["an effort", "openai-responses", { input: "Hello", reasoning: { effort: "high" } }, ["reasoning"]],
    ["a summary", "openai-responses", { input: "Hello", reasoning: { summary: "auto" } }, ["reasoning"]],
    ["none", "openai-responses", { input: "Hello", reasoning: { effort: "none" } }, []],
    ["nothing", "openai-responses", { input: "Hello", reasoning: { effort: null, summary: null } }, []],
    [
      "a budget",
      "anthropic-messages",
      { messages: hello, max_tokens: 9, thinking: { type: "adaptive" } },
      ["thinking"],
    ],
    ["none", "anthropic-messages", { messages: hello, max_tokens: 9, thinking: { type: "disabled" } }, []],
    [
      "an effort",
      "anthropic-messages",
      { messages: hello, max_tokens: 9, output_config: { effort: "high" } },
      ["output_config.effort"],
    ],
  ])("%s at %s", (_, name, members, expected) => {
    const [body, dropped] = sent(name, members);
    expect(dropped).toEqual([...expected]);
    for (const gone of ["reasoning", "reasoning_effort", "thinking", "output_config"])
      expect(body).not.toHaveProperty(gone);
  });

  test("and what stands beside stays", () => {
    const include = ["reasoning.encrypted_content", "message.output_text.logprobs"];
    expect(sent("openai-responses", { input: "Hello", include })).toMatchObject([{ include: include.slice(1) }, []]);
    const output_config = { effort: "low", format: { type: "json_schema", schema: {} } };
    const [body] = sent("anthropic-messages", { messages: hello, max_tokens: 9, output_config });
    expect(body.output_config).toEqual({ format: output_config.format });
    const { body: told } = relayRequest(ask({ temperature: 0.3 }), leg("never-thinks"));
    expect(told.temperature).toBe(0.3);
  });
});
