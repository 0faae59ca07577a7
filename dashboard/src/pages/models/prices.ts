import type { ListedEndpoint, ListedModel, TokenPrices } from "../../../../src/admin/contract.ts";

/** From the cheapest to the dearest of several, in dollars. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What a million tokens of a kind cost at those who serve; `undefined` where nobody told. */
export function priceSpan(endpoints: readonly ListedEndpoint[], kind: "input" | "output"): Span | undefined {
  const served = endpoints.filter(({ is_served }) => is_served);
  const told = (served.length > 0 ? served : endpoints).flatMap(({ price }) => price?.per_million_tokens[kind] ?? []);
  return told.length === 0 ? undefined : { from: Math.min(...told), to: Math.max(...told) };
}

/** What one of something costs, of a model that is not paid for by tokens: the first that is told. */
export function unitPrice(
  endpoints: readonly ListedEndpoint[],
): { readonly unit: string; readonly usd: number } | undefined {
  for (const { price } of endpoints) {
    const first = Object.entries(price?.per_unit ?? {})[0];
    if (first !== undefined && Object.keys(price?.per_million_tokens ?? {}).length === 0)
      return { unit: first[0], usd: first[1] };
  }
  return undefined;
}

/** `$1.25`, `$0.075 – 0.15` */
export function spanText({ from, to }: Span): string {
  return from === to ? dollars(from) : `${dollars(from)} – ${dollars(to).slice(1)}`;
}

/** Prices have as many figures as they are told with, and two at least. */
export function dollars(value: number): string {
  const text = Number(value.toPrecision(12)).toString();
  if (text.includes("e")) return `$${value.toFixed(9).replace(/0+$/, "")}`;
  const [whole, rest = ""] = text.split(".");
  return `$${Number(whole).toLocaleString("en-US")}.${rest.padEnd(2, "0")}`;
}

/** Kinds of tokens, in the order in which people ask for them, and what they are called. */
export const KINDS: Readonly<Record<keyof TokenPrices, string>> = {
  input: "Input",
  cache_read: "Cached input",
  cache_write_5m: "Cache write, 5 min",
  cache_write_1h: "Cache write, 1 h",
  audio_input: "Audio in",
  image_input: "Image in",
  output: "Output",
  reasoning: "Reasoning",
  audio_output: "Audio out",
  image_output: "Image out",
  citations: "Citations",
};

/** `search_units` → `search unit`: what one of them is called. */
export function unitName(unit: string): string {
  return unit
    .replaceAll("_", " ")
    .replace(/ies$/, "y")
    .replace(/(ch|s)es$/, "$1")
    .replace(/s$/, "");
}

/** `200K`, `1.05M`; the way context windows are told. */
export function tokens(value: number): string {
  if (value < 1000) return String(value);
  if (value < 1_000_000) return `${Number((value / 1000).toPrecision(3))}K`;
  return `${Number((value / 1_000_000).toPrecision(3))}M`;
}

/** Of a model with several endpoints the best that was measured; `undefined` where nothing was. */
export function fastest({ endpoints }: ListedModel): number | undefined {
  const told = endpoints.flatMap(({ latency_last_1h }) => latency_last_1h?.p50 ?? []);
  return told.length === 0 ? undefined : Math.min(...told);
}
