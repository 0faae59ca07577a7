import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "google",
  title: "Google Gemini API",
  docs: "https://ai.google.dev/gemini-api/docs/openai",
  baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
  auth: bearer("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"),
  wires: { generate: ["openai-chat"], embed: ["openai-embeddings"] },
});
