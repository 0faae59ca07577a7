import { bearer, defineProvider } from "../provider.ts";

// Thinking in `reasoning_content`, as models.dev records it for this host (2026-07).
export default defineProvider({
  name: "baseten",
  title: "Baseten",
  docs: "https://docs.baseten.co/inference/model-apis/overview",
  baseUrl: "https://inference.baseten.co/v1",
  auth: bearer("BASETEN_API_KEY"),
  wires: { generate: ["openai-chat"] },
  quirks: ["reasoning-content"],
});
