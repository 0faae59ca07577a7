import { bearer, defineProvider } from "../provider.ts";

// `stream_options` is rejected: https://strandsagents.com/docs/user-guide/concepts/model-providers/cohere/ (2026-11).
// Embeds texts: recordings `cohere/*`.
export default defineProvider({
  name: "cohere",
  title: "Cohere",
  docs: "https://docs.cohere.com/docs/compatibility-api",
  baseUrl: "https://api.cohere.ai/compatibility/v1",
  auth: bearer("COHERE_API_KEY", "CO_API_KEY"),
  wires: { generate: ["openai-chat"], embed: ["openai-embeddings"] },
  quirks: ["no-stream-options", "text-input-only"],
});
