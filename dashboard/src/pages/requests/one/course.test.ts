import { expect, test } from "bun:test";
import type { ShownAttempt } from "../../../../../src/admin/contract.ts";
import { courseOf, ticksOf } from "./course.ts";

const attempt = (endpoint: string, more: Partial<ShownAttempt> = {}): ShownAttempt => ({
  endpoint,
  wire: "openai-chat",
  mode: "relay",
  credential: "system",
  status: 200,
  ms: 100,
  ...more,
});
const legs = (...endpoints: string[]) => ({
  legs: endpoints.map((endpoint) => ({ endpoint, credential: "system" as const })),
  skipped: [],
  left_alone: [],
});

test("a fallback that streams: who failed, who answered, and when it spoke", () => {
  const { total, steps, firstToken, spared } = courseOf({
    attempts: [
      attempt("openai:gpt-5", { ms: 250, status: 503, error: "upstream_overloaded", message: "busy" }),
      attempt("azure:ft:gpt-5", { at: 250, ms: 750 }),
    ],
    plan: legs("openai:gpt-5", "azure:ft:gpt-5", "openrouter:openai/gpt-5"),
    latency: 500,
    streamed: true,
    error: null,
    generation_time: 1000,
  });
  expect([total, firstToken, spared]).toEqual([1000, 0.5, ["openrouter:openai/gpt-5"]]);
  expect(steps.map(({ provider, upstream, outcome }) => [provider, upstream, outcome])).toEqual([
    ["openai", "gpt-5", "failed"],
    ["azure", "ft:gpt-5", "answered"],
  ]);
  expect(steps[0]).toMatchObject({ number: 1, waiting: { from: 0, to: 0.25 } });
  expect(steps[0]!.speaking).toBeUndefined();
  expect(steps[1]).toMatchObject({ waiting: { from: 0.25, to: 0.5 }, speaking: { from: 0.5, to: 1 }, startedAt: 250 });
});

test("in one piece nothing is told of a first token", () => {
  const { steps, firstToken } = courseOf({
    attempts: [attempt("openai:gpt-5")],
    plan: legs("openai:gpt-5"),
    latency: 90,
    streamed: false,
    error: null,
    generation_time: 100,
  });
  expect([firstToken, steps[0]!.speaking, steps[0]!.waiting]).toEqual([undefined, undefined, { from: 0, to: 1 }]);
});

test("a moment in which nobody was asked is told", () => {
  const { steps } = courseOf({
    attempts: [
      attempt("a:b", { error: "upstream_overloaded" }),
      attempt("a:b", { at: 102 }),
      attempt("c:d", { at: 402 }),
    ],
    plan: legs(),
    latency: 0,
    streamed: false,
    error: null,
    generation_time: 502,
  });
  expect(steps.map(({ pause }) => pause)).toEqual([undefined, undefined, { from: 202 / 502, to: 402 / 502 }]);
});

test("who left, who was outrun; whoever nobody asked", () => {
  const outcomes = (error: string | null, ...attempts: ShownAttempt[]) =>
    courseOf({ attempts, plan: legs(), latency: 0, streamed: true, error, generation_time: 0 }).steps.map(
      ({ outcome }) => outcome,
    );
  expect(outcomes("client_closed", attempt("a:b", { error: "client_closed" }))).toEqual(["left"]);
  expect(outcomes(null, attempt("a:b", { error: "outrun" }), attempt("c:d"))).toEqual(["outrun", "answered"]);
  expect(
    courseOf({ attempts: [], plan: legs("a:b"), latency: 0, streamed: true, error: "x", generation_time: 0 }),
  ).toEqual({ total: 1, steps: [], spared: ["a:b"] });
});

test("of one endpoint with two credentials the other was spared", () => {
  const { spared } = courseOf({
    attempts: [attempt("a:b")],
    plan: legs("a:b", "a:b"),
    latency: 0,
    streamed: false,
    error: null,
    generation_time: 5,
  });
  expect(spared).toEqual(["a:b"]);
});

test("marks of an axis are round", () => {
  expect([1, 9, 31, 100, 1240, 60_000].map((total) => ticksOf(total))).toEqual([
    [0, 1],
    [0, 2, 4, 6, 8],
    [0, 10, 20, 30],
    [0, 20, 40, 60, 80, 100],
    [0, 500, 1000],
    [0, 20_000, 40_000, 60_000],
  ]);
});
