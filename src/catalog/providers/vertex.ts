import { BETAS } from "../betas.ts";
import { defineProvider } from "../provider.ts";

export default defineProvider({
  name: "vertex",
  title: "Google Vertex AI",
  docs: "https://cloud.google.com/vertex-ai/generative-ai/docs/start/api-keys",
  auth: { kind: "google-cloud", variables: ["GOOGLE_VERTEX_API_KEY"] }, // the address: src/gateway/google-cloud.ts
  wires: { generate: ["gemini-generate"], image: ["gemini-images"] },
  makers: {
    anthropic: {
      upstream: /^claude-/,
      wires: { generate: ["anthropic-messages"] },
      maker: "anthropic",
      betas: BETAS.vertex,
      quirks: ["raw-predict"],
    },
  },
  below: {
    "gemini-generate": "/publishers/google",
    "gemini-images": "/publishers/google",
    "anthropic-messages": "/publishers/anthropic",
  },
  counts: ["gemini-generate"],
  quirks: ["no-service-tier", "counts-bare"],
  maker: "google",
  aliases: ["vertexAnthropic", "googleVertex"],
});
