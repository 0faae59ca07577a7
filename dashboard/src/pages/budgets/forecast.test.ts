import { expect, test } from "bun:test";
import type { ListedBudget } from "../../../../src/admin/contract.ts";
import { forecasts, usedUpAt } from "./forecast.ts";

const NOW = Date.parse("2026-11-11T00:00:00Z");
const DAY = 86_400_000;

function budget(some: Partial<ListedBudget>): ListedBudget {
  return {
    id: "budget_1",
    object: "budget",
    scope: "gateway",
    scope_id: "gateway",
    period: "monthly",
    limit_usd: 100,
    spent_usd: 50,
    byok_spent_usd: 0,
    reserved_usd: 0,
    soft: false,
    includes_byok: false,
    thresholds: [],
    archived: false,
    starts_at: "2026-11-01T00:00:00Z",
    resets_at: "2026-12-01T00:00:00Z",
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    ...some,
  };
}

test("half of it in ten days is all of it in twenty", () => {
  expect(usedUpAt(budget({}), NOW)).toBe(NOW + 10 * DAY);
});

test("what lasts until it is reset is not used up", () => {
  expect(usedUpAt(budget({ spent_usd: 33 }), NOW)).toBeUndefined();
  expect(usedUpAt(budget({ spent_usd: 34 }), NOW)).toBeDefined();
});

test("one that was made within the period is counted from then on", () => {
  expect(usedUpAt(budget({ created_at: "2026-11-10T00:00:00Z", spent_usd: 25 }), NOW)).toBe(NOW + 3 * DAY);
});

test("what is never reset is looked ahead for 30 days", () => {
  const total = { period: "total", starts_at: null, resets_at: null, created_at: "2026-11-01T00:00:00Z" } as const;
  expect(usedUpAt(budget({ ...total, spent_usd: 50 }), NOW)).toBe(NOW + 10 * DAY);
  expect(usedUpAt(budget({ ...total, spent_usd: 20 }), NOW)).toBeUndefined();
});

test("used up is used up: spent, or spoken for, or a limit of nothing", () => {
  expect(usedUpAt(budget({ spent_usd: 101 }), NOW)).toBe(NOW);
  expect(usedUpAt(budget({ spent_usd: 99, reserved_usd: 1 }), NOW)).toBe(NOW);
  expect(usedUpAt(budget({ limit_usd: 0, spent_usd: 0 }), NOW)).toBe(NOW);
});

test("nothing is said of what is archived, each's, not used, or a few minutes old", () => {
  expect(usedUpAt(budget({ archived: true, spent_usd: 200 }), NOW)).toBeUndefined();
  expect(usedUpAt(budget({ scope_id: "*", spent_usd: undefined }), NOW)).toBeUndefined();
  expect(usedUpAt(budget({ spent_usd: 0 }), NOW)).toBeUndefined();
  expect(usedUpAt(budget({ created_at: "2026-11-10T23:55:00Z" }), NOW)).toBeUndefined();
});

test("the first is first", () => {
  const all = [budget({ id: "c" }), budget({ id: "a", spent_usd: 1 }), budget({ id: "b", spent_usd: 120 })];
  expect(forecasts(all, NOW).map(({ budget: { id } }) => id)).toEqual(["b", "c"]);
});
