import { expect, test } from "bun:test";
import { rowsBehind } from "./budget-rows.ts";

const BUDGET = {
  scope: "user",
  scope_id: "ada",
  starts_at: "2026-11-01T00:00:00.000Z",
  created_at: "2026-10-05T10:00:00.000Z",
  includes_byok: false,
} as const;

test("requests behind a budget are those of its period, of whose it is, on the operator's accounts", () => {
  expect(rowsBehind(BUDGET)).toEqual({ from: BUDGET.starts_at, user_id: "ada", credential_type: "system" });
  expect(rowsBehind({ ...BUDGET, scope: "gateway", scope_id: "gateway", includes_byok: true })).toEqual({
    from: BUDGET.starts_at,
  });
});

test("one that was made meanwhile counts from then on, and one without a period from its making", () => {
  const made = "2026-11-05T10:00:00.000Z";
  expect(rowsBehind({ ...BUDGET, created_at: made })).toMatchObject({ from: made });
  expect(rowsBehind({ ...BUDGET, starts_at: null })).toMatchObject({ from: BUDGET.created_at });
});

test("what each has is found of one of them", () => {
  const each = { ...BUDGET, scope: "entity", scope_id: "*" } as const;
  expect(rowsBehind(each)).toBeUndefined();
  expect(rowsBehind(each, "acme")).toMatchObject({ quota_entity_id: "acme" });
});
