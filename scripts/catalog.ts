/**
 * Writes `src/catalog/models.generated.json`: our rows (`scripts/catalog/`) with the prices in force today by
 * @pydantic/genai-prices (MIT, https://github.com/pydantic/genai-prices).
 *
 *     bun scripts/catalog.ts [--date YYYY-MM-DD] [--explain]
 *
 * `--explain` prints which entry of the price list each offer was priced by, and writes nothing.
 */
import type { Model, Offer } from "../src/catalog/model.ts";
import { PROVIDERS } from "../src/catalog/providers/index.ts";
import { abilitiesOf, quirksOf } from "./catalog/families.ts";
import { priceOf } from "./catalog/prices.ts";
import type { Row } from "./catalog/row.ts";
import { ROWS } from "./catalog/rows.ts";

const TARGET = new URL("../src/catalog/models.generated.json", import.meta.url);
const LIST = "@pydantic/genai-prices";

const { argv } = process;
const explain = argv.includes("--explain");
const date = argv[argv.indexOf("--date") + 1] ?? "";
const today = argv.includes("--date") ? date : new Date().toISOString().slice(0, 10);
// Noon is outside DeepSeek's peak hours (01–04 and 06–10 UTC), whose doubled rates a price without a clock cannot say.
const at = new Date(`${today}T12:00:00Z`);

const manifest: { version: string } = await Bun.file(
  new URL("../node_modules/@pydantic/genai-prices/package.json", import.meta.url),
).json();

const models = [...ROWS].sort((a, b) => (a.id < b.id ? -1 : 1)).map(toModel);
if (explain) process.exit(0);
await Bun.write(
  TARGET,
  [
    "{",
    `"generated":${JSON.stringify(today)},`,
    `"source":${JSON.stringify(`scripts/catalog.ts; prices: ${LIST} ${manifest.version}, MIT`)},`,
    '"models":[',
    models.map((model) => JSON.stringify(model)).join(",\n"),
    "]}\n",
  ].join("\n"),
);
const offers = models.flatMap((model) => model.offers);
const priced = offers.filter((offer) => offer.price !== undefined).length;
console.log(`${models.length} models, ${offers.length} offers, ${priced} of them priced, ${today}`);

function toModel(row: Row): Model {
  const offers = Object.entries(row.offers).map(([provider, offer]): Offer => {
    if (!PROVIDERS.has(provider)) throw new Error(`${row.id}: no provider ${provider}`);
    const upstream = typeof offer === "string" ? offer : offer.upstream;
    const listed = priceOf(provider, offer, at);
    if (explain) console.log(`${row.id}\t${provider}\t${upstream}\t${listed?.from ?? "UNPRICED"}`);
    return { provider, upstream, ...(listed === undefined ? {} : { price: listed.price }) };
  });
  const caches = offers.some((offer) => offer.price?.rates.cache_read !== undefined);
  const quirks = [...quirksOf(row.id), ...(row.quirks ?? [])];
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    contextWindow: row.window,
    ...(row.output === undefined ? {} : { maxOutput: row.output }),
    ...(row.released === undefined ? {} : { released: Date.parse(row.released) / 1000 }),
    ...(row.deprecated === undefined ? {} : { deprecated: true }),
    abilities: [...(row.abilities ?? abilitiesOf(row.id)), ...(caches ? (["caching"] as const) : [])],
    ...(quirks.length === 0 ? {} : { quirks }),
    offers,
  };
}
