import type { Event } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";
import { ConverseStream } from "./decode-stream.ts";

/** A whole answer, as the events of a stream that says each block at once. */
export function decodeAnswer(body: JsonObject): Event[] {
  const stream = new ConverseStream();
  stream.whole(body);
  return stream.take();
}
