import { defineProvider } from "../provider.ts";

export default defineProvider({
  name: "lmstudio",
  title: "LM Studio",
  docs: "https://lmstudio.ai/docs/developer/openai-compat",
  auth: { kind: "none" },
  wires: { generate: ["openai-chat"], embed: ["openai-embeddings"], complete: ["openai-completions"] },
});
