/**
 * Writes `src/catalog/models.generated.json`: our rows (`scripts/catalog/`) with the prices in force today by
 * @pydantic/genai-prices (MIT, https://github.com/pydantic/genai-prices).
 *
 *     bun scripts/catalog.ts [--date YYYY-MM-DD] [--explain]
 *
 * `--explain` prints where the price of each offer is from, and writes nothing.
 */
import type { Ability, Model, Offer } from "../src/catalog/model.ts";
import { PROVIDERS } from "../src/catalog/providers/index.ts";
import { abilitiesOf, cachesByMarks, quirksOf } from "./catalog/families.ts";
import { priceOf } from "./catalog/prices.ts";
import type { Row } from "./catalog/row.ts";
import { ROWS } from "./catalog/rows.ts";

const TARGET = new URL("../src/catalog/models.generated.json", import.meta.url);
const LIST = "@pydantic/genai-prices";

/** Where the price of an offer is from: an entry of the price list, or a page and the day it was read. */
export interface Provenance {
  readonly model: string;
  readonly provider: string;
  readonly upstream: string;
  /** `undefined` for an offer that is unpriced. */
  readonly from: string | undefined;
}

export interface Catalogue {
  /** Sorted by id. */
  readonly models: readonly Model[];
  readonly provenance: readonly Provenance[];
  /** The generated file, to the byte. */
  readonly text: string;
}

/** The catalogue with the prices of a day, `YYYY-MM-DD`. Asks nobody: the price list is a package. */
export async function catalogueOf(day: string): Promise<Catalogue> {
  const manifest: { version: string } = await Bun.file(
    new URL("../node_modules/@pydantic/genai-prices/package.json", import.meta.url),
  ).json();
  // Noon is outside DeepSeek's peak hours (01–04 and 06–10 UTC), whose doubled rates a price without a clock cannot say.
  const at = new Date(`${day}T12:00:00Z`);
  const provenance: Provenance[] = [];
  const models = [...ROWS]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((row) => toModel(alsoAtAzure(row, at), at, provenance));
  const text = [
    "{",
    `"generated":${JSON.stringify(day)},`,
    `"source":${JSON.stringify(`scripts/catalog.ts; prices: ${LIST} ${manifest.version}, MIT`)},`,
    '"models":[',
    models.map((model) => JSON.stringify(model)).join(",\n"),
    "]}\n",
  ].join("\n");
  return { models, provenance, text };
}

/** Azure serves OpenAI's models that its price list knows, after OpenAI itself; a deployment mostly has the model's name. */
function alsoAtAzure(row: Row, at: Date): Row {
  const { openai, ...others } = row.offers;
  if (typeof openai !== "string" || row.deprecated === true || priceOf("azure", openai, at) === undefined) return row;
  return { ...row, offers: { openai, azure: openai, ...others } };
}

function toModel(row: Row, at: Date, provenance: Provenance[]): Model {
  const offers = Object.entries(row.offers).map(([provider, offer]): Offer => {
    if (!PROVIDERS.has(provider)) throw new Error(`${row.id}: no provider ${provider}`);
    const upstream = typeof offer === "string" ? offer : offer.upstream;
    const listed = priceOf(provider, offer, at);
    provenance.push({ model: row.id, provider, upstream, from: listed?.from });
    return { provider, upstream, ...(listed === undefined ? {} : { price: listed.price }) };
  });
  const quirks = [...quirksOf(row.id), ...(row.quirks ?? [])];
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    ...(row.window === undefined ? {} : { contextWindow: row.window }),
    ...(row.output === undefined ? {} : { maxOutput: row.output }),
    ...(row.released === undefined ? {} : { released: Date.parse(row.released) / 1000 }),
    ...(row.deprecated === undefined ? {} : { deprecated: true }),
    abilities: [...(row.abilities ?? abilitiesOf(row.id)), ...cachingOf(row.id, offers)],
    ...(quirks.length === 0 ? {} : { quirks }),
    offers,
  };
}

/** Whoever has a price for reading a cache has one; whether it fills by itself or where it is told to is the family's. */
function cachingOf(id: string, offers: readonly Offer[]): Ability[] {
  if (!offers.some((offer) => offer.price?.rates.cache_read !== undefined)) return [];
  return [cachesByMarks(id) ? "explicit-caching" : "caching"];
}

if (import.meta.main) {
  const { argv } = process;
  const day = argv.includes("--date") ? argv[argv.indexOf("--date") + 1]! : new Date().toISOString().slice(0, 10);
  const { models, provenance, text } = await catalogueOf(day);
  if (argv.includes("--explain")) {
    for (const { model, provider, upstream, from } of provenance)
      console.log(`${model}\t${provider}\t${upstream}\t${from ?? "UNPRICED"}`);
  } else {
    await Bun.write(TARGET, text);
    const priced = provenance.filter(({ from }) => from !== undefined).length;
    console.log(`${models.length} models, ${provenance.length} offers, ${priced} of them priced, ${day}`);
  }
}
