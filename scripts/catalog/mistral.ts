import { GONE, language, type Row } from "./row.ts";

/** https://docs.mistral.ai/getting-started/models/. Names that end in `-latest` move: `listed` says where they point now. */
export const MISTRAL: readonly Row[] = [
  language("mistral/codestral", "Codestral", 256_000, 16_384, "2025-07-30", {
    mistral: "codestral-2508",
    openrouter: "mistralai/codestral-2508",
  }),
  language("mistral/devstral-2", "Devstral 2", 262_144, 65_536, "2025-12-09", {
    mistral: "devstral-2512",
    openrouter: "mistralai/devstral-2512",
  }),
  language("mistral/devstral-small-2", "Devstral Small 2", 262_144, 65_536, "2025-12-09", {
    mistral: { upstream: "labs-devstral-small-2512", unpriced: true },
    "ollama-cloud": "devstral-small-2:24b",
  }),
  language("mistral/magistral-medium", "Magistral Medium", 131_072, 40_960, "2025-09-17", {
    mistral: "magistral-medium-latest",
  }),
  language("mistral/magistral-small", "Magistral Small", 131_072, 40_960, "2025-09-17", {
    mistral: "magistral-small-latest",
  }),
  language("mistral/ministral-3b", "Ministral 3 3B", 131_072, 32_768, "2025-12-02", {
    mistral: "ministral-3b-2512",
    "ollama-cloud": "ministral-3:3b",
    openrouter: "mistralai/ministral-3b-2512",
  }),
  language("mistral/ministral-8b", "Ministral 3 8B", 262_144, 32_768, "2025-12-02", {
    mistral: "ministral-8b-2512",
    "ollama-cloud": "ministral-3:8b",
    openrouter: "mistralai/ministral-8b-2512",
  }),
  language("mistral/ministral-14b", "Ministral 3 14B", 262_144, 32_768, "2025-12-02", {
    mistral: "ministral-14b-2512",
    "ollama-cloud": "ministral-3:14b",
    openrouter: "mistralai/ministral-14b-2512",
  }),
  language("mistral/mistral-large", "Mistral Large", 262_144, 65_536, "2025-12-02", {
    mistral: { upstream: "mistral-large-latest", listed: "mistral-large-2512" },
    openrouter: "mistralai/mistral-large-2512",
  }),
  language("mistral/mistral-large-3", "Mistral Large 3", 262_144, 65_536, "2025-12-02", {
    mistral: "mistral-large-2512",
    "ollama-cloud": "mistral-large-3:675b",
    bedrock: "mistral.mistral-large-3-675b-instruct",
    openrouter: "mistralai/mistral-large-2512",
  }),
  language("mistral/mistral-medium", "Mistral Medium 3.1", 131_072, 65_536, "2025-08-12", {
    mistral: "mistral-medium-2508",
    openrouter: "mistralai/mistral-medium-3.1",
  }),
  language("mistral/mistral-medium-3.5", "Mistral Medium 3.5", 262_144, 65_536, "2026-04-29", {
    mistral: { upstream: "mistral-medium-2604", listed: "mistral-medium-3-5" },
    openrouter: "mistralai/mistral-medium-3-5",
  }),
  language("mistral/mistral-small", "Mistral Small 4", 262_144, 65_536, "2026-03-16", {
    mistral: "mistral-small-2603",
    openrouter: "mistralai/mistral-small-2603",
  }),
  language("mistral/mistral-small-3.2", "Mistral Small 3.2", 131_072, 16_384, "2025-06-20", {
    mistral: {
      upstream: "mistral-small-2506",
      price: { input: 0.1, output: 0.3 },
      from: "https://modelcompare.dev/models/mistral/small-2506 (2026-11-25)",
    },
    openrouter: "mistralai/mistral-small-3.2-24b-instruct",
  }),
  language("mistral/mistral-nemo", "Mistral NeMo 12B", 131_072, 16_384, "2024-07-18", {
    mistral: { upstream: "open-mistral-nemo", listed: "mistral-nemo" },
    novita: { upstream: "mistralai/mistral-nemo", unpriced: true },
    openrouter: "mistralai/mistral-nemo",
  }),
  language("mistral/pixtral-12b", "Pixtral 12B", 131_072, 4_096, "2024-09-17", { mistral: "pixtral-12b" }, GONE),
  language(
    "mistral/pixtral-large",
    "Pixtral Large",
    131_072,
    4_096,
    "2024-11-18",
    {
      mistral: "pixtral-large-latest",
    },
    GONE,
  ),
  language("mistral/voxtral-small", "Voxtral Small", 32_768, 16_384, "2025-07-15", {
    mistral: { upstream: "voxtral-small-2507", listed: "voxtral-small-24b-2507" },
    openrouter: "mistralai/voxtral-small-24b-2507",
  }),
];
