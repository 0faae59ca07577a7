import { expect, test } from "bun:test";
import { providerCostOf } from "./provider-cost.ts";

test.each([
  ["dollars", { cost: 0.025265 }, 25_265_000],
  ["dollars of many decimals", { cost: 0.00341475 }, 3_414_750],
  ["a tenth and two tenths", { cost: 0.1 + 0.2 }, 300_000_000],
  ["nothing", { cost: 0 }, 0],
  ["less than a nanodollar", { cost: 1.5e-10 }, 0],
  ["half a nanodollar and more", { cost: 6e-10 }, 1],
  ["a whole of parts", { cost: { input_tokens_cost: 0.00001, request_cost: 0.005, total_cost: 0.00501 } }, 5_010_000],
  ["ticks", { cost_in_usd_ticks: 158_500 }, 15_850],
  ["ticks that are no whole nanodollar", { cost_in_usd_ticks: 5 }, 1],
])("%s", (_, usage, nanodollars) => expect(providerCostOf(usage)).toBe(nanodollars));

test.each([
  ["none", {}],
  ["a negative one", { cost: -1 }],
  ["a text", { cost: "0.5" }],
  ["one beyond all numbers", { cost: Number.POSITIVE_INFINITY }],
  ["one that is no number", { cost: Number.NaN }],
  ["more than there is", { cost: 1e12 }],
  ["a whole without its sum", { cost: {} }],
  ["negative ticks", { cost_in_usd_ticks: -5 }],
  ["a list", { cost: [1] }],
])("%s is none", (_, usage) => expect(providerCostOf(usage)).toBeUndefined());
