import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "crusoe",
  title: "Crusoe Serverless Inference",
  docs: "https://docs.crusoecloud.com/quickstart/getting-started-with-serverless-inference",
  baseUrl: "https://api.inference.crusoecloud.com/v1",
  auth: bearer("CRUSOE_API_KEY"),
  wires: { generate: ["openai-chat"] },
});
