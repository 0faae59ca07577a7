import type { Ask } from "../../core/ask.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import type { Block, Delta, Event } from "../../core/event.ts";
import { type JsonObject, present } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { Part } from "../../core/request.ts";
import type { Vocabulary } from "../left-out.ts";
import { encodeCitation } from "./citation.ts";
import { ResponsesReplyStream } from "./encode-stream.ts";
import { encodeFinish } from "./finish.ts";
import { encodeResponse } from "./response.ts";
import { WEB_SEARCH } from "./source.ts";

/** Pictures and web pages; of what a provider's own tools did, searches of the web. */
export const says: Vocabulary = {
  call: (name) => name === WEB_SEARCH,
  citation: (value) => encodeCitation(value) !== undefined,
  file: (mediaType) => mediaType.startsWith("image/"),
};

/** A whole answer as a response: its output is what the stream of the same answer would have ended with. */
export function encodeReply(message: Message, stamp: Stamp, closing: Closing, ask?: Ask): JsonObject {
  const stream = new ResponsesReplyStream(stamp, ask);
  for (const [index, part] of message.parts.entries()) for (const event of eventsOf(index, part)) stream.push(event);
  stream.push({ type: "message-end", finish: message.finish, raw: null });
  const { status, reason } = encodeFinish(message.finish);
  return encodeResponse(stamp, ask, { status, reason, output: stream.output, closing });
}

/** A part as the events that say it at once. */
function* eventsOf(index: number, part: Part): Generator<Event> {
  const block = blockOf(part);
  if (block === undefined) return;
  yield { type: "block-start", index, block };
  for (const delta of deltasOf(part)) yield { type: "block-delta", index, delta };
  const signature = "signature" in part ? part.signature : undefined;
  yield signature === undefined ? { type: "block-end", index } : { type: "block-end", index, signature };
}

function blockOf(part: Part): Block | undefined {
  switch (part.kind) {
    case "text":
    case "refusal":
      return { kind: part.kind };
    case "reasoning": {
      const { id, summary, redacted, encrypted, format } = part;
      return present({ kind: "reasoning", id, summary, redacted, encrypted, format });
    }
    case "tool-call": {
      const { call, name, by, format, extra } = part;
      return present({ kind: "tool-call", call, name, by, format, extra });
    }
    case "file":
      return part.source.from === "data" ? { kind: "file", mediaType: part.source.mediaType } : undefined;
    case "native":
      return { kind: "native", wire: part.wire, value: part.value };
    default:
      return undefined;
  }
}

function deltasOf(part: Part): Delta[] {
  switch (part.kind) {
    case "text":
      return [
        ...(part.text === "" ? [] : [{ kind: "text" as const, text: part.text }]),
        ...(part.citations ?? []).map((value) => ({ kind: "citation" as const, value })),
      ];
    case "refusal":
    case "reasoning":
      return part.text === "" ? [] : [{ kind: "text", text: part.text }];
    case "tool-call":
      return [{ kind: "arguments", json: part.arguments }];
    case "file":
      return part.source.from === "data" ? [{ kind: "data", base64: part.source.base64 }] : [];
    default:
      return [];
  }
}
