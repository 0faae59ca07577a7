import { expect, test } from "bun:test";
import { OUTRUN } from "../ledger/attempt.ts";
import { CLAUDE, GPT, legTo, OVERLOADED, tried } from "../ledger/fixtures/generation.ts";
import { type Ended, Metrics } from "./metrics.ts";

function ended(attempts: Ended["attempts"], more: Partial<Ended> = {}): Metrics {
  const metrics = new Metrics();
  const common = { door: "openai-chat", streamed: false, usage: undefined, cost: 0, durationMs: 1 };
  metrics.ended({ ...common, attempts, attempt: attempts.at(-1), failed: false, ...more });
  return metrics;
}

const fallbacks = ({ fallbacks: { cells } }: Metrics) => cells.map(({ labels, value }) => [...labels, value]);

test("a fallback is another endpoint, not another attempt", () => {
  expect(fallbacks(ended([tried(legTo(GPT), OVERLOADED), tried(legTo(GPT))]))).toEqual([]);
  expect(fallbacks(ended([tried(legTo(GPT), OVERLOADED), tried(legTo(CLAUDE))]))).toEqual([["answered", 1]]);
});

test("one that came back to the first where nobody was left is one all the same", () => {
  const attempts = [GPT, CLAUDE, GPT].map((to) => tried(legTo(to), OVERLOADED));
  expect(fallbacks(ended(attempts, { failed: true }))).toEqual([["failed", 1]]);
});

test("an endpoint that was asked beside another is none, whichever of them was let go", () => {
  const attempts = [tried(legTo(CLAUDE), OUTRUN), tried(legTo(GPT))];
  const metrics = ended(attempts);
  expect([fallbacks(metrics), metrics.attempts.cells.length]).toEqual([[], 2]);
});

test("a client that left before anybody was asked leaves nothing but its time", () => {
  const metrics = ended([], { attempt: undefined, failed: true });
  expect([metrics.attempts.cells, metrics.tokens.cells, fallbacks(metrics)]).toEqual([[], [], []]);
  expect(metrics.durations.spreads.get("openai-chat")!.counts[0]).toBe(1);
});

test("what clients call models of their own is no label", () => {
  const leg = legTo({ ...GPT, model: "mine/whatever-1", unlisted: true });
  const { tokens } = ended([tried(leg)], { usage: { input: 3, output: 0 } });
  expect(tokens.cells).toEqual([{ labels: ["openai", "unlisted", "input"], value: 3 }]);
});
