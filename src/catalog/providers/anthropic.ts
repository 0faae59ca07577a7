import { defineProvider, header } from "../provider.ts";

export default defineProvider({
  name: "anthropic",
  title: "Anthropic",
  docs: "https://platform.claude.com/docs/en/api/messages",
  baseUrl: "https://api.anthropic.com",
  auth: header("x-api-key", "ANTHROPIC_API_KEY"),
  secretPrefix: "sk-ant-",
  headers: { "anthropic-version": "2023-06-01" },
  wires: { generate: ["anthropic-messages"] },
});
