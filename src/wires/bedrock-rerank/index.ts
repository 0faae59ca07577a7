import { decodeError } from "../bedrock-converse/error.ts";
import type { Wire } from "../wire.ts";
import { relayAnswer, relayRequest } from "./relay.ts";

/** Cohere's rerank as Bedrock serves it. https://docs.aws.amazon.com/bedrock/latest/userguide/rerank-use.html */
export const bedrockRerank: Wire = {
  name: "bedrock-rerank",
  operation: "rerank",
  path: (model) => `/model/${encodeURIComponent(model)}/invoke`,
  decodeError,
  idField: "x-amzn-requestid",
  adapts: { "cohere-rerank": { request: relayRequest, answer: relayAnswer } },
};
