import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "blackbox",
  title: "BLACKBOX AI",
  docs: "https://docs.blackbox.ai/api-reference/sample-usage",
  baseUrl: "https://api.blackbox.ai",
  auth: bearer("BLACKBOX_API_KEY"),
  wires: { generate: ["openai-chat"] },
});
