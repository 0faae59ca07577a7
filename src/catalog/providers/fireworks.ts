import { bearer, defineProvider } from "../provider.ts";

// https://docs.fireworks.ai/guides/reasoning
// https://docs.fireworks.ai/api-reference/post-completions, …/rerank-documents (2026-11)
export default defineProvider({
  name: "fireworks",
  title: "Fireworks AI",
  docs: "https://docs.fireworks.ai/api-reference/post-chatcompletions",
  baseUrl: "https://api.fireworks.ai/inference/v1",
  auth: bearer("FIREWORKS_API_KEY"),
  wires: {
    generate: ["openai-chat"],
    embed: ["openai-embeddings"],
    complete: ["openai-completions"],
    rerank: ["cohere-rerank"],
  },
  quirks: ["reasoning-content"],
  // https://docs.fireworks.ai/serverless/priority-and-fast
  tiers: ["priority"],
});
