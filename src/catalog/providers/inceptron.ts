import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "inceptron",
  title: "Inceptron",
  docs: "https://docs.inceptron.io",
  baseUrl: "https://api.inceptron.io/v1",
  auth: bearer("INCEPTRON_API_KEY"),
  wires: { generate: ["openai-chat"] },
});
