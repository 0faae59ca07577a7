import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { dataTokens } from "./data-size.ts";

const tokens = (bytes: Buffer, prefix = "") => dataTokens(prefix + bytes.toString("base64"));
const padded = (...parts: (string | number[] | Buffer)[]) =>
  Buffer.concat([
    ...parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))),
    Buffer.alloc(3000, 7),
  ]);
const big = (value: number, size: number) => {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
};
const little = (value: number, size: number) => {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntLE(value, 0, size);
  return bytes;
};

const png = (width: number, height: number) =>
  padded("\x89PNG\r\n\x1a\n", big(13, 4), "IHDR", big(width, 4), big(height, 4));
const gif = (width: number, height: number) => padded("GIF89a", little(width, 2), little(height, 2));
/** With a camera's notes of this many bytes before its size. */
const jpeg = (width: number, height: number, notes = 14) =>
  padded(
    "\xff\xd8",
    "\xff\xe1",
    big(notes + 2, 2),
    Buffer.alloc(notes, 0xff),
    "\xff\xc4\x00\x05abc\xff\xc2\x00\x11\x08",
    big(height, 2),
    big(width, 2),
  );
const lossy = (width: number, height: number) =>
  padded("RIFF....WEBPVP8 ....\x30\x01\x00\x9d\x01\x2a", little(width, 2), little(height, 2));
const lossless = (width: number, height: number) =>
  padded("RIFF....WEBPVP8L....\x2f", little((width - 1) | ((height - 1) << 14), 4));
const extended = (width: number, height: number) =>
  padded("RIFF....WEBPVP8X....\x10\x00\x00\x00", little(width - 1, 3), little(height - 1, 3));

const FORMATS = { png, gif, jpeg, "lossy webp": lossy, "lossless webp": lossless, "extended webp": extended };

describe.each(Object.entries(FORMATS))("a picture as %s", (_, picture) => {
  test.each([
    [75, 10, 1],
    [200, 200, 54],
    [1000, 1000, 1334],
    // Beyond what Claude looks at it is made smaller first.
    [1092, 1092, 1590],
    [3136, 1500, 1568],
    [6000, 6000, 1600],
    [6000, 1, 1],
  ])("of %i × %i pixels is %i tokens", (width, height, expected) => {
    expect(tokens(picture(width, height))).toBe(expected);
    expect(tokens(picture(width, height), "data:image/any;base64,")).toBe(expected);
  });
});

test.each([0, 1, 2, 4000, 60_000])("behind %i bytes of notes a JPEG still tells its size", (notes) => {
  expect(tokens(jpeg(640, 480, notes))).toBe(410);
});

test.each([
  ["a PNG without a size", png(0, 0)],
  ["a JPEG that is none behind its beginning", padded("\xff\xd8\xff")],
  ["a JPEG of one kind of segment without end", padded("\xff\xd8", Buffer.alloc(9000, "\xff\xe1\x00\x02", "latin1"))],
  ["HEIC", padded(big(24, 4), "ftypheic")],
  ["AVIF", padded(big(24, 4), "ftypavif")],
])("%s is as much as a picture can be", (_, picture) => {
  expect(tokens(picture)).toBe(1600);
});

describe("a PDF", () => {
  const middle = Buffer.alloc(150_000, 0x78);

  test.each<[string, (string | Buffer)[], number]>([
    ["says how many pages it has", ["%PDF-1.7\n<< /Linearized 1 /L 9 /N 12 /E 3>>", middle], 12],
    ["says it at its end", ["%PDF-1.4\n", middle, "<< /Type /Pages /Kids [3 0 R] /Count 3 >>"], 3],
    ["says it the other way round", ["%PDF-1.4\n<</Count 7/Type/Pages>>", middle], 7],
    ["says something else of what is no page", ["%PDF-1.4\n<</Type /Outlines /Count 90>>", middle], 3],
    ["does not say it: by its size", ["%PDF-1.7\n", middle], 3],
    ["says what nobody takes", ["%PDF-1.4\n<</Type/Pages /Count 99999>>", middle], 600],
    ["has none", ["%PDF-1.4\n<</Type/Pages /Count 0>>"], 1],
  ])("%s", (_, parts, pages) => {
    expect(tokens(padded(...parts))).toBe(pages * 2000);
  });
});

test("whatever else it is, it is nothing, and no defect", () => {
  expect(dataTokens("UklGRiQAAABXQVZFZm10IBAAAAABAAEA".repeat(99))).toBe(0);
  fc.assert(
    fc.property(fc.string(), fc.constantFrom("", "/9j/", "iVBORw0KGgo", "UklGR", "R0lGOD", "JVBERi0"), (rest, head) => {
      const told = dataTokens(head + rest);
      expect(Number.isInteger(told) && told >= 0).toBe(true);
    }),
  );
});
