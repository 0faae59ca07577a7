import type { Endpoint } from "../catalog/endpoint.ts";
import type { Ask } from "../core/ask.ts";
import type { WireName } from "../core/event.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import type { Price, Rates } from "../core/money.ts";
import type { Readings } from "../core/readings.ts";

/**
 * What is served ahead of others costs more: 1.7 to 2.5 times as much with priority, twice in most cases, and twice in fast mode.
 * https://openai.com/api-priority-processing/ https://platform.claude.com/docs/en/build-with-claude/fast-mode
 */
const USUALLY = 2;
const AT_MOST = 2.5;

/** How many times the usual price a request may cost. */
export function mostTimes({ body, gateway: { options } }: Ask): number {
  const told = isObject(body.providerOptions) ? Object.values(body.providerOptions).filter(isObject) : [];
  return isDear(options.serviceTier) || [body, ...told].some(asksForMore) ? AT_MOST : 1;
}

function asksForMore({ service_tier: tier, serviceTier = tier, speed }: JsonObject): boolean {
  return isDear(tier) || isDear(serviceTier) || isDear(speed);
}

function isDear(word: unknown): boolean {
  return word === "priority" || word === "fast";
}

/** Who answers. */
interface Answering {
  readonly endpoint: Pick<Endpoint, "price" | "tiers" | "quirks">;
  readonly wire: WireName;
}

/** Formats that have the word for it, so that whoever speaks them sells it. */
const ALWAYS_SELL: ReadonlySet<WireName> = new Set<WireName>(["gemini-generate", "bedrock-converse"]);

/**
 * The price of an answer, as it was served, or as it was asked for where nobody told: who sells no priority charges none for it.
 * `undefined` for none.
 */
export function priceOf(
  { endpoint: { price, tiers, quirks }, wire }: Answering,
  readings: Pick<Readings, "serviceTier" | "rawUsage"> | undefined,
  ask: Ask,
): Price | undefined {
  if (price === undefined || readings === undefined) return price;
  const { serviceTier: told, rawUsage } = readings;
  const isSold = tiers?.includes("priority") === true || (ALWAYS_SELL.has(wire) && !quirks.has("no-service-tier"));
  const isAhead = isSold && (told === undefined ? mostTimes(ask) > 1 : /priority$/i.test(told));
  return isAhead || rawUsage?.speed === "fast" ? dearer(price) : price;
}

/** Made once for each price. */
const made = new WeakMap<Price, Price>();

function dearer(price: Price): Price {
  const known = made.get(price);
  if (known !== undefined) return known;
  const tiers = price.tiers?.map(({ above, rates }) => ({ above, rates: twice(rates) }));
  const dear: Price = { rates: twice(price.rates), ...(tiers === undefined ? {} : { tiers }) };
  made.set(price, dear);
  return dear;
}

/** But for what is not counted in tokens. */
function twice({ searches, ...rates }: Rates): Rates {
  const all = Object.entries(rates).map(([meter, rate]) => [meter, rate * USUALLY] as const);
  return { ...(Object.fromEntries(all) as Rates), ...(searches === undefined ? {} : { searches }) };
}
