import type { Event } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";
import { GenerateStream } from "./decode-stream.ts";

/** A whole answer: a stream of one chunk. */
export function decodeAnswer(body: JsonObject): Event[] {
  const stream = new GenerateStream();
  stream.read(body);
  return [...stream.take(), ...stream.end()];
}
