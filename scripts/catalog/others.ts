import { embedding, language, type Row } from "./row.ts";

export const META: readonly Row[] = [
  language("meta/llama-3.1-8b", "Llama 3.1 8B Instruct", 131_072, 8_192, "2024-07-23", {
    groq: "llama-3.1-8b-instant",
    fireworks: "accounts/fireworks/models/llama-v3p1-8b-instruct",
    novita: { upstream: "meta-llama/llama-3.1-8b-instruct", unpriced: true },
    nvidia: "meta/llama-3.1-8b-instruct",
    openrouter: "meta-llama/llama-3.1-8b-instruct",
  }),
  language("meta/llama-3.1-70b", "Llama 3.1 70B Instruct", 131_072, 8_192, "2024-07-23", {
    nvidia: "meta/llama-3.1-70b-instruct",
    bedrock: "us.meta.llama3-1-70b-instruct-v1:0",
    openrouter: "meta-llama/llama-3.1-70b-instruct",
  }),
  language("meta/llama-3.2-1b", "Llama 3.2 1B Instruct", 60_000, 8_192, "2024-09-25", {
    nvidia: "meta/llama-3.2-1b-instruct",
    openrouter: "meta-llama/llama-3.2-1b-instruct",
  }),
  language("meta/llama-3.2-3b", "Llama 3.2 3B Instruct", 131_072, 8_192, "2024-09-25", {
    nvidia: "meta/llama-3.2-3b-instruct",
    openrouter: "meta-llama/llama-3.2-3b-instruct",
  }),
  language("meta/llama-3.2-11b", "Llama 3.2 11B Vision Instruct", 131_072, 8_192, "2024-09-25", {
    nvidia: "meta/llama-3.2-11b-vision-instruct",
    bedrock: "us.meta.llama3-2-11b-instruct-v1:0",
    openrouter: "meta-llama/llama-3.2-11b-vision-instruct",
  }),
  language("meta/llama-3.3-70b", "Llama 3.3 70B Instruct", 131_072, 32_768, "2024-12-06", {
    groq: "llama-3.3-70b-versatile",
    togetherai: "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    deepinfra: "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    nebius: "meta-llama/Llama-3.3-70B-Instruct",
    sambanova: "Meta-Llama-3.3-70B-Instruct",
    crusoe: "meta-llama/Llama-3.3-70B-Instruct",
    hyperbolic: "meta-llama/Llama-3.3-70B-Instruct",
    parasail: "parasail-llama-33-70b-fp8",
    digitalocean: "llama3.3-70b-instruct",
    novita: { upstream: "meta-llama/llama-3.3-70b-instruct", listed: "meta-llama/Llama-3.3-70B-Instruct" },
    bedrock: "us.meta.llama3-3-70b-instruct-v1:0",
    nvidia: "meta/llama-3.3-70b-instruct",
    huggingface: "meta-llama/Llama-3.3-70B-Instruct:groq",
    openrouter: "meta-llama/llama-3.3-70b-instruct",
  }),
  language("meta/llama-4-maverick", "Llama 4 Maverick 17B 128E Instruct", 1_048_576, 16_384, "2025-04-05", {
    fireworks: "accounts/fireworks/models/llama4-maverick-instruct-basic",
    togetherai: "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
    deepinfra: "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
    parasail: "parasail-llama-4-maverick-instruct-fp8",
    digitalocean: "llama-4-maverick",
    novita: { upstream: "meta-llama/llama-4-maverick-17b-128e-instruct-fp8", unpriced: true },
    bedrock: "us.meta.llama4-maverick-17b-instruct-v1:0",
    nvidia: "meta/llama-4-maverick-17b-128e-instruct",
    openrouter: "meta-llama/llama-4-maverick",
  }),
  language("meta/llama-4-scout", "Llama 4 Scout 17B 16E Instruct", 131_072, 8_192, "2025-04-05", {
    groq: "meta-llama/llama-4-scout-17b-16e-instruct",
    togetherai: "meta-llama/Llama-4-Scout-17B-16E-Instruct",
    deepinfra: "meta-llama/Llama-4-Scout-17B-16E-Instruct",
    novita: { upstream: "meta-llama/llama-4-scout-17b-16e-instruct", unpriced: true },
    bedrock: "us.meta.llama4-scout-17b-instruct-v1:0",
    openrouter: "meta-llama/llama-4-scout",
  }),
];

export const NVIDIA: readonly Row[] = [
  language("nvidia/nemotron-nano-9b-v2", "Nemotron Nano 9B V2", 131_072, 32_768, "2025-08-18", {
    nvidia: "nvidia/nvidia-nemotron-nano-9b-v2",
    openrouter: "nvidia/nemotron-nano-9b-v2",
  }),
  language(
    "nvidia/llama-3.3-nemotron-super-49b-v1.5",
    "Llama 3.3 Nemotron Super 49B V1.5",
    131_072,
    32_768,
    "2025-07-25",
    {
      openrouter: "nvidia/llama-3.3-nemotron-super-49b-v1.5",
    },
  ),
  language("nvidia/nemotron-3-nano-30b-a3b", "Nemotron 3 Nano 30B A3B", 262_144, 262_144, "2025-12-15", {
    nvidia: "nvidia/nemotron-3-nano-30b-a3b",
    nebius: "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B",
    "ollama-cloud": "nemotron-3-nano:30b",
    openrouter: "nvidia/nemotron-3-nano-30b-a3b",
  }),
  language("nvidia/nemotron-3-super-120b-a12b", "Nemotron 3 Super 120B A12B", 262_144, 262_144, "2026-03-11", {
    nvidia: "nvidia/nemotron-3-super-120b-a12b",
    nebius: "nvidia/nemotron-3-super-120b-a12b",
    "ollama-cloud": "nemotron-3-super",
    openrouter: "nvidia/nemotron-3-super-120b-a12b",
  }),
  language("nvidia/nemotron-3-ultra-550b-a55b", "Nemotron 3 Ultra 550B A55B", 262_144, 65_536, "2026-06-04", {
    nvidia: "nvidia/nemotron-3-ultra-550b-a55b",
    baseten: "nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B",
    fireworks: "accounts/fireworks/models/nemotron-3-ultra-nvfp4",
    togetherai: "nvidia/nemotron-3-ultra-550b-a55b",
    "ollama-cloud": "nemotron-3-ultra",
    openrouter: "nvidia/nemotron-3-ultra-550b-a55b",
  }),
];

/** https://docs.cohere.com/docs/models */
export const COHERE: readonly Row[] = [
  language("cohere/command-a", "Command A", 256_000, 8_000, "2025-03-13", {
    cohere: "command-a-03-2025",
    openrouter: "cohere/command-a",
  }),
  language("cohere/command-a-plus", "Command A Plus", 128_000, 64_000, "2026-05-20", {
    cohere: { upstream: "command-a-plus-05-2026", unpriced: true },
  }),
  language("cohere/command-r", "Command R 08-2024", 128_000, 4_000, "2024-08-30", {
    cohere: "command-r-08-2024",
    openrouter: "cohere/command-r-08-2024",
  }),
  language("cohere/command-r-plus", "Command R+ 08-2024", 128_000, 4_000, "2024-08-30", {
    cohere: "command-r-plus-08-2024",
    openrouter: "cohere/command-r-plus-08-2024",
  }),
  language("cohere/command-r7b", "Command R7B", 128_000, 4_000, "2024-12-02", {
    cohere: "command-r7b-12-2024",
    openrouter: "cohere/command-r7b-12-2024",
  }),
];

/** https://docs.perplexity.ai/docs/getting-started/pricing. Its fee per request has no meter: it is not in these prices. */
export const PERPLEXITY: readonly Row[] = [
  language("perplexity/sonar", "Sonar", 128_000, 8_000, "2025-01-21", {
    perplexity: "sonar",
    openrouter: "perplexity/sonar",
  }),
  language("perplexity/sonar-pro", "Sonar Pro", 200_000, 8_000, "2025-01-21", {
    perplexity: "sonar-pro",
    openrouter: "perplexity/sonar-pro",
  }),
  language(
    "perplexity/sonar-reasoning-pro",
    "Sonar Reasoning Pro",
    128_000,
    8_000,
    "2025-02-19",
    {
      perplexity: "sonar-reasoning-pro",
      openrouter: "perplexity/sonar-reasoning-pro",
    },
    { abilities: ["vision", "reasoning", "structured-output"] },
  ),
  language("perplexity/sonar-deep-research", "Sonar Deep Research", 128_000, 8_000, "2025-02-14", {
    perplexity: "sonar-deep-research",
    openrouter: "perplexity/sonar-deep-research",
  }),
];

const TOOLS = { abilities: ["tools"] } as const;
const THINKS = { abilities: ["tools", "reasoning"] } as const;

/** Labs with a model or two. */
export const SMALL_LABS: readonly Row[] = [
  language(
    "amazon/nova-micro",
    "Nova Micro",
    128_000,
    8_192,
    "2024-12-03",
    { bedrock: "us.amazon.nova-micro-v1:0", openrouter: "amazon/nova-micro-v1" },
    TOOLS,
  ),
  language(
    "amazon/nova-lite",
    "Nova Lite",
    300_000,
    8_192,
    "2024-12-03",
    { bedrock: "us.amazon.nova-lite-v1:0", openrouter: "amazon/nova-lite-v1" },
    {
      abilities: ["tools", "vision", "files"],
    },
  ),
  language(
    "amazon/nova-pro",
    "Nova Pro",
    300_000,
    8_192,
    "2024-12-03",
    { bedrock: "us.amazon.nova-pro-v1:0", openrouter: "amazon/nova-pro-v1" },
    {
      abilities: ["tools", "vision", "files"],
    },
  ),
  language(
    "amazon/nova-2-lite",
    "Nova 2 Lite",
    1_000_000,
    65_535,
    "2025-12-02",
    {
      bedrock: "global.amazon.nova-2-lite-v1:0",
      openrouter: "amazon/nova-2-lite-v1",
    },
    { abilities: ["tools", "vision", "files", "reasoning"] },
  ),
  language(
    "ai21/jamba-large-1.7",
    "Jamba Large 1.7",
    256_000,
    4_096,
    "2025-07-03",
    {
      openrouter: "ai21/jamba-large-1.7",
    },
    TOOLS,
  ),
  language(
    "allenai/olmo-3-32b-think",
    "OLMo 3 32B Think",
    65_536,
    32_768,
    "2025-11-20",
    {
      openrouter: "allenai/olmo-3-32b-think",
    },
    { abilities: ["reasoning"] },
  ),
  language(
    "arcee-ai/trinity-mini",
    "Trinity Mini",
    131_072,
    65_536,
    "2025-12-01",
    {
      openrouter: "arcee-ai/trinity-mini",
    },
    THINKS,
  ),
  language(
    "arcee-ai/trinity-large-thinking",
    "Trinity Large Thinking",
    262_144,
    80_000,
    "2026-04-01",
    {
      "arcee-ai": "trinity-large-thinking",
      digitalocean: "arcee-trinity-large-thinking",
      openrouter: "arcee-ai/trinity-large-thinking",
    },
    THINKS,
  ),
  language(
    "bytedance/seed-1.6",
    "Seed 1.6",
    262_144,
    32_768,
    "2025-06-25",
    {
      openrouter: "bytedance-seed/seed-1.6",
    },
    { abilities: ["tools", "vision", "reasoning"] },
  ),
  language(
    "bytedance/seed-1.6-flash",
    "Seed 1.6 Flash",
    262_144,
    32_768,
    "2025-06-25",
    {
      openrouter: "bytedance-seed/seed-1.6-flash",
    },
    { abilities: ["tools", "vision", "reasoning"] },
  ),
  language(
    "deepcogito/cogito-v2.1-671b",
    "Cogito v2.1 671B",
    128_000,
    32_768,
    "2025-11-19",
    {
      togetherai: "deepcogito/cogito-v2-1-671b",
      "ollama-cloud": "cogito-2.1:671b",
      openrouter: "deepcogito/cogito-v2.1-671b",
    },
    { abilities: ["reasoning"] },
  ),
  language(
    "essentialai/rnj-1-instruct",
    "Rnj-1 Instruct",
    32_768,
    8_192,
    "2025-12-05",
    {
      togetherai: "essentialai/Rnj-1-Instruct",
      "ollama-cloud": "rnj-1:8b",
      openrouter: "essentialai/rnj-1-instruct",
    },
    TOOLS,
  ),
  language(
    "ibm-granite/granite-4.1-8b",
    "Granite 4.1 8B",
    131_072,
    16_384,
    "",
    {
      openrouter: "ibm-granite/granite-4.1-8b",
    },
    TOOLS,
  ),
  language(
    "inception/mercury-2",
    "Mercury 2",
    128_000,
    50_000,
    "2026-02-24",
    {
      inception: {
        upstream: "mercury-2",
        price: { input: 0.25, cache_read: 0.025, output: 0.75 },
        from: "https://docs.inceptionlabs.ai/get-started/models (2026-07-19)",
      },
      openrouter: "inception/mercury-2",
    },
    { abilities: ["tools", "reasoning", "structured-output"] },
  ),
  language(
    "inclusionai/ling-2.6-flash",
    "Ling 2.6 Flash",
    262_144,
    32_768,
    "",
    {
      novita: { upstream: "inclusionai/ling-2.6-flash", unpriced: true },
      openrouter: "inclusionai/ling-2.6-flash",
    },
    TOOLS,
  ),
  language(
    "inclusionai/ling-2.6-1t",
    "Ling 2.6 1T",
    262_144,
    32_768,
    "",
    {
      novita: { upstream: "inclusionai/ling-2.6-1t", unpriced: true },
      openrouter: "inclusionai/ling-2.6-1t",
    },
    TOOLS,
  ),
  language(
    "interfaze/interfaze-beta",
    "Interfaze Beta",
    1_000_000,
    32_000,
    "",
    {
      interfaze: {
        upstream: "interfaze-beta",
        price: { input: 1.5, output: 3.5 },
        from: "https://interfaze.ai/pricing (2026-10-07)",
      },
    },
    { abilities: ["tools", "vision", "reasoning", "structured-output"] },
  ),
  language(
    "kwaipilot/kat-coder-pro-v2",
    "KAT-Coder-Pro V2",
    256_000,
    80_000,
    "",
    {
      openrouter: "kwaipilot/kat-coder-pro-v2",
    },
    THINKS,
  ),
  language(
    "microsoft/phi-4",
    "Phi 4",
    16_384,
    16_384,
    "2024-12-12",
    { openrouter: "microsoft/phi-4" },
    {
      abilities: ["structured-output"],
    },
  ),
  language(
    "nousresearch/hermes-4-70b",
    "Hermes 4 70B",
    131_072,
    32_768,
    "2025-08-26",
    {
      nebius: "NousResearch/Hermes-4-70B",
      openrouter: "nousresearch/hermes-4-70b",
    },
    THINKS,
  ),
  language(
    "nousresearch/hermes-4-405b",
    "Hermes 4 405B",
    131_072,
    32_768,
    "2025-08-26",
    {
      nebius: "NousResearch/Hermes-4-405B",
      openrouter: "nousresearch/hermes-4-405b",
    },
    THINKS,
  ),
  language(
    "prime-intellect/intellect-3",
    "INTELLECT-3",
    131_072,
    65_536,
    "2025-11-26",
    {
      nebius: "PrimeIntellect/INTELLECT-3",
      openrouter: "prime-intellect/intellect-3",
    },
    THINKS,
  ),
  language(
    "stepfun/step-3.5-flash",
    "Step 3.5 Flash",
    262_144,
    65_536,
    "2026-01-29",
    {
      nvidia: "stepfun-ai/step-3.5-flash",
      openrouter: "stepfun/step-3.5-flash",
    },
    THINKS,
  ),
  language(
    "stepfun/step-3.7-flash",
    "Step 3.7 Flash",
    262_144,
    65_536,
    "2026-05-29",
    {
      nvidia: "stepfun-ai/step-3.7-flash",
      openrouter: "stepfun/step-3.7-flash",
    },
    { abilities: ["tools", "vision", "reasoning"] },
  ),
  language(
    "tencent/hy3-preview",
    "Hy3 preview",
    262_144,
    64_000,
    "2026-04-20",
    {
      openrouter: "tencent/hy3-preview",
    },
    THINKS,
  ),
  language(
    "thinkingmachines/inkling",
    "Inkling",
    1_048_576,
    65_536,
    "",
    {
      baseten: "thinkingmachines/inkling",
      fireworks: "accounts/fireworks/models/inkling",
    },
    { abilities: ["tools", "vision", "reasoning"] },
  ),
  language(
    "thinkingmachines/inkling-small",
    "Inkling Small",
    1_048_576,
    65_536,
    "",
    {
      baseten: "thinkingmachines/inkling-small",
      "arcee-ai": "thinkingmachines/inkling-small",
    },
    { abilities: ["tools", "vision", "reasoning"] },
  ),
  language("upstage/solar-pro-3", "Solar Pro 3", 131_072, 65_536, "", { openrouter: "upstage/solar-pro-3" }, THINKS),
  language(
    "writer/palmyra-x5",
    "Palmyra X5",
    1_040_000,
    8_192,
    "2025-04-28",
    {
      openrouter: "writer/palmyra-x5",
    },
    TOOLS,
  ),
  language(
    "xiaomi/mimo-v2-flash",
    "MiMo-V2-Flash",
    262_144,
    65_536,
    "2025-12-16",
    {
      novita: { upstream: "xiaomimimo/mimo-v2-flash", unpriced: true },
      openrouter: "xiaomi/mimo-v2-flash",
    },
    THINKS,
  ),
  language(
    "xiaomi/mimo-v2.5",
    "MiMo-V2.5",
    1_048_576,
    131_072,
    "2026-04-22",
    {
      avian: "xiaomi/mimo-v2.5",
      deepinfra: "XiaomiMiMo/MiMo-V2.5",
      openrouter: "xiaomi/mimo-v2.5",
    },
    { abilities: ["tools", "vision", "audio-input", "reasoning"] },
  ),
  language(
    "xiaomi/mimo-v2.5-pro",
    "MiMo-V2.5-Pro",
    1_048_576,
    131_072,
    "2026-04-22",
    {
      avian: "xiaomi/mimo-v2.5-pro",
      deepinfra: "XiaomiMiMo/MiMo-V2.5-Pro",
      openrouter: "xiaomi/mimo-v2.5-pro",
    },
    THINKS,
  ),
];

export const EMBEDDINGS: readonly Row[] = [
  embedding("openai/text-embedding-3-small", "text-embedding-3-small", 8_192, {
    openai: "text-embedding-3-small",
    openrouter: { upstream: "openai/text-embedding-3-small", unpriced: true },
  }),
  embedding("openai/text-embedding-3-large", "text-embedding-3-large", 8_192, {
    openai: "text-embedding-3-large",
    openrouter: { upstream: "openai/text-embedding-3-large", unpriced: true },
  }),
  embedding("openai/text-embedding-ada-002", "text-embedding-ada-002", 8_192, { openai: "text-embedding-ada-002" }),
  embedding("google/gemini-embedding-001", "Gemini Embedding 001", 2_048, { google: "gemini-embedding-001" }),
  embedding("google/gemini-embedding-2", "Gemini Embedding 2", 8_192, { google: "gemini-embedding-2" }),
  embedding("mistral/mistral-embed", "Mistral Embed", 8_192, { mistral: "mistral-embed" }),
  embedding("mistral/codestral-embed", "Codestral Embed", 8_192, {
    mistral: {
      upstream: "codestral-embed",
      price: { input: 0.15 },
      from: "https://mistral.ai/news/codestral-embed (2025-05-28)",
    },
  }),
  embedding("cohere/embed-v4.0", "Embed v4.0", 128_000, { cohere: "embed-v4.0" }),
  embedding("alibaba/text-embedding-v4", "Text Embedding v4", 8_192, { alibaba: "text-embedding-v4" }),
  embedding("alibaba/qwen3-embedding-0.6b", "Qwen3 Embedding 0.6B", 32_768, {
    deepinfra: "Qwen/Qwen3-Embedding-0.6B",
  }),
  embedding("alibaba/qwen3-embedding-4b", "Qwen3 Embedding 4B", 32_768, { deepinfra: "Qwen/Qwen3-Embedding-4B" }),
  embedding("alibaba/qwen3-embedding-8b", "Qwen3 Embedding 8B", 32_768, {
    deepinfra: "Qwen/Qwen3-Embedding-8B",
    nebius: "Qwen/Qwen3-Embedding-8B",
  }),
  embedding("voyage/voyage-3-large", "Voyage 3 Large", 32_000, { voyage: "voyage-3-large" }),
  embedding("voyage/voyage-3.5", "Voyage 3.5", 32_000, { voyage: "voyage-3.5" }),
  embedding("voyage/voyage-3.5-lite", "Voyage 3.5 Lite", 32_000, { voyage: "voyage-3.5-lite" }),
  embedding("voyage/voyage-4", "Voyage 4", 32_000, { voyage: "voyage-4" }),
  embedding("voyage/voyage-4-large", "Voyage 4 Large", 32_000, { voyage: "voyage-4-large" }),
  embedding("voyage/voyage-4-lite", "Voyage 4 Lite", 32_000, { voyage: "voyage-4-lite" }),
  embedding("voyage/voyage-code-2", "Voyage Code 2", 16_000, { voyage: "voyage-code-2" }),
  embedding("voyage/voyage-code-3", "Voyage Code 3", 32_000, { voyage: "voyage-code-3" }),
  embedding("voyage/voyage-finance-2", "Voyage Finance 2", 32_000, { voyage: "voyage-finance-2" }),
  embedding("voyage/voyage-law-2", "Voyage Law 2", 16_000, { voyage: "voyage-law-2" }),
];
