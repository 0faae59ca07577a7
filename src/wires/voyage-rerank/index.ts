import { decodeError } from "../openai-chat/error.ts";
import type { Wire } from "../wire.ts";
import { relayAnswer, relayRequest } from "./relay.ts";

/** Voyage's rerank: Cohere's in other words. https://docs.voyageai.com/reference/reranker-api */
export const voyageRerank: Wire = {
  name: "voyage-rerank",
  operation: "rerank",
  path: () => "/rerank",
  decodeError,
  adapts: { "cohere-rerank": { request: relayRequest, answer: relayAnswer } },
};
