import type { Event } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";
import { ResponsesStream } from "./decode-stream.ts";

/** A whole response, as the events of a stream that says each item at once. */
export function decodeAnswer(body: JsonObject): Event[] {
  return new ResponsesStream().whole(body);
}
