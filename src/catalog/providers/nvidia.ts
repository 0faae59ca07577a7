import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "nvidia",
  title: "NVIDIA NIM",
  docs: "https://docs.api.nvidia.com/nim/reference/llm-apis",
  baseUrl: "https://integrate.api.nvidia.com/v1",
  auth: bearer("NVIDIA_API_KEY"),
  wires: { generate: ["openai-chat"] },
});
