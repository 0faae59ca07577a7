import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "digitalocean",
  title: "DigitalOcean Serverless Inference",
  docs: "https://docs.digitalocean.com/products/inference/how-to/si-endpoints",
  baseUrl: "https://inference.do-ai.run/v1",
  auth: bearer("DIGITALOCEAN_INFERENCE_KEY", "GRADIENT_MODEL_ACCESS_KEY"),
  wires: { generate: ["openai-chat"] },
});
