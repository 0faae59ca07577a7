import { expect, test } from "bun:test";
import type { ListedRule } from "../../../../src/admin/contract.ts";
import { targetOf } from "./rule-steps.ts";

const rule = (id: string, isFixed = false): ListedRule => ({
  id,
  type: "deny",
  model: "*",
  enabled: true,
  source: isFixed ? "configuration" : "api",
  read_only: isFixed,
});
const RULES = [rule("fixed", true), rule("a"), rule("b"), rule("c")];
const stepped = (id: string, step: -1 | 1) => targetOf(RULES, RULES.find((one) => one.id === id)!, step);

test("a rule steps over its neighbour, and never over those of the configuration", () => {
  expect([stepped("b", -1), stepped("c", -1)]).toEqual([{ before: "a" }, { before: "b" }]);
  expect([stepped("a", 1), stepped("b", 1)]).toEqual([{ before: "c" }, { before: null }]);
  expect([stepped("a", -1), stepped("c", 1), stepped("fixed", 1)]).toEqual([undefined, undefined, undefined]);
});
