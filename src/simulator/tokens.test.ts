import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { countTokens, pieces } from "./tokens.ts";

describe("pieces of text", () => {
  test("a word takes the space before it along", () => {
    expect(pieces("Hello brave new world")).toEqual(["Hello", " brave", " new", " world"]);
  });

  test("punctuation stands alone, in runs of three", () => {
    expect(pieces("Wait... what?!")).toEqual(["Wait", "...", " what", "?!"]);
    expect(pieces("======")).toEqual(["===", "==="]);
  });

  test("numbers come three digits at a time, without their space", () => {
    expect(pieces("in 2026")).toEqual(["in", " ", "202", "6"]);
  });

  test("a very long word is cut", () => {
    expect(pieces("a".repeat(30)).map((piece) => piece.length)).toEqual([12, 12, 6]);
  });

  test("white space before a word leaves the word its one space", () => {
    expect(pieces("a   b\n\n c")).toEqual(["a", "  ", " b", "\n\n", " c"]);
  });

  test("scripts without spaces are cut at every character", () => {
    expect(pieces("水が流れる")).toEqual(["水", "が", "流", "れ", "る"]);
  });

  test("the two halves of a character are never parted", () => {
    expect(pieces("ok 😄😄")).toEqual(["ok", " ", "😄", "😄"]);
  });

  test("letters with accents are letters", () => {
    expect(pieces("déjà vu")).toEqual(["déjà", " vu"]);
  });

  test("the empty text has none", () => {
    expect(pieces("")).toEqual([]);
    expect(countTokens("")).toBe(0);
  });

  test("joined again they are the text, and their number is the count", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const list = pieces(text);
        expect(list.join("")).toBe(text);
        expect(list.length).toBe(countTokens(text));
        expect(list.every((piece) => piece.length > 0)).toBe(true);
      }),
    );
  });
});
