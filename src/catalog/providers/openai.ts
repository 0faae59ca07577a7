import { bearer, defineProvider } from "../provider.ts";

export default defineProvider({
  name: "openai",
  title: "OpenAI",
  docs: "https://platform.openai.com/docs/api-reference",
  baseUrl: "https://api.openai.com/v1",
  auth: bearer("OPENAI_API_KEY"),
  wires: {
    generate: ["openai-chat", "openai-responses", "openai-compaction"],
    image: ["openai-images", "openai-image-edits"],
    embed: ["openai-embeddings"],
    speech: ["openai-speech"],
    transcribe: ["openai-transcriptions", "openai-translations"],
  },
  // https://platform.openai.com/docs/api-reference/responses/input-tokens
  counts: ["openai-responses"],
  quirks: ["completion-cap", "safety-identifier", "short-ids", "text-tools"],
  // https://platform.openai.com/docs/guides/flex-processing, …/priority-processing
  tiers: ["auto", "default", "flex", "priority"],
});
