import { bearer, defineProvider } from "../provider.ts";

// Thinking in `reasoning_content`, as models.dev records it for this host (2026-07).
export default defineProvider({
  name: "nebius",
  title: "Nebius Token Factory",
  docs: "https://docs.tokenfactory.nebius.com/api-reference/inference/create-chat-completion",
  baseUrl: "https://api.tokenfactory.nebius.com/v1",
  auth: bearer("NEBIUS_API_KEY"),
  wires: { generate: ["openai-chat"], embed: ["openai-embeddings"] },
  quirks: ["reasoning-content"],
});
