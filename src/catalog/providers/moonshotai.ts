import { bearer, defineProvider } from "../provider.ts";

// https://platform.kimi.ai/docs/guide/use-kimi-k2-thinking-model (2026-06)
export default defineProvider({
  name: "moonshotai",
  title: "Moonshot AI",
  docs: "https://platform.kimi.ai/docs/api/chat",
  baseUrl: "https://api.moonshot.ai/v1",
  auth: bearer("MOONSHOT_API_KEY", "MOONSHOTAI_API_KEY"),
  wires: { generate: ["openai-chat"] },
  quirks: ["reasoning-content"],
});
