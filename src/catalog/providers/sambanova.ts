import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "sambanova",
  title: "SambaNova",
  docs: "https://docs.sambanova.ai/docs/en/features/openai-compatibility",
  baseUrl: "https://api.sambanova.ai/v1",
  auth: bearer("SAMBANOVA_API_KEY"),
  wires: { generate: ["openai-chat"], embed: ["openai-embeddings"] },
});
