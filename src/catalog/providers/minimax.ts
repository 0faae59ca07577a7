import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "minimax",
  title: "MiniMax",
  docs: "https://platform.minimax.io/docs/api-reference/text-openai-api",
  baseUrl: "https://api.minimax.io/v1",
  auth: bearer("MINIMAX_API_KEY"),
  wires: { generate: ["openai-chat"] },
});
