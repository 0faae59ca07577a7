import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mayBeGlued, unglued } from "./glued.ts";

describe("objects without anything between them", () => {
  test("are told apart", () => {
    expect(unglued('{"a":1}{"b":{"c":[{}]}}')).toEqual(['{"a":1}', '{"b":{"c":[{}]}}']);
    expect(unglued('{}{}{"x":"}{"}')).toEqual(["{}", "{}", '{"x":"}{"}']);
  });

  test("whatever they hold, each is what it was", () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(fc.array(object, { minLength: 2, maxLength: 4 }), (objects) => {
        expect(unglued(objects.join(""))).toEqual(objects);
      }),
    );
  });
});

test.each([
  ["one object", '{"a":1}'],
  ["one that holds the two letters", '{"a":"}{"}'],
  ["nothing", ""],
  ["one that is cut", '{"a":1}{"b":'],
  ["words behind it", '{"a":1}{"b":2} and more'],
  ["words before it", 'x{"a":1}{"b":2}'],
  ["the letters alone", "}{"],
])("%s is none of these", (_, data) => {
  expect(unglued(data)).toBeUndefined();
});

test("a look is enough to know that a chunk is no such thing", () => {
  expect(mayBeGlued('{"a":1}', 0)).toBe(false);
  expect(mayBeGlued('{"a":1}{"b":2}', 0)).toBe(true);
  expect(mayBeGlued('}{"a":1}', 1)).toBe(false);
});
