import { GONE, language, type Row } from "./row.ts";

/** Newer than the price list. */
const PRICING = "https://platform.claude.com/docs/en/about-claude/pricing (2026-11-22)";

/**
 * Windows, outputs, dates: https://platform.claude.com/docs/en/models/overview; retirements:
 * https://platform.claude.com/docs/en/about-claude/model-deprecations (Sonnet 4 and Opus 4 answer no more since 2026-06-15).
 * Bedrock by the profiles that every commercial region answers to, where there is one:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html and recordings. Vertex AI by the names of
 * https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai, which are Anthropic's own since 4.6 (price list).
 */
export const ANTHROPIC: readonly Row[] = [
  language(
    "anthropic/claude-3-haiku",
    "Claude Haiku 3",
    200_000,
    4_096,
    "2024-03-07",
    {
      anthropic: "claude-3-haiku-20240307",
      openrouter: "anthropic/claude-3-haiku",
    },
    GONE,
  ),
  language(
    "anthropic/claude-3.5-haiku",
    "Claude Haiku 3.5",
    200_000,
    8_192,
    "2024-10-22",
    {
      anthropic: "claude-3-5-haiku-20241022",
      openrouter: "anthropic/claude-3.5-haiku",
    },
    GONE,
  ),
  language(
    "anthropic/claude-3.7-sonnet",
    "Claude Sonnet 3.7",
    200_000,
    64_000,
    "2025-02-19",
    {
      anthropic: "claude-3-7-sonnet-20250219",
      openrouter: "anthropic/claude-3.7-sonnet",
    },
    GONE,
  ),
  language(
    "anthropic/claude-sonnet-4",
    "Claude Sonnet 4",
    200_000,
    64_000,
    "2025-05-22",
    {
      anthropic: "claude-sonnet-4-20250514",
      openrouter: "anthropic/claude-sonnet-4",
    },
    GONE,
  ),
  language(
    "anthropic/claude-opus-4",
    "Claude Opus 4",
    200_000,
    32_000,
    "2025-05-22",
    {
      anthropic: "claude-opus-4-20250514",
      openrouter: "anthropic/claude-opus-4",
    },
    GONE,
  ),
  language("anthropic/claude-opus-4.1", "Claude Opus 4.1", 200_000, 32_000, "2025-08-05", {
    anthropic: "claude-opus-4-1-20250805",
    vertex: "claude-opus-4-1@20250805",
    bedrock: "us.anthropic.claude-opus-4-1-20250805-v1:0",
    openrouter: { upstream: "anthropic/claude-opus-4.1", unpriced: true },
  }),
  language("anthropic/claude-sonnet-4.5", "Claude Sonnet 4.5", 200_000, 64_000, "2025-09-29", {
    anthropic: "claude-sonnet-4-5-20250929",
    vertex: "claude-sonnet-4-5@20250929",
    bedrock: "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    openrouter: "anthropic/claude-sonnet-4.5",
  }),
  language("anthropic/claude-haiku-4.5", "Claude Haiku 4.5", 200_000, 64_000, "2025-10-15", {
    anthropic: "claude-haiku-4-5-20251001",
    vertex: "claude-haiku-4-5@20251001",
    bedrock: "global.anthropic.claude-haiku-4-5-20251001-v1:0",
    openrouter: "anthropic/claude-haiku-4.5",
  }),
  language("anthropic/claude-opus-4.5", "Claude Opus 4.5", 200_000, 64_000, "2025-11-24", {
    anthropic: "claude-opus-4-5-20251101",
    vertex: "claude-opus-4-5@20251101",
    bedrock: "global.anthropic.claude-opus-4-5-20251101-v1:0",
    openrouter: "anthropic/claude-opus-4.5",
  }),
  language("anthropic/claude-opus-4.6", "Claude Opus 4.6", 1_000_000, 128_000, "2026-02-05", {
    anthropic: "claude-opus-4-6",
    vertex: "claude-opus-4-6",
    bedrock: "global.anthropic.claude-opus-4-6-v1",
    openrouter: "anthropic/claude-opus-4.6",
  }),
  language("anthropic/claude-sonnet-4.6", "Claude Sonnet 4.6", 1_000_000, 64_000, "2026-02-17", {
    anthropic: "claude-sonnet-4-6",
    vertex: "claude-sonnet-4-6",
    bedrock: "global.anthropic.claude-sonnet-4-6",
    openrouter: "anthropic/claude-sonnet-4.6",
  }),
  language("anthropic/claude-opus-4.7", "Claude Opus 4.7", 1_000_000, 128_000, "2026-04-16", {
    anthropic: "claude-opus-4-7",
    vertex: "claude-opus-4-7",
    bedrock: "global.anthropic.claude-opus-4-7",
    openrouter: "anthropic/claude-opus-4.7",
  }),
  language("anthropic/claude-opus-4.8", "Claude Opus 4.8", 1_000_000, 128_000, "2026-05-28", {
    anthropic: "claude-opus-4-8",
    vertex: "claude-opus-4-8",
    bedrock: "global.anthropic.claude-opus-4-8",
    openrouter: "anthropic/claude-opus-4.8",
  }),
  language("anthropic/claude-opus-4.8-fast", "Claude Opus 4.8 (Fast)", 1_000_000, 128_000, "2026-05-28", {
    openrouter: "anthropic/claude-opus-4.8-fast",
  }),
  language("anthropic/claude-fable-5", "Claude Fable 5", 1_000_000, 128_000, "2026-06-09", {
    anthropic: "claude-fable-5",
    vertex: "claude-fable-5",
    openrouter: "anthropic/claude-fable-5",
  }),
  language("anthropic/claude-sonnet-5", "Claude Sonnet 5", 1_000_000, 128_000, "2026-06-30", {
    anthropic: "claude-sonnet-5",
    vertex: "claude-sonnet-5",
    bedrock: "global.anthropic.claude-sonnet-5",
    openrouter: "anthropic/claude-sonnet-5",
  }),
  language("anthropic/claude-opus-5", "Claude Opus 5", 1_000_000, 128_000, "2026-07-24", {
    anthropic: "claude-opus-5",
    vertex: "claude-opus-5",
    bedrock: "global.anthropic.claude-opus-5",
    openrouter: "anthropic/claude-opus-5",
  }),
  language("anthropic/claude-opus-5-fast", "Claude Opus 5 (Fast)", 1_000_000, 128_000, "2026-07-24", {
    openrouter: "anthropic/claude-opus-5-fast",
  }),
  language("anthropic/claude-fable-5.1", "Claude Fable 5.1", 1_000_000, 128_000, "", {
    anthropic: "claude-fable-5-1",
    openrouter: "anthropic/claude-fable-5.1",
  }),
  language("anthropic/claude-opus-5.5", "Claude Opus 5.5", 1_000_000, 128_000, "2026-09-22", {
    anthropic: "claude-opus-5-5",
    vertex: "claude-opus-5-5",
    openrouter: "anthropic/claude-opus-5.5",
  }),
  language("anthropic/claude-sonnet-5.5", "Claude Sonnet 5.5", 1_000_000, 128_000, "", {
    anthropic: {
      upstream: "claude-sonnet-5-5",
      from: PRICING,
      // Cache reads were halved on 2026-10-07.
      price: { input: 2, cache_read: 0.1, cache_write_5m: 2.5, cache_write_1h: 4, output: 10, searches: 10 },
    },
    openrouter: { upstream: "anthropic/claude-sonnet-5.5", unpriced: true },
  }),
  language("anthropic/claude-haiku-5.5", "Claude Haiku 5.5", 1_000_000, 128_000, "2026-10-07", {
    anthropic: {
      upstream: "claude-haiku-5-5",
      from: PRICING,
      price: {
        input: 0.1,
        cache_read: 0.01,
        cache_write_5m: 0.125,
        cache_write_1h: 0.2,
        output: 0.5,
        searches: 10,
        above: {
          100000: { input: 0.5, cache_read: 0.05, cache_write_5m: 0.625, cache_write_1h: 1, output: 2.5 },
        },
      },
    },
    openrouter: { upstream: "anthropic/claude-haiku-5.5", unpriced: true },
  }),
];
