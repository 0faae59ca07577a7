import { bearer, defineProvider } from "../provider.ts";

// Thinking: recordings `xai/*`. The hosted service calls it `spacexai` since 2026-08 (contract 8.5).
export default defineProvider({
  name: "xai",
  title: "xAI",
  docs: "https://docs.x.ai/docs/api-reference",
  baseUrl: "https://api.x.ai/v1",
  auth: bearer("XAI_API_KEY"),
  wires: { generate: ["openai-chat"] },
  quirks: ["reasoning-content"],
  aliases: ["spacexai"],
});
