import { expect, test } from "bun:test";
import type { ListedRule, ListedVirtualModel } from "../../../../src/admin/contract.ts";
import { faultAt } from "../../ui/faults.ts";
import { changedMembers } from "../../ui/json-text.ts";
import { toldMembers } from "./directions.ts";
import { ruleForm, toldRule } from "./rule-form.ts";
import { sharesOf, toldVirtual, virtualForm } from "./virtual-form.ts";

const RULE: ListedRule = {
  id: "support",
  type: "rewrite",
  model: "openai/gpt-5-mini",
  to: "vmc/support",
  enabled: true,
  source: "api",
  read_only: false,
  created_at: "2026-11-01T00:00:00.000Z",
};

const CANARY: ListedVirtualModel = {
  id: "vmc/canary",
  candidates: [{ model: "anthropic/claude-sonnet-4.5", weight: 95 }, { model: "openai/gpt-5" }],
  sticky: "user",
  provider_options: {},
  status: "active",
  visibility: "internal",
  source: "api",
  read_only: false,
};

function faultOf(told: () => unknown, param: string): string | undefined {
  try {
    told();
  } catch (thrown) {
    return faultAt(thrown, param);
  }
  return undefined;
}

test("a rule goes there and back, and what nobody touched is not said", () => {
  const before = toldRule(ruleForm(RULE));
  expect(before).toEqual(toldMembers(RULE));
  expect(changedMembers(before, toldRule({ ...ruleForm(RULE), type: "deny", reason: "No." }))).toEqual({
    type: "deny",
    to: null,
    reason: "No.",
  });
});

test("a rule without half of what it needs is told at its field", () => {
  expect(faultOf(() => toldRule({ ...ruleForm(RULE), model: " " }), "model")).toBeString();
  expect(faultOf(() => toldRule({ ...ruleForm(RULE), to: "" }), "to")).toBeString();
  expect(toldRule({ ...ruleForm(RULE), id: "", type: "deny", description: "x" })).toEqual({
    type: "deny",
    model: "openai/gpt-5-mini",
    enabled: true,
    description: "x",
  });
});

test("a virtual model goes there and back", () => {
  const { provider_options: _none, ...told } = toldMembers(CANARY);
  expect(toldVirtual(virtualForm(CANARY))).toEqual(told);
});

test("what it stands for can become something else", () => {
  const before = toldVirtual(virtualForm(CANARY));
  const alias = toldVirtual({ ...virtualForm(CANARY), kind: "model", model: "openai/gpt-5" });
  expect(changedMembers(before, alias)).toEqual({ candidates: null, sticky: null, model: "openai/gpt-5" });
  const relay = toldVirtual({
    ...virtualForm(CANARY),
    kind: "relay",
    relay: '{"base_url":"http://a/v1","upstream":""}',
  });
  expect(relay.relay).toEqual({ base_url: "http://a/v1" });
});

test.each([
  [{ id: "" }, "id"],
  [{ candidates: [{ model: "", weight: "" }] }, "candidates"],
  [{ candidates: [{ model: "a/b", weight: "much" }] }, "candidates"],
  [{ kind: "relay", relay: "" }, "relay"],
  [{ kind: "model", model: "" }, "model"],
  [{ options: "[" }, "provider_options"],
] as const)("%j is told at its field", (wrong, param) => {
  expect(faultOf(() => toldVirtual({ ...virtualForm(CANARY), ...wrong }), param)).toBeString();
});

test("shares are told where weights decide", () => {
  expect(sharesOf(CANARY)).toEqual([95 / 96, 1 / 96]);
  expect(sharesOf({ ...CANARY, selector: "cost" })).toBeUndefined();
  expect(sharesOf({ ...CANARY, candidates: [{ model: "a/b" }, { model: "c/d" }] })).toBeUndefined();
  expect(sharesOf({ ...CANARY, candidates: [{ model: "a/b", weight: 0 }] })).toBeUndefined();
});
