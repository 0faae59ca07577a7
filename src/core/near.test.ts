import { expect, test } from "bun:test";
import fc from "fast-check";
import { nearest } from "./near.ts";

const MODELS = ["acme/large-4", "acme/large-4-mini", "acme/large-5", "other/tall-sonnet-4.5", "other/tall-haiku-4.5"];

test.each([
  ["acme/large4", "acme/large-4"],
  ["acme/lrage-5", "acme/large-5"],
  ["ACME/LARGE-5", "acme/large-5"],
  ["other/tall-sonet-4.5", "other/tall-sonnet-4.5"],
  ["other/tall-haiku-45", "other/tall-haiku-4.5"],
  ["acme/large-4-minni", "acme/large-4-mini"],
])("%p is near %p", (word, expected) => {
  expect(nearest(word, MODELS)).toBe(expected);
});

test.each(["zzz", "", "completely-else", "other"])("%p is near nothing", (word) => {
  expect(nearest(word, MODELS)).toBeUndefined();
});

test("nothing is known, nothing is near", () => {
  expect(nearest("acme/large-4", [])).toBeUndefined();
});

test("of two that are equally near the first is named", () => {
  expect(nearest("cat", ["bat", "hat"])).toBe("bat");
});

test("a known word is nearest to itself", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 8 }),
      fc.nat(),
      (known, pick) => {
        const word = known[pick % known.length]!;
        expect(nearest(word, known)).toBe(word);
      },
    ),
  );
});

test("one slip in a long word is always found, among words that are nothing like it", () => {
  const letters = fc.stringMatching(/^[a-m]{6,14}$/);
  fc.assert(
    fc.property(letters, fc.nat(), fc.constantFrom("insert", "delete", "replace"), (word, where, slip) => {
      const at = where % word.length;
      const rest = slip === "insert" ? word.slice(at) : word.slice(at + 1);
      const typo = word.slice(0, at) + (slip === "delete" ? "" : "x") + rest;
      expect(nearest(typo, ["zzzzzzzzzzzzzzzz", word, "qqqqq"])).toBe(word);
    }),
  );
});

test("a word of a megabyte has nothing near it, at once", () => {
  expect(nearest("m".repeat(1_000_000), ["m".repeat(999_999)])).toBeUndefined();
});
