import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "chutes",
  title: "Chutes",
  docs: "https://chutes.ai/docs",
  baseUrl: "https://llm.chutes.ai/v1",
  auth: bearer("CHUTES_API_KEY"),
  wires: { generate: ["openai-chat"] },
});
