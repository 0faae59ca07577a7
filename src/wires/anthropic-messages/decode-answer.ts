import type { Event } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";
import { MessagesStream } from "./decode-stream.ts";
import { decodeErrorValue } from "./error.ts";

/** A whole message, as the events of a stream that says each block at once. */
export function decodeAnswer(body: JsonObject): Event[] {
  if (body.type === "error") return [{ type: "error", error: decodeErrorValue(body.error) }];
  const stream = new MessagesStream();
  stream.whole(body);
  return stream.take();
}
