import { bearer, defineProvider } from "../provider.ts";

// Thinking in `reasoning_content`, as models.dev records it for this host (2026-07).
// Completions: https://deepinfra.com/docs/openai_api.
export default defineProvider({
  name: "deepinfra",
  title: "DeepInfra",
  docs: "https://docs.deepinfra.com/chat/overview",
  baseUrl: "https://api.deepinfra.com/v1/openai",
  auth: bearer("DEEPINFRA_API_KEY", "DEEPINFRA_TOKEN"),
  wires: { generate: ["openai-chat"], embed: ["openai-embeddings"], complete: ["openai-completions"] },
  quirks: ["reasoning-content"],
});
