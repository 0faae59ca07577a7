import { merged } from "./json.ts";

/** What work other than talk is counted in, beside tokens or instead of them. */
export const UNITS = [
  /** Made or changed. */
  "images",
  /** Of a text that is spoken. */
  "characters",
  /** Of sound that is heard or made. Whole: what is begun counts. */
  "seconds",
  /** A search among so many documents as the vendor puts into one. */
  "search_units",
] as const;

/** What a provider's own tools are paid for by the call. */
export const CALLS = [
  /** Of the web. */
  "searches",
  /** … by a tool that is about to be replaced, and has another price. They are counted as searches. */
  "preview_searches",
  /** Of files that were kept for it. */
  "file_searches",
  /** Of files that came with the request. */
  "attachment_searches",
  /** Of a map. */
  "places",
  /** Programs that were run. */
  "code_runs",
  /** Machines that were started for them, by the gigabyte of their memory. */
  "containers",
] as const;

/** Tokens of a model of its own that makes pictures for another: what it reads, in words, pictures, or either from a cache, and what it draws and says. */
export const PICTURES = ["picture_words", "picture_seen", "picture_kept", "picture_drawn", "picture_said"] as const;

/** What stands alone: what a provider's own tools did, and what it charges for being asked. */
export const ALONE = [
  ...CALLS,
  /** Tokens of pages that were read to it, where they are told beside the input. */
  "citations",
  /** Requests, by how much is read for them where that has a price. */
  "requests_low",
  "requests_medium",
  "requests_high",
  /** Whatever was done and costs nobody can tell how much. */
  "unmetered",
  ...PICTURES,
  ...UNITS,
] as const;

/**
 * What is counted. `input` and `output` are whole: everything the model read and everything it wrote. The other
 * token meters are parts of one of them, or stand alone.
 */
export const METERS = [
  "input",
  "cache_read",
  "cache_write_5m",
  "cache_write_1h",
  "audio_input",
  "image_input",
  "output",
  "reasoning",
  "audio_output",
  "image_output",
  ...ALONE,
] as const;
export type Meter = (typeof METERS)[number];

/** Absent means "not told", which is not zero. */
export type Usage = Partial<Record<Meter, number>>;

/** The parts of each whole. A part is priced at its own rate and taken out of its whole, so that nothing counts twice. */
export const PARTS = {
  input: ["cache_read", "cache_write_5m", "cache_write_1h", "audio_input", "image_input"],
  output: ["reasoning", "audio_output", "image_output"],
} as const satisfies Partial<Record<Meter, readonly Meter[]>>;

/** The later report wins meter by meter; what it does not mention stays as it was. Counters are totals: set, never add. */
export function mergeUsage(earlier: Usage | undefined, later: Usage, withdrawn: readonly Meter[] = []): Usage {
  if (earlier === undefined) return later;
  if (withdrawn.length === 0) return merged(earlier, later);
  const left = { ...earlier, ...later };
  for (const meter of withdrawn) delete left[meter];
  return left;
}

/** Of two answers together. */
export function addUsage(one: Usage | undefined, other: Usage): Usage {
  if (one === undefined) return other;
  const sum = { ...one };
  for (const meter of METERS) if (other[meter] !== undefined) sum[meter] = (sum[meter] ?? 0) + other[meter];
  return sum;
}

/** The same, with no part told as more than its whole: a provider may claim anything. */
export function partsWithin(usage: Usage): Usage {
  let within = usage;
  for (const whole of ["input", "output"] as const) {
    const most = usage[whole];
    if (most === undefined) continue;
    for (const part of PARTS[whole]) if ((usage[part] ?? 0) > most) within = { ...within, [part]: most };
  }
  return within;
}

/** A provider's number as a count, or `undefined` for anything that is not a whole number from 0 to 2^53. */
export function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Written to the cache, whatever the time it lives there; `undefined` when nobody told. */
export function cacheWrites(usage: Usage): number | undefined {
  const { cache_write_5m: short, cache_write_1h: long } = usage;
  return short === undefined && long === undefined ? undefined : (short ?? 0) + (long ?? 0);
}
