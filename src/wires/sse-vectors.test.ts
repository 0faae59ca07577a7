import { describe, expect, test } from "bun:test";
import { Utf8Reader, utf8ByteText } from "../core/byte-text.ts";
import { cutBy, framesOf, meaningOf, type Pieces, twoWayCuts } from "./fixtures/cuts.ts";
import vectors from "./fixtures/event-stream-vectors.json";
import { FrameSplitter, readFrame } from "./sse.ts";

/**
 * The cases of Web Platform Tests, `eventsource/format-*`, written anew from the specification: what an `EventSource` dispatches.
 * `id` and `retry` are read past; the three cases of the media type are no matter of frames. `unfinished` is what we read
 * of an event whose blank line never came, and an `EventSource` does not: some providers leave it out.
 * https://github.com/web-platform-tests/wpt/tree/master/eventsource
 */
const VECTORS = vectors as { name: string; stream: string; events: object[]; unfinished?: object[] }[];

/** The bytes of a stream, cut into these pieces, as the gateway reads them. */
function read(pieces: Pieces) {
  const utf8 = new Utf8Reader();
  return meaningOf(pieces.map((piece) => utf8.read(piece)));
}

test("there are more than twenty, each once", () => {
  expect(new Set(VECTORS.map(({ name }) => name)).size).toBe(VECTORS.length);
  expect(new Set(VECTORS.map(({ name }) => name.split(":")[0])).size).toBeGreaterThanOrEqual(20);
});

describe.each(VECTORS.map((vector) => [vector.name, vector] as const))(
  "%s",
  (_, { stream, events, unfinished = [] }) => {
    const bytes = utf8ByteText(stream);
    const expected = [...events, ...unfinished];

    test("in one piece", () => {
      expect(read([bytes])).toEqual(expected as never);
    });
    test("in any two, and byte by byte", () => {
      for (const pieces of twoWayCuts(bytes)) {
        const said = read(pieces);
        if (JSON.stringify(said) !== JSON.stringify(expected))
          expect({ pieces, said }).toEqual({ pieces, said: expected } as never);
      }
      expect(read(cutBy(bytes, [1]))).toEqual(expected as never);
    });
    test("is dispatched as soon as its blank line is there", () => {
      const splitter = new FrameSplitter();
      const told = splitter.push(stream).flatMap((frame) => readFrame(frame) ?? []);
      expect(told).toEqual(events as never);
      expect(framesOf([stream]).length).toBeGreaterThanOrEqual(told.length);
    });
  },
);
