import { describe, expect, test } from "bun:test";
import type { ByteText } from "../../src/core/byte-text.ts";
import { chance, cutAtRandom, type Pieces, twoWayCuts } from "../../src/wires/fixtures/cuts.ts";
import { WRITTEN_WIRES } from "../../src/wires/index.ts";
import { eventsIn } from "../support/wire-fixtures.ts";
import { CORPUS, type Stream } from "./corpus.ts";
import { type Way, waysOf } from "./ways.ts";

/**
 * However the network cuts a stream, the client reads the same bytes: cut in two anywhere, byte by byte, and at random.
 * `HEADGATE_SPLITS=all` tries every cut at every door, and 100,000 random ones; else the doors take turns.
 */
const ALL = process.env.HEADGATE_SPLITS === "all";
const RANDOM = ALL ? 100_000 : 5000;
const PATIENCE_MS = 60_000;
const SEED = 20_261_125;

/** With every line end to be seen. */
const shown = (way: string, pieces: Pieces, told: ByteText) =>
  JSON.stringify({ way, pieces, told: told.split("\n") }, null, 1);

const titled = CORPUS.map((stream) => [stream.name, stream] as const);
const waysTo = new Map(CORPUS.map((stream) => [stream, waysOf(stream.wire, stream.quirks)]));
const waysFor = (stream: Stream) => waysTo.get(stream)!;
/** The frames alone, and what they say. Under quirks, the ways are all there is. */
const meaning = ({ wire, quirks }: Stream, pieces: Pieces) =>
  quirks.length > 0 ? "" : JSON.stringify([...eventsIn(wire.outbound!, new Set(), pieces)]);

test("the corpus has forty streams, of every wire that answers", () => {
  expect(CORPUS.length).toBeGreaterThanOrEqual(40);
  expect(new Set(CORPUS.map(({ name }) => name)).size).toBe(CORPUS.length);
  expect(new Set(CORPUS.map(({ wire }) => wire))).toEqual(
    new Set(WRITTEN_WIRES.filter(({ outbound }) => outbound !== undefined)),
  );
});

describe("cut in two anywhere, and byte by byte, it says the same", () => {
  test.each(titled)(
    "%s",
    (_, stream) => {
      const ways = waysFor(stream).map((way) => ({ ...way, expected: way.run([stream.bytes]) }));
      const said = meaning(stream, [stream.bytes]);
      let turn = 0;
      const differs = (pieces: Pieces, tried: typeof ways) => {
        if (meaning(stream, pieces) !== said)
          expect({ pieces, said: meaning(stream, pieces) }).toEqual({ pieces, said });
        for (const { name, run, expected } of tried) {
          const told = run(pieces);
          if (told !== expected) expect(shown(name, pieces, told)).toBe(shown(name, pieces, expected));
        }
      };
      for (const pieces of twoWayCuts(stream.bytes)) differs(pieces, ALL ? ways : [ways[turn++ % ways.length]!]);
      differs([...stream.bytes], ways);
    },
    PATIENCE_MS,
  );
});

test(
  `cut at random in ${RANDOM} ways, it says the same (seed ${SEED})`,
  () => {
    const random = chance(SEED);
    const expected = new Map<Way, ByteText>();
    for (let i = 0; i < RANDOM; i++) {
      const stream = CORPUS[i % CORPUS.length]!;
      const ways = waysFor(stream);
      const way = ways[Math.floor(random() * ways.length)]!;
      const usual = expected.get(way) ?? way.run([stream.bytes]);
      expected.set(way, usual);
      const pieces = cutAtRandom(stream.bytes, 3 + Math.floor(random() * 30), random);
      const told = way.run(pieces);
      if (told !== usual) expect(shown(way.name, pieces, told)).toBe(shown(way.name, pieces, usual));
    }
  },
  PATIENCE_MS,
);

describe("spelled otherwise, it says the same", () => {
  const spelled = CORPUS.filter(({ bytes, usual }) => usual !== undefined && bytes !== usual);
  test.each(spelled.map((stream) => [stream.name, stream] as const))("%s", (_, stream) => {
    expect(meaning(stream, [stream.bytes])).toBe(meaning(stream, [stream.usual!]));
    expect(meaning(stream, [stream.bytes])).toContain('"message-end"');
  });
});
