import type { Endpoint } from "../catalog/endpoint.ts";
import type { Service, Tariff, Times } from "../catalog/tariffs.ts";
import type { Ask } from "../core/ask.ts";
import type { WireName } from "../core/event.ts";
import { isObject, type JsonObject, type JsonValue, objectAt } from "../core/json.ts";
import type { Price, Rates } from "../core/money.ts";
import type { Readings } from "../core/readings.ts";
import { ALONE, type Usage } from "../core/usage.ts";
import { namesOf, toolsIn } from "./offered-tools.ts";

/** What is served ahead of others costs twice as much in most cases where nobody says. https://openai.com/api-fast-mode/ */
const USUALLY: Times = [2, 1];
const USUAL: Times = [1, 1];

/** Words for what is served ahead of others. OpenAI's priority is called fast as well. */
const AHEAD: ReadonlyMap<unknown, Service> = new Map([
  ["priority", "priority"],
  ["fast", "priority"],
  ["ultrafast", "ultrafast"],
]);

/** How a request asks to be served, and where. */
export interface Wanted {
  readonly services: readonly Service[];
  readonly stays: boolean;
}

/** What most want. */
const NOTHING: Wanted = { services: [], stays: false };

/** In its body, and in all options for providers: nobody can tell who reads which. */
export function wantedBy({ body, gateway: { options } }: Ask): Wanted {
  const { providerOptions: told } = body;
  if (!isObject(told) && options.serviceTier === undefined && !wantsAny(body)) return NOTHING;
  const all = [body, ...(isObject(told) ? Object.values(told).filter(isObject) : [])];
  // Of the gateway's own options, speed chooses a model.
  const services = [...all, { serviceTier: options.serviceTier ?? null }].flatMap(
    ({ service_tier: tier, serviceTier = tier, speed }) => {
      const named = [tier, serviceTier].flatMap((word) => AHEAD.get(word) ?? []);
      return speed === "fast" ? [...named, "fast" as const] : named;
    },
  );
  return { services, stays: all.some(staysThere) };
}

function wantsAny({ service_tier: tier, serviceTier, speed, inference_geo: geo, inferenceGeo }: JsonObject): boolean {
  return (tier ?? serviceTier ?? speed ?? geo ?? inferenceGeo) !== undefined;
}

/** Whether a request asks for a part of the world. https://platform.claude.com/docs/en/manage-claude/data-residency */
function staysThere({ inference_geo: geo, inferenceGeo = geo }: JsonObject): boolean {
  return typeof inferenceGeo === "string" && inferenceGeo !== "global";
}

/** Who answers. */
interface Answering {
  readonly endpoint: Pick<Endpoint, "price" | "tiers" | "quirks" | "tariff">;
  readonly wire: WireName;
  readonly regional?: boolean | undefined;
}

/** Formats that have the word for it, so that whoever speaks them sells it. */
const ALWAYS_SELL: ReadonlySet<WireName> = new Set<WireName>(["gemini-generate", "bedrock-converse"]);

/**
 * The price of an answer, as it was served and where, or as it was asked for where nobody told: who sells no priority charges none for
 * it. `undefined` for none.
 */
export function priceOf(
  leg: Answering,
  readings: (Pick<Readings, "serviceTier" | "rawUsage"> & Partial<Pick<Readings, "metadata" | "usage">>) | undefined,
  ask: Ask,
  atMs: number,
): Price | undefined {
  const { price: listed, tariff } = leg.endpoint;
  if (listed === undefined) return undefined;
  const plain = listed.images === undefined ? listed : pictured(listed, { ...ask.body, ...readings?.metadata });
  const found = plain.rates.preview_searches === undefined ? plain : searched(plain, ask);
  const price = tariff?.pictures === undefined ? found : drawing(found, drawnAt(tariff.pictures, ask, readings?.usage));
  const service = serviceOf(leg, readings, ask);
  // What is done at leisure is cheaper where that is known; haste is dearer, though nobody says how much.
  const served =
    service === undefined ? USUAL : (tariff?.services?.[service] ?? (service === "flex" ? USUAL : USUALLY));
  const stays = tariff?.regional !== undefined && (leg.regional === true || isThere(readings, ask));
  const there = stays ? tariff.regional! : USUAL;
  const then = (tariff === undefined ? undefined : peakAt(tariff, atMs)) ?? USUAL;
  if (served === USUAL && there === USUAL && then === USUAL) return price;
  return priced(price, [served[0] * there[0] * then[0], served[1] * there[1] * then[1]]);
}

function serviceOf(
  { endpoint: { tiers, quirks }, wire }: Answering,
  readings: Pick<Readings, "serviceTier" | "rawUsage"> | undefined,
  ask: Ask,
): Service | undefined {
  if (readings?.rawUsage?.speed === "fast") return "fast";
  const word = readings?.serviceTier;
  if (word === "default" || word === "standard") return undefined;
  const told = word?.toLowerCase();
  const isSold = tiers?.includes("priority") === true || (ALWAYS_SELL.has(wire) && !quirks.has("no-service-tier"));
  if (told === undefined) return isSold && readings !== undefined ? askedService(ask) : undefined;
  if (/flex$/.test(told)) return "flex";
  return isSold ? AHEAD.get(told.replace(/^.*_/, "")) : undefined;
}

/** The dearest that was asked for. */
function askedService(ask: Ask): Service | undefined {
  const { services } = wantedBy(ask);
  return services.includes("ultrafast") ? "ultrafast" : services.find((service) => service !== "fast");
}

function isThere(readings: Pick<Readings, "rawUsage"> | undefined, { body }: Ask): boolean {
  const told = readings?.rawUsage?.inference_geo;
  return told === undefined ? staysThere(body) : told === "us";
}

/** With another price for searches where it was the older tool that searched. */
function searched(price: Price, { body }: Ask): Price {
  const isOlder = (tool: JsonValue) => namesOf(tool).some((name) => name.startsWith("web_search_preview"));
  if (!toolsIn(body).some(isOlder)) return price;
  const found = olders.get(price);
  if (found !== undefined) return found;
  const other: Price = { ...price, rates: { ...price.rates, searches: price.rates.preview_searches! } };
  olders.set(price, other);
  return other;
}

const olders = new WeakMap<Price, Price>();

/** Whether a tool makes pictures. */
export function draws(tool: JsonValue): boolean {
  return namesOf(tool).includes("image_generation");
}

/**
 * What the models cost that may make pictures for another; `undefined` where none was offered. Which it is where a client leaves that to the
 * provider, or offers several, nobody tells: the dearest then, which is a guess.
 */
export function picturesOf({ pictures }: Tariff, { body }: Pick<Ask, "body">) {
  if (pictures === undefined) return undefined;
  const named = toolsIn(body)
    .filter(draws)
    .map((tool) => {
      const { args, model = objectAt(args)?.model } = objectAt(tool)!;
      return typeof model === "string" && Object.hasOwn(pictures, model) ? model : undefined;
    });
  const [first] = named;
  if (named.length === 0) return undefined;
  const isTold = first !== undefined && named.every((one) => one === first);
  return { rates: isTold ? pictures[first]! : dearestOf(pictures), isTold };
}

/** The same where pictures are told of that nobody offered to make: somebody paid for them. */
function drawnAt(pictures: NonNullable<Tariff["pictures"]>, ask: Ask, usage: Usage | undefined): Rates | undefined {
  return picturesOf({ pictures }, ask)?.rates ?? (usage?.picture_drawn === undefined ? undefined : dearestOf(pictures));
}

/** The rates of the dearest of them. */
export function dearestOf(pictures: NonNullable<Tariff["pictures"]>): Rates {
  return Object.values(pictures).reduce((one, other) =>
    (other.picture_drawn ?? 0) > (one.picture_drawn ?? 0) ? other : one,
  );
}

/** With what it costs to have pictures made for it. */
function drawing(price: Price, rates: Rates | undefined): Price {
  if (rates === undefined) return price;
  const known = drawings.get(price) ?? new Map<Rates, Price>();
  drawings.set(price, known);
  const made = known.get(rates) ?? { ...price, rates: { ...rates, ...price.rates } };
  known.set(rates, made);
  return made;
}

const drawings = new WeakMap<Price, Map<Rates, Price>>();

/** With the price of images of the quality and size that were made, or else asked for. */
function pictured(price: Price, { quality, size }: JsonObject): Price {
  const kinds = [`${quality}/${size}`, `${quality}`, `${size}`];
  const kind = kinds.find((one) => price.images?.[one] !== undefined);
  return kind === undefined ? price : { ...price, rates: { ...price.rates, images: price.images![kind]! } };
}

/** How many times the usual price is paid at a moment, in Unix milliseconds. */
export function peakAt({ peaks }: Tariff, atMs: number): Times | undefined {
  if (peaks === undefined) return undefined;
  const at = new Date(atMs);
  const [day, hour] = [at.getUTCDay(), at.getUTCHours()];
  const isWorkingDay = day > 0 && day < 6;
  return isWorkingDay && peaks.hours.some(([from, to]) => hour >= from && hour < to) ? peaks.times : undefined;
}

/** Made once for each price and factor. */
const made = new WeakMap<Price, Map<string, Price>>();

/** At so many times the price, but for what is not counted in tokens of the model's. */
export function priced(price: Price, [of, by]: Times): Price {
  const known = made.get(price) ?? new Map<string, Price>();
  made.set(price, known);
  const name = `${of}/${by}`;
  const found = known.get(name);
  if (found !== undefined) return found;
  const tiers = price.tiers?.map(({ above, rates }) => ({ above, rates: times(rates, of, by) }));
  const other: Price = { ...price, rates: times(price.rates, of, by), ...(tiers === undefined ? {} : { tiers }) };
  known.set(name, other);
  return other;
}

const APART: ReadonlySet<string> = new Set(ALONE);

/** But for what is not counted in tokens of the model's. Whole picodollars, rounded half up. */
function times(rates: Rates, of: number, by: number): Rates {
  const all = Object.entries(rates).map(([meter, rate]) => {
    return [meter, APART.has(meter) ? rate : Math.floor((2 * rate * of + by) / (2 * by))] as const;
  });
  return Object.fromEntries(all) as Rates;
}
