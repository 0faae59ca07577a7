import { bearer, defineProvider } from "../provider.ts";

// Completions: recordings `together/*`. Rerank: https://docs.together.ai/reference/rerank-1 (2026-11).
export default defineProvider({
  name: "togetherai",
  title: "Together AI",
  docs: "https://docs.together.ai/docs/openai-api-compatibility",
  baseUrl: "https://api.together.xyz/v1",
  auth: bearer("TOGETHER_API_KEY", "TOGETHER_AI_API_KEY"),
  // Audio: https://docs.together.ai/docs/text-to-speech, …/speech-to-text.
  wires: {
    generate: ["openai-chat"],
    image: ["openai-images"],
    embed: ["openai-embeddings"],
    complete: ["openai-completions"],
    rerank: ["cohere-rerank"],
    speech: ["openai-speech"],
    transcribe: ["openai-transcriptions", "openai-translations"],
  },
  // https://docs.together.ai/reference/post_images-generations
  quirks: ["image-dimensions"],
});
