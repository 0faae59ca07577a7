import { language, type Row } from "./row.ts";

const AGREED = "two lists on https://www.alibabacloud.com/help/en/model-studio/model-pricing (2026-08)";

/**
 * https://www.alibabacloud.com/help/en/model-studio/models. The price list has none of Alibaba's own prices. Those below are
 * typed by hand where two other lists agreed on them (Singapore); Alibaba's other offers stay unpriced.
 */
export const ALIBABA: readonly Row[] = [
  language("alibaba/qwen-3-14b", "Qwen3 14B", 40_960, 16_384, "2025-04-28", { openrouter: "qwen/qwen3-14b" }),
  language(
    "alibaba/qwen-3-235b",
    "Qwen3 235B A22B Instruct 2507",
    262_144,
    16_384,
    "2025-07-21",
    {
      alibaba: "qwen3-235b-a22b-instruct-2507",
      togetherai: "Qwen/Qwen3-235B-A22B-Instruct-2507-tput",
      novita: { upstream: "qwen/qwen3-235b-a22b-instruct-2507", listed: "Qwen/Qwen3-235B-A22B-Instruct-2507" },
      nebius: "Qwen/Qwen3-235B-A22B-Instruct-2507",
      friendli: "Qwen/Qwen3-235B-A22B-Instruct-2507",
      huggingface: "Qwen/Qwen3-235B-A22B-Instruct-2507:novita",
      openrouter: "qwen/qwen3-235b-a22b-2507",
    },
    { abilities: ["tools", "structured-output"] },
  ),
  language("alibaba/qwen3-235b-a22b-thinking", "Qwen3 235B A22B Thinking 2507", 262_144, 32_768, "2025-07-25", {
    alibaba: "qwen3-235b-a22b-thinking-2507",
    chutes: "Qwen/Qwen3-235B-A22B-Thinking-2507-TEE",
    novita: { upstream: "qwen/qwen3-235b-a22b-thinking-2507", listed: "Qwen/Qwen3-235B-A22B-Thinking-2507" },
    openrouter: "qwen/qwen3-235b-a22b-thinking-2507",
  }),
  language("alibaba/qwen-3-30b", "Qwen3 30B A3B", 40_960, 16_384, "2025-04-28", { openrouter: "qwen/qwen3-30b-a3b" }),
  language("alibaba/qwen-3-32b", "Qwen3 32B", 131_072, 16_384, "2025-04-28", {
    groq: "qwen/qwen3-32b",
    alibaba: "qwen3-32b",
    nebius: "Qwen/Qwen3-32B",
    chutes: "Qwen/Qwen3-32B-TEE",
    digitalocean: "alibaba-qwen3-32b",
    bedrock: "qwen.qwen3-32b-v1:0",
    openrouter: "qwen/qwen3-32b",
  }),
  language("alibaba/qwen3-30b-a3b-instruct-2507", "Qwen3 30B A3B Instruct 2507", 262_144, 32_768, "2025-07-29", {
    nebius: "Qwen/Qwen3-30B-A3B-Instruct-2507",
    openrouter: "qwen/qwen3-30b-a3b-instruct-2507",
  }),
  language("alibaba/qwen-plus", "Qwen Plus", 1_000_000, 32_768, "2024-01-25", {
    alibaba: "qwen-plus",
    openrouter: "qwen/qwen-plus",
  }),
  language("alibaba/qwen-flash", "Qwen Flash", 1_000_000, 32_768, "2025-07-28", { alibaba: "qwen-flash" }),
  language("alibaba/qwen3-coder", "Qwen3 Coder 480B A35B", 262_144, 65_536, "2025-07-22", {
    alibaba: "qwen3-coder-480b-a35b-instruct",
    togetherai: "Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8",
    deepinfra: "Qwen/Qwen3-Coder-480B-A35B-Instruct-Turbo",
    novita: { upstream: "qwen/qwen3-coder-480b-a35b-instruct", unpriced: true },
    nvidia: "qwen/qwen3-coder-480b-a35b-instruct",
    "ollama-cloud": "qwen3-coder:480b",
    bedrock: "qwen.qwen3-coder-480b-a35b-v1:0",
    openrouter: "qwen/qwen3-coder",
  }),
  language("alibaba/qwen3-coder-30b-a3b", "Qwen3 Coder 30B A3B", 262_144, 65_536, "2025-07-31", {
    alibaba: "qwen3-coder-30b-a3b-instruct",
    novita: { upstream: "qwen/qwen3-coder-30b-a3b-instruct", unpriced: true },
    openrouter: "qwen/qwen3-coder-30b-a3b-instruct",
  }),
  language("alibaba/qwen3-coder-flash", "Qwen3 Coder Flash", 1_000_000, 65_536, "2025-07-28", {
    alibaba: "qwen3-coder-flash",
    openrouter: "qwen/qwen3-coder-flash",
  }),
  language("alibaba/qwen3-coder-next", "Qwen3 Coder Next", 262_144, 65_536, "2026-02-03", {
    togetherai: "Qwen/Qwen3-Coder-Next-FP8",
    novita: { upstream: "qwen/qwen3-coder-next", unpriced: true },
    "ollama-cloud": "qwen3-coder-next",
    openrouter: "qwen/qwen3-coder-next",
  }),
  language("alibaba/qwen3-coder-plus", "Qwen3 Coder Plus", 1_000_000, 65_536, "2025-07-23", {
    alibaba: "qwen3-coder-plus",
    openrouter: "qwen/qwen3-coder-plus",
  }),
  language("alibaba/qwen3-max", "Qwen3 Max", 262_144, 65_536, "2025-09-23", {
    alibaba: {
      upstream: "qwen3-max",
      from: AGREED,
      price: {
        input: 1.2,
        cache_read: 0.24,
        output: 6,
        above: {
          32000: { input: 2.4, cache_read: 0.48, output: 12 },
          128000: { input: 3, cache_read: 0.6, output: 15 },
        },
      },
    },
    novita: { upstream: "qwen/qwen3-max", unpriced: true },
    openrouter: "qwen/qwen3-max",
  }),
  language("alibaba/qwen3-max-thinking", "Qwen3 Max Thinking", 262_144, 65_536, "2026-01-23", {
    openrouter: "qwen/qwen3-max-thinking",
  }),
  language("alibaba/qwen3-next-80b-a3b-instruct", "Qwen3 Next 80B A3B Instruct", 131_072, 32_768, "2025-09-11", {
    alibaba: "qwen3-next-80b-a3b-instruct",
    novita: { upstream: "qwen/qwen3-next-80b-a3b-instruct", unpriced: true },
    nvidia: "qwen/qwen3-next-80b-a3b-instruct",
    openrouter: "qwen/qwen3-next-80b-a3b-instruct",
  }),
  language("alibaba/qwen3-next-80b-a3b-thinking", "Qwen3 Next 80B A3B Thinking", 131_072, 32_768, "2025-09-11", {
    alibaba: "qwen3-next-80b-a3b-thinking",
    novita: { upstream: "qwen/qwen3-next-80b-a3b-thinking", unpriced: true },
    nebius: "Qwen/Qwen3-Next-80B-A3B-Thinking",
    openrouter: "qwen/qwen3-next-80b-a3b-thinking",
  }),
  language("alibaba/qwen3-vl-235b-a22b-instruct", "Qwen3 VL 235B A22B Instruct", 131_072, 32_768, "2025-09-23", {
    novita: { upstream: "qwen/qwen3-vl-235b-a22b-instruct", unpriced: true },
    openrouter: "qwen/qwen3-vl-235b-a22b-instruct",
  }),
  language("alibaba/qwen3-vl-235b-a22b-thinking", "Qwen3 VL 235B A22B Thinking", 131_072, 32_768, "2025-09-23", {
    novita: { upstream: "qwen/qwen3-vl-235b-a22b-thinking", unpriced: true },
    openrouter: "qwen/qwen3-vl-235b-a22b-thinking",
  }),
  language("alibaba/qwen3-vl-30b-a3b-instruct", "Qwen3 VL 30B A3B Instruct", 131_072, 32_768, "2025-10-04", {
    openrouter: "qwen/qwen3-vl-30b-a3b-instruct",
  }),
  language("alibaba/qwen3-vl-8b-instruct", "Qwen3 VL 8B Instruct", 131_072, 32_768, "2025-10-14", {
    openrouter: "qwen/qwen3-vl-8b-instruct",
  }),
  language("alibaba/qwen3.5-27b", "Qwen3.5 27B", 262_144, 65_536, "2026-02-23", {
    alibaba: "qwen3.5-27b",
    novita: { upstream: "qwen/qwen3.5-27b", unpriced: true },
    openrouter: "qwen/qwen3.5-27b",
  }),
  language("alibaba/qwen3.5-35b-a3b", "Qwen3.5 35B A3B", 262_144, 65_536, "2026-02-23", {
    alibaba: "qwen3.5-35b-a3b",
    deepinfra: "Qwen/Qwen3.5-35B-A3B",
    openrouter: "qwen/qwen3.5-35b-a3b",
  }),
  language("alibaba/qwen3.5-122b-a10b", "Qwen3.5 122B A10B", 262_144, 65_536, "2026-02-23", {
    alibaba: "qwen3.5-122b-a10b",
    nvidia: "qwen/qwen3.5-122b-a10b",
    openrouter: "qwen/qwen3.5-122b-a10b",
  }),
  language("alibaba/qwen3.5-397b-a17b", "Qwen3.5 397B A17B", 262_144, 65_536, "2026-02-15", {
    alibaba: "qwen3.5-397b-a17b",
    togetherai: "Qwen/Qwen3.5-397B-A17B",
    deepinfra: "Qwen/Qwen3.5-397B-A17B",
    nebius: "Qwen/Qwen3.5-397B-A17B",
    chutes: "Qwen/Qwen3.5-397B-A17B-TEE",
    nvidia: "qwen/qwen3.5-397b-a17b",
    openrouter: "qwen/qwen3.5-397b-a17b",
  }),
  language("alibaba/qwen3.5-flash", "Qwen3.5 Flash", 1_000_000, 65_536, "2026-02-23", {
    alibaba: "qwen3.5-flash",
    openrouter: "qwen/qwen3.5-flash-02-23",
  }),
  language("alibaba/qwen3.5-plus", "Qwen3.5 Plus", 1_000_000, 65_536, "2026-02-16", {
    alibaba: "qwen3.5-plus",
    openrouter: "qwen/qwen3.5-plus-02-15",
  }),
  language("alibaba/qwen3.6-27b", "Qwen3.6 27B", 262_144, 65_536, "2026-04-22", {
    alibaba: "qwen3.6-27b",
    chutes: "Qwen/Qwen3.6-27B-TEE",
    openrouter: "qwen/qwen3.6-27b",
  }),
  language("alibaba/qwen3.6-35b-a3b", "Qwen3.6 35B A3B", 262_144, 65_536, "2026-04-17", {
    alibaba: "qwen3.6-35b-a3b",
    deepinfra: "Qwen/Qwen3.6-35B-A3B",
    openrouter: "qwen/qwen3.6-35b-a3b",
  }),
  language("alibaba/qwen3.6-flash", "Qwen3.6 Flash", 1_000_000, 65_536, "2026-04-27", {
    alibaba: "qwen3.6-flash",
    openrouter: "qwen/qwen3.6-flash",
  }),
  language("alibaba/qwen3.6-plus", "Qwen3.6 Plus", 1_000_000, 65_536, "2026-04-02", {
    alibaba: "qwen3.6-plus",
    fireworks: "accounts/fireworks/models/qwen3p6-plus",
    togetherai: "Qwen/Qwen3.6-Plus",
    openrouter: "qwen/qwen3.6-plus",
  }),
  language("alibaba/qwen-3.6-max-preview", "Qwen3.6 Max Preview", 262_144, 65_536, "2026-04-20", {
    alibaba: "qwen3.6-max-preview",
    openrouter: "qwen/qwen3.6-max-preview",
  }),
  language("alibaba/qwen3.7-plus", "Qwen3.7 Plus", 1_000_000, 64_000, "2026-06-02", {
    alibaba: "qwen3.7-plus",
    fireworks: "accounts/fireworks/models/qwen3p7-plus",
    openrouter: "qwen/qwen3.7-plus",
  }),
  language("alibaba/qwen3.7-max", "Qwen3.7 Max", 1_000_000, 65_536, "2026-05-21", {
    alibaba: {
      upstream: "qwen3.7-max",
      from: AGREED,
      price: { input: 2.5, cache_read: 0.5, cache_write_5m: 3.125, output: 7.5 },
    },
    togetherai: "Qwen/Qwen3.7-Max",
    gmicloud: "Qwen/Qwen3.7-Max",
    novita: { upstream: "qwen/qwen3.7-max", unpriced: true },
    openrouter: "qwen/qwen3.7-max",
  }),
  language("alibaba/qwen3.8-max", "Qwen3.8 Max", 1_000_000, 65_536, "", {
    alibaba: {
      upstream: "qwen3.8-max",
      from: AGREED,
      price: { input: 2, cache_read: 0.25, cache_write_5m: 2.5, output: 6 },
    },
    fireworks: {
      upstream: "accounts/fireworks/models/qwen3p8-max",
      from: "two lists on https://docs.fireworks.ai/serverless/pricing (2026-08)",
      price: { input: 2, cache_read: 0.25, output: 6 },
    },
  }),
];
