import { bearer, defineProvider } from "../provider.ts";

// Recordings `zai/*` (2026), https://docs.z.ai/guides/capabilities/thinking.
export default defineProvider({
  name: "zai",
  title: "Z.ai",
  docs: "https://docs.z.ai/api-reference/llm/chat-completion",
  baseUrl: "https://api.z.ai/api/paas/v4",
  auth: bearer("ZAI_API_KEY", "ZHIPU_API_KEY"),
  wires: { generate: ["openai-chat"] },
  quirks: ["reasoning-content"],
});
