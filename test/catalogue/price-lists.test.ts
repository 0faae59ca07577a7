import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { endpointsOf } from "../../src/catalog/endpoint.ts";
import { MODELS } from "../../src/catalog/models.ts";
import { PROVIDERS } from "../../src/catalog/providers/index.ts";
import type { Ask } from "../../src/core/ask.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { costOf } from "../../src/core/money.ts";
import type { Usage } from "../../src/core/usage.ts";
import { priceOf } from "../../src/ledger/dearer.ts";

/** Picodollars a unit, as vendors print them: USD per million tokens, per thousand uses of tools. */
const M = (usd: number) => BigInt(Math.round(usd * 1e6));
const K = (usd: number) => BigInt(Math.round(usd * 1e9));

type Kind = Exclude<keyof Usage, "input" | "output">;
type Table = { fresh: bigint; said: bigint } & Partial<Record<Kind, bigint>>;

interface Listed {
  readonly what: string;
  readonly model: string;
  readonly provider: string;
  readonly told?: { serviceTier?: string; rawUsage?: JsonObject };
  readonly regional?: boolean;
  readonly atMs?: number;
  readonly table: Table;
  readonly above?: readonly [tokens: number, table: Table];
}

const FABLE = { fresh: 10, said: 50, cache_read: 0.25, cache_write_5m: 12.5, cache_write_1h: 20 };
/** Typed by hand from the vendors' pages (2026-11-26), so many times as much. */
const claude = (list: typeof FABLE, times = 1): Table => ({
  fresh: M(list.fresh * times),
  said: M(list.said * times),
  cache_read: M(list.cache_read * times),
  cache_write_5m: M(list.cache_write_5m * times),
  cache_write_1h: M(list.cache_write_1h * times),
  searches: K(10),
});
const OPUS_4_6 = { fresh: 5, said: 25, cache_read: 0.5, cache_write_5m: 6.25, cache_write_1h: 10 };
const openaiTools = { searches: K(10), file_searches: K(2.5), containers: K(30) };

const LISTS: readonly Listed[] = [
  {
    what: "GPT-5 mini",
    model: "openai/gpt-5-mini",
    provider: "openai",
    table: { fresh: M(0.25), cache_read: M(0.025), said: M(2), ...openaiTools },
  },
  {
    what: "GPT-5 mini with priority",
    model: "openai/gpt-5-mini",
    provider: "openai",
    told: { serviceTier: "priority" },
    table: { fresh: M(0.45), cache_read: M(0.045), said: M(3.6), ...openaiTools },
  },
  {
    what: "o4-mini with priority",
    model: "openai/o4-mini",
    provider: "openai",
    told: { serviceTier: "priority" },
    table: { fresh: M(2), cache_read: M(0.5), said: M(8), ...openaiTools },
  },
  {
    what: "GPT-5.5 in fast mode",
    model: "openai/gpt-5.5",
    provider: "openai",
    told: { serviceTier: "fast" },
    table: { fresh: M(12.5), cache_read: M(1.25), said: M(75), ...openaiTools },
    above: [271_999, { fresh: M(25), cache_read: M(2.5), said: M(112.5), ...openaiTools }],
  },
  {
    what: "GPT-5.6 Sol, with writes to its cache, a long context and flex",
    model: "openai/gpt-5.6-sol",
    provider: "openai",
    told: { serviceTier: "flex" },
    table: { fresh: M(2), cache_read: M(0.2), cache_write_5m: M(2.5), said: M(10), ...openaiTools },
    above: [271_999, { fresh: M(4), cache_read: M(0.4), cache_write_5m: M(5), said: M(15), ...openaiTools }],
  },
  {
    what: "GPT-5.4 that stays in Europe",
    model: "openai/gpt-5.4",
    provider: "openai",
    regional: true,
    table: { fresh: M(2.75), cache_read: M(0.275), said: M(16.5), ...openaiTools },
    above: [271_999, { fresh: M(5.5), cache_read: M(0.55), said: M(24.75), ...openaiTools }],
  },
  {
    what: "GPT Audio, by what is heard and spoken",
    model: "openai/gpt-audio",
    provider: "openai",
    table: {
      fresh: M(2.5),
      audio_input: M(32),
      said: M(10),
      audio_output: M(64),
      file_searches: K(2.5),
      containers: K(30),
    },
  },
  { what: "Claude Fable 5.1", model: "anthropic/claude-fable-5.1", provider: "anthropic", table: claude(FABLE) },
  {
    what: "Claude Opus 4.6 in the United States",
    model: "anthropic/claude-opus-4.6",
    provider: "anthropic",
    told: { rawUsage: { inference_geo: "us" } },
    table: claude(OPUS_4_6, 1.1),
  },
  {
    what: "Claude Opus 5 in fast mode, in the United States",
    model: "anthropic/claude-opus-5",
    provider: "anthropic",
    told: { rawUsage: { inference_geo: "us", speed: "fast" } },
    table: claude(OPUS_4_6, 2.2),
  },
  {
    what: "Gemini 2.5 Pro, above 200,000 tokens as well",
    model: "google/gemini-2.5-pro",
    provider: "google",
    table: { fresh: M(1.25), cache_read: M(0.125), said: M(10), searches: K(35), places: K(25) },
    above: [200_000, { fresh: M(2.5), cache_read: M(0.25), said: M(15), searches: K(35), places: K(25) }],
  },
  {
    what: "Gemini 2.5 Flash with priority, which hears",
    model: "google/gemini-2.5-flash",
    provider: "google",
    told: { serviceTier: "priority" },
    table: { fresh: M(0.54), cache_read: M(0.054), audio_input: M(1.8), said: M(4.5), searches: K(35) },
  },
  {
    what: "Grok 4.3, above 200,000 tokens as well",
    model: "xai/grok-4.3",
    provider: "xai",
    table: {
      fresh: M(1.25),
      cache_read: M(0.2),
      said: M(2.5),
      searches: K(5),
      code_runs: K(5),
      file_searches: K(2.5),
      attachment_searches: K(10),
    },
    above: [
      200_000,
      {
        fresh: M(2.5),
        cache_read: M(0.4),
        said: M(5),
        searches: K(5),
        code_runs: K(5),
        file_searches: K(2.5),
        attachment_searches: K(10),
      },
    ],
  },
  {
    what: "DeepSeek V4 Pro at night",
    model: "deepseek/deepseek-v4-pro",
    provider: "deepseek",
    table: { fresh: M(0.66), cache_read: M(0.022), said: M(1.98) },
  },
  {
    what: "DeepSeek V4 Pro in peak hours",
    model: "deepseek/deepseek-v4-pro",
    provider: "deepseek",
    atMs: Date.UTC(2026, 10, 26, 8),
    table: { fresh: M(1.32), cache_read: M(0.044), said: M(3.96) },
  },
  {
    what: "Sonar Pro, by how much it reads",
    model: "perplexity/sonar-pro",
    provider: "perplexity",
    table: { fresh: M(3), said: M(15), requests_low: K(6), requests_medium: K(10), requests_high: K(14) },
  },
  {
    what: "Sonar Deep Research, by what it searches, quotes and thinks",
    model: "perplexity/sonar-deep-research",
    provider: "perplexity",
    table: { fresh: M(2), said: M(8), reasoning: M(3), searches: K(5), citations: M(2) },
  },
];

const INPUT: readonly Kind[] = ["cache_read", "cache_write_5m", "cache_write_1h", "audio_input"];
const OUTPUT: readonly Kind[] = ["reasoning", "audio_output"];

/** Any usage, by its parts, so that no part is more than its whole. */
const tokens = fc.integer({ min: 0, max: 150_000 });
const parts = fc.record({
  fresh: tokens,
  said: tokens,
  ...Object.fromEntries([...INPUT, ...OUTPUT].map((kind) => [kind, tokens])),
});
const calls = fc.integer({ min: 0, max: 20 });
const tools = fc.record({
  searches: calls,
  file_searches: calls,
  containers: calls,
  code_runs: calls,
  citations: calls,
});

function priceIn({ model, provider, told, regional, atMs = Date.UTC(2026, 10, 26, 12) }: Listed) {
  const found = MODELS.find(({ id }) => id === model)!;
  const endpoint = endpointsOf(found, PROVIDERS).find((one) => one.provider === provider)!;
  const ask = { body: {}, gateway: { options: {} } } as unknown as Ask;
  const [wire] = endpoint.wires.generate!;
  return priceOf(
    { endpoint, wire: wire!, regional },
    { serviceTier: undefined, rawUsage: undefined, ...told },
    ask,
    atMs,
  )!;
}

describe("the cost of an answer is the sum of its parts, each by the list", () => {
  test.each(LISTS.map((one) => [one.what, one] as const))("%s", (_, listed) => {
    const price = priceIn(listed);
    fc.assert(
      fc.property(parts, tools, (part: Record<string, number>, used) => {
        const sum = (kinds: readonly string[]) => kinds.reduce((all, kind) => all + (part[kind] ?? 0), 0);
        const input = sum(["fresh", ...INPUT]);
        const kept = Object.fromEntries([...INPUT, ...OUTPUT].map((kind) => [kind, part[kind]]));
        const usage = { input, output: sum(["said", ...OUTPUT]), ...kept, ...used, requests_medium: 1 } as Usage;
        const isLong = listed.above !== undefined && input > listed.above[0];
        const table: Partial<Record<string, bigint>> = isLong ? listed.above![1] : listed.table;
        const of = (kind: string, units: number, whole: string) => BigInt(units) * (table[kind] ?? table[whole] ?? 0n);
        let [read, said] = [0n, 0n];
        for (const kind of ["fresh", ...INPUT]) read += of(kind, part[kind]!, "fresh");
        for (const kind of ["said", ...OUTPUT]) said += of(kind, part[kind]!, "said");
        for (const [kind, units] of Object.entries({ ...used, requests_medium: 1 })) said += of(kind, units, "");
        const rounded = (pico: bigint) => Number((pico + 500n) / 1000n);
        expect(costOf(usage, price)).toMatchObject({ input: rounded(read), output: rounded(said) });
      }),
    );
  });
});
