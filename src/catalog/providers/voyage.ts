import { bearer, defineProvider } from "../provider.ts";

// Texts only, `output_dimension`, and no `encoding_format: "float"`: the page below, recordings `voyage/*` (2026-11).
// Arguments that it does not know are refused: https://github.com/410979729/scope-recall-hermes/issues/88 (2026-09).
export default defineProvider({
  name: "voyage",
  title: "Voyage AI",
  docs: "https://docs.voyageai.com/reference/embeddings-api",
  baseUrl: "https://api.voyageai.com/v1",
  auth: bearer("VOYAGE_API_KEY"),
  wires: { embed: ["openai-embeddings"], rerank: ["voyage-rerank"] },
  quirks: ["text-input-only", "output-dimension", "float-embeddings", "no-user"],
});
