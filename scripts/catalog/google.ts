import { GONE, language, type Row } from "./row.ts";

/** Gemma costs nothing at Google. */
const FREE = {
  price: { input: 0, output: 0 },
  from: "https://ai.google.dev/gemini-api/docs/pricing (2026-11-22)",
} as const;

/**
 * https://ai.google.dev/gemini-api/docs/models, https://cloud.google.com/vertex-ai/generative-ai/docs/models; shut down: https://ai.google.dev/gemini-api/docs/deprecations (2.0 on
 * 2026-06-01; 2.5 Pro and 2.5 Flash follow on 2026-12-01).
 */
export const GOOGLE: readonly Row[] = [
  language(
    "google/gemini-2.0-flash",
    "Gemini 2.0 Flash",
    1_048_576,
    8_192,
    "2025-02-05",
    {
      google: "gemini-2.0-flash",
      openrouter: "google/gemini-2.0-flash-001",
    },
    GONE,
  ),
  language(
    "google/gemini-2.0-flash-lite",
    "Gemini 2.0 Flash-Lite",
    1_048_576,
    8_192,
    "2025-02-25",
    {
      google: "gemini-2.0-flash-lite",
      openrouter: "google/gemini-2.0-flash-lite-001",
    },
    GONE,
  ),
  language("google/gemini-2.5-flash", "Gemini 2.5 Flash", 1_048_576, 65_536, "2025-06-17", {
    vertex: "gemini-2.5-flash",
    google: "gemini-2.5-flash",
    openrouter: "google/gemini-2.5-flash",
  }),
  language("google/gemini-2.5-flash-lite", "Gemini 2.5 Flash-Lite", 1_048_576, 65_536, "2025-07-22", {
    vertex: "gemini-2.5-flash-lite",
    google: "gemini-2.5-flash-lite",
    openrouter: "google/gemini-2.5-flash-lite",
  }),
  language("google/gemini-2.5-pro", "Gemini 2.5 Pro", 1_048_576, 65_536, "2025-06-17", {
    vertex: "gemini-2.5-pro",
    google: "gemini-2.5-pro",
    openrouter: "google/gemini-2.5-pro",
  }),
  language("google/gemini-3-flash", "Gemini 3 Flash", 1_048_576, 65_536, "2025-12-17", {
    vertex: "gemini-3-flash-preview",
    google: "gemini-3-flash-preview",
    openrouter: "google/gemini-3-flash-preview",
  }),
  language("google/gemini-3.1-flash-lite", "Gemini 3.1 Flash-Lite", 1_048_576, 65_536, "2026-05-07", {
    vertex: "gemini-3.1-flash-lite",
    google: "gemini-3.1-flash-lite",
    openrouter: "google/gemini-3.1-flash-lite",
  }),
  language("google/gemini-3.1-pro-preview", "Gemini 3.1 Pro Preview", 1_048_576, 65_536, "2026-02-19", {
    vertex: "gemini-3.1-pro-preview",
    google: "gemini-3.1-pro-preview",
    openrouter: "google/gemini-3.1-pro-preview",
  }),
  language("google/gemini-3.5-flash", "Gemini 3.5 Flash", 1_048_576, 65_536, "2026-05-19", {
    vertex: "gemini-3.5-flash",
    google: "gemini-3.5-flash",
    openrouter: "google/gemini-3.5-flash",
  }),
  language("google/gemini-3.5-flash-lite", "Gemini 3.5 Flash-Lite", 1_048_576, 65_536, "", {
    vertex: "gemini-3.5-flash-lite",
    google: "gemini-3.5-flash-lite",
  }),
  language("google/gemini-3.6-flash", "Gemini 3.6 Flash", 1_048_576, 65_536, "", { google: "gemini-3.6-flash" }),
  language("google/gemini-3.7-flash", "Gemini 3.7 Flash", 1_048_576, 65_536, "", { google: "gemini-3.7-flash" }),
  language("google/gemini-3.8-flash", "Gemini 3.8 Flash", 1_048_576, 65_536, "", { google: "gemini-3.8-flash" }),
  language("google/gemma-3-4b-it", "Gemma 3 4B", 131_072, 8_192, "2025-03-12", { openrouter: "google/gemma-3-4b-it" }),
  language("google/gemma-3-12b-it", "Gemma 3 12B", 131_072, 8_192, "2025-03-12", {
    novita: { upstream: "google/gemma-3-12b-it", unpriced: true },
    openrouter: "google/gemma-3-12b-it",
  }),
  language("google/gemma-3-27b-it", "Gemma 3 27B", 131_072, 8_192, "2025-03-12", {
    fireworks: "accounts/fireworks/models/gemma-3-27b-it",
    nebius: "google/gemma-3-27b-it",
    novita: { upstream: "google/gemma-3-27b-it", unpriced: true },
    openrouter: "google/gemma-3-27b-it",
  }),
  language("google/gemma-4-26b-a4b-it", "Gemma 4 26B A4B", 262_144, 32_768, "2026-04-02", {
    google: { upstream: "gemma-4-26b-a4b-it", ...FREE },
    deepinfra: "google/gemma-4-26B-A4B-it",
    novita: { upstream: "google/gemma-4-26b-a4b-it", unpriced: true },
    openrouter: "google/gemma-4-26b-a4b-it",
  }),
  language("google/gemma-4-31b-it", "Gemma 4 31B", 262_144, 32_768, "2026-04-02", {
    google: { upstream: "gemma-4-31b-it", ...FREE },
    cerebras: "gemma-4-31b",
    togetherai: "google/gemma-4-31B-it",
    deepinfra: "google/gemma-4-31B-it",
    friendli: "google/gemma-4-31B-it",
    novita: { upstream: "google/gemma-4-31b-it", unpriced: true },
    digitalocean: "gemma-4-31B-it",
    nvidia: "google/gemma-4-31b-it",
    "ollama-cloud": "gemma4:31b",
    openrouter: "google/gemma-4-31b-it",
  }),
];
