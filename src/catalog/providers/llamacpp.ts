import { defineProvider } from "../provider.ts";

// Recordings `llamacpp/*` (2026).
export default defineProvider({
  name: "llamacpp",
  title: "llama.cpp",
  docs: "https://github.com/ggml-org/llama.cpp/tree/master/tools/server",
  auth: { kind: "none" },
  wires: {
    generate: ["openai-chat"],
    embed: ["openai-embeddings"],
    complete: ["openai-completions"],
    rerank: ["cohere-rerank"],
  },
  quirks: ["reasoning-content"],
});
