import { inboundOf } from "../ai-sdk.ts";
import { openaiEmbeddings } from "../openai-embeddings/index.ts";
import type { Wire } from "../wire.ts";
import { embedWords } from "./relay.ts";

const name = "ai-sdk-embedding-model";

/** The AI SDK's embeddings, which OpenAI's wire says for it. Clients speak it, no provider does. */
export const aiSdkEmbeddingModel: Wire = {
  name,
  operation: "embed",
  path: () => "/embedding-model",
  decodeError: openaiEmbeddings.decodeError,
  inbound: inboundOf(name, embedWords, openaiEmbeddings.inbound!),
};
