import { bearer, defineProvider } from "../provider.ts";

// Thinking in `reasoning_content`, as models.dev records it for this host (2026-07).
export default defineProvider({
  name: "friendli",
  title: "FriendliAI",
  docs: "https://friendli.ai/docs/guides/serverless_endpoints/introduction",
  baseUrl: "https://api.friendli.ai/serverless/v1",
  auth: bearer("FRIENDLI_TOKEN"),
  wires: { generate: ["openai-chat"] },
  quirks: ["reasoning-content"],
});
