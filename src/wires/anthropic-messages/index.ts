import type { Ask, GatewayFields, Requirement } from "../../core/ask.ts";
import type { HeaderFields } from "../../core/headers.ts";
import { arrayAt, type JsonObject, type JsonValue, objectAt, stringAt } from "../../core/json.ts";
import { gatewayFields } from "../gateway-fields.ts";
import { requiredFor, requirementsOf } from "../requirements.ts";
import { mustFit, type Shape } from "../shape.ts";
import { ownStored, storedInOptions } from "../stored.ts";
import type { Wire } from "../wire.ts";
import { wishesOf } from "../wishes.ts";
import { decodeAnswer } from "./decode-answer.ts";
import { decodeRequest } from "./decode-request.ts";
import { MessagesStream } from "./decode-stream.ts";
import { encodeReply, says } from "./encode-reply.ts";
import { encodeRequest } from "./encode-request.ts";
import { MessagesReplyStream, PING } from "./encode-stream.ts";
import { decodeError, encodeError, encodeErrorFrame, refuseThread } from "./error.ts";
import { callLimit } from "./hosted-tools.ts";
import { hosted, hostingOf, inTheirWords } from "./hosting.ts";
import { sealedAs, withoutSeals } from "./reasoning.ts";
import { relayAnswer } from "./relay-answer.ts";
import { relayRequest } from "./relay-request.ts";
import { MessagesRelay } from "./relay-stream.ts";
import { countBody, messagesBody } from "./schema.ts";

/** Anthropic Messages. https://platform.claude.com/docs/en/api/messages */
export const anthropicMessages: Wire = {
  name: "anthropic-messages",
  operation: "generate",
  path: () => "/v1/messages",
  decodeError,
  hosted: hostingOf,
  calls: callLimit,
  inbound: {
    read: (body, headers) => read(messagesBody, body, headers),
    encodeError,
    encodeErrorFrame,
    withoutSeals,
    heartbeat: PING,
    transcode: { says, decodeRequest, encodeReply, encodeStream: (stamp) => new MessagesReplyStream(stamp) },
  },
  outbound: {
    // Asked with others it answers so: https://github.com/home-assistant/core/issues/147760
    toolName: /^[a-zA-Z0-9_-]{1,128}$/,
    encodeRequest: (request, leg) =>
      hosted(encodeRequest(inTheirWords(request, leg), leg), leg, { tier: request.serviceTier }),
    decodeAnswer,
    decodeStream: () => new MessagesStream(),
  },
  relay: {
    request: (ask, leg, files) =>
      hosted(relayRequest(inTheirWords(ask, leg), leg), leg, { files, tier: wishesOf(ask)?.serviceTier }),
    answer: relayAnswer,
    stream: (_ask, stamp, readings) => new MessagesRelay(stamp, readings),
  },
};

/** A request to count tokens: a messages body that need not say how long the answer may be. @throws GatewayError `invalid_request` */
export function readCount(body: JsonObject, headers: HeaderFields): Ask {
  return { ...read(countBody, body, headers), stream: false };
}

function read(shape: Shape, body: JsonObject, headers: HeaderFields | undefined): Ask {
  mustFit(shape, body);
  const gateway = fieldsOf(body);
  const stored = ownStored(storedIn(body) ?? storedInOptions(body.providerOptions), gateway);
  refuseThread(body.thread);
  const beta = headers?.get("anthropic-beta") ?? "";
  return {
    wire: "anthropic-messages",
    operation: "generate",
    body,
    model: modelOf(body.model as string),
    stream: body.stream === true,
    gateway,
    // Servers that the provider would call: no other wire can have them called.
    needs: (arrayAt(body.mcp_servers)?.length ?? 0) > 0 ? ["mcp_servers"] : [],
    requires: requirementsOf(body.tools, arrayAt(body.messages), requiredByBlock),
    ...(hasStops(body) ? {} : { prefers: "openai-responses" as const }),
    ...stored,
    sealedAs: () => sealedAs(body),
    outputCap: typeof body.max_tokens === "number" ? body.max_tokens : undefined,
    hideReasoning: false,
    ...(beta === "" ? {} : { headers: { "anthropic-beta": beta } }),
  };
}

/** A document that is not plain text is a PDF. */
function requiredByBlock({ type, source }: JsonObject): Requirement | undefined {
  if (type === "image") return "vision";
  const from = type === "document" ? objectAt(source) : undefined;
  if (from?.type === "url") return "files";
  return from?.type === "base64" ? requiredFor(stringAt(from.media_type) ?? "") : undefined;
}

/**
 * OpenAI's newer API holds what this wire does: thinking, results with pictures, searches. It knows no stop sequences, without which
 * an answer would be another.
 */
function hasStops({ stop_sequences: stops }: JsonObject): boolean {
  return (arrayAt(stops)?.length ?? 0) > 0;
}

/** Path of the first member that names something by a provider's id: a container, or a file. */
function storedIn({ container, messages }: JsonObject): string | undefined {
  if (typeof (objectAt(container)?.id ?? container) === "string") return "container";
  const fileIn = (content: JsonValue | undefined, at: string): string | undefined => {
    for (const [i, value] of (arrayAt(content) ?? []).entries()) {
      const block = objectAt(value);
      if (typeof block?.file_id === "string") return `${at}[${i}].file_id`;
      if (typeof objectAt(block?.source)?.file_id === "string") return `${at}[${i}].source.file_id`;
      const inner = block?.type === "tool_result" ? fileIn(block.content, `${at}[${i}].content`) : undefined;
      if (inner !== undefined) return inner;
    }
    return undefined;
  };
  for (const [i, message] of (arrayAt(messages) ?? []).entries()) {
    const found = fileIn(objectAt(message)?.content, `messages[${i}].content`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Longest name of an end user that reports keep. Clients of Anthropic's put whole session ids there. */
const USER_LENGTH = 256;

function fieldsOf(body: JsonObject): GatewayFields {
  const { providerOptions, models, provider, tags } = body;
  const user = stringAt(objectAt(body.metadata)?.user_id);
  const kept = (user?.length ?? 0) > USER_LENGTH ? undefined : user;
  return gatewayFields({ providerOptions, models, provider, tags, user: kept });
}

/**
 * The model under the catalogue's name. Claude Code puts `claude-code/` before what its picker lists and `[1m]` behind what
 * has a long context (contract 2.1); Anthropic's own names have hyphens, a date, and no creator.
 */
function modelOf(name: string): string {
  const asked = name.replace(/^claude-code\//, "").replace(/\[1m\]$/i, "");
  if (!/^claude-[a-z0-9-]+$/.test(asked)) return asked;
  const undated = asked.replace(/-(?:\d{8}|latest)$/, "");
  return `anthropic/${undated.replace(/(\d)-(\d)/, "$1.$2")}`;
}
