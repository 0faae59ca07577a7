import type { Ask, Requirement } from "../../core/ask.ts";
import { GatewayError } from "../../core/error.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from "../../core/json.ts";
import { gatewayFields } from "../gateway-fields.ts";
import { HOSTED } from "../openai-responses/encode-request.ts";
import { requiredFor, requiredForUrl, requirementsOf } from "../requirements.ts";
import { mustFit } from "../shape.ts";
import { HEARTBEAT } from "../sse.ts";
import { ownStored, storedInOptions } from "../stored.ts";
import { TOOL_NAME } from "../tool-names.ts";
import type { Wire } from "../wire.ts";
import { decodeAnswer } from "./decode-answer.ts";
import { decodeRequest } from "./decode-request.ts";
import { ChatStream } from "./decode-stream.ts";
import { encodeReply, says } from "./encode-reply.ts";
import { encodeRequest } from "./encode-request.ts";
import { ChatReplyStream } from "./encode-stream.ts";
import { decodeError, encodeError, encodeErrorFrame } from "./error.ts";
import { sealedAs, ungathered, withoutSeals } from "./reasoning.ts";
import { relayAnswer } from "./relay-answer.ts";
import { relayRequest } from "./relay-request.ts";
import { ChatRelay } from "./relay-stream.ts";
import { chatBody } from "./schema.ts";

/** OpenAI Chat Completions. https://platform.openai.com/docs/api-reference/chat */
export const openaiChat: Wire = {
  name: "openai-chat",
  operation: "generate",
  path: () => "/chat/completions",
  decodeError,
  inbound: {
    read,
    encodeError,
    encodeErrorFrame,
    cap: { member: "max_completion_tokens", least: 1 },
    withoutSeals,
    heartbeat: HEARTBEAT,
    transcode: { says, decodeRequest, encodeReply, encodeStream: (stamp) => new ChatReplyStream(stamp) },
  },
  outbound: {
    toolName: TOOL_NAME,
    textTools: (quirks) => quirks.has("text-tools"),
    // Pictures go by their address; of documents only the content is taken.
    inlines: (_url, kind) => kind === "file",
    encodeRequest,
    decodeAnswer,
    decodeStream: () => new ChatStream(),
  },
  relay: {
    request: relayRequest,
    answer: relayAnswer,
    stream: ({ body }, stamp, readings) => new ChatRelay(typeof body.n === "number" ? body.n : 1, stamp, readings),
  },
};

function read(given: JsonObject): Ask {
  const body = ungathered(given);
  mustFit(chatBody, body);
  const gateway = gatewayFields(body);
  const stored = ownStored(storedIn(body) ?? storedInOptions(body.providerOptions), gateway);
  refuseBoth(objectAt(body.reasoning));
  const prefers = prefersOf(body);
  const cap = body.max_completion_tokens ?? body.max_tokens;
  return {
    wire: "openai-chat",
    operation: "generate",
    body,
    model: body.model as string,
    stream: body.stream === true,
    gateway,
    needs: needsOf(body),
    requires: requirementsOf(body.tools ?? body.functions, arrayAt(body.messages), requiredByPart),
    ...(prefers === undefined ? {} : { prefers }),
    ...stored,
    sealedAs: () => sealedAs(body),
    outputCap: typeof cap === "number" ? cap : undefined,
    hideReasoning: objectAt(body.reasoning)?.exclude === true,
  };
}

function requiredByPart({ type, file }: JsonObject): Requirement | undefined {
  if (type === "image_url") return "vision";
  if (type === "input_audio") return "audio-input";
  const named = type === "file" ? objectAt(file) : undefined;
  if (named === undefined) return undefined;
  return typeof named.media_type === "string"
    ? requiredFor(named.media_type)
    : requiredForUrl(stringAt(named.file_data) ?? "");
}

/** How much to think is said in one way or the other (contract 3.1.5). @throws GatewayError `invalid_request` */
function refuseBoth({ effort, max_tokens: budget }: JsonObject = {}): void {
  if ((effort ?? null) === null || (budget ?? null) === null) return;
  const message = '"reasoning" takes an "effort" or "max_tokens", not both.';
  throw new GatewayError("invalid_request", message, { param: "reasoning" });
}

/** Members that only this wire has: a request with one of them is not sent in another's words. */
const OWN_ALONE = [
  "stop",
  "seed",
  "frequency_penalty",
  "presence_penalty",
  "logit_bias",
  "prediction",
  "functions",
  "function_call",
  "audio",
];

/** OpenAI tells its thinking and takes it back, and searches for any model, in its newer API alone. */
function prefersOf(body: JsonObject): Ask["prefers"] {
  if (!wantsThinking(body.reasoning) && !(arrayAt(body.tools)?.some(isSearch) ?? false)) return undefined;
  const isOwn = (name: string) => body[name] !== undefined && body[name] !== null;
  return OWN_ALONE.some(isOwn) ? undefined : "openai-responses";
}

function wantsThinking(reasoning: JsonValue | undefined): boolean {
  if (!isObject(reasoning) || reasoning.exclude === true) return false;
  return reasoning.enabled !== false && reasoning.effort !== "none";
}

function isSearch(tool: JsonValue): boolean {
  return HOSTED.test(stringAt(objectAt(tool)?.type) ?? "");
}

/** Path of the first file that is named by a provider's id, or of data that Azure reads as whoever owns the account. */
function storedIn({ messages, data_sources: sources }: JsonObject): string | undefined {
  if ((sources ?? null) !== null && arrayAt(sources)?.every(showsOwnKey) !== true) return "data_sources";
  for (const [i, message] of (messages as JsonObject[]).entries()) {
    const { content } = message;
    if (!Array.isArray(content)) continue;
    const j = content.findIndex((part) => typeof objectAt(objectAt(part)?.file)?.file_id === "string");
    if (j >= 0) return `messages[${i}].content[${j}].file.file_id`;
  }
  return undefined;
}

/**
 * Whether a source of data is read with what the request shows for it, and not with the identity that the account has there.
 * https://learn.microsoft.com/azure/ai-services/openai/references/on-your-data
 */
function showsOwnKey(source: JsonValue): boolean {
  const { type } = objectAt(objectAt(objectAt(source)?.parameters)?.authentication) ?? {};
  return typeof type === "string" && !type.endsWith("managed_identity");
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
