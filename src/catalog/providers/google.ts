import { defineProvider } from "../provider.ts";

// The OpenAI-compatible API has embeddings, but loses thinking, ids of calls and thought tokens (recordings of gemini/). It
// takes the key as a bearer token and only so; generateContent the other way around. https://ai.google.dev/gemini-api/docs/openai
export default defineProvider({
  name: "google",
  title: "Google Gemini API",
  docs: "https://ai.google.dev/api/generate-content",
  baseUrl: "https://generativelanguage.googleapis.com/v1beta",
  auth: {
    kind: "header",
    header: "x-goog-api-key",
    variables: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"],
    bearerBelow: "/openai",
  },
  // https://ai.google.dev/api/tokens
  counts: ["gemini-generate"],
  wires: { generate: ["gemini-generate"], image: ["gemini-images"], embed: ["openai-embeddings"] },
  below: { "openai-embeddings": "/openai" },
});
