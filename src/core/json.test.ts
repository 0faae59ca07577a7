import { expect, test } from "bun:test";
import fc from "fast-check";
import { arrayAt, isObject, jsonObject, objectAt, parseJson, present, stringAt } from "./json.ts";

test("only an object is an object", () => {
  for (const value of [{}, { a: 1 }, Object.create(null)]) expect(isObject(value)).toBe(true);
  for (const value of [null, undefined, [], [{}], "{}", 1, true]) expect(isObject(value)).toBe(false);
});

test("what stands at a place, or nothing", () => {
  const object = { a: 1 };
  expect(objectAt(object)).toBe(object);
  for (const value of [undefined, null, "s", 1, true, []]) expect(objectAt(value)).toBeUndefined();
  expect(stringAt("")).toBe("");
  for (const value of [undefined, null, 1, true, [], {}]) expect(stringAt(value)).toBeUndefined();
  const list = [1];
  expect(arrayAt(list)).toBe(list);
  for (const value of [undefined, null, 1, "s", { length: 0 }]) expect(arrayAt(value)).toBeUndefined();
});

test("text that is not JSON is undefined; JSON null is null", () => {
  expect(parseJson("null")).toBeNull();
  expect(parseJson('{"a":[1]}')).toEqual({ a: [1] });
  for (const text of ["", "{", "<html>", "{'a':1}", "undefined", "NaN", '{"a":1}x', "[DONE]"]) {
    expect(parseJson(text)).toBeUndefined();
  }
});

test("parseJson is JSON.parse that does not throw", () => {
  fc.assert(fc.property(fc.json(), (text) => expect(parseJson(text)).toEqual(JSON.parse(text))));
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseJson(text);
    }),
  );
});

test("present leaves out what is undefined, and nothing else", () => {
  const copy = present({ a: undefined, b: null, c: 0, d: "", e: false, f: [undefined] });
  expect(Object.keys(copy)).toEqual(["b", "c", "d", "e", "f"]);
  expect(jsonObject({ a: undefined, b: 1 })).toStrictEqual({ b: 1 });
});

test("present copies: the original stays whole", () => {
  const original = { a: undefined, b: 1 };
  const copy = present(original) as { b: number };
  copy.b = 2;
  expect(original).toStrictEqual({ a: undefined, b: 1 });
});
