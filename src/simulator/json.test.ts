import { describe, expect, test } from "bun:test";
import { listOf, numberOf, objectOr, objectsOf, overlay, parseJson, textOf, without } from "./json.ts";

describe("JSON of strangers", () => {
  test("what is none is undefined", () => {
    expect(parseJson("{")).toBeUndefined();
    expect(parseJson("")).toBeUndefined();
    expect(parseJson("null")).toBeNull();
    expect(parseJson('{"a":1}')).toEqual({ a: 1 });
  });

  test("what is of another type counts as nothing", () => {
    expect(objectOr([1], { a: 1 })).toEqual({ a: 1 });
    expect(listOf({})).toEqual([]);
    expect(objectsOf([{ a: 1 }, "b", null, [2]])).toEqual([{ a: 1 }]);
    expect(textOf(5)).toBe("");
    expect(numberOf("5")).toBeUndefined();
  });
});

describe("changes to JSON", () => {
  test("objects are laid over each other member by member", () => {
    expect(overlay({ a: 1, b: { c: 2, d: 3 } }, { b: { c: null }, e: [4] })).toEqual({
      a: 1,
      b: { c: null, d: 3 },
      e: [4],
    });
  });

  test("everything else is replaced", () => {
    expect(overlay({ a: 1 }, [])).toEqual([]);
    expect(overlay([1, 2], { a: 1 })).toEqual({ a: 1 });
    expect(overlay(undefined, { a: 1 })).toEqual({ a: 1 });
  });

  test("a member is left out by its path, and nothing else is touched", () => {
    const value = { a: 1, b: { c: 2, d: 3 } };
    expect(without(value, "b.c")).toEqual({ a: 1, b: { d: 3 } });
    expect(without(value, "b")).toEqual({ a: 1 });
    expect(without(value, "a.x")).toEqual(value);
    expect(value).toEqual({ a: 1, b: { c: 2, d: 3 } });
  });
});
