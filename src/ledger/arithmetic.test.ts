import { describe, expect, test } from "bun:test";
import { picodollars } from "../core/money.ts";
import type { Usage } from "../core/usage.ts";
import type { GenerationRow } from "../store/generations.ts";
import { arithmeticOf } from "./arithmetic.ts";
import { closed, endpoint, GPT, legTo, PRICE, readingsOf } from "./fixtures/generation.ts";

const rowOf = (usage: Usage, more: Parameters<typeof legTo>[1] = {}, to = GPT): GenerationRow =>
  closed({ ending: { readings: readingsOf(usage) }, leg: legTo(to, more) }).row;

describe("what a request cost", () => {
  test("is each kind of its tokens times its price, parts taken out of their whole", () => {
    const row = rowOf({ input: 1000, cache_read: 400, output: 50, reasoning: 20 });
    expect(arithmeticOf(row, GPT)).toEqual({
      lines: [
        { meter: "input", units: 600, of: "token", price: 1, amount: 0.0006 },
        { meter: "cache_read", units: 400, of: "token", price: 0.1, amount: 0.00004 },
        { meter: "output", units: 30, of: "token", price: 10, amount: 0.0003 },
        { meter: "reasoning", units: 20, of: "token", price: 10, amount: 0.0002 },
      ],
      above: null,
      times: null,
      sum: row.cost!,
      rest: 0,
    });
  });

  test("goes by the step of its input", () => {
    const tiers = [{ above: 500, rates: { input: picodollars(3) } }];
    const stepped = endpoint("openai", "openai/gpt-5", { price: { ...PRICE, tiers } });
    const row = rowOf({ input: 501, output: 1 }, {}, stepped);
    expect(arithmeticOf(row, stepped)).toMatchObject({ above: 500, rest: 0, lines: [{ price: 3 }, { price: 10 }] });
    expect(arithmeticOf(rowOf({ input: 500, output: 1 }, {}, stepped), stepped)).toMatchObject({
      above: null,
      rest: 0,
    });
  });

  test("tells for how long the cache keeps what was written by what it cost", () => {
    const rates = { ...PRICE.rates, cache_write_5m: picodollars(1.25), cache_write_1h: picodollars(2) };
    const cached = endpoint("openai", "openai/gpt-5", { price: { rates } });
    for (const meter of ["cache_write_5m", "cache_write_1h"] as const) {
      const row = rowOf({ input: 100, [meter]: 60, output: 1 }, {}, cached);
      expect(arithmeticOf(row, cached)).toMatchObject({ rest: 0, lines: [{ units: 40 }, { meter, units: 60 }, {}] });
    }
  });

  test("is told at as many times the price as it was paid at", () => {
    const quick = endpoint("openai", "openai/gpt-5", {
      tariff: { services: { priority: [9, 5] }, regional: [11, 10] },
    });
    const row = rowOf({ input: 1000, output: 50 }, { regional: true }, quick);
    expect(arithmeticOf(row, quick)).toMatchObject({
      times: [11, 10],
      rest: 0,
      lines: [{ price: 1.1 }, { price: 11 }],
    });
    const both = { ...row, cost: Math.round((row.cost! * 9) / 5) };
    expect(arithmeticOf(both, quick)).toMatchObject({ times: [99, 50], sum: both.cost, rest: 0 });
  });

  test("leaves what another price had made of it, and does not hide it", () => {
    const row = rowOf({ input: 1000, output: 50 });
    const dearer = endpoint("openai", "openai/gpt-5", { price: { rates: { input: 1_500_000, output: 10_000_000 } } });
    expect(arithmeticOf(row, dearer)).toMatchObject({ times: null, sum: 2_000_000, rest: -500_000 });
  });

  test("is without what attempts in vain cost, which is told with them", () => {
    const row = rowOf({ input: 1000, output: 50 });
    const attempts = [{ endpoint: "azure:my-gpt-5", ms: 5, cost: 700 }, ...JSON.parse(row.attempts)];
    const both = { ...row, cost: row.cost! + 700, attempts: JSON.stringify(attempts) };
    expect(arithmeticOf(both, GPT)).toMatchObject({ sum: row.cost, rest: 0 });
    expect(arithmeticOf({ ...both, cost: 700 }, GPT)).toBeNull();
  });

  test("is not told where nobody knows the price, or nothing was used", () => {
    const row = rowOf({ input: 1000, output: 50 });
    expect(arithmeticOf(row, undefined)).toBeNull();
    expect(arithmeticOf(row, { price: undefined })).toBeNull();
    expect(arithmeticOf({ ...row, cost: null }, GPT)).toBeNull();
    expect(arithmeticOf({ ...row, cost: 0, input: null, output: null }, GPT)).toBeNull();
  });

  test("has units beside tokens", () => {
    const sound = endpoint("openai", "openai/gpt-5", {
      price: { rates: { seconds: 100_000_000 }, least: { seconds: 10 } },
    });
    const row = rowOf({ input: 1000, output: 50 });
    const attempts = JSON.stringify([{ endpoint: sound.id, ms: 5, units: { seconds: 3 } }]);
    expect(arithmeticOf({ ...row, input: null, output: null, cost: 1_000_000, attempts }, sound)).toMatchObject({
      lines: [{ meter: "seconds", units: 10, of: "unit", price: 0.0001, amount: 0.001 }],
      rest: 0,
    });
  });
});
