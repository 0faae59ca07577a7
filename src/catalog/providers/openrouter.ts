import { bearer, defineProvider } from "../provider.ts";

/**
 * Its `reasoning` and `reasoning_details` are the words of contract 3.1.5: recordings `openrouter/*`,
 * https://openrouter.ai/docs/guides/best-practices/reasoning-tokens (2026-06). Cache marks:
 * https://openrouter.ai/docs/guides/best-practices/prompt-caching. Rerank, speech: recordings. Responses: recordings, and
 * https://openrouter.ai/docs/client-sdks/typescript/sdks/responses/README (2026-11). `top_k`: recordings, and
 * https://openrouter.ai/docs/api-reference/parameters. Nothing is kept: https://openrouter.ai/docs/api_reference/responses/error-handling. Files: https://openrouter.ai/docs/guides/overview/multimodal/pdfs.
 */
export default defineProvider({
  name: "openrouter",
  title: "OpenRouter",
  docs: "https://openrouter.ai/docs/api-reference/overview",
  baseUrl: "https://openrouter.ai/api/v1",
  auth: bearer("OPENROUTER_API_KEY"),
  wires: {
    generate: ["openai-chat", "openai-responses"],
    embed: ["openai-embeddings"],
    speech: ["openai-speech"],
    rerank: ["cohere-rerank"],
  },
  quirks: ["cache-marks", "reasoning-object", "top-k", "keeps-nothing"],
  readsFiles: true,
  // https://openrouter.ai/docs/guides/features/service-tiers
  tiers: ["auto", "default", "flex", "priority"],
});
