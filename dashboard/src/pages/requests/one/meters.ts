import { usd } from "../../../ui/format.ts";

const NAMES: Readonly<Record<string, string>> = {
  input: "Input tokens",
  cache_read: "Cached input tokens",
  cache_write_5m: "Written to the cache",
  cache_write_1h: "Written to the cache for an hour",
  audio_input: "Audio input tokens",
  image_input: "Image input tokens",
  output: "Output tokens",
  reasoning: "Reasoning tokens",
  audio_output: "Audio output tokens",
  image_output: "Image output tokens",
  searches: "Web searches",
};

/** What is counted, as people call it. */
export function meterName(meter: string): string {
  const words = meter.replaceAll("_", " ");
  return NAMES[meter] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** `$1.25 / M` of tokens, `$0.01 each` of others; a dash for what has no price. */
export function priceText(price: number | null, of: "token" | "unit"): string {
  if (price === null) return "–";
  return of === "token" ? `${usd(price)} / M` : `${usd(price)} each`;
}
