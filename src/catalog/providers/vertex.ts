import { BETAS } from "../betas.ts";
import { defineProvider } from "../provider.ts";

// The address is made of project and location: src/gateway/google-cloud.ts. https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
export default defineProvider({
  name: "vertex",
  title: "Google Vertex AI",
  docs: "https://cloud.google.com/vertex-ai/generative-ai/docs/start/api-keys",
  auth: { kind: "google-cloud", variables: ["GOOGLE_VERTEX_API_KEY"] },
  wires: { generate: ["gemini-generate"] },
  makers: {
    anthropic: {
      upstream: /^claude-/,
      wires: { generate: ["anthropic-messages"] },
      maker: "anthropic",
      betas: BETAS.vertex,
      quirks: ["raw-predict"],
    },
  },
  below: { "gemini-generate": "/publishers/google", "anthropic-messages": "/publishers/anthropic" },
  quirks: ["no-service-tier"],
  maker: "google",
  aliases: ["vertexAnthropic", "googleVertex"],
});
