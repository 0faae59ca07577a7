import { describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import type { JsonObject } from "../../core/json.ts";
import { ask, leg } from "../fixtures/facts.ts";
import { decodeRequest } from "../openai-chat/decode-request.ts";
import type { Quirk } from "../quirk.ts";
import { beginsThoughtless, encodeThinking } from "./thinking.ts";

function asked(
  members: JsonObject,
  facts: { maxTokens?: number; forced?: boolean; thoughtless?: boolean; quirks?: Quirk[] } = {},
) {
  const { maxTokens = 10_000, forced = false, thoughtless = false, quirks = [] } = facts;
  const dropped = new Set<string>();
  return {
    ...encodeThinking(decodeRequest(ask(members)), { maxTokens, forced, thoughtless, leg: leg(...quirks) }, dropped),
    dropped: [...dropped],
  };
}

const enabled = (budget_tokens: number) => ({
  thinking: { type: "enabled", budget_tokens } satisfies Anthropic.ThinkingConfigParam,
  thinks: true,
  dropped: [] as string[],
});

test("not asked for, it is not spoken of", () => {
  expect(asked({})).toEqual({ thinks: false, dropped: [] });
});

describe("by effort, a share of the cap", () => {
  test.each([
    ["minimal", 1_024],
    ["low", 2_000],
    ["medium", 5_000],
    ["high", 8_000],
    ["xhigh", 9_500],
    ["max", 9_500],
  ])("%s", (effort, budget) => {
    expect(asked({ reasoning: { effort } })).toEqual(enabled(budget));
    expect(asked({ reasoning_effort: effort })).toEqual(enabled(budget));
  });
  test("just on is medium", () => expect(asked({ reasoning: { enabled: true } })).toEqual(enabled(5_000)));
  test("hidden it is thought all the same", () =>
    expect(asked({ reasoning: { exclude: true } }).thinking).toEqual({
      ...enabled(5_000).thinking,
      display: "omitted",
    }));
});

describe("by a budget", () => {
  test("that fits, it is that", () => expect(asked({ reasoning: { max_tokens: 3_000 } })).toEqual(enabled(3_000)));
  test.each([
    ["less than is allowed", 1, 1_024],
    ["more than the cap", 20_000, 9_999],
  ])("of %s, it is what is allowed, and that is told", (_, max_tokens, budget) => {
    expect(asked({ reasoning: { max_tokens } })).toEqual({ ...enabled(budget), dropped: ["reasoning.max_tokens"] });
  });
});

test.each<[JsonObject]>([
  [{ reasoning: { effort: "none" } }],
  [{ reasoning: { enabled: false } }],
  [{ reasoning_effort: "none" }],
])("%p turns it off", (members) => {
  expect(asked(members)).toEqual({ thinking: { type: "disabled" }, thinks: false, dropped: [] });
});

test("a cap too small for any thought leaves it out, and that is told", () => {
  expect(asked({ reasoning: { effort: "high" } }, { maxTokens: 1_024 })).toEqual({
    thinks: false,
    dropped: ["reasoning"],
  });
  expect(asked({ reasoning: { effort: "high" } }, { maxTokens: 1_025 })).toEqual(enabled(1_024));
});

test("a forced tool leaves it out, and that is told", () => {
  expect(asked({ reasoning: { effort: "high" } }, { forced: true })).toEqual({ thinks: false, dropped: ["reasoning"] });
});

describe("where it is adaptive", () => {
  const quirks: Quirk[] = ["adaptive-thinking"];
  const adaptive = (display: "summarized" | "omitted") =>
    ({ type: "adaptive", display }) satisfies Anthropic.ThinkingConfigParam;

  test.each([
    ["minimal", "low"],
    ["low", "low"],
    ["xhigh", "xhigh"],
  ])("the effort %s is %s", (effort, told) => {
    expect(asked({ reasoning: { effort } }, { quirks })).toEqual({
      thinking: adaptive("summarized"),
      effort: told,
      thinks: true,
      dropped: [],
    });
  });
  test("a budget is refused there, so it is left out and told", () => {
    expect(asked({ reasoning: { max_tokens: 5_000 } }, { quirks })).toEqual({
      thinking: adaptive("summarized"),
      thinks: true,
      dropped: ["reasoning.max_tokens"],
    });
  });
  test("hidden, its words are not even sent", () => {
    expect(asked({ reasoning: { exclude: true } }, { quirks }).thinking).toEqual(adaptive("omitted"));
  });
});

describe("in the middle of a turn that did not begin with a thought", () => {
  const call = { type: "tool_use", id: "toolu_1", name: "f", input: {} };
  const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "1" }] };
  const thought = { type: "thinking", thinking: "Hm.", signature: "c2ln" };
  const said = (...content: JsonObject[]) => ({ role: "assistant", content });
  const hello = { role: "user", content: "Hello" };

  test("a budget would be refused, and is left out", () => {
    const reasoning = { max_tokens: 2000 };
    expect(asked({ reasoning }, { thoughtless: true })).toEqual({ thinks: false, dropped: ["reasoning"] });
  });

  test("a model that thinks adaptively may think all the same", () => {
    const { thinking, dropped } = asked(
      { reasoning: { effort: "low" } },
      { thoughtless: true, quirks: ["adaptive-thinking"] },
    );
    expect([thinking!.type, dropped]).toEqual(["adaptive", []]);
  });

  test.each<[boolean, string, JsonObject[]]>([
    [true, "a call without one", [hello, said(call), result]],
    [true, "text before the call", [hello, said({ type: "text", text: "Hm." }, call), result]],
    [true, "also where a later part of the turn has one", [hello, said(call), result, said(thought, call), result]],
    [false, "a thought first", [hello, said(thought, call), result]],
    [false, "a withheld thought first", [hello, said({ type: "redacted_thinking", data: "x" }, call), result]],
    [false, "one for all calls of the turn", [hello, said(thought, call), result, said(call), result]],
    [false, "a turn that is over", [hello, said(call), result, said({ type: "text", text: "1" }), hello]],
    [false, "an earlier turn", [hello, said(call), result, said(call), hello, said(thought, call), result]],
    [false, "a beginning", [hello]],
    [false, "nothing", []],
  ])("%p: %s", (expected, _, messages) => expect(beginsThoughtless(messages)).toBe(expected));

  test("anything else is no turn at all", () => {
    for (const odd of [undefined, null, "x", [null], [{ role: "user", content: [null, 1] }], [[]]])
      expect(beginsThoughtless(odd as never)).toBe(false);
  });
});
