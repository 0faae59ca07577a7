import type { Operation } from "../core/ask.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { costOf, type Price, type Rates } from "../core/money.ts";
import { type Meter, PARTS, UNITS, type Usage } from "../core/usage.ts";
import { dearestOf } from "../ledger/dearer.ts";
import type { Leg } from "../routing/plan.ts";
import { type HostedCalls, PICTURE_TOKENS } from "./hosted-calls.ts";

/** Whether it is known what anything costs. What costs nothing says so. */
export function isPriced(price: Price | undefined, operation: Operation): price is Price {
  if (price === undefined) return false;
  const { rates } = price;
  const unit = UNIT[operation];
  if (unit !== undefined && rates[unit] !== undefined) return true;
  if (rates.input === undefined) return false;
  return (
    SILENT.has(operation) || (rates.output ?? (operation === "image" ? rates.image_output : undefined)) !== undefined
  );
}

/** What operations other than talk are paid by where it is not tokens. */
const UNIT: Partial<Record<Operation, Meter>> = {
  image: "images",
  rerank: "search_units",
  speech: "characters",
  transcribe: "seconds",
};
/** They have no output to pay for. */
const SILENT: ReadonlySet<Operation> = new Set<Operation>(["embed", "rerank", "moderate"]);

export interface MostParts {
  readonly legs: readonly Leg[];
  readonly operation: Operation;
  /** What is counted for what has no price. */
  readonly ceiling: Price | undefined;
  /** So many times as much may be paid: by who was asked and who was asked beside, by who is served ahead of others. */
  readonly times: number;
  /** How many answers are asked for. */
  readonly answers: number;
  /** The tools of a provider's own that it may use for it. */
  readonly hosted?: HostedCalls | undefined;
  /** How many calls of these it makes where nobody holds it to fewer, and who can be held to some. */
  readonly free?: { readonly calls: number; isBound(leg: Leg): boolean } | undefined;
  /** What it may use that is not counted in tokens. */
  readonly units?: Usage | undefined;
}

/**
 * The most that so many tokens and calls may cost, nanodollars, at the dearest rates of whoever may be asked: all of the input may be written
 * to a cache, all of the output may be thought, each call may be of the dearest tool. `undefined` where nobody who may be asked has a price.
 */
export function mostOf(
  { legs, operation, ceiling, times, answers, hosted, free, units }: MostParts,
  input: number,
  output: number,
  withByok: boolean,
  calls = free?.calls ?? 0,
): number | undefined {
  const counted = withByok ? legs : legs.filter(({ credential }) => credential.kind !== "byok");
  if (counted.length === 0) return 0;
  let most: number | undefined;
  for (const one of counted) {
    const { endpoint } = one;
    const price = isPriced(endpoint.price, operation) ? endpoint.price : ceiling;
    if (price === undefined) continue;
    // Whoever asks for more than the model can give means all that it can give.
    const { maxOutput = Number.MAX_SAFE_INTEGER } = endpoint;
    const used = { ...units, input, output: Math.min(output, maxOutput * answers), requests_high: 1 };
    const made = free === undefined || free.isBound(one) ? calls : Math.max(calls, free.calls);
    const { nanodollars } = costOf(used, dearest(price));
    const unasked = endpoint.tariff?.unasked;
    const beside = unasked === undefined ? 0 : costOf(unasked, price).nanodollars;
    most = Math.max(most ?? 0, nanodollars + beside + mostOfCalls(one, price, hosted, made));
  }
  // Only accounts of the client's own are left then.
  if (most === undefined) return counted.length < legs.length ? 0 : undefined;
  return Math.ceil(most * times);
}

/** Made once for each price. */
const dear = new WeakMap<Price, Price>();

function dearest(price: Price): Price {
  const known = dear.get(price);
  if (known !== undefined) return known;
  const made: Price = {
    rates: { ...dearestRates(price.rates), ...dearestUnits(price) },
    ...(price.least === undefined ? {} : { least: price.least }),
    // A tier says only what is otherwise.
    tiers: (price.tiers ?? []).map(({ above, rates }) => ({
      above,
      rates: dearestRates({ ...price.rates, ...rates }),
    })),
  };
  dear.set(price, made);
  return made;
}

const REQUESTS = ["requests_low", "requests_medium", "requests_high"] as const;

/** Nanodollars. A container counts by the gigabyte, and is one for all that is run in it. */
function mostOfCalls({ endpoint }: Leg, price: Price, hosted: HostedCalls | undefined, calls: number): number {
  if (hosted === undefined || calls === 0) return 0;
  const { meters, pictures, gigabytes } = hosted;
  if (endpoint.tariff?.once === true)
    return meters.reduce((sum, meter) => sum + costOf({ [meter]: 1 }, price).nanodollars, 0);
  const called = meters.reduce((most, meter) => {
    const used = { [meter]: meter === "containers" ? Math.max(calls, gigabytes) : calls };
    return Math.max(most, costOf(used, price).nanodollars);
  }, 0);
  const rates = pictures === 0 ? undefined : endpoint.tariff?.pictures;
  if (rates === undefined) return called;
  const drawn = { picture_drawn: calls * PICTURE_TOKENS };
  return Math.max(called, costOf(drawn, { rates: dearestOf(rates) }).nanodollars);
}

function dearestUnits({ rates, images = {} }: Price): Rates {
  const dear: Rates = {};
  for (const unit of UNITS) if (rates[unit] !== undefined) dear[unit] = rates[unit];
  const kinds = Object.values(images);
  if (kinds.length > 0) dear.images = Math.max(rates.images ?? 0, ...kinds);
  return dear;
}

function dearestRates(rates: Rates): Rates {
  const highest = (whole: "input" | "output") => {
    const parts: readonly Meter[] = PARTS[whole];
    return Math.max(rates[whole] ?? 0, ...parts.map((part) => rates[part] ?? 0));
  };
  const requests_high = Math.max(...REQUESTS.map((meter) => rates[meter] ?? 0));
  return { input: highest("input"), output: highest("output"), requests_high };
}

const CAP = /^max_?(completion_?|output_?|new_?)?tokens(_to_sample)?$/i;

/** The caps that a client puts on its answer beside the body's own. */
export interface Caps {
  /** The highest of them; absent for none. */
  readonly most?: number;
  /** One of them is none, and may stand where the body's own did. */
  readonly loose: boolean;
}

/** The caps in options for providers. Nobody can tell who reads which of them, nor who keeps to it. */
export function capsInOptions(options: JsonValue | undefined, depth = 3): Caps {
  if (depth === 0 || typeof options !== "object" || options === null || Array.isArray(options)) return NO_CAPS;
  let caps = NO_CAPS;
  for (const [name, value] of Object.entries(options)) {
    if (name === "gateway" && depth === 3) continue;
    caps = both(caps, CAP.test(name) ? capOf(value) : capsInOptions(value, depth - 1));
  }
  return caps;
}

/** The highest cap that a body itself says: which of two a provider reads is its own affair. */
export function capInBody(body: JsonObject): number {
  let most = 0;
  for (const name in body) if (CAP.test(name)) most = Math.max(most, capOf(body[name]).most ?? 0);
  return most;
}

const NO_CAPS: Caps = { loose: false };

function capOf(value: JsonValue | undefined): Caps {
  return Number.isSafeInteger(value) && (value as number) > 0
    ? { most: value as number, loose: false }
    : { loose: true };
}

function both(one: Caps, other: Caps): Caps {
  const loose = one.loose || other.loose;
  const most = Math.max(one.most ?? 0, other.most ?? 0);
  return most === 0 ? { loose } : { most, loose };
}
