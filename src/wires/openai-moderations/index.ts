import type { Ask } from "../../core/ask.ts";
import type { JsonObject } from "../../core/json.ts";
import { gatewayFields } from "../gateway-fields.ts";
import { decodeError, encodeError, encodeErrorFrame } from "../openai-chat/error.ts";
import { mustFit } from "../shape.ts";
import { HEARTBEAT } from "../sse.ts";
import type { Wire } from "../wire.ts";
import { relayAnswer, relayRequest } from "./relay.ts";
import { moderationsBody } from "./schema.ts";

/** OpenAI Moderations. https://platform.openai.com/docs/api-reference/moderations */
export const openaiModerations: Wire = {
  name: "openai-moderations",
  operation: "moderate",
  path: () => "/moderations",
  decodeError,
  inbound: { read, encodeError, encodeErrorFrame, heartbeat: HEARTBEAT },
  relay: { request: relayRequest, answer: relayAnswer },
};

/** What is asked where a client names no model: the API's own default, which its SDKs leave to it. */
const USUAL = "openai/omni-moderation-latest";

function read(body: JsonObject): Ask {
  mustFit(moderationsBody, body);
  return {
    wire: "openai-moderations",
    operation: "moderate",
    body,
    model: typeof body.model === "string" ? body.model : USUAL,
    stream: false,
    gateway: gatewayFields(body),
    needs: [],
    outputCap: 0,
    hideReasoning: false,
  };
}
