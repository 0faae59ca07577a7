import { bearer, defineProvider } from "../provider.ts";

// Thinking in `reasoning_content`, and ids that change within a stream: recordings `avian/fantasy--*` (2026).
export default defineProvider({
  name: "avian",
  title: "Avian",
  docs: "https://avian.io/docs",
  baseUrl: "https://api.avian.io/v1",
  auth: bearer("AVIAN_API_KEY"),
  wires: { generate: ["openai-chat"] },
  quirks: ["reasoning-content"],
});
