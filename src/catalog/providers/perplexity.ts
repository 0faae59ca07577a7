import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "perplexity",
  title: "Perplexity",
  docs: "https://docs.perplexity.ai/docs/sonar/openai-compatibility",
  baseUrl: "https://api.perplexity.ai",
  auth: bearer("PERPLEXITY_API_KEY", "PPLX_API_KEY"),
  wires: { generate: ["openai-chat"] },
  // https://docs.perplexity.ai/docs/sonar/features (file attachments)
  readsFiles: true,
});
