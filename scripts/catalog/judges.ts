import { GONE, language, type Row } from "./row.ts";

const VOYAGE = "https://docs.voyageai.com/docs/pricing (2026-11-26)";

function reranking(id: string, name: string, window: number, released: string, offers: Row["offers"]): Row {
  return { id, name, type: "reranking", window, ...(released === "" ? {} : { released }), offers, abilities: [] };
}

/** By the search unit until the fifth generation, which is paid by tokens as Voyage's are. */
export const RERANKING: readonly Row[] = [
  reranking("cohere/rerank-v3.5", "Rerank 3.5", 4_096, "2024-12-02", {
    cohere: {
      upstream: "rerank-v3.5",
      price: { search_units: 0.002 },
      from: "https://vercel.com/ai-gateway/models/rerank-v3.5 (2026-11-26)",
    },
    bedrock: {
      upstream: "cohere.rerank-v3-5:0",
      price: { search_units: 0.002 },
      from: "https://aws.amazon.com/bedrock/pricing (2026-11-26)",
    },
    openrouter: { upstream: "cohere/rerank-v3.5", unpriced: true },
  }),
  reranking("cohere/rerank-v4-fast", "Rerank 4 Fast", 32_768, "2025-12-11", {
    cohere: {
      upstream: "rerank-v4.0-fast",
      price: { search_units: 0.002 },
      from: "https://vercel.com/ai-gateway/models/rerank-v4-fast (2026-11-26)",
    },
  }),
  reranking("cohere/rerank-v4-pro", "Rerank 4 Pro", 32_768, "2025-12-11", {
    cohere: {
      upstream: "rerank-v4.0-pro",
      price: { search_units: 0.0025 },
      from: "https://vercel.com/ai-gateway/models/rerank-v4-fast (2026-11-26)",
    },
  }),
  reranking("cohere/rerank-v5-fast", "Rerank 5 Fast", 32_768, "", {
    cohere: {
      upstream: "rerank-v5.0-fast",
      price: { input: 0.02 },
      from: "https://www.getmaxim.ai/bifrost/llm-cost-calculator/provider/cohere/model/rerank-v5.0-fast (2026-11-26)",
    },
    openrouter: { upstream: "cohere/rerank-5-fast", unpriced: true },
  }),
  reranking("cohere/rerank-v5-pro", "Rerank 5 Pro", 32_768, "", {
    cohere: {
      upstream: "rerank-v5.0-pro",
      price: { input: 0.05 },
      from: "https://www.getmaxim.ai/bifrost/llm-cost-calculator/provider/cohere/model/rerank-v5.0-pro (2026-11-26)",
    },
    openrouter: { upstream: "cohere/rerank-5-pro", unpriced: true },
  }),
  reranking("voyage/rerank-2.5", "Rerank 2.5", 32_000, "2025-08-11", {
    voyage: { upstream: "rerank-2.5", price: { input: 0.05 }, from: VOYAGE },
  }),
  reranking("voyage/rerank-2.5-lite", "Rerank 2.5 Lite", 32_000, "2025-08-11", {
    voyage: { upstream: "rerank-2.5-lite", price: { input: 0.02 }, from: VOYAGE },
    openrouter: { upstream: "voyageai/rerank-2.5-lite", unpriced: true },
  }),
];

/** OpenAI's are free, and say so. */
export const MODERATION: readonly Row[] = [
  {
    id: "openai/omni-moderation-latest",
    name: "Omni Moderation",
    type: "moderation",
    released: "2024-09-26",
    offers: {
      openai: {
        upstream: "omni-moderation-latest",
        price: { input: 0 },
        from: "https://platform.openai.com/docs/guides/moderation (2026-11-26)",
      },
    },
    abilities: ["vision"],
  },
  {
    id: "mistral/mistral-moderation",
    name: "Mistral Moderation",
    type: "moderation",
    window: 8_192,
    released: "2024-11-07",
    offers: {
      mistral: {
        upstream: "mistral-moderation-latest",
        price: { input: 0.1 },
        from: "https://docs.mistral.ai/models/mistral-moderation-24-11 (2026-11-26)",
      },
    },
    abilities: [],
  },
];

const LEGACY = "https://developers.openai.com/api/docs/pricing (2026-11-26)";
const TEXT = { abilities: [] } as const;

/** They complete texts, and do not chat. */
export const COMPLETING: readonly Row[] = [
  language(
    "openai/gpt-3.5-turbo-instruct",
    "GPT-3.5 Turbo Instruct",
    4_096,
    4_096,
    "2023-09-18",
    { openai: "gpt-3.5-turbo-instruct" },
    TEXT,
  ),
  language(
    "openai/babbage-002",
    "babbage-002",
    16_384,
    16_384,
    "2023-08-22",
    { openai: { upstream: "babbage-002", price: { input: 0.4, output: 0.4 }, from: LEGACY } },
    { ...TEXT, ...GONE },
  ),
  language(
    "openai/davinci-002",
    "davinci-002",
    16_384,
    16_384,
    "2023-08-22",
    { openai: { upstream: "davinci-002", price: { input: 2, output: 2 }, from: LEGACY } },
    { ...TEXT, ...GONE },
  ),
];
