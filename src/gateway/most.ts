import type { Operation } from "../core/ask.ts";
import { type JsonObject, type JsonValue, objectAt } from "../core/json.ts";
import { costOf, type Price, type Rates } from "../core/money.ts";
import { type Meter, PARTS, UNITS, type Usage } from "../core/usage.ts";
import { dearestOf, draws } from "../ledger/dearer.ts";
import { asksWeb, namesOf, toolsIn } from "../ledger/offered-tools.ts";
import type { Leg } from "../routing/plan.ts";

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
  /** How often a provider may use tools of its own for it, each of which may be the dearest. */
  readonly searches?: number;
  /** How many pictures a model of the provider's own may make for it. */
  readonly pictures?: number;
  /** What it may use that is not counted in tokens. */
  readonly units?: Usage | undefined;
}

/**
 * The most that so many tokens may cost, nanodollars, at the dearest rates of whoever may be asked: all of the input may be written to a
 * cache, all of the output may be thought. `undefined` where nobody who may be asked has a price.
 */
export function mostOf(
  { legs, operation, ceiling, times, answers, searches = 0, pictures = 0, units }: MostParts,
  input: number,
  output: number,
  withByok: boolean,
): number | undefined {
  const counted = withByok ? legs : legs.filter(({ credential }) => credential.kind !== "byok");
  if (counted.length === 0) return 0;
  let most: number | undefined;
  for (const { endpoint } of counted) {
    const price = isPriced(endpoint.price, operation) ? endpoint.price : ceiling;
    if (price === undefined) continue;
    // Whoever asks for more than the model can give means all that it can give.
    const { maxOutput = Number.MAX_SAFE_INTEGER } = endpoint;
    const used = { ...units, input, output: Math.min(output, maxOutput * answers), searches, requests_high: 1 };
    const { nanodollars } = costOf(used, dearest(price));
    const drawn = pictures === 0 ? undefined : endpoint.tariff?.pictures;
    const tokens = { picture_drawn: pictures * PICTURE_TOKENS };
    const more = drawn === undefined ? 0 : costOf(tokens, { rates: dearestOf(drawn) }).nanodollars;
    most = Math.max(most ?? 0, nanodollars + more);
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

/** More than the dearest picture takes, with what is read for it: https://developers.openai.com/api/docs/guides/image-generation (6,240 at high quality). */
const PICTURE_TOKENS = 10_000;

/** How many pictures a request lets a provider have made for it: one by each tool, as most do. */
export function picturesIn(body: JsonObject): number {
  return toolsIn(body).filter(draws).length;
}

const PAID_TOOL = /^((web|google|x|file|collections?)_?search|code_interpreter)/i;
const CALLS = [
  "searches",
  "preview_searches",
  "file_searches",
  "attachment_searches",
  "code_runs",
  "containers",
] as const;
const REQUESTS = ["requests_low", "requests_medium", "requests_high"] as const;

/** How often a provider searches where the client sets no end to it. */
const USUAL_SEARCHES = 10;

/** How often a request lets a provider use tools of its own that are paid for by the call: search, mostly. */
export function searchesIn(body: JsonObject): number {
  let most = asksWeb(body) ? USUAL_SEARCHES : 0;
  for (const tool of toolsIn(body)) {
    if (!namesOf(tool).some((name) => PAID_TOOL.test(name))) continue;
    const { args, max_uses: told, container = objectAt(args)?.container } = objectAt(tool) ?? {};
    const uses = told ?? objectAt(args)?.maxUses;
    const { memory_limit: limit, memoryLimit = limit } = objectAt(container) ?? {};
    // A container counts by the gigabyte.
    const usual = memoryLimit === "16g" ? 16 : memoryLimit === "64g" ? 64 : USUAL_SEARCHES;
    most += typeof uses === "number" && Number.isSafeInteger(uses) && uses > 0 ? uses : usual;
  }
  return most;
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
  const dearestOf = (meters: readonly Meter[]) => Math.max(...meters.map((meter) => rates[meter] ?? 0));
  const searches = dearestOf(CALLS);
  return { input: highest("input"), output: highest("output"), searches, requests_high: dearestOf(REQUESTS) };
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
