import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "parasail",
  title: "Parasail",
  docs: "https://docs.parasail.io/parasail-docs/api-reference/authentication",
  baseUrl: "https://api.parasail.io/v1",
  auth: bearer("PARASAIL_API_KEY"),
  wires: { generate: ["openai-chat"] },
});
