import { inboundOf } from "../ai-sdk.ts";
import { cohereRerank } from "../cohere-rerank/index.ts";
import type { Wire } from "../wire.ts";
import { rerankWords } from "./relay.ts";

const name = "ai-sdk-reranking-model";

/** The AI SDK's reranking, which Cohere's wire says for it. Clients speak it, no provider does. */
export const aiSdkRerankingModel: Wire = {
  name,
  operation: "rerank",
  path: () => "/reranking-model",
  decodeError: cohereRerank.decodeError,
  inbound: inboundOf(name, rerankWords, cohereRerank.inbound!),
};
