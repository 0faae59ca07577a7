import { bearer, defineProvider } from "../provider.ts";

// `stream_options` is rejected: https://strandsagents.com/docs/user-guide/concepts/model-providers/cohere/ (2026-11).
// Embeds texts: recordings `cohere/*`.
export default defineProvider({
  name: "cohere",
  title: "Cohere",
  docs: "https://docs.cohere.com/docs/compatibility-api",
  baseUrl: "https://api.cohere.ai",
  auth: bearer("COHERE_API_KEY", "CO_API_KEY"),
  wires: { generate: ["openai-chat"], embed: ["openai-embeddings"], rerank: ["cohere-rerank"] },
  // https://docs.cohere.com/reference/rerank
  below: {
    "openai-chat": "/compatibility/v1",
    "openai-embeddings": "/compatibility/v1",
    "cohere-rerank": "/v2",
  },
  quirks: ["no-stream-options", "text-input-only"],
});
