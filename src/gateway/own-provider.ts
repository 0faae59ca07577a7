import { bearer, header, type Provider } from "../catalog/provider.ts";
import { ConfigError } from "../config/explain.ts";
import type { PriceConfig, ProviderConfig } from "../config/schema.ts";
import { present } from "../core/json.ts";
import { type Price, picodollars } from "../core/money.ts";

/** A provider that no catalogue has, as the operator tells it. @throws ConfigError for what the catalogue would have said */
export function ownProvider(name: string, told: ProviderConfig): Provider {
  const at = `providers.${name}`;
  if (told.wire === undefined)
    throw new ConfigError([`${at}: not in the catalogue, so it needs \`wire: openai-chat\` (or anthropic-messages)`]);
  if (told.base_url === undefined) throw new ConfigError([`${at}: not in the catalogue, so it needs a base_url`]);
  if (told.api_key === undefined && told.api_key_file === undefined && told.credentials === undefined)
    throw new ConfigError([
      `${at}: not in the catalogue, so it needs an api_key (\`none\` where the server wants none)`,
    ]);
  const speaksChat = told.wire === "openai-chat";
  const speaksOpenai = told.wire !== "anthropic-messages";
  return present({
    name,
    title: name,
    docs: "",
    baseUrl: told.base_url,
    auth: speaksOpenai ? bearer() : header("x-api-key"),
    headers: speaksOpenai ? told.headers : { "anthropic-version": "2023-06-01", ...told.headers },
    wires: present({
      generate: [told.wire],
      complete: told.completions === true ? (["openai-completions"] as const) : undefined,
      embed: (told.embeddings ?? speaksChat) ? (["openai-embeddings"] as const) : undefined,
      ...(speaksChat ? BESIDE_CHAT : {}),
    }),
    quirks: told.quirks,
  });
}

/** What a server that speaks OpenAI's format may serve as well: the type of a model says of which it is. */
const BESIDE_CHAT: Provider["wires"] = {
  rerank: ["cohere-rerank"],
  moderate: ["openai-moderations"],
  speech: ["openai-speech"],
  transcribe: ["openai-transcriptions", "openai-translations"],
  image: ["openai-images", "openai-image-edits"],
};

/** A price in USD per million tokens, or for one of something else. */
export function priceOf(told: PriceConfig): Price {
  const each = (usd: number | undefined) => (usd === undefined ? undefined : Math.round(usd * 1e12));
  const pico = (usd: number | undefined) => (usd === undefined ? undefined : picodollars(usd));
  const kinds = told.images === undefined ? [] : Object.entries(told.images).map(([kind, usd]) => [kind, each(usd)]);
  return {
    ...(kinds.length === 0 ? {} : { images: Object.fromEntries(kinds) as Record<string, number> }),
    rates: present({
      input: pico(told.input),
      output: pico(told.output),
      cache_read: pico(told.cache_read),
      cache_write_5m: pico(told.cache_write),
      cache_write_1h: pico(told.cache_write_1h),
      reasoning: pico(told.reasoning),
      images: each(told.image),
      characters: pico(told.characters),
      seconds: each(told.minute === undefined ? undefined : told.minute / 60),
      search_units: each(told.search_unit),
    }),
  };
}
