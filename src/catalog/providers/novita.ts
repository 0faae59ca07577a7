import { bearer, defineProvider } from "../provider.ts";

// Thinking in `reasoning_content`, as models.dev records it for this host (2026-07).
export default defineProvider({
  name: "novita",
  title: "Novita AI",
  docs: "https://novita.ai/docs/api-reference/model-apis-llm-create-chat-completion",
  baseUrl: "https://api.novita.ai/openai/v1",
  auth: bearer("NOVITA_API_KEY"),
  wires: { generate: ["openai-chat"], embed: ["openai-embeddings"] },
  quirks: ["reasoning-content"],
});
