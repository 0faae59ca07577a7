import { bearer, defineProvider } from "../provider.ts";

// Recordings `mistral/*`. What it does not know it refuses with 422: https://github.com/github/app/issues/3299 (2026-08),
// https://github.com/avante-corp/avante.nvim/issues/2347, https://github.com/editor-code-assistant/eca/issues/231.
// Moderation: https://docs.mistral.ai/capabilities/guardrailing.
// Files: https://docs.mistral.ai/capabilities/document_ai/document_qna.
export default defineProvider({
  name: "mistral",
  title: "Mistral AI",
  docs: "https://docs.mistral.ai/api",
  baseUrl: "https://api.mistral.ai/v1",
  auth: bearer("MISTRAL_API_KEY"),
  // Speech: recording `mistral/…voxtral-mini-tts…`; transcription: https://docs.mistral.ai/studio-api/audio/speech_to_text/offline_transcription.
  wires: {
    generate: ["openai-chat"],
    embed: ["openai-embeddings"],
    moderate: ["openai-moderations"],
    speech: ["openai-speech"],
    transcribe: ["openai-transcriptions"],
  },
  readsFiles: true,
  // biome-ignore format: a list
  quirks: [
    "content-list", "loose-tool-calls", "no-stream-options", "no-developer-role", "max-tokens-only", "no-user",
    "required-is-any", "random-seed", "nine-letter-ids", "text-input-only", "output-dimension", "document-url",
  ],
});
