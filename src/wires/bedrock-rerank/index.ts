import { reworded } from "../ai-sdk.ts";
import { rerankWords } from "../ai-sdk-reranking-model/relay.ts";
import { decodeError } from "../bedrock-converse/error.ts";
import type { Relay, Wire } from "../wire.ts";
import { relayAnswer, relayRequest } from "./relay.ts";

const codec: Relay = { request: relayRequest, answer: relayAnswer };

/** Cohere's rerank as Bedrock serves it. https://docs.aws.amazon.com/bedrock/latest/userguide/rerank-use.html */
export const bedrockRerank: Wire = {
  name: "bedrock-rerank",
  operation: "rerank",
  path: (model) => `/model/${encodeURIComponent(model)}/invoke`,
  decodeError,
  idField: "x-amzn-requestid",
  adapts: { "cohere-rerank": codec, "ai-sdk-reranking-model": reworded("cohere-rerank", codec, rerankWords) },
};
