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
    complete: ["openai-completions"],
    moderate: ["openai-moderations"],
    speech: ["openai-speech"],
    transcribe: ["openai-transcriptions", "openai-translations"],
  },
  // https://platform.openai.com/docs/api-reference/completions/create
  completes: /^(gpt-3\.5-turbo-instruct|davinci|babbage)/,
  // https://platform.openai.com/docs/api-reference/responses/input-tokens
  counts: ["openai-responses"],
  quirks: ["completion-cap", "safety-identifier", "short-ids", "text-tools"],
  // https://platform.openai.com/docs/guides/flex-processing, …/priority-processing
  tiers: ["auto", "default", "flex", "priority"],
});
