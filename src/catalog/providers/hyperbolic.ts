import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "hyperbolic",
  title: "Hyperbolic",
  docs: "https://docs.hyperbolic.xyz",
  baseUrl: "https://api.hyperbolic.xyz/v1",
  auth: bearer("HYPERBOLIC_API_KEY"),
  wires: { generate: ["openai-chat"] },
});
