import { bearer, defineProvider } from "../provider.ts";

// Thinking: recordings `xai/*`. Only the newer API gives it to be sent back, sealed:
// https://docs.x.ai/developers/model-capabilities/text/comparison (2026-11). The seal's name: https://openrouter.ai/docs/sdks/go/api-reference/models/reasoningformat
// The hosted service calls it `spacexai` since 2026-08 (contract 8.5).
export default defineProvider({
  name: "xai",
  title: "xAI",
  docs: "https://docs.x.ai/docs/api-reference",
  baseUrl: "https://api.x.ai/v1",
  auth: bearer("XAI_API_KEY"),
  wires: {
    generate: ["openai-chat", "openai-responses"],
    image: ["openai-images", "openai-image-edits"],
    speech: ["xai-speech"],
  },
  // Images: https://docs.x.ai/docs/guides/image-generations
  // Turns: https://docs.x.ai/developers/tools/tool-usage-details#understanding-turns-vs-tool-calls
  quirks: ["reasoning-content", "image-shapes", "turns-not-calls"],
  // https://docs.x.ai/developers/advanced-api-usage/priority-processing
  tiers: ["default", "priority"],
  seals: "xai-responses-v1",
  aliases: ["spacexai"],
});
