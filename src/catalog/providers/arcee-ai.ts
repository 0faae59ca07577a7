import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "arcee-ai",
  title: "Arcee AI",
  docs: "https://docs.arcee.ai",
  baseUrl: "https://api.arcee.ai/api/v1",
  auth: bearer("ARCEEAI_API_KEY", "ARCEE_API_KEY"),
  wires: { generate: ["openai-chat"] },
});
