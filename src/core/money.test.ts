import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { costOf, type Price, picodollars, type Rates, usd, usdNumber } from "./money.ts";
import { ALONE, METERS, type Meter, PARTS, type Usage } from "./usage.ts";

const price = (rates: Rates, tiers?: Price["tiers"]): Price => (tiers === undefined ? { rates } : { rates, tiers });

/** $3 in, $15 out, cache read at a tenth, written at 1.25 and 2 times. */
const SONNET = price({
  input: picodollars(3),
  output: picodollars(15),
  cache_read: picodollars(0.3),
  cache_write_5m: picodollars(3.75),
  cache_write_1h: picodollars(6),
  searches: picodollars(10_000),
});

const units = fc.integer({ min: 0, max: 10_000_000 });
const rate = fc.integer({ min: 0, max: picodollars(600) });
const anyUsage: fc.Arbitrary<Usage> = fc.record(Object.fromEntries(METERS.map((meter) => [meter, units])), {
  requiredKeys: [],
});
const anyRates: fc.Arbitrary<Rates> = fc.record(Object.fromEntries(METERS.map((meter) => [meter, rate])), {
  requiredKeys: [],
});
const anyPrice: fc.Arbitrary<Price> = fc.record({
  rates: anyRates,
  tiers: fc.array(fc.record({ above: units, rates: anyRates }), { maxLength: 3 }),
});

describe("picodollars", () => {
  test.each([
    [0, 0],
    [0.05, 50_000],
    [0.1, 100_000],
    [0.075, 75_000],
    [1.1, 1_100_000],
    [3, 3_000_000],
    [600, 600_000_000],
  ])("$%p a million tokens", (printed, expected) => {
    expect(picodollars(printed)).toBe(expected);
  });

  test("what a double cannot say exactly is rounded to a whole number", () => {
    for (const printed of [0.07, 0.28, 0.29, 1.005, 2.675, 0.1 + 0.2]) {
      expect(Number.isInteger(picodollars(printed))).toBe(true);
    }
    expect(picodollars(0.29)).toBe(290_000);
  });
});

describe("costOf", () => {
  test("each side at its own rate", () => {
    const cost = costOf({ input: 1000, output: 100 }, SONNET);
    expect(cost).toEqual({ nanodollars: 4_500_000, input: 3_000_000, output: 1_500_000, source: "price" });
  });

  test("no usage costs nothing", () => {
    expect(costOf({}, SONNET)).toMatchObject({ nanodollars: 0, input: 0, output: 0 });
  });

  test("no rates cost nothing", () => {
    expect(costOf({ input: 5, output: 5, searches: 5 }, price({}))).toMatchObject({ nanodollars: 0 });
  });

  test("an estimate says so", () => {
    expect(costOf({ input: 1 }, SONNET, "estimate").source).toBe("estimate");
  });

  test("a part is taken out of its whole and priced at its own rate", () => {
    // 1,000 in all: 200 fresh, 700 read, 60 and 40 written.
    const usage = { input: 1000, cache_read: 700, cache_write_5m: 60, cache_write_1h: 40 };
    expect(costOf(usage, SONNET).input).toBe(200 * 3000 + 700 * 300 + 60 * 3750 + 40 * 6000);
  });

  test("a part without a rate of its own costs what its whole costs", () => {
    const plain = price({ input: 3000, output: 7000 });
    expect(costOf({ input: 10, cache_read: 4, output: 10, reasoning: 9 }, plain)).toMatchObject({
      input: 30,
      output: 70,
    });
  });

  test("a part at rate zero is free, which is not the same as one without a rate", () => {
    const free = price({ input: 3000, cache_read: 0 });
    expect(costOf({ input: 10, cache_read: 4 }, free).input).toBe(18);
  });

  test("parts larger than their whole are paid once, in the order of the list", () => {
    const rates = price({ input: 10_000, cache_read: 1000, cache_write_5m: 20_000 });
    // 8 read, and of the 8 claimed as written only the 2 that are left.
    expect(costOf({ input: 10, cache_read: 8, cache_write_5m: 8 }, rates).input).toBe(8 + 40);
    expect(costOf({ input: 0, cache_read: 1_000_000 }, rates).input).toBe(0);
    expect(costOf({ cache_read: 1_000_000 }, rates).input).toBe(0);
  });

  test("reasoning is a part of the output, never beside it", () => {
    const rates = price({ output: 15_000, reasoning: 60_000 });
    expect(costOf({ output: 100, reasoning: 40 }, rates).output).toBe(60 * 15 + 40 * 60);
  });

  test("searches stand alone and go with the output", () => {
    expect(costOf({ searches: 3 }, SONNET)).toMatchObject({ input: 0, output: 30_000_000 });
  });

  test.each([
    [499, 0],
    [500, 1],
    [1499, 1],
    [1500, 2],
  ])("%p picodollars round half up to %p nanodollars", (pico, nano) => {
    expect(costOf({ input: 1 }, price({ input: pico })).input).toBe(nano);
  });

  test("rounding is done once a side, not once a part", () => {
    // Three parts of 400 picodollars each: rounded one by one they would be nothing.
    const rates = price({ input: 400, cache_read: 400, cache_write_5m: 400 });
    expect(costOf({ input: 3, cache_read: 1, cache_write_5m: 1 }, rates).input).toBe(1);
  });

  test("a product beyond 2^53 is exact", () => {
    const pico = 4_000_000_007n * 3_000_001n;
    expect(pico > BigInt(Number.MAX_SAFE_INTEGER)).toBe(true);
    const cost = costOf({ input: 4_000_000_007 }, price({ input: 3_000_001 }));
    const exact = (pico + 500n) / 1000n;
    expect(BigInt(cost.input)).toBe(exact);
  });

  test.each([
    ["just below 2^53 in all", 1, 9_007_199_254_739],
    ["at the last that is a number", 1, 9_007_199_254_740],
    ["with a part that is not", 3, 3_002_399_751_581],
  ])("a sum is the same as with numbers without end: %s", (_, units, rate) => {
    for (let more = 0; more < 2000; more++) {
      const at = price({ input: rate * 1000 + more, cache_read: 999 });
      const pico = BigInt(units) * BigInt(rate * 1000 + more) + 7n * 999n;
      expect(BigInt(costOf({ input: units + 7, cache_read: 7 }, at).input)).toBe((pico + 500n) / 1000n);
    }
  });

  test("the most that a provider can claim still costs something that can be written", () => {
    const claimed = { input: Number.MAX_SAFE_INTEGER, output: Number.MAX_SAFE_INTEGER };
    const cost = costOf(claimed, price({ input: picodollars(600), output: picodollars(600) }));
    expect(usd(cost.nanodollars)).toMatch(/^\d+(\.\d+)?$/);
    expect(cost.nanodollars).toBe(cost.input + cost.output);
  });

  describe("tiers", () => {
    const tiered = price({ input: 1000, output: 2000, cache_read: 100 }, [
      { above: 200, rates: { input: 2000, output: 4000 } },
      { above: 1000, rates: { output: 9000 } },
    ]);
    test("at the border the lower rate holds", () => {
      expect(costOf({ input: 200, output: 10 }, tiered)).toMatchObject({ input: 200, output: 20 });
    });
    test("above it the whole request is priced anew", () => {
      expect(costOf({ input: 201, output: 10 }, tiered)).toMatchObject({ input: 402, output: 40 });
    });
    test("a tier changes only the rates that it names", () => {
      expect(costOf({ input: 1001, output: 10, cache_read: 1 }, tiered)).toMatchObject({ input: 2000, output: 90 });
    });
    test("only the input decides", () => {
      expect(costOf({ input: 1, output: 100_000 }, tiered).output).toBe(200_000);
    });
  });
});

describe("whatever the usage and the price", () => {
  test("a cost is whole and never negative, and its sides add up", () => {
    fc.assert(
      fc.property(anyUsage, anyPrice, (usage, at) => {
        const { nanodollars, input, output } = costOf(usage, at);
        for (const amount of [nanodollars, input, output]) {
          expect(Number.isInteger(amount)).toBe(true);
          expect(amount).toBeGreaterThanOrEqual(0);
        }
        expect(input + output).toBe(nanodollars);
      }),
    );
  });

  test("more units never cost less, tiers apart", () => {
    const wholes = fc.constantFrom<Meter>("input", "output", "searches");
    fc.assert(
      fc.property(anyUsage, anyRates, wholes, units, (usage, rates, meter, more) => {
        const larger = { ...usage, [meter]: (usage[meter] ?? 0) + more };
        expect(costOf(larger, { rates }).nanodollars).toBeGreaterThanOrEqual(costOf(usage, { rates }).nanodollars);
      }),
    );
  });

  test("a dearer rate never costs less", () => {
    fc.assert(
      fc.property(anyUsage, anyRates, fc.constantFrom(...METERS), rate, (usage, rates, meter, more) => {
        // A part without a rate of its own is priced as its whole: giving it one may make it cheaper.
        fc.pre(rates[meter] !== undefined);
        const dearer = { ...rates, [meter]: rates[meter]! + more };
        expect(costOf(usage, { rates: dearer }).nanodollars).toBeGreaterThanOrEqual(
          costOf(usage, { rates }).nanodollars,
        );
      }),
    );
  });

  test("it agrees with a model that counts one token at a time", () => {
    const few = fc.record(Object.fromEntries(METERS.map((meter) => [meter, fc.nat(20)])), { requiredKeys: [] });
    fc.assert(
      fc.property(few as fc.Arbitrary<Usage>, anyRates, (usage, rates) => {
        let pico = 0n;
        for (const side of ["input", "output"] as const) {
          const kinds = PARTS[side].flatMap((part) => Array.from({ length: usage[part] ?? 0 }, (): Meter => part));
          const tokens = [...kinds.slice(0, usage[side] ?? 0)];
          while (tokens.length < (usage[side] ?? 0)) tokens.push(side);
          for (const token of tokens) pico += BigInt(rates[token] ?? rates[side] ?? 0);
        }
        for (const meter of ALONE) pico += BigInt(usage[meter] ?? 0) * BigInt(rates[meter] ?? 0);
        // Rounded once a side, so the two roundings may differ from one by a nanodollar.
        const whole = Number((pico + 500n) / 1000n);
        expect(Math.abs(costOf(usage, { rates }).nanodollars - whole)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("usd", () => {
  test.each([
    [0, "0"],
    [1, "0.000000001"],
    [10, "0.00000001"],
    [138_000, "0.000138"],
    [999_999_999, "0.999999999"],
    [1_000_000_000, "1"],
    [1_500_000_000, "1.5"],
    [10_000_000_000, "10"],
    [100_000_000_001, "100.000000001"],
    [Number.MAX_SAFE_INTEGER, "9007199.254740991"],
    [-138_000, "-0.000138"],
    [-2_000_000_000, "-2"],
    [1e21, "1000000000000"],
    [5.4e21, "5400000000000"],
  ])("%p nanodollars are $%s", (nanodollars, expected) => {
    expect(usd(nanodollars)).toBe(expected);
  });

  test("never an exponent, never a zero at the end, and it reads back as what it was", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (nanodollars) => {
        const text = usd(nanodollars);
        expect(text).toMatch(/^-?\d+(\.\d*[1-9])?$/);
        const [whole, fraction = ""] = text.replace("-", "").split(".");
        const back = BigInt(whole!) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
        expect(back).toBe(BigInt(Math.abs(nanodollars)));
      }),
    );
  });

  test("as a number it is the nearest double to the decimal", () => {
    expect(usdNumber(138_000)).toBe(0.000138);
    expect(JSON.stringify(usdNumber(4_500_000))).toBe("0.0045");
    expect(usdNumber(0)).toBe(0);
  });
});

test("whoever uses less than the least pays for that, and nobody for nothing", () => {
  const price = { rates: { seconds: 2_000, characters: 3_000 }, least: { seconds: 10 } };
  const cost = (usage: Usage) => costOf(usage, price).nanodollars;
  expect([cost({ seconds: 1 }), cost({ seconds: 10 }), cost({ seconds: 11 })]).toEqual([20, 20, 22]);
  expect([cost({ seconds: 0 }), cost({}), cost({ characters: 1 })]).toEqual([0, 0, 3]);
});
