import { defineProvider } from "../provider.ts";

// With a reasoning parser; newer versions say `reasoning`: https://docs.vllm.ai/en/latest/features/reasoning_outputs.
// `top_k` is one of its extra parameters: https://docs.vllm.ai/en/latest/serving/openai_compatible_server.
// Completions: recordings `vllm/*`; it reranks as Cohere and Jina do, by the page below.
export default defineProvider({
  name: "vllm",
  title: "vLLM",
  docs: "https://docs.vllm.ai/en/latest/serving/openai_compatible_server",
  auth: { kind: "none" },
  wires: {
    generate: ["openai-chat"],
    embed: ["openai-embeddings"],
    complete: ["openai-completions"],
    rerank: ["cohere-rerank"],
    transcribe: ["openai-transcriptions", "openai-translations"],
  },
  quirks: ["reasoning-content", "top-k"],
});
