import type { Ask } from "../../core/ask.ts";
import type { JsonObject } from "../../core/json.ts";
import { gatewayFields } from "../gateway-fields.ts";
import { decodeError, encodeError, encodeErrorFrame } from "../openai-chat/error.ts";
import { mustFit } from "../shape.ts";
import { HEARTBEAT } from "../sse.ts";
import type { Wire } from "../wire.ts";
import { relayAnswer, relayRequest } from "./relay.ts";
import { embeddingsBody } from "./schema.ts";

/** OpenAI Embeddings. https://platform.openai.com/docs/api-reference/embeddings */
export const openaiEmbeddings: Wire = {
  name: "openai-embeddings",
  operation: "embed",
  path: () => "/embeddings",
  decodeError,
  inbound: { read, encodeError, encodeErrorFrame, heartbeat: HEARTBEAT },
  relay: { request: relayRequest, answer: relayAnswer },
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
