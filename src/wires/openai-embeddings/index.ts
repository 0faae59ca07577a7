import type { Ask } from "../../core/ask.ts";
import type { JsonObject } from "../../core/json.ts";
import { reworded } from "../ai-sdk.ts";
import { embedWords } from "../ai-sdk-embedding-model/relay.ts";
import { gatewayFields } from "../gateway-fields.ts";
import { decodeError, encodeError, encodeErrorFrame } from "../openai-chat/error.ts";
import { mustFit } from "../shape.ts";
import { HEARTBEAT } from "../sse.ts";
import type { Relay, Wire } from "../wire.ts";
import { relayAnswer, relayRequest } from "./relay.ts";
import { embeddingsBody } from "./schema.ts";

const relay: Relay = { request: relayRequest, answer: relayAnswer };

/** OpenAI Embeddings. https://platform.openai.com/docs/api-reference/embeddings */
export const openaiEmbeddings: Wire = {
  name: "openai-embeddings",
  operation: "embed",
  path: () => "/embeddings",
  decodeError,
  inbound: { read, encodeError, encodeErrorFrame, heartbeat: HEARTBEAT },
  relay,
  adapts: { "ai-sdk-embedding-model": reworded("openai-embeddings", relay, embedWords) },
};

function read(body: JsonObject): Ask {
  mustFit(embeddingsBody, body);
  return {
    wire: "openai-embeddings",
    operation: "embed",
    body,
    model: body.model as string,
    stream: false,
    gateway: gatewayFields(body),
    needs: [],
    outputCap: 0,
    hideReasoning: false,
  };
}
