import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "huggingface",
  title: "Hugging Face Inference Providers",
  docs: "https://huggingface.co/docs/inference-providers",
  baseUrl: "https://router.huggingface.co/v1",
  auth: bearer("HF_TOKEN", "HUGGINGFACE_API_KEY"),
  wires: { generate: ["openai-chat"] },
});
