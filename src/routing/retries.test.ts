import { describe, expect, test } from "bun:test";
import { backoff, RetryBudget } from "./retries.ts";

test("each wait is twice the one before, give or take a half", () => {
  const waits = (chance: number) => [0, 1, 2].map((nth) => backoff({ backoffMs: 100, random: () => chance }, nth));
  expect(waits(0.5)).toEqual([100, 200, 400]);
  expect(waits(0)).toEqual([50, 100, 200]);
  expect(waits(1)).toEqual([150, 300, 600]);
});

describe("the budget", () => {
  test("has ten attempts to begin with, and no more without requests or time", () => {
    const budget = new RetryBudget(() => 0);
    expect(Array.from({ length: 20 }, () => budget.spend()).filter(Boolean)).toHaveLength(10);
  });

  test("grows by ten a second, and saves no more than that up", () => {
    let now = 0;
    const budget = new RetryBudget(() => now);
    while (budget.spend());
    now = 500;
    expect(Array.from({ length: 20 }, () => budget.spend()).filter(Boolean)).toHaveLength(5);
    now = 3_600_000;
    expect(Array.from({ length: 20 }, () => budget.spend()).filter(Boolean)).toHaveLength(10);
  });

  test("grows by one for every five requests", () => {
    const budget = new RetryBudget(() => 0);
    while (budget.spend());
    for (let i = 0; i < 10; i++) budget.earn();
    expect(Array.from({ length: 20 }, () => budget.spend()).filter(Boolean)).toHaveLength(2);
  });

  test("keeps what is tried below 1.2 times the requests and ten a second, whatever the load", () => {
    let now = 0;
    const budget = new RetryBudget(() => now);
    let further = 0;
    for (let second = 0; second < 20; second++) {
      for (let i = 0; i < 200; i++) {
        now = second * 1000 + i * 5;
        budget.earn();
        for (let nth = 0; nth < 3; nth++) if (budget.spend()) further++;
      }
    }
    expect(further).toBeLessThanOrEqual(0.2 * 4000 + 10 * 20 + 10);
    expect(further).toBeGreaterThan(0.2 * 4000 + 9 * 20);
  });
});
