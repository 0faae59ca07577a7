import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  fromByteText,
  isAscii,
  ownByteText,
  readByteText,
  sendable,
  toByteText,
  Utf8Reader,
  utf8ByteText,
} from "./byte-text.ts";

/** Characters of one, two, three and four bytes, and some that trip readers up. */
const MIXED = "aé€😀 ñ漢字🧑‍🚀\u2028\u0000\u007f\u0080ß\ud7ff\ue000￿𐀀\u{10ffff}z";
const bytesOf = (text: string) => Buffer.from(text, "utf8");

test("every byte value survives the way there and back", () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  expect(fromByteText(toByteText(all))).toEqual(all);
  expect(toByteText(all)).toHaveLength(256);
});

test("any bytes survive, be they text or not", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const text = toByteText(Buffer.from(bytes));
      expect(fromByteText(text)).toEqual(Buffer.from(bytes));
      expect(Buffer.from(sendable(text) as never, "utf8")).toEqual(Buffer.from(bytes));
    }),
  );
});

test("a piece that is to stay lets go of what it was cut out of", () => {
  const kept = () => {
    Bun.gc(true);
    return heapStats().heapSize / 2 ** 20;
  };
  const before = kept();
  // With an index, or the runtime would make one text of all of them.
  const pieces = Array.from({ length: 64 }, (_, i) => ownByteText(`${i} `.repeat(2 ** 19).slice(10, 30)));
  expect(kept() - before).toBeLessThan(8);
  expect(pieces[7]).toBe("7 7 7 7 7 7 7 7 7 7 ");
  expect(ownByteText("\u00e9\u0000\u00ff")).toBe("\u00e9\u0000\u00ff");
});

test("ASCII is sent as the string it is, anything else as bytes", () => {
  expect(sendable("plain")).toBe("plain");
  expect(sendable("\u00e9")).toEqual(Buffer.from([0xe9]));
});

test("ordinary text among bytes is its UTF-8", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(fromByteText(utf8ByteText(text))).toEqual(bytesOf(text));
      expect(readByteText(utf8ByteText(text))).toBe(text);
    }),
  );
  expect(readByteText(utf8ByteText(MIXED))).toBe(MIXED);
});

test("ASCII ends at 0x7f", () => {
  expect(isAscii("")).toBe(true);
  expect(isAscii("az\u0000\u007f\r\n")).toBe(true);
  for (const text of ["\u0080", "é", "€", "😀", "abc\u00ff"]) expect(isAscii(text)).toBe(false);
});

describe("a reader of UTF-8 in pieces", () => {
  const read = (pieces: Iterable<Buffer>) => {
    const reader = new Utf8Reader();
    let text = "";
    for (const piece of pieces) text += reader.read(toByteText(piece));
    return text;
  };

  test("reads the same wherever the bytes are cut in two", () => {
    const bytes = bytesOf(MIXED);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(read([bytes.subarray(0, cut), bytes.subarray(cut)])).toBe(MIXED);
    }
  });

  test("reads the same wherever the bytes are cut in three", () => {
    const bytes = bytesOf("é😀€\ufeffa");
    for (let one = 0; one <= bytes.length; one++) {
      for (let two = one; two <= bytes.length; two++) {
        expect(read([bytes.subarray(0, one), bytes.subarray(one, two), bytes.subarray(two)])).toBe("é😀€\ufeffa");
      }
    }
  });

  test("reads byte by byte", () => {
    expect(read([...bytesOf(MIXED)].map((byte) => Buffer.from([byte])))).toBe(MIXED);
  });

  test("reads random text in random pieces", () => {
    const text = fc.string({ unit: "grapheme-composite", maxLength: 60 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(12), { minLength: 1 }), (written, sizes) => {
        const bytes = bytesOf(written);
        const pieces: Buffer[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = 1 + sizes[i % sizes.length]!;
          pieces.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(read(pieces)).toBe(written);
      }),
    );
  });

  test("an empty piece changes nothing, even inside a character", () => {
    const [first, ...rest] = bytesOf("😀");
    expect(read([Buffer.alloc(0), Buffer.from([first!]), Buffer.alloc(0), Buffer.from(rest)])).toBe("😀");
  });

  test("a byte order mark is a character like any other, first or later: whoever cuts frames takes it off", () => {
    expect(read([bytesOf("\ufeffdata")])).toBe("\ufeffdata");
    expect(read([bytesOf("data: "), bytesOf("\ufeffé")])).toBe("data: \ufeffé");
    expect(read([bytesOf("é"), bytesOf("\ufeffé")])).toBe("é\ufeffé");
  });

  test("bytes that are no UTF-8 become replacement characters, and what follows is read", () => {
    expect(read([Buffer.from([0x61, 0xff, 0x62]), bytesOf("é")])).toBe("a\ufffdbé");
    expect(read([Buffer.from([0xe2]), Buffer.from("A"), bytesOf("é")])).toBe("\ufffdAé");
    expect(read([Buffer.from([0xc3]), Buffer.from([0xc3, 0xa9])])).toBe("\ufffdé");
  });
});
