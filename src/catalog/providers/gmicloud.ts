import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "gmicloud",
  title: "GMI Cloud",
  docs: "https://docs.gmicloud.ai/inference-engine/api-reference/llm-api-reference",
  baseUrl: "https://api.gmi-serving.com/v1",
  auth: bearer("GMICLOUD_API_KEY", "GMI_API_KEY"),
  wires: { generate: ["openai-chat"] },
});
