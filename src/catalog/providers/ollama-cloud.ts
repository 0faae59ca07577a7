import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "ollama-cloud",
  title: "Ollama Cloud",
  docs: "https://docs.ollama.com/openai",
  baseUrl: "https://ollama.com/v1",
  auth: bearer("OLLAMA_API_KEY"),
  wires: { generate: ["openai-chat"] },
});
