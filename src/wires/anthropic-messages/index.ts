import type { Wire } from "../wire.ts";
import { decodeAnswer } from "./decode-answer.ts";
import { MessagesStream } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { decodeError } from "./error.ts";

/** Anthropic Messages. https://platform.claude.com/docs/en/api/messages */
export const anthropicMessages: Wire = {
  name: "anthropic-messages",
  operation: "generate",
  path: () => "/v1/messages",
  decodeError,
  outbound: { encodeRequest, decodeAnswer, decodeStream: () => new MessagesStream() },
};
