import { ALONE, type Meter, PARTS, type Usage } from "./usage.ts";

/** Picodollars (10⁻¹² $) for one unit of each meter. A part without a rate of its own costs what its whole costs. */
export type Rates = Partial<Record<Meter, number>>;

export interface Price {
  readonly rates: Rates;
  /** Whoever uses less of these, and any at all, pays for so many: seconds, where short sound costs as much as longer. */
  readonly least?: Rates;
  /** Above so many input tokens the whole request is priced at these rates instead. Ascending. */
  readonly tiers?: readonly { readonly above: number; readonly rates: Rates }[];
  /** Picodollars for one image of a quality, a size, or both as `quality/size`, where that is not the rate of `images`. */
  readonly images?: Readonly<Record<string, number>>;
}

export interface Cost {
  /** Nanodollars (10⁻⁹ $), whole: what input and output cost together. */
  readonly nanodollars: number;
  readonly input: number;
  /** With what stands alone, such as searches. */
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
 * always add up to the whole. Integers throughout: where a sum may pass 2^53 it is a BigInt, which costs ten times as much.
 */
export function costOf(usage: Usage, price: Price, source: Cost["source"] = "price"): Cost {
  const rates = ratesFor(price, usage.input ?? 0);
  const input = nanodollars(sidePico(usage, rates, "input"));
  const output = nanodollars(withAlone(sidePico(usage, rates, "output"), usage, rates, price.least));
  return { nanodollars: input + output, input, output, source };
}

/** Both together: as sure as the less sure of them. */
export function sumOf(one: Cost, other: Cost): Cost {
  return {
    nanodollars: one.nanodollars + other.nanodollars,
    input: one.input + other.input,
    output: one.output + other.output,
    source: one.source === other.source ? one.source : "estimate",
  };
}

/**
 * Nanodollars of a cost that the operator pays: what is on a client's own account is not its affair.
 * @param byok whether the answer came on such an account @param apart what attempts in vain were on the other kind
 */
export function paidOf(nanodollars: number, byok: boolean, apart: number | null = 0): number {
  return byok ? (apart ?? 0) : nanodollars - (apart ?? 0);
}

/** A whole without its parts at its own rate, and each part at its. A provider may claim parts larger than their whole: that is paid once. */
function sidePico(usage: Usage, rates: Rates, side: "input" | "output"): number | bigint {
  const whole = rates[side] ?? 0;
  let rest = usage[side] ?? 0;
  let pico: number | bigint = 0;
  for (const part of PARTS[side]) {
    const told = usage[part];
    if (told === undefined) continue;
    const units = Math.min(told, rest);
    rest -= units;
    pico = plus(pico, units, rates[part] ?? whole);
  }
  return plus(pico, rest, whole);
}

const NONE: Rates = {};

/** What stands alone costs what it says, and nothing where it has no rate. */
function withAlone(pico: number | bigint, usage: Usage, rates: Rates, least: Rates = NONE): number | bigint {
  let sum = pico;
  for (const meter of ALONE) {
    const units = usage[meter];
    if (units !== undefined) sum = plus(sum, units === 0 ? 0 : Math.max(units, least[meter] ?? 0), rates[meter] ?? 0);
  }
  return sum;
}

/** So many units more, exactly. */
function plus(pico: number | bigint, units: number, rate: number): number | bigint {
  if (typeof pico === "number") {
    const sum = pico + units * rate;
    if (sum <= EXACT) return sum;
  }
  return BigInt(pico) + BigInt(units) * BigInt(rate);
}

/** With the half for rounding all is exact up to here: what is more is at least as much when it is rounded. */
const EXACT = Number.MAX_SAFE_INTEGER - 1000;

function nanodollars(pico: number | bigint): number {
  return typeof pico === "number" ? Math.floor((pico + 500) / 1000) : Number((pico + 500n) / 1000n);
}

/** USD as a decimal string without an exponent or trailing zeros: `"0.000138"`. */
export function usd(nanodollars: number | bigint): string {
  if (nanodollars < 0) return `-${usd(-nanodollars)}`;
  // As a number it would be written with an exponent from 10²¹ on, which a provider's nonsense can reach.
  const digits = (nanodollars < 1e21 ? String(nanodollars) : String(BigInt(nanodollars))).padStart(10, "0");
  let end = digits.length;
  while (end > digits.length - 9 && digits.charCodeAt(end - 1) === 0x30) end--;
  const whole = digits.slice(0, -9);
  return end === digits.length - 9 ? whole : `${whole}.${digits.slice(-9, end)}`;
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
