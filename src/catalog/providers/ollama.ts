import { defineProvider } from "../provider.ts";

export default defineProvider({
  name: "ollama",
  title: "Ollama",
  docs: "https://docs.ollama.com/openai",
  auth: { kind: "none" },
  wires: { generate: ["openai-chat"], embed: ["openai-embeddings"], complete: ["openai-completions"] },
});
