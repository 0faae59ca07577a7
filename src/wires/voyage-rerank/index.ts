import { reworded } from "../ai-sdk.ts";
import { rerankWords } from "../ai-sdk-reranking-model/relay.ts";
import { decodeError } from "../openai-chat/error.ts";
import type { Relay, Wire } from "../wire.ts";
import { relayAnswer, relayRequest } from "./relay.ts";

const codec: Relay = { request: relayRequest, answer: relayAnswer };

/** Voyage's rerank: Cohere's in other words. https://docs.voyageai.com/reference/reranker-api */
export const voyageRerank: Wire = {
  name: "voyage-rerank",
  operation: "rerank",
  path: () => "/rerank",
  decodeError,
  adapts: { "cohere-rerank": codec, "ai-sdk-reranking-model": reworded("cohere-rerank", codec, rerankWords) },
};
