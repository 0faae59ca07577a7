import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "groq",
  title: "Groq",
  docs: "https://console.groq.com/docs/openai",
  baseUrl: "https://api.groq.com/openai/v1",
  auth: bearer("GROQ_API_KEY"),
  // https://console.groq.com/docs/speech-to-text, …/text-to-speech
  wires: {
    generate: ["openai-chat"],
    speech: ["openai-speech"],
    transcribe: ["openai-transcriptions", "openai-translations"],
  },
  // https://console.groq.com/docs/service-tiers: what others call priority it sells as "performance", to enterprises.
  tiers: ["auto", "flex"],
});
