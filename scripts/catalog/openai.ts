import { GONE, language, type Row } from "./row.ts";

/** The same for 6.1: newer than the price list. */
const SOL = {
  price: {
    input: 2,
    cache_read: 0.1,
    cache_write_5m: 2.5,
    output: 10,
    searches: 10,
    above: { 272000: { input: 4, cache_read: 0.2, cache_write_5m: 5, output: 15 } },
  },
  from: "https://developers.openai.com/api/docs/models/gpt-6.2-sol (2026-11-22)",
} as const;

/**
 * Windows and outputs: https://developers.openai.com/api/docs/models. What OpenAI serves over its Responses API alone
 * (pro, codex, deep research) has no offer of OpenAI's here until that wire is built.
 */
export const OPENAI: readonly Row[] = [
  language("openai/gpt-3.5-turbo", "GPT-3.5 Turbo", 16_385, 4_096, "2023-03-01", {
    openai: "gpt-3.5-turbo",
    openrouter: "openai/gpt-3.5-turbo",
  }),
  language("openai/gpt-4", "GPT-4", 8_192, 8_192, "2023-03-14", { openai: "gpt-4", openrouter: "openai/gpt-4" }),
  language("openai/gpt-4-turbo", "GPT-4 Turbo", 128_000, 4_096, "2024-04-09", {
    openai: "gpt-4-turbo",
    openrouter: "openai/gpt-4-turbo",
  }),
  language("openai/gpt-4o", "GPT-4o", 128_000, 16_384, "2024-05-13", {
    openai: "gpt-4o",
    openrouter: "openai/gpt-4o",
  }),
  language("openai/gpt-4o-mini", "GPT-4o mini", 128_000, 16_384, "2024-07-18", {
    openai: "gpt-4o-mini",
    openrouter: "openai/gpt-4o-mini",
  }),
  language("openai/gpt-4o-search-preview", "GPT-4o Search Preview", 128_000, 16_384, "2025-03-11", {
    openai: "gpt-4o-search-preview",
    openrouter: "openai/gpt-4o-search-preview",
  }),
  language("openai/gpt-4o-mini-search-preview", "GPT-4o mini Search Preview", 128_000, 16_384, "2025-03-11", {
    // The list takes it for GPT-4o mini, whose searches are cheaper.
    openai: {
      upstream: "gpt-4o-mini-search-preview",
      price: { input: 0.15, output: 0.6 },
      from: "https://platform.openai.com/docs/pricing (2025-06)",
    },
    openrouter: "openai/gpt-4o-mini-search-preview",
  }),
  language("openai/gpt-audio", "GPT Audio", 128_000, 16_384, "2025-08-28", {
    openai: "gpt-audio",
    openrouter: "openai/gpt-audio",
  }),
  language("openai/gpt-audio-mini", "GPT Audio mini", 128_000, 16_384, "2025-10-06", {
    openai: "gpt-audio-mini",
    openrouter: "openai/gpt-audio-mini",
  }),
  language("openai/gpt-4.1", "GPT-4.1", 1_047_576, 32_768, "2025-04-14", {
    openai: "gpt-4.1",
    openrouter: "openai/gpt-4.1",
  }),
  language("openai/gpt-4.1-mini", "GPT-4.1 mini", 1_047_576, 32_768, "2025-04-14", {
    openai: "gpt-4.1-mini",
    openrouter: "openai/gpt-4.1-mini",
  }),
  language("openai/gpt-4.1-nano", "GPT-4.1 nano", 1_047_576, 32_768, "2025-04-14", {
    openai: "gpt-4.1-nano",
    openrouter: "openai/gpt-4.1-nano",
  }),
  language("openai/o1", "o1", 200_000, 100_000, "2024-12-17", { openai: "o1", openrouter: "openai/o1" }),
  language("openai/o1-pro", "o1 pro", 200_000, 100_000, "2025-03-19", { openrouter: "openai/o1-pro" }),
  language("openai/o3-mini", "o3 mini", 200_000, 100_000, "2025-01-31", {
    openai: "o3-mini",
    openrouter: "openai/o3-mini",
  }),
  language("openai/o3", "o3", 200_000, 100_000, "2025-04-16", { openai: "o3", openrouter: "openai/o3" }),
  language("openai/o3-pro", "o3 pro", 200_000, 100_000, "2025-06-10", { openrouter: "openai/o3-pro" }),
  language("openai/o3-deep-research", "o3 Deep Research", 200_000, 100_000, "2025-06-26", {
    openrouter: "openai/o3-deep-research",
  }),
  language("openai/o4-mini", "o4 mini", 200_000, 100_000, "2025-04-16", {
    openai: "o4-mini",
    openrouter: "openai/o4-mini",
  }),
  language("openai/o4-mini-deep-research", "o4 mini Deep Research", 200_000, 100_000, "2025-06-26", {
    openrouter: "openai/o4-mini-deep-research",
  }),
  language("openai/gpt-5", "GPT-5", 400_000, 128_000, "2025-08-07", { openai: "gpt-5", openrouter: "openai/gpt-5" }),
  language("openai/gpt-5-mini", "GPT-5 mini", 400_000, 128_000, "2025-08-07", {
    openai: "gpt-5-mini",
    openrouter: "openai/gpt-5-mini",
  }),
  language("openai/gpt-5-nano", "GPT-5 nano", 400_000, 128_000, "2025-08-07", {
    openai: "gpt-5-nano",
    openrouter: "openai/gpt-5-nano",
  }),
  language("openai/gpt-5-pro", "GPT-5 pro", 400_000, 272_000, "2025-10-06", { openrouter: "openai/gpt-5-pro" }),
  language("openai/gpt-5.1", "GPT-5.1", 400_000, 128_000, "2025-11-13", {
    openai: "gpt-5.1",
    openrouter: "openai/gpt-5.1",
  }),
  language("openai/gpt-5.1-codex-mini", "GPT-5.1 Codex mini", 400_000, 128_000, "2025-11-13", {
    openrouter: "openai/gpt-5.1-codex-mini",
  }),
  language("openai/gpt-5.2", "GPT-5.2", 400_000, 128_000, "2025-12-11", {
    openai: "gpt-5.2",
    openrouter: "openai/gpt-5.2",
  }),
  language("openai/gpt-5.2-pro", "GPT-5.2 pro", 400_000, 128_000, "2025-12-11", { openrouter: "openai/gpt-5.2-pro" }),
  language("openai/gpt-5.3-codex", "GPT-5.3 Codex", 400_000, 128_000, "2026-02-05", {
    openrouter: "openai/gpt-5.3-codex",
  }),
  language("openai/gpt-5.3-chat", "GPT-5.3 Chat", 128_000, 16_384, "2026-03-03", {
    openai: "gpt-5.3-chat-latest",
    openrouter: "openai/gpt-5.3-chat",
  }),
  language("openai/gpt-5.4", "GPT-5.4", 1_050_000, 128_000, "2026-03-05", {
    openai: "gpt-5.4",
    openrouter: "openai/gpt-5.4",
  }),
  language("openai/gpt-5.4-mini", "GPT-5.4 mini", 400_000, 128_000, "2026-03-17", {
    openai: "gpt-5.4-mini",
    openrouter: "openai/gpt-5.4-mini",
  }),
  language("openai/gpt-5.4-nano", "GPT-5.4 nano", 400_000, 128_000, "2026-03-17", {
    openai: "gpt-5.4-nano",
    openrouter: "openai/gpt-5.4-nano",
  }),
  language("openai/gpt-5.4-pro", "GPT-5.4 pro", 1_050_000, 128_000, "2026-03-05", {
    openrouter: "openai/gpt-5.4-pro",
  }),
  language("openai/gpt-5.5", "GPT-5.5", 1_050_000, 128_000, "2026-04-23", {
    openai: "gpt-5.5",
    openrouter: "openai/gpt-5.5",
  }),
  language("openai/gpt-5.5-pro", "GPT-5.5 pro", 1_050_000, 128_000, "2026-04-23", {
    openrouter: "openai/gpt-5.5-pro",
  }),
  language("openai/gpt-5.6-luna", "GPT-5.6 Luna", 1_050_000, 128_000, "2026-07-09", {
    openai: "gpt-5.6-luna",
    openrouter: "openai/gpt-5.6-luna",
  }),
  language("openai/gpt-5.6-sol", "GPT-5.6 Sol", 1_050_000, 128_000, "2026-07-09", {
    openai: "gpt-5.6-sol",
    openrouter: "openai/gpt-5.6-sol",
  }),
  language("openai/gpt-5.6-terra", "GPT-5.6 Terra", 1_050_000, 128_000, "2026-07-09", {
    openai: "gpt-5.6-terra",
    openrouter: "openai/gpt-5.6-terra",
  }),
  language("openai/gpt-6-astra", "GPT-6 Astra", 1_050_000, 128_000, "2026-09-03", { openai: "gpt-6-astra" }),
  language("openai/gpt-6-luna", "GPT-6 Luna", 1_050_000, 128_000, "2026-09-22", {
    openai: "gpt-6-luna",
    openrouter: "openai/gpt-6-luna",
  }),
  language("openai/gpt-6-sol", "GPT-6 Sol", 1_050_000, 128_000, "2026-09-22", {
    openai: "gpt-6-sol",
    openrouter: "openai/gpt-6-sol",
  }),
  language("openai/gpt-6.1-sol", "GPT-6.1 Sol", 1_050_000, 128_000, "2026-09-29", {
    openai: { upstream: "gpt-6.1-sol", ...SOL },
    openrouter: { upstream: "openai/gpt-6.1-sol", unpriced: true },
  }),
  language("openai/gpt-6.2-sol", "GPT-6.2 Sol", 1_050_000, 128_000, "2026-11-17", {
    openai: { upstream: "gpt-6.2-sol", ...SOL },
    openrouter: { upstream: "openai/gpt-6.2-sol", unpriced: true },
  }),
  language("openai/gpt-chat-latest", "GPT Chat Latest", 400_000, 128_000, "", {
    openai: "gpt-chat-latest",
    openrouter: "openai/gpt-chat-latest",
  }),
  language("openai/gpt-oss-120b", "gpt-oss-120b", 131_072, 131_072, "2025-08-05", {
    groq: "openai/gpt-oss-120b",
    cerebras: "gpt-oss-120b",
    baseten: "openai/gpt-oss-120b",
    fireworks: "accounts/fireworks/models/gpt-oss-120b",
    togetherai: "openai/gpt-oss-120b",
    deepinfra: "openai/gpt-oss-120b",
    nebius: "openai/gpt-oss-120b",
    novita: "openai/gpt-oss-120b",
    bedrock: "openai.gpt-oss-120b-1:0",
    sambanova: "gpt-oss-120b",
    digitalocean: "openai-gpt-oss-120b",
    nvidia: "openai/gpt-oss-120b",
    "ollama-cloud": "gpt-oss:120b",
    huggingface: "openai/gpt-oss-120b:groq",
    openrouter: "openai/gpt-oss-120b",
  }),
  language("openai/gpt-oss-20b", "gpt-oss-20b", 131_072, 131_072, "2025-08-05", {
    groq: "openai/gpt-oss-20b",
    fireworks: "accounts/fireworks/models/gpt-oss-20b",
    togetherai: "openai/gpt-oss-20b",
    deepinfra: "openai/gpt-oss-20b",
    novita: "openai/gpt-oss-20b",
    digitalocean: "openai-gpt-oss-20b",
    nvidia: "openai/gpt-oss-20b",
    "ollama-cloud": "gpt-oss:20b",
    huggingface: "openai/gpt-oss-20b:groq",
    openrouter: "openai/gpt-oss-20b",
  }),
  language("openai/gpt-oss-safeguard-20b", "gpt-oss-safeguard-20b", 131_072, 65_536, "2025-10-29", {
    groq: { upstream: "openai/gpt-oss-safeguard-20b", unpriced: true },
    openrouter: "openai/gpt-oss-safeguard-20b",
  }),
];

/** https://docs.x.ai/docs/models; what left the list in May 2026 is marked. */
export const XAI: readonly Row[] = [
  language("xai/grok-3", "Grok 3", 131_072, 131_072, "2025-02-17", { xai: "grok-3" }, GONE),
  language("xai/grok-3-mini", "Grok 3 Mini", 131_072, 131_072, "2025-02-17", { xai: "grok-3-mini" }, GONE),
  language("xai/grok-4", "Grok 4", 256_000, 256_000, "2025-07-09", { xai: "grok-4-0709" }, GONE),
  language(
    "xai/grok-4-fast-reasoning",
    "Grok 4 Fast Reasoning",
    2_000_000,
    30_000,
    "2025-09-19",
    {
      xai: "grok-4-fast-reasoning",
      openrouter: "x-ai/grok-4-fast",
    },
    GONE,
  ),
  language(
    "xai/grok-4-fast-non-reasoning",
    "Grok 4 Fast Non-Reasoning",
    2_000_000,
    30_000,
    "2025-09-19",
    {
      xai: "grok-4-fast-non-reasoning",
    },
    GONE,
  ),
  language(
    "xai/grok-4.1-fast-reasoning",
    "Grok 4.1 Fast Reasoning",
    2_000_000,
    30_000,
    "2025-11-19",
    {
      xai: "grok-4-1-fast-reasoning",
    },
    GONE,
  ),
  language(
    "xai/grok-4.1-fast-non-reasoning",
    "Grok 4.1 Fast Non-Reasoning",
    2_000_000,
    30_000,
    "2025-11-19",
    {
      xai: "grok-4-1-fast-non-reasoning",
    },
    GONE,
  ),
  language(
    "xai/grok-code-fast-1",
    "Grok Code Fast 1",
    256_000,
    10_000,
    "2025-08-28",
    {
      xai: "grok-code-fast-1",
      openrouter: "x-ai/grok-code-fast-1",
    },
    GONE,
  ),
  language("xai/grok-4.20-reasoning", "Grok 4.20 Reasoning", 1_000_000, 30_000, "2026-03-09", {
    xai: { upstream: "grok-4.20-0309-reasoning", listed: "grok-4.20" },
    openrouter: "x-ai/grok-4.20",
  }),
  language("xai/grok-4.20-non-reasoning", "Grok 4.20 Non-Reasoning", 1_000_000, 30_000, "2026-03-09", {
    xai: { upstream: "grok-4.20-0309-non-reasoning", listed: "grok-4.20" },
  }),
  language("xai/grok-4.20-multi-agent", "Grok 4.20 Multi-Agent", 1_000_000, 30_000, "2026-03-09", {
    openrouter: "x-ai/grok-4.20-multi-agent",
  }),
  language("xai/grok-4.3", "Grok 4.3", 1_000_000, 30_000, "2026-04-17", {
    xai: "grok-4.3",
    openrouter: "x-ai/grok-4.3",
  }),
  language("xai/grok-build-0.1", "Grok Build 0.1", 256_000, 256_000, "2026-04-16", {
    xai: "grok-build-0.1",
    openrouter: "x-ai/grok-build-0.1",
  }),
  language("xai/grok-4.5", "Grok 4.5", 500_000, 500_000, "", { xai: "grok-4.5" }),
  language("xai/grok-4.6", "Grok 4.6", 500_000, 500_000, "", { xai: "grok-4.6" }),
];
