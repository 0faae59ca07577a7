import { bearer, defineProvider } from "../provider.ts";

// Access tokens are minted from a service account; that, and its wires, come with the next issue.
export default defineProvider({
  name: "vertex",
  title: "Google Vertex AI",
  docs: "https://cloud.google.com/vertex-ai/generative-ai/docs/start/api-keys",
  auth: bearer("GOOGLE_VERTEX_API_KEY"),
  wires: {},
  aliases: ["vertexAnthropic", "googleVertex"],
});
