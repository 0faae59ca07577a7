import { describe, expect, test } from "bun:test";
import type { LiveAttempt } from "../../../../src/admin/contract.ts";
import { type Answer, NOTHING_YET, over, speedOf, withHeard, withTold } from "./answer.ts";

const chunk = (delta: object, more: object = {}) => ({
  id: "gen_1",
  choices: [{ index: 0, delta, finish_reason: null }],
  ...more,
});
const after = (...told: readonly (readonly [told: unknown, ms: number])[]) =>
  told.reduce<Answer>((answer, [one, ms]) => withTold(answer, one, ms), NOTHING_YET);

const gateway = {
  routing: {
    finalProvider: "azure",
    modelAttempts: [
      {
        canonicalSlug: "openai/gpt-5",
        providerAttempts: [
          {
            provider: "openai",
            success: false,
            error: "Overloaded.",
            startTime: 10,
            responseTimeMs: 12,
            statusCode: 503,
          },
          { provider: "azure", success: true, startTime: 22, responseTimeMs: 69, statusCode: 200 },
        ],
      },
    ],
  },
  simulated: true,
};
const usage = {
  prompt_tokens: 31,
  completion_tokens: 11,
  cost: 0.00014875,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 3 },
};
const END = {
  id: "gen_1",
  choices: [{ index: 0, delta: { provider_metadata: { gateway } }, finish_reason: "stop" }],
  usage,
};

describe("a stream", () => {
  const whole = after(
    [chunk({ role: "assistant", content: "" }), 5],
    [chunk({ reasoning: "Hm." }), 20],
    [chunk({ content: "Water" }), 30],
    [chunk({ content: " comes" }), 40],
    [END, 50],
  );
  test("is put together, and its first content is what is said first", () => {
    expect(whole).toMatchObject({ text: "Water comes", reasoning: "Hm.", firstMs: 20, pieces: 3, finish: "stop" });
  });
  test("tells at its end who was asked, and what it cost", () => {
    expect(whole).toMatchObject({
      generationId: "gen_1",
      provider: "azure",
      isSimulated: true,
      usage: { input: 31, output: 11, reasoning: 3, cached: 4 },
      cost: 0.00014875,
    });
    expect(whole.attempts.map(({ provider, state, status }) => [provider, state, status])).toEqual([
      ["openai", "failed", 503],
      ["azure", "answered", 200],
    ]);
  });
  test("that breaks off keeps what it said, and why", () => {
    const error = { message: "The connection broke.", code: "upstream_truncated" };
    const broken = after(
      [chunk({ content: "Water" }), 30],
      [{ error, generationId: "gen_1", providerMetadata: { gateway: { ...gateway, cost: "0.000111" } } }, 40],
    );
    expect(broken).toMatchObject({ text: "Water", error, provider: "azure", cost: 0.000111 });
    expect(broken.attempts).toHaveLength(2);
  });
});

test("attempts are told as they are made, and by the reply itself at its end", () => {
  const heard = (answer: Answer, nth: number, more: Partial<LiveAttempt>) =>
    withHeard(answer, { nth, provider: "openai", model: "openai/gpt-5", state: "asked", asked_at: 10, ms: 0, ...more });
  const statesOf = ({ attempts }: Answer) => attempts.map(({ provider, state }) => `${provider} ${state}`);
  const first = heard(NOTHING_YET, 0, {});
  expect(statesOf(first)).toEqual(["openai asked"]);
  const failed = heard(first, 0, { state: "failed", ms: 12, status: 503, message: "Overloaded." });
  expect(failed.attempts).toMatchObject([{ state: "failed", ms: 12, status: 503, error: "Overloaded." }]);
  const second = heard(heard(failed, 1, { provider: "azure" }), 1, { provider: "azure", state: "speaks", ms: 69 });
  expect(statesOf(second)).toEqual(["openai failed", "azure answering"]);
  expect(statesOf(over(second, 80))).toEqual(["openai failed", "azure left"]);
  expect(statesOf(withTold(second, END, 90))).toEqual(["openai failed", "azure answered"]);
});

test("a whole answer says it all at once", () => {
  const message = { role: "assistant", content: "Hello", provider_metadata: { gateway } };
  expect(after([{ id: "gen_2", choices: [{ message, finish_reason: "stop" }], usage }, 70])).toMatchObject({
    text: "Hello",
    firstMs: 70,
    generationId: "gen_2",
    provider: "azure",
  });
});

test("what nobody told is not zero", () => {
  expect(after([{ ...END, usage: { ...usage, cost: null } }, 1]).cost).toBeNull();
  expect(NOTHING_YET.cost).toBeUndefined();
});

test("speed is of what came after the first content", () => {
  const over = { ...after([chunk({ content: "a" }), 100], [END, 600]), isOver: true, totalMs: 600 };
  expect(speedOf(over, undefined)).toBe(22);
  expect(speedOf({ ...over, usage: undefined, pieces: 51, totalMs: undefined }, 1100)).toBe(51);
  expect(speedOf(NOTHING_YET, 1000)).toBeUndefined();
});
