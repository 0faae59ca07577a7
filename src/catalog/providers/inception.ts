import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "inception",
  title: "Inception Labs",
  docs: "https://docs.inceptionlabs.ai/api-reference/chat/create-a-chat-completion",
  baseUrl: "https://api.inceptionlabs.ai/v1",
  auth: bearer("INCEPTION_API_KEY"),
  wires: { generate: ["openai-chat"] },
});
