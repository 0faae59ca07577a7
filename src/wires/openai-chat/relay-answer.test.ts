import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { utf8ByteText } from "../../core/byte-text.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { Readings } from "../../core/readings.ts";
import { ask, CLOSING, errorOf, STAMP } from "../fixtures/facts.ts";
import { relayAnswer } from "./relay-answer.ts";

/** The reply to this answer, as text, and what was read of it. */
function relayed(text: string) {
  const readings = new Readings();
  const close = relayAnswer(utf8ByteText(text), ask(), STAMP, readings);
  return { reply: Buffer.from(close(CLOSING)).toString("utf8"), readings };
}

const USAGE = { prompt_tokens: 19, completion_tokens: 10, total_tokens: 29 };

function answer(members: JsonObject = {}, message: JsonObject = { role: "assistant", content: "Hi" }): JsonObject {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_712_345_678,
    model: "large-2026",
    choices: [{ index: 0, message, logprobs: null, finish_reason: "stop" }],
    usage: USAGE,
    ...members,
  };
}

const OURS = { id: STAMP.id, model: STAMP.model, generationId: STAMP.id };
const TOLD = {
  prompt_tokens: 11,
  completion_tokens: 7,
  total_tokens: 18,
  cost: 0.000138,
  is_byok: false,
  prompt_tokens_details: { cached_tokens: 4 },
  cost_details: {
    upstream_inference_cost: null,
    upstream_inference_prompt_cost: 0,
    upstream_inference_completions_cost: 0,
  },
  completion_tokens_details: { reasoning_tokens: 3 },
  market_cost: 0.000138,
};

test("what stands between the edits is the provider's to the byte", () => {
  const { reply } = relayed(
    '{ "id":"x", "n":1.0e0,\n\t"model" :"m","choices":[ {"message": {"content":"\\u00fc🌍", "role":"assistant"} ,"finish_reason":"stop"}],"usage":{"prompt_tokens":1},"é":"\\/"}\n',
  );
  expect(reply).toBe(
    `{ "id":"${STAMP.id}", "n":1.0e0,\n\t"model" :"${STAMP.model}","choices":[ {"message": {"content":"\\u00fc🌍", "role":"assistant","provider_metadata":${JSON.stringify(CLOSING.metadata)}} ,"finish_reason":"stop"}],"usage":${JSON.stringify(TOLD)},"é":"\\/","generationId":"${STAMP.id}"}\n`,
  );
});

test("the words of all choices are counted where no usage is told, and nothing else is", () => {
  const call = { id: "call_1", type: "function", function: { name: "f", arguments: "{}" } };
  const choices = [
    { index: 0, message: { role: "assistant", content: "12345", refusal: null } },
    { index: 1, message: { role: "assistant", content: null, tool_calls: [call] } },
  ];
  for (const usage of [undefined, null, {}])
    expect(relayed(JSON.stringify({ ...answer({ choices }), usage })).readings).toMatchObject({
      committed: true,
      contentBytes: 5 + JSON.stringify(call).length,
      usage: undefined,
    });
});

test("what is not there is added", () => {
  const { reply, readings } = relayed('{"choices":[{"message":{"content":"Hi"}}]}');
  expect(JSON.parse(reply)).toEqual({
    choices: [{ message: { content: "Hi", provider_metadata: CLOSING.metadata } }],
    ...OURS,
    usage: TOLD,
  });
  expect(readings).toMatchObject({ usage: undefined, finish: "stop", rawFinish: null, ended: true, committed: true });
});

test("a gateway behind ours has its own words replaced, not doubled", () => {
  const theirs = answer(
    { generationId: "gen_theirs" },
    { content: "Hi", provider_metadata: { gateway: { cost: "9" } } },
  );
  const { reply } = relayed(JSON.stringify(theirs));
  expect(reply.match(/generationId/g)).toHaveLength(2);
  expect(reply).not.toContain("gen_theirs");
  expect(JSON.parse(reply).choices[0].message.provider_metadata).toEqual(CLOSING.metadata);
});

describe("read off the answer", () => {
  test("its id, its model, its usage and its finish", () => {
    expect(relayed(JSON.stringify(answer())).readings).toMatchObject({
      upstreamId: "chatcmpl-1",
      upstreamModel: "large-2026",
      usage: { input: 19, output: 10 },
      rawUsage: USAGE,
      finish: "stop",
      rawFinish: "stop",
      ended: true,
    });
  });

  test("escapes and letters beyond ASCII in an id", () => {
    const text = '{"id":"a\\"\\u00fc","model":"größe","choices":[{"message":{"content":"x"}}]}';
    expect(relayed(text).readings).toMatchObject({ upstreamId: 'a"ü', upstreamModel: "größe" });
  });

  test.each([
    ["null", null],
    ["a number", 7],
    ["an object", {}],
  ])("an id that is %s is none", (_, id) => {
    expect(relayed(JSON.stringify(answer({ id }))).readings.upstreamId).toBeUndefined();
  });

  test.each<[JsonValue, object]>([
    [null, { finish: "stop", rawFinish: null }],
    ["length", { finish: "length", rawFinish: "length" }],
    ["tool_calls", { finish: "tool-calls", rawFinish: "tool_calls" }],
    ["cosmic_rays", { finish: "other", rawFinish: "cosmic_rays" }],
  ])("finish reason %p", (reason, expected) => {
    const choices = [{ finish_reason: reason, message: { content: "x" } }];
    expect(relayed(JSON.stringify(answer({ choices }))).readings).toMatchObject(expected);
  });

  test.each<JsonValue>([null, {}, "12", { prompt_tokens: "12" }, { prompt_tokens: -1 }, [1]])(
    "usage %p is none, and ours stands in its place",
    (usage) => {
      const { readings, reply } = relayed(JSON.stringify(answer({ usage })));
      expect(readings.usage ?? {}).toEqual({});
      expect(JSON.parse(reply).usage).toEqual(TOLD);
    },
  );

  test("of several choices the first", () => {
    const choice = (index: number, content: string, finish_reason: string) => ({
      index,
      message: { content },
      finish_reason,
    });
    const { readings, reply } = relayed(
      JSON.stringify(answer({ choices: [choice(0, "a", "stop"), choice(1, "b", "length")] })),
    );
    expect(readings.finish).toBe("stop");
    expect(JSON.parse(reply).choices[1]).toEqual(choice(1, "b", "length"));
  });
});

describe("refused", () => {
  test.each([
    ["an error inside a 200", '{"error":{"message":"x","code":429}}', "upstream_rate_limited"],
    ["an error beside an answer", JSON.stringify(answer({ error: { type: "overloaded" } })), "upstream_overloaded"],
    ["an error that is text", '{"error":"out of memory"}', "upstream_error"],
    ["no choices", '{"id":"x"}', "upstream_malformed"],
    ["choices of null", '{"choices":null}', "upstream_malformed"],
    ["empty choices", '{"choices":[]}', "upstream_malformed"],
    ["a choice that is none", '{"choices":["x"]}', "upstream_malformed"],
    ["a choice without a message", '{"choices":[{"index":0}]}', "upstream_malformed"],
    ["a message that is none", '{"choices":[{"message":null}]}', "upstream_malformed"],
    ["a message with nothing in it", '{"choices":[{"message":{}}]}', "upstream_malformed"],
    ["a list", "[]", "upstream_malformed"],
    ["HTML", "<html></html>", "upstream_malformed"],
    ["nothing", "", "upstream_malformed"],
    ["a second answer behind the first", `${JSON.stringify(answer())}{}`, "upstream_malformed"],
  ])("%s", (_, text, code) => {
    expect(errorOf(() => relayed(text)).code).toBe(code as never);
  });

  test("an answer that was cut, wherever", () => {
    const whole = JSON.stringify(answer());
    for (let cut = 0; cut < whole.length; cut++) {
      expect([cut, errorOf(() => relayed(whole.slice(0, cut))).code]).toEqual([cut, "upstream_malformed"]);
    }
  });

  test("an error of null is none", () => {
    expect(relayed(JSON.stringify(answer({ error: null }))).readings.ended).toBe(true);
  });
});

test("whatever the answer, its reply is the answer with the declared edits and nothing else", () => {
  const anything = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;
  const free = fc.dictionary(
    fc.string({ unit: "grapheme" }).map((name) => `x${name}`),
    anything,
    { maxKeys: 3 },
  );
  fc.assert(
    fc.property(free, free, free, fc.constantFrom(0, 1, "\t"), (top, choice, message, space) => {
      const choices = [{ ...choice, message: { ...message, content: "c" }, finish_reason: "stop" }];
      const text = JSON.stringify({ ...top, ...answer(), choices }, null, space);
      const sent = JSON.parse(text);
      sent.choices[0].message.provider_metadata = CLOSING.metadata;
      expect(JSON.parse(relayed(text).reply)).toEqual({ ...sent, ...OURS, usage: TOLD });
    }),
  );
});

test.each([
  ["priority", "priority"],
  [null, undefined],
  [5, undefined],
])("the tier that served it is read: %p", (service_tier, tier) => {
  expect(relayed(JSON.stringify(answer({ service_tier }))).readings.serviceTier).toBe(tier);
});
