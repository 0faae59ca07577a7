import { calcPrice, findProvider, type ModelPrice } from "@pydantic/genai-prices";
import { type Price, picodollars, type Rates } from "../../src/core/money.ts";
import { type Meter, UNITS } from "../../src/core/usage.ts";
import type { ListPrice, OfferRow } from "./row.ts";

/** Our providers under the names of the price list. Its own list for Novita is of 2024; the prices HF passes on are newer. */
const LISTS: Readonly<Record<string, string>> = {
  "arcee-ai": "arcee",
  bedrock: "aws",
  novita: "huggingface_novita",
  togetherai: "together",
  vertex: "google",
  voyage: "voyageai",
  xai: "x-ai",
};

/** The price list's keys that are meters of ours. The others (per request, per hour, video, storage) have no meter. */
const METERS: Readonly<Record<string, Meter>> = {
  input_mtok: "input",
  cache_read_mtok: "cache_read",
  cache_write_mtok: "cache_write_5m",
  cache_write_1h_mtok: "cache_write_1h",
  input_audio_mtok: "audio_input",
  input_image_mtok: "image_input",
  output_mtok: "output",
  output_reasoning_mtok: "reasoning",
  output_audio_mtok: "audio_output",
  output_image_mtok: "image_output",
  web_searches_kcount: "searches",
};

export interface Listed {
  readonly price: Price;
  /** The entry of the price list that was taken, or the page that a hand copied, for a reader to check. */
  readonly from: string;
}

/** The price of an offer: typed by hand, or in force at `at` by the price list. `undefined` where neither knows. */
export function priceOf(provider: string, offer: OfferRow, at: Date): Listed | undefined {
  const row = typeof offer === "string" ? { upstream: offer } : offer;
  if (row.unpriced === true) return undefined;
  if (row.price !== undefined) {
    if (row.from === undefined) throw new Error(`${row.upstream}: a price by hand needs its page`);
    return { price: completed(provider, row.upstream, fromList(row.price)), from: row.from };
  }
  const { list, name } = listedName(provider, row.listed ?? row.upstream);
  if (findProvider({ providerId: list }) === undefined) return undefined;
  const found = calcPrice({}, name, { providerId: list, timestamp: at });
  if (found === null || found.provider.id !== list || Object.keys(found.model_price).length === 0) return undefined;
  return {
    price: completed(provider, name, fromList(toListPrice(found.model_price))),
    from: `${list}:${found.model.id}${found.model.deprecated === true ? " (deprecated)" : ""}`,
  };
}

/** Hugging Face's `model:host` is priced by that host's list: HF passes prices on. */
function listedName(provider: string, name: string): { list: string; name: string } {
  if (provider === "huggingface") {
    const [model = name, host] = name.split(":");
    return { list: `huggingface_${host ?? ""}`, name: model.toLowerCase() };
  }
  return { list: LISTS[provider] ?? provider, name };
}

function toListPrice(listed: ModelPrice): ListPrice {
  const base: Rates = {};
  const above: Record<number, Rates> = {};
  for (const [key, meter] of Object.entries(METERS)) {
    const value = listed[key];
    if (value === undefined) continue;
    if (typeof value === "number") {
      base[meter] = value;
      continue;
    }
    base[meter] = value.base;
    for (const { start, price } of value.tiers) above[start] = { ...above[start], [meter]: price };
  }
  return { ...base, above };
}

function fromList({ above = {}, kinds, least, ...base }: ListPrice): Price {
  const bounds = Object.keys(above)
    .map(Number)
    .sort((a, b) => a - b);
  const tiers = bounds.map((bound) => ({ above: bound, rates: inPicodollars(above[bound] ?? {}) }));
  const images = kinds === undefined ? undefined : valuesOf(kinds, (usd) => Math.round(usd * 1e12));
  return {
    rates: inPicodollars(base),
    ...(least === undefined ? {} : { least }),
    ...(tiers.length > 0 ? { tiers } : {}),
    ...(images === undefined ? {} : { images }),
  };
}

/** In the order of `METERS`, so that the file says the same price in the same words each time. */
function inPicodollars(rates: Rates): Rates {
  const exact: Rates = {};
  for (const meter of Object.values(METERS)) {
    const value = rates[meter];
    // Searches are listed by the thousand: a thousand times dearer than a millionth.
    if (value !== undefined) exact[meter] = picodollars(value) * (meter === "searches" ? 1000 : 1);
  }
  for (const unit of UNITS) {
    const value = rates[unit];
    if (value !== undefined) exact[unit] = unit === "characters" ? picodollars(value) : Math.round(value * 1e12);
  }
  return exact;
}

function valuesOf(told: Readonly<Record<string, number>>, of: (value: number) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(told).map(([name, value]) => [name, of(value)]));
}

/** With what the vendor charges and the list leaves out. */
function completed(provider: string, name: string, price: Price): Price {
  return withGroundedSearches(provider, name, withHourlyWrites(name, price));
}

/**
 * Google's searches of the web for Gemini, in USD per thousand: by the query since Gemini 3, by the prompt before. What is free each day or
 * month is not taken off: how much of it is left only Google knows.
 * https://ai.google.dev/gemini-api/docs/pricing (2026-11-22)
 */
function withGroundedSearches(provider: string, name: string, price: Price): Price {
  const isGoogles = provider === "google" || provider === "vertex";
  if (!isGoogles || !name.startsWith("gemini-") || name.includes("embedding")) return price;
  const usdPerThousand = /^gemini-[12]\b/.test(name) ? 35 : 14;
  return { ...price, rates: { ...price.rates, searches: picodollars(usdPerThousand) * 1000 } };
}

/**
 * Claude's cache writes for an hour, where the list has only those for five minutes: twice the input rate, whoever serves.
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching#pricing (2026-11-22)
 */
function withHourlyWrites(name: string, price: Price): Price {
  if (!name.includes("claude")) return price;
  const complete = (rates: Rates): Rates => {
    const { input, cache_write_5m: short, cache_write_1h: long } = rates;
    if (input === undefined || short === undefined || long !== undefined) return rates;
    return { ...rates, cache_write_1h: input * 2 };
  };
  const tiers = price.tiers?.map((tier) => ({ ...tier, rates: complete(tier.rates) }));
  return { rates: complete(price.rates), ...(tiers === undefined ? {} : { tiers }) };
}
