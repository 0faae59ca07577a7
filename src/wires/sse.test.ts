import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../core/error.ts";
import { chance, cutAtRandom, cutBy, framesOf, meaningOf, twoWayCuts } from "./fixtures/cuts.ts";
import { FRAME_CAP, FrameSplitter, HEARTBEAT, readFrame } from "./sse.ts";

/**
 * Written after https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream, one rule each:
 * a stream, and what an EventSource would dispatch. `id` and `retry` are understood and of no use here.
 */
const VECTORS: readonly [string, string, { event?: string; data: string }[]][] = [
  ["LF ends lines", "data: a\n\ndata: b\n\n", [{ data: "a" }, { data: "b" }]],
  ["CRLF ends lines", "data: a\r\n\r\ndata: b\r\n\r\n", [{ data: "a" }, { data: "b" }]],
  ["CR ends lines", "data: a\r\rdata: b\r\r", [{ data: "a" }, { data: "b" }]],
  [
    "line ends are mixed",
    "data: a\r\n\ndata: b\n\rdata: c\r\r\ndata: d\r\n\r",
    "abcd".split("").map((data) => ({ data })),
  ],
  ["a byte order mark as a character", "\ufeffdata: a\n\n", [{ data: "a" }]],
  ["a byte order mark as bytes", "\u00ef\u00bb\u00bfdata: a\n\n", [{ data: "a" }]],
  ["only the first byte order mark is one", "\ufeff\ufeffdata: a\n\ndata: b\n\n", [{ data: "b" }]],
  [
    "a byte order mark later is a name nobody knows",
    "data: a\n\n\ufeffdata: b\n\ndata: c\n\n",
    [{ data: "a" }, { data: "c" }],
  ],
  ["several data lines are one text", "data: a\ndata: b\ndata\ndata: c\n\n", [{ data: "a\nb\n\nc" }]],
  ["no space after the colon", "data:a\n\n", [{ data: "a" }]],
  ["only the first space belongs to the colon", "data:  a\n\ndata:   b\n\n", [{ data: " a" }, { data: "  b" }]],
  ["a tab is no space", "data:\ta\n\n", [{ data: "\ta" }]],
  ["white space at the end belongs to the value", "data: a \n\n", [{ data: "a " }]],
  ["a comment says nothing", ": hello\n\n", []],
  ["a colon alone is a comment", ":\ndata: a\n:\n\n", [{ data: "a" }]],
  ["a comment between fields", "data: a\n: data: x\ndata: b\n\n", [{ data: "a\nb" }]],
  ["id and retry are read past", "id: 1\nretry: 3000\ndata: a\nid\nretry: x\n\n", [{ data: "a" }]],
  ["an id alone dispatches nothing", "id: 1\n\n", []],
  ["empty data is data", "data:\n\n", [{ data: "" }]],
  ["data with nothing but a space is empty", "data: \n\n", [{ data: "" }]],
  ["a field without colon has no value", "data\n\n", [{ data: "" }]],
  ["two fields without colon are one line end", "data\ndata\n\n", [{ data: "\n" }]],
  ["names are case-sensitive", "Data: a\nDATA: b\ndata: c\n\n", [{ data: "c" }]],
  ["a space before the colon is part of the name", "data : a\n\n", []],
  ["a space before the name is part of it", " data: a\n\n", []],
  ["a name nobody knows", "dat: a\ndatas: b\nfoo\n\n", []],
  ["the colon that counts is the first", "data: a: b:c\n\n", [{ data: "a: b:c" }]],
  ["an event has its type", "event: ping\ndata: a\n\n", [{ event: "ping", data: "a" }]],
  ["the type may stand behind the data", "data: a\nevent: ping\n\n", [{ event: "ping", data: "a" }]],
  ["of two types the last holds", "event: a\nevent: b\ndata: x\n\n", [{ event: "b", data: "x" }]],
  ["a type does not outlive its frame", "event: a\ndata: 1\n\ndata: 2\n\n", [{ event: "a", data: "1" }, { data: "2" }]],
  ["a type without data dispatches nothing", "event: a\n\ndata: b\n\n", [{ data: "b" }]],
  ["blank lines in a row are one", "\n\n\ndata: a\n\n\n\n\ndata: b\n\n", [{ data: "a" }, { data: "b" }]],
  [
    "other line ends of Unicode are text",
    "data: a\u2028b\u2029c\u0085d\u000be\u000cf\n\n",
    [{ data: "a\u2028b\u2029c\u0085d\u000be\u000cf" }],
  ],
  ["NUL is text", "data: a\u0000b\n\n", [{ data: "a\u0000b" }]],
  ["characters beyond the basic plane", "data: 😀漢字é\n\n", [{ data: "😀漢字é" }]],
  ["nothing", "", []],
  // Where the specification throws the unfinished away, we read it: some providers leave out the last blank line.
  ["the end comes before the blank line", "data: a\n\ndata: b", [{ data: "a" }, { data: "b" }]],
  ["the end comes after one line end", "data: a\r\n\r\ndata: b\r\n", [{ data: "a" }, { data: "b" }]],
];

describe.each(VECTORS)("%s", (_, stream, expected) => {
  test("whole", () => {
    expect(meaningOf([stream])).toEqual(expected);
  });
  test("cut anywhere in two", () => {
    for (const pieces of twoWayCuts(stream))
      expect({ pieces, said: meaningOf(pieces) }).toEqual({ pieces, said: expected });
  });
  test("character by character", () => {
    expect(meaningOf([...stream].flatMap((character) => character.split("")))).toEqual(expected);
  });
  test("cut in two, with an empty piece between", () => {
    for (const [head, tail] of twoWayCuts(stream)) expect(meaningOf([head!, "", tail!])).toEqual(expected);
  });
});

/** The rules of the specification, line by line, with no thought of speed: what the splitter is compared with. */
function slowly(stream: string): { event?: string; data: string }[] {
  const text = stream.replace(/^(?:\ufeff|\u00ef\u00bb\u00bf)/, "");
  const said: { event?: string; data: string }[] = [];
  let data: string[] = [];
  let event: string | undefined;
  const dispatch = () => {
    if (data.length > 0) said.push(event === undefined ? { data: data.join("\n") } : { event, data: data.join("\n") });
    data = [];
    event = undefined;
  };
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line === "") dispatch();
    const [, name = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === "data") data.push(value);
    if (name === "event") event = value;
  }
  dispatch();
  return said;
}

const pieceOfStream = fc.constantFrom(
  "data: a",
  "data:b",
  "data",
  "event: e",
  ": c",
  "id: 1",
  "",
  "x",
  "\n",
  "\n\n",
  "\r",
  "\r\n",
  "\r\n\r\n",
  "\r\r",
  "\ufeff",
  "é😀",
  " ",
);
const anyStream = fc.array(pieceOfStream, { maxLength: 30 }).map((pieces) => pieces.join(""));

test("random streams, cut at random, say what the rules say line by line", () => {
  fc.assert(
    fc.property(
      anyStream,
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 8 }),
      (stream, sizes) => {
        const expected = slowly(stream);
        expect(meaningOf([stream])).toEqual(expected);
        expect(meaningOf(cutBy(stream, sizes))).toEqual(expected);
      },
    ),
    { numRuns: 3000 },
  );
});

test("random streams in every two pieces say the same", () => {
  fc.assert(
    fc.property(anyStream, (stream) => {
      const expected = slowly(stream);
      for (const pieces of twoWayCuts(stream)) expect(meaningOf(pieces)).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test("every vector, and all of them in a row, in random pieces", () => {
  const random = chance(7);
  const all = VECTORS.filter(([name]) => !/byte order|the end comes/.test(name))
    .map(([, stream]) => `${stream}\n\n`)
    .join("");
  const expected = slowly(all);
  expect(expected.length).toBeGreaterThan(30);
  for (let i = 0; i < 1000; i++) expect(meaningOf(cutAtRandom(all, 1 + (i % 40), random))).toEqual(expected);
});

describe("frames", () => {
  test("keep their bytes: joined, they are the stream", () => {
    fc.assert(
      fc.property(anyStream, (written) => {
        const stream = written.replaceAll("\ufeff", "");
        // The LF of a CRLF that was cut off may be lost: it belongs to a line end that has been told already.
        expect(framesOf([stream]).join("")).toBe(stream);
      }),
    );
  });

  test("bytes of any value pass through as they are", () => {
    const every = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i))
      .join("")
      .replace(/[\r\n]/g, "");
    expect(meaningOf(cutBy(`data: ${every}\n\n`, [3]))).toEqual([{ data: every }]);
  });

  test("come out as soon as their blank line is there", () => {
    const splitter = new FrameSplitter();
    expect(splitter.push("data: a\n")).toEqual([]);
    expect(splitter.push("\n")).toEqual(["data: a\n\n"]);
    expect(splitter.push("data: b\r")).toEqual([]);
    expect(splitter.push("\ndata: c\n\n")).toEqual(["data: b\r\ndata: c\n\n"]);
    expect(splitter.push("data: d\r\r")).toEqual(["data: d\r\r"]);
    expect(splitter.push("\ndata: e\n\n")).toEqual(["data: e\n\n"]);
    expect(splitter.end()).toBeUndefined();
  });

  test("a heartbeat says nothing", () => {
    expect(meaningOf([`${HEARTBEAT}data: a\n\n${HEARTBEAT}`])).toEqual([{ data: "a" }]);
  });
});

test("what is left of a long read keeps every character, be it a byte or more", () => {
  for (const word of ["\u00e9", "\u8a9e", "\u{1f600}"]) {
    const splitter = new FrameSplitter();
    const frames = splitter.push(`${"data: x\n\n".repeat(2000)}data: ${word}`);
    expect([frames.length, splitter.push("!\n\n")]).toEqual([2000, [`data: ${word}!\n\n`]]);
  }
});

describe("a frame that is too long", () => {
  const refusal = (push: () => unknown) => {
    try {
      push();
    } catch (thrown) {
      return GatewayError.from(thrown);
    }
    return undefined;
  };
  const longest = `data: ${"x".repeat(FRAME_CAP - 8)}\n\n`;

  test("the longest that may be is read, in one piece and in many", () => {
    expect(longest.length).toBe(FRAME_CAP);
    for (const size of [FRAME_CAP, FRAME_CAP - 1, 65_536]) {
      expect(meaningOf(cutBy(longest, [size]))).toEqual([{ data: longest.slice(6, -2) }]);
    }
  });

  test("one character more is refused, wherever it is cut", () => {
    const longer = `data: ${"x".repeat(FRAME_CAP - 7)}\n\n`;
    for (const sizes of [[longer.length], [longer.length - 1], [longer.length - 2], [1, longer.length], [65_536]]) {
      const error = refusal(() => framesOf(cutBy(longer, sizes)));
      expect(error?.code).toBe("upstream_malformed");
      expect(error?.message).toContain(String(FRAME_CAP));
    }
  });

  test("it is refused with the piece that passes the cap, not at its end", () => {
    const splitter = new FrameSplitter();
    const piece = "x".repeat(65_536);
    let taken = 0;
    const error = refusal(() => {
      for (; taken < 400; taken++) splitter.push(piece);
    });
    expect(error?.code).toBe("upstream_malformed");
    expect(taken).toBe(FRAME_CAP / piece.length);
  });

  test("many small frames in one piece are no long frame", () => {
    const count = 200_000;
    const frames = new FrameSplitter().push("data: x\n\n".repeat(count));
    expect(frames).toHaveLength(count);
  });

  test("every character is looked at once, whatever the pieces: reading is linear", () => {
    // Reads of characters are counted, not time: a splitter that looked again at what it holds would read n²/2.
    const { charCodeAt } = String.prototype;
    const readsOf = (size: number) => {
      let reads = 0;
      String.prototype.charCodeAt = function (this: string, at: number) {
        reads++;
        return charCodeAt.call(this, at);
      };
      try {
        const splitter = new FrameSplitter();
        splitter.push("data: ");
        for (let i = 0; i < size; i++) splitter.push("\r".repeat(i % 2) + "x");
        splitter.push("\n\n");
      } finally {
        String.prototype.charCodeAt = charCodeAt;
      }
      return reads;
    };
    const [once, twice] = [readsOf(2000), readsOf(4000)];
    expect(once).toBeGreaterThan(0);
    expect(twice / once).toBeLessThan(2.1);
  });
});

describe("readFrame", () => {
  test("the short way and the long way read the same", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", " ", ":", "\0", "é", "{", "}", '"'), maxLength: 12 }),
        (value) => {
          expect(readFrame(`data: ${value}\n\n`)).toEqual({ data: value });
          expect(readFrame(`:\ndata: ${value}\n\n`)).toEqual({ data: value });
          expect(readFrame(`data: ${value}`)).toEqual({ data: value });
          expect(readFrame(`data: ${value}\n`)).toEqual({ data: value });
          expect(readFrame(`data: ${value}\r\n\r\n`)).toEqual({ data: value });
          expect(readFrame(`event: e${value}\ndata: ${value}\n\n`)).toEqual({ event: `e${value}`, data: value });
          expect(readFrame(`data: ${value}\nevent: e\n\n`)).toEqual({ event: "e", data: value });
          for (const [one, two] of [
            ["\n", "\r\n"],
            ["\r\n", "\r"],
            ["\r", "\n"],
            ["\r\n", "\r\n"],
          ])
            expect(readFrame(`data: ${value}${one}data: x${two}${one}`)).toEqual({ data: `${value}\nx` });
        },
      ),
    );
  });

  test("frames without data are undefined", () => {
    for (const frame of ["", "\n", "\r\n", ": c\n\n", "event: a\n\n", "id: 1\n\n"])
      expect(readFrame(frame)).toBeUndefined();
  });
});
