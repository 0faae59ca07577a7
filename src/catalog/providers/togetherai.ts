import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "togetherai",
  title: "Together AI",
  docs: "https://docs.together.ai/docs/openai-api-compatibility",
  baseUrl: "https://api.together.xyz/v1",
  auth: bearer("TOGETHER_API_KEY", "TOGETHER_AI_API_KEY"),
  wires: { generate: ["openai-chat"], image: ["openai-images"], embed: ["openai-embeddings"] },
  // https://docs.together.ai/reference/post_images-generations
  quirks: ["image-dimensions"],
});
