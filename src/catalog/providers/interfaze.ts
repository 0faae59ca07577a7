import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "interfaze",
  title: "Interfaze",
  docs: "https://interfaze.ai/docs",
  baseUrl: "https://api.interfaze.ai/v1",
  auth: bearer("INTERFAZE_API_KEY"),
  wires: { generate: ["openai-chat"] },
});
