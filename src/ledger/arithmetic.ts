import type { Endpoint } from "../catalog/endpoint.ts";
import type { Times } from "../catalog/tariffs.ts";
import { costOf, type Price, type Rates, usd } from "../core/money.ts";
import { ALONE, type Meter, PARTS, PICTURES, type Usage } from "../core/usage.ts";
import type { GenerationRow } from "../store/generations.ts";
import type { KeptAttempt } from "./attempt.ts";
import { peakAt, priced } from "./dearer.ts";

/** So many units of one kind, at a price. */
export interface CostLine {
  readonly meter: Meter;
  readonly units: number;
  /** `token`: the price is dollars for a million of them; `unit`: for one. */
  readonly of: "token" | "unit";
  /** Dollars; `null` where this has no price, and costs nothing. */
  readonly price: number | null;
  /** Dollars, not rounded. */
  readonly amount: number;
}

export interface Arithmetic {
  readonly lines: readonly CostLine[];
  /** Input tokens above which these prices hold; `null` for those that hold from the first. */
  readonly above: number | null;
  /** How many times the usual price was paid, as a fraction; `null` for once. */
  readonly times: Times | null;
  /** Nanodollars of what the lines add up to. */
  readonly sum: number;
  /** Nanodollars of the row's cost that neither the lines nor attempts in vain account for. */
  readonly rest: number;
}

const ONCE: Times = [1, 1];

/**
 * How the cost of a row comes about. A row keeps no prices: those in force now are tried, in all the ways in which this endpoint may be paid
 * (tiers, modes, regions, hours, how long a cache lives), and the first that comes to the row's cost is told. Where none does, prices have
 * changed since, or it was paid by what a row does not keep (a provider's own tools): the usual ones are told, and what is left.
 * @returns `null` where nothing was used, or nobody knows the price
 */
export function arithmeticOf(
  row: GenerationRow,
  endpoint: Pick<Endpoint, "price" | "tariff"> | undefined,
): Arithmetic | null {
  const attempts = JSON.parse(row.attempts) as KeptAttempt[];
  const vain = attempts.reduce((sum, { cost = 0 }) => sum + cost, 0);
  const wanted = (row.cost ?? 0) - vain;
  // All of it is of attempts that nobody waited for.
  if (endpoint?.price === undefined || row.cost === null || (wanted === 0 && vain > 0)) return null;
  let usual: Arithmetic | undefined;
  for (const usage of usagesOf(row, attempts.at(-1)?.units))
    for (const price of pricesOf(endpoint.price))
      for (const times of timesOf(endpoint, row.createdAt)) {
        const paid = times === ONCE ? price : priced(price, times);
        const sum = costOf(usage, paid).nanodollars;
        if (usual === undefined || sum === wanted) {
          usual = { ...toldLines(usage, paid), times: times === ONCE ? null : times, sum, rest: wanted - sum };
          if (sum === wanted) return usual.lines.length === 0 ? null : usual;
        }
      }
  return usual === undefined || usual.lines.length === 0 ? null : usual;
}

/** What a row tells of it; not for how long the cache keeps what was written. */
function usagesOf(row: GenerationRow, units: Usage = {}): Usage[] {
  const told: Partial<Record<Meter, number | null>> = {
    input: row.input,
    cache_read: row.cacheRead,
    output: row.output,
    reasoning: row.reasoning,
    searches: row.searches,
  };
  const usage: Usage = { ...units };
  for (const [meter, value] of Object.entries(told) as [Meter, number | null][])
    if (value !== null) usage[meter] = value;
  if (row.cacheWrite === null) return [usage];
  return [
    { ...usage, cache_write_5m: row.cacheWrite },
    { ...usage, cache_write_1h: row.cacheWrite },
  ];
}

function pricesOf(price: Price): Price[] {
  const images = Object.values(price.images ?? {}).map((rate) => withRates(price, { images: rate }));
  const { preview_searches: older } = price.rates;
  return [price, ...images, ...(older === undefined ? [] : [withRates(price, { searches: older })])];
}

function withRates(price: Price, rates: Rates): Price {
  return { ...price, rates: { ...price.rates, ...rates } };
}

function timesOf({ tariff }: Pick<Endpoint, "tariff">, atMs: number): Times[] {
  if (tariff === undefined) return [ONCE];
  const then = peakAt(tariff, atMs) ?? ONCE;
  const all = [ONCE, ...Object.values(tariff.services ?? {})].flatMap((served) =>
    [ONCE, tariff.regional ?? ONCE].map(
      (there): Times => [served[0] * there[0] * then[0], served[1] * there[1] * then[1]],
    ),
  );
  return all.map((times) => (times[0] === times[1] ? ONCE : times));
}

function toldLines(usage: Usage, price: Price): Pick<Arithmetic, "lines" | "above"> {
  let { rates } = price;
  let above: number | null = null;
  for (const tier of price.tiers ?? [])
    if ((usage.input ?? 0) > tier.above) {
      rates = { ...rates, ...tier.rates };
      ({ above } = tier);
    }
  const lines: CostLine[] = [];
  const put = (meter: Meter, units: number, rate: number | undefined) => {
    const of = TOKENS.has(meter) ? "token" : "unit";
    const amount = Number(`${usd(BigInt(units) * BigInt(rate ?? 0))}e-3`);
    const told = rate === undefined ? null : Number(`${rate}e${of === "token" ? -6 : -12}`);
    lines.push({ meter, units, of, price: told, amount });
  };
  for (const whole of ["input", "output"] as const) {
    let rest = usage[whole] ?? 0;
    const parts = PARTS[whole].flatMap((part) => {
      const units = Math.min(usage[part] ?? 0, rest);
      rest -= units;
      return units === 0 ? [] : [[part, units] as const];
    });
    if (rest > 0 || (parts.length === 0 && usage[whole] !== undefined)) put(whole, rest, rates[whole]);
    for (const [part, units] of parts) put(part, units, rates[part] ?? rates[whole]);
  }
  for (const meter of ALONE) {
    const units = usage[meter] ?? 0;
    if (units > 0) put(meter, Math.max(units, price.least?.[meter] ?? 0), rates[meter]);
  }
  return { lines, above };
}

/** What has a price by the million. */
const TOKENS: ReadonlySet<Meter> = new Set<Meter>([
  "input",
  ...PARTS.input,
  "output",
  ...PARTS.output,
  ...PICTURES,
  "citations",
]);
