import type { Ask, GatewayFields } from "../../core/ask.ts";
import { arrayAt, type JsonObject, objectAt, present } from "../../core/json.ts";
import { mustFit } from "../shape.ts";
import type { Wire } from "../wire.ts";
import { decodeAnswer } from "./decode-answer.ts";
import { decodeRequest } from "./decode-request.ts";
import { ChatStream } from "./decode-stream.ts";
import { encodeReply } from "./encode-reply.ts";
import { encodeRequest } from "./encode-request.ts";
import { ChatReplyStream } from "./encode-stream.ts";
import { decodeError, encodeError } from "./error.ts";
import { relayAnswer } from "./relay-answer.ts";
import { relayRequest } from "./relay-request.ts";
import { ChatRelay } from "./relay-stream.ts";
import { chatBody } from "./schema.ts";

/** OpenAI Chat Completions. https://platform.openai.com/docs/api-reference/chat */
export const openaiChat: Wire = {
  name: "openai-chat",
  operation: "generate",
  inbound: {
    read,
    encodeError,
    transcode: { decodeRequest, encodeReply, encodeStream: (stamp) => new ChatReplyStream(stamp) },
  },
  outbound: {
    path: () => "/chat/completions",
    encodeRequest,
    decodeAnswer,
    decodeStream: () => new ChatStream(),
    decodeError,
  },
  relay: {
    request: relayRequest,
    answer: relayAnswer,
    stream: ({ body }, stamp, readings) => new ChatRelay(typeof body.n === "number" ? body.n : 1, stamp, readings),
  },
};

function read(body: JsonObject): Ask {
  mustFit(chatBody, body);
  const cap = body.max_completion_tokens ?? body.max_tokens;
  return {
    wire: "openai-chat",
    operation: "generate",
    body,
    model: body.model as string,
    stream: body.stream === true,
    gateway: gatewayFields(body),
    needs: needsOf(body),
    outputCap: typeof cap === "number" ? cap : undefined,
    hideReasoning: objectAt(body.reasoning)?.exclude === true,
  };
}

function gatewayFields(body: JsonObject): GatewayFields {
  return present({
    options: objectAt(objectAt(body.providerOptions)?.gateway) ?? {},
    models: body.models ?? undefined,
    sort: objectAt(body.provider)?.sort ?? undefined,
    tags: body.tags ?? undefined,
    user: body.user ?? undefined,
  });
}

/** What an answer in another format could not give, so that leaving it out would change what was asked for. */
function needsOf(body: JsonObject): string[] {
  const needs: string[] = [];
  if (typeof body.n === "number" && body.n > 1) needs.push("n");
  if (body.logprobs === true) needs.push("logprobs");
  if (arrayAt(body.modalities)?.includes("audio")) needs.push("modalities");
  if (body.web_search_options !== undefined && body.web_search_options !== null) needs.push("web_search_options");
  return needs;
}
