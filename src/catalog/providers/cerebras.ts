import { bearer, defineProvider } from "../provider.ts";

// https://inference-docs.cerebras.ai/resources/openai#currently-unsupported-openai-features (2026-08)
export default defineProvider({
  name: "cerebras",
  title: "Cerebras",
  docs: "https://inference-docs.cerebras.ai/resources/openai",
  baseUrl: "https://api.cerebras.ai/v1",
  auth: bearer("CEREBRAS_API_KEY"),
  wires: { generate: ["openai-chat"] },
  quirks: ["no-parallel-flag"],
  // https://inference-docs.cerebras.ai/capabilities/service-tiers
  tiers: ["auto", "default", "flex", "priority"],
});
