import { describe, expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import {
  anObject,
  anything,
  array,
  boolean,
  integer,
  mustFit,
  number,
  object,
  oneOf,
  pathText,
  record,
  type Shape,
  string,
  stringOr,
  tagged,
  text,
} from "./shape.ts";

/** Every kind of JSON value, by name. */
const VALUES = {
  null: null,
  true: true,
  zero: 0,
  negative: -1,
  fraction: 0.5,
  large: 1e300,
  "empty string": "",
  word: "word",
  "empty array": [],
  "array of one": ["word"],
  "empty object": {},
  "object of one": { a: 1 },
} satisfies Record<string, JsonValue>;
type Kind = keyof typeof VALUES;

/** A number that a double cannot hold, as `http/body.ts` keeps it. */
const exact = (spelling: string) => (JSON as unknown as { rawJSON(text: string): JsonObject }).rawJSON(spelling);

describe.each<[string, Shape, Kind[], string]>([
  ["string", string, ["empty string", "word"], "a string"],
  ["text", text, ["word"], "a string that is not empty"],
  ["boolean", boolean, ["true"], "true or false"],
  ["anObject", anObject, ["empty object", "object of one"], "an object"],
  ["anything", anything, Object.keys(VALUES) as Kind[], ""],
  ["number()", number(), ["zero", "negative", "fraction", "large"], "a number"],
  ["number(0)", number(0), ["zero", "fraction", "large"], "a number from 0"],
  ["integer()", integer(), ["zero", "negative", "large"], "a whole number"],
  ["integer(1)", integer(1), ["large"], "a whole number from 1"],
  ["oneOf one", oneOf("word"), ["word"], '"word"'],
  ["oneOf two", oneOf("word", "other"), ["word"], 'one of "word", "other"'],
  ["array", array(string), ["empty array", "array of one"], "an array"],
  ["array of at least one", array(string, 1), ["array of one"], "an array that is not empty"],
  ["object", object({}), ["empty object", "object of one"], "an object"],
  ["record", record(number()), ["empty object", "object of one"], "an object"],
  ["tagged", tagged("type", {}), [], 'an object with "type"'],
  ["stringOr", stringOr(array(string), "words"), ["empty string", "word", "empty array", "array of one"], "words"],
])("%s", (_, shape, fits, expected) => {
  test.each(Object.keys(VALUES) as Kind[])("%s", (kind) => {
    const mismatch = shape(VALUES[kind]);
    if (fits.includes(kind)) expect(mismatch).toBeUndefined();
    else if (kind.includes("object") && (expected === 'an object with "type"' || expected === "words")) {
      expect(mismatch).toBeDefined();
    } else expect(mismatch).toEqual({ path: [], expected });
  });
});

test("a number kept in its own spelling is a whole number", () => {
  expect(integer(0)(exact("123456789012345678901234567890"))).toBeUndefined();
  expect(integer(0)(exact("-123456789012345678901234567890"))).toEqual({ path: [], expected: "a whole number from 0" });
  expect(integer(0)(exact("1e400"))).toEqual({ path: [], expected: "a whole number from 0" });
  // What a client could send is an ordinary object.
  expect(integer(0)({ rawJSON: "5" })).toEqual({ path: [], expected: "a whole number from 0" });
});

describe("where it is wrong", () => {
  const shape = object(
    {
      list: array(object({ name: text, deep: record(array(integer())) }, ["name"]), 1),
      tag: tagged("kind", { a: object({ size: number() }, ["size"]), b: anything }),
      closed: tagged("kind", { a: anything, b: anything }, true),
    },
    ["list"],
  );
  const good = { list: [{ name: "n" }] };

  test.each<[string, JsonObject, string, string]>([
    ["a required member is missing", {}, "list", "given"],
    ["a required member is null", { list: null }, "list", "an array that is not empty"],
    ["a list is empty", { list: [] }, "list", "an array that is not empty"],
    ["an item", { list: [{ name: "n" }, 5] }, "list[1]", "an object"],
    ["a member of an item", { list: [{ name: "" }] }, "list[0].name", "a string that is not empty"],
    ["a required member of an item", { list: [{}] }, "list[0].name", "given"],
    ["deep inside", { list: [{ name: "n", deep: { x: [1, 2.5] } }] }, "list[0].deep.x[1]", "a whole number"],
    ["a value of a record", { list: [{ name: "n", deep: { x: null } }] }, "list[0].deep.x", "an array"],
    ["no tag", { ...good, tag: {} }, "tag.kind", "a string"],
    ["a tag that is no string", { ...good, tag: { kind: 1 } }, "tag.kind", "a string"],
    ["a variant", { ...good, tag: { kind: "a" } }, "tag.size", "given"],
    ["no object where a tag is looked for", { ...good, tag: "a" }, "tag", 'an object with "kind"'],
    ["an unknown tag of a closed table", { ...good, closed: { kind: "c" } }, "closed.kind", 'one of "a", "b"'],
  ])("%s", (_, body, param, expected) => {
    let thrown: unknown;
    try {
      mustFit(shape, body);
    } catch (error) {
      thrown = error;
    }
    const error = GatewayError.from(thrown);
    expect(error).toMatchObject({ code: "invalid_request", status: 400 });
    expect(error.details.param).toBe(param);
    expect(error.message).toBe(`"${param}" must be ${expected}.`);
  });

  test("nothing is wrong", () => {
    expect(() => mustFit(shape, good)).not.toThrow();
  });

  test("null stands for absent where a member is optional", () => {
    expect(() => mustFit(shape, { ...good, tag: null, closed: null })).not.toThrow();
  });

  test("members and variants that nobody named pass", () => {
    expect(() => mustFit(shape, { ...good, other: [{}], tag: { kind: "z", size: "big" } })).not.toThrow();
  });

  test("names that every object has are no members", () => {
    const odd = JSON.parse('{"list":[{"name":"n"}],"__proto__":5,"constructor":1,"toString":null}') as JsonObject;
    expect(() => mustFit(shape, odd)).not.toThrow();
    expect(oneOf("a")("constructor")).toBeDefined();
    expect(tagged("kind", {}, true)({ kind: "constructor" })).toBeDefined();
  });
});

test("a path reads as one writes it", () => {
  expect(pathText([])).toBe("");
  expect(pathText(["a"])).toBe("a");
  expect(pathText(["a", 0, "b", 12, 3, "c"])).toBe("a[0].b[12][3].c");
});

test("a name with quotes does not break the message", () => {
  const error = (() => {
    try {
      mustFit(record(string), { 'a"b\n': 1 });
    } catch (thrown) {
      return GatewayError.from(thrown);
    }
    return undefined;
  })();
  expect(error?.message).toBe('"a\\"b\\n" must be a string.');
});
