import { METERS, type Meter, PART_OF, type Usage } from "./usage.ts";

/** Picodollars (10⁻¹² $) for one unit of each meter. A part without a rate of its own costs what its whole costs. */
export type Rates = Partial<Record<Meter, number>>;

export interface Price {
  readonly rates: Rates;
  /** Above so many input tokens the whole request is priced at these rates instead. Ascending. */
  readonly tiers?: readonly { readonly above: number; readonly rates: Rates }[];
}

export interface Cost {
  /** Nanodollars (10⁻⁹ $), whole. */
  readonly nanodollars: number;
  readonly input: number;
  readonly output: number;
  /** `price`: our arithmetic over reported usage · `estimate`: over usage that we had to estimate. */
  readonly source: "price" | "estimate";
}

/** USD per million tokens, as vendors print prices, in picodollars per token. $0.05 per million is 50,000. */
export function picodollars(usdPerMillion: number): number {
  return Math.round(usdPerMillion * 1e6);
}

/**
 * What usage costs at a price, in nanodollars, rounded half up once per side (input, output), so that the two
 * always add up to the whole. Integers throughout; a product beyond 2^53 is carried in BigInt.
 */
export function costOf(usage: Usage, price: Price, source: Cost["source"] = "price"): Cost {
  const rates = ratesFor(price, usage.input ?? 0);
  let input = 0n;
  let output = 0n;
  for (const meter of METERS) {
    const units = ownUnits(usage, meter);
    const rate = rates[meter] ?? wholeRate(rates, meter);
    if (units === 0 || rate === 0) continue;
    const product = units * rate;
    const exact = Number.isSafeInteger(product) ? BigInt(product) : BigInt(units) * BigInt(rate);
    if (meter === "output" || wholeOf(meter) === "output") output += exact;
    else input += exact;
  }
  const inputNano = toNano(input);
  const outputNano = toNano(output);
  return { nanodollars: inputNano + outputNano, input: inputNano, output: outputNano, source };
}

/** USD as a decimal string without an exponent or trailing zeros: `"0.000138"`. */
export function usd(nanodollars: number): string {
  const negative = nanodollars < 0;
  const digits = String(Math.abs(nanodollars)).padStart(10, "0");
  const fraction = digits.slice(-9).replace(/0+$/, "");
  return (negative ? "-" : "") + digits.slice(0, -9) + (fraction === "" ? "" : "." + fraction);
}

/** USD as a JSON number, for the replies that want one. Exact up to what a double can say; never computed with. */
export function usdNumber(nanodollars: number): number {
  return Number(usd(nanodollars));
}

function ratesFor(price: Price, input: number): Rates {
  let rates = price.rates;
  for (const tier of price.tiers ?? []) if (input > tier.above) rates = { ...rates, ...tier.rates };
  return rates;
}

function wholeOf(meter: Meter): "input" | "output" | undefined {
  return PART_OF[meter as keyof typeof PART_OF];
}

function wholeRate(rates: Rates, meter: Meter): number {
  const whole = wholeOf(meter);
  return whole === undefined ? 0 : (rates[whole] ?? 0);
}

/** Units that this meter alone accounts for: a whole without its parts, never below zero (a provider may lie). */
function ownUnits(usage: Usage, meter: Meter): number {
  const units = usage[meter] ?? 0;
  if (meter !== "input" && meter !== "output") return Math.min(units, usage[wholeOf(meter) ?? meter] ?? units);
  let parts = 0;
  for (const part of Object.keys(PART_OF) as (keyof typeof PART_OF)[])
    if (PART_OF[part] === meter) parts += usage[part] ?? 0;
  return Math.max(0, units - parts);
}

function toNano(pico: bigint): number {
  return Number((pico + 500n) / 1000n);
}
