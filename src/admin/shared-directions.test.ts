import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { DirectionRow } from "../store/directions.ts";
import { directionSeal, stampOf } from "./shared-directions.ts";

const TOKEN = "an-admin-token-of-the-operator";
const ROW: DirectionRow = {
  kind: "rule",
  id: "no",
  value: '{"type":"deny","model":"openai/gpt-5"}',
  place: 3,
  createdAt: 1_790_000_000_000,
  version: 12,
};
const seal = directionSeal(TOKEN);

test("what is told comes back as it was, what was taken away too", () => {
  for (const row of [ROW, { ...ROW, value: null }, { ...ROW, kind: "virtual_model", id: "vmc/x" } as const])
    expect(seal.open(seal.close(row))).toEqual(row);
  expect(seal.close(ROW).text.slice(0, 33)).toBe(stampOf(ROW));
});

test("of two changes the one of more versions has the greater stamp; of as many the same one everywhere", () => {
  const other = { ...ROW, value: "{}" };
  expect(stampOf({ ...ROW, version: 9 }) < stampOf({ ...other, version: 10 })).toBe(true);
  expect(stampOf(ROW)).not.toBe(stampOf(other));
  expect(stampOf({ ...ROW })).toBe(stampOf(ROW));
});

test("the token is not told", () => {
  expect(JSON.stringify(seal.close(ROW))).not.toContain(TOKEN);
});

describe("passed over is", () => {
  const { name, text } = seal.close(ROW);
  test.each([
    ["what another token has signed", directionSeal("another-token-of-somebody").close(ROW)],
    ["another's name", { name: '["rule","yes"]', text }],
    ["a later version", { name, text: text.replace("0000000000000012", "0000000000000013") }],
    ["another value", { name, text: text.replace("gpt-5", "gpt-4") }],
    ["half of it", { name, text: text.slice(0, 120) }],
    ["nothing", { name, text: "" }],
    ["blanks", { name, text: " ".repeat(200) }],
  ])("%s", (_what, told) => {
    expect(seal.open(told)).toBeUndefined();
  });

  test("whatever is changed of it", () => {
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, letter) => {
        fc.pre(text[at] !== letter);
        expect(seal.open({ name, text: text.slice(0, at) + letter + text.slice(at + 1) })).toBeUndefined();
      }),
    );
  });

  test.each([
    ["no kind of ours", { ...ROW, kind: "key" as "rule" }],
    ["a value that is none", { ...ROW, value: "[]" }],
    ["half a value", { ...ROW, value: "{" }],
    ["no place", { ...ROW, place: 0.5 }],
    ["no version", { ...ROW, version: Number.MAX_SAFE_INTEGER + 1 }],
  ])("%s, though it is signed", (_what, row) => {
    expect(seal.open(seal.close(row))).toBeUndefined();
  });
});
