import type { Ask } from "../../core/ask.ts";
import type { JsonObject } from "../../core/json.ts";
import { openaiResponses } from "../openai-responses/index.ts";
import type { Wire } from "../wire.ts";
import { relayAnswer, relayRequest } from "./relay.ts";

const { inbound, decodeError } = openaiResponses;

/**
 * A conversation made shorter, by who alone can read the result: it is passed on, and nothing else.
 * https://platform.openai.com/docs/api-reference/responses/compact
 */
export const openaiCompaction: Wire = {
  name: "openai-compaction",
  operation: "generate",
  path: () => "/responses/compact",
  decodeError,
  inbound: {
    read,
    encodeError: inbound!.encodeError,
    encodeErrorFrame: inbound!.encodeErrorFrame,
    heartbeat: inbound!.heartbeat,
  },
  relay: { request: relayRequest, answer: relayAnswer },
};

/** A responses body, in which the conversation may stand behind the response that it goes on from. */
function read(body: JsonObject): Ask {
  const { input, stream: _, ...rest } = body;
  const asked = inbound!.read({ ...rest, input: input ?? [] });
  return { ...asked, wire: "openai-compaction", body, stream: false, needs: [] };
}
