import { bearer, defineProvider } from "../provider.ts";

/**
 * Thinking: https://api-docs.deepseek.com/guides/thinking_mode and recordings `deepseek/*`.
 * `developer`: "unknown variant `developer`, expected one of `system`, `user`, `assistant`, `tool`" (2026-08).
 * The reference names `max_tokens` alone: https://api-docs.deepseek.com/api/create-chat-completion.
 * Responses: https://api-docs.deepseek.com/guides/responses_api (2026-08). It keeps nothing, and thinks in the open on either wire.
 */
export default defineProvider({
  name: "deepseek",
  title: "DeepSeek",
  docs: "https://api-docs.deepseek.com",
  baseUrl: "https://api.deepseek.com",
  auth: bearer("DEEPSEEK_API_KEY"),
  wires: { generate: ["openai-chat", "openai-responses"] },
  quirks: ["reasoning-content", "no-developer-role", "max-tokens-only", "keeps-nothing"],
});
