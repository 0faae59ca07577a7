import type { Ask } from "../../core/ask.ts";
import type { JsonObject } from "../../core/json.ts";
import { gatewayFields } from "../gateway-fields.ts";
import { decodeError, encodeError, encodeErrorFrame } from "../openai-chat/error.ts";
import { mustFit } from "../shape.ts";
import { HEARTBEAT } from "../sse.ts";
import type { Wire } from "../wire.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeReply, says } from "./encode-reply.ts";
import { CompletionReplyStream } from "./encode-stream.ts";
import { relayAnswer } from "./relay-answer.ts";
import { relayRequest } from "./relay-request.ts";
import { CompletionRelay } from "./relay-stream.ts";
import { choicesOf, completionsBody, needsOf } from "./schema.ts";

/**
 * OpenAI's older completions of a text. Models that only chat are asked in one message of the user's.
 * https://platform.openai.com/docs/api-reference/completions
 */
export const openaiCompletions: Wire = {
  name: "openai-completions",
  operation: "complete",
  path: () => "/completions",
  decodeError,
  inbound: {
    read,
    encodeError,
    encodeErrorFrame,
    cap: { member: "max_tokens", least: 1 },
    heartbeat: HEARTBEAT,
    transcode: {
      says,
      decodeRequest,
      encodeReply,
      encodeStream: (stamp, ask) => new CompletionReplyStream(stamp, ask),
    },
  },
  relay: {
    request: relayRequest,
    answer: relayAnswer,
    stream: ({ body }, stamp, readings) => new CompletionRelay(choicesOf(body), stamp, readings),
  },
};

function read(body: JsonObject): Ask {
  mustFit(completionsBody, body);
  const cap = body.max_tokens;
  return {
    wire: "openai-completions",
    operation: "complete",
    body,
    model: body.model as string,
    stream: body.stream === true,
    gateway: gatewayFields(body),
    needs: needsOf(body),
    outputCap: typeof cap === "number" ? cap : undefined,
    answers: answersOf(body),
    hideReasoning: false,
  };
}

/** How many answers are written: more than are told, where the best of them are wanted. */
function answersOf(body: JsonObject): number {
  const { n, best_of: best } = body;
  const told = typeof n === "number" ? n : 1;
  return typeof best === "number" && best > told ? (choicesOf(body) / told) * best : choicesOf(body);
}
