import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../core/error.ts";
import { pathText } from "../wires/shape.ts";
import { duplicateIn, type JsonLimits, scanJson } from "./json-scan.ts";

const GENEROUS: JsonLimits = { depth: 1000, tokens: 1_000_000 };
const bytesOf = (text: string) => new TextEncoder().encode(text);
const scan = (text: string, limits: Partial<JsonLimits> = {}) => scanJson(bytesOf(text), { ...GENEROUS, ...limits });

function refusal(text: string, limits: Partial<JsonLimits>): GatewayError {
  try {
    scan(text, limits);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error("let through");
}

describe("members are counted, in whatever they stand", () => {
  test.each([
    ["{}", 0],
    ['{"a":1}', 1],
    ['{"a":{"b":{"c":[{"d":1},{"d":1}]}}}', 5],
    ['{ "a" : 1 , "a" : 2 }', 2],
    ['{"a:b":"c:d"}', 1],
    ['{"\\":\\\\":"\\\\\\":"}', 1],
    ['["a:b", ":"]', 0],
    ['{"\\u003a":":"}', 1],
  ])("%s", (text, members) => expect(scan(text).members).toBe(members));

  test("as the parser counts them", () => {
    const count = (value: unknown): number =>
      typeof value !== "object" || value === null
        ? 0
        : Object.values(value).reduce(
            (sum: number, inner) => sum + count(inner),
            Array.isArray(value) ? 0 : Object.keys(value).length,
          );
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(scan(text).members).toBe(count(JSON.parse(text)));
      }),
    );
  });
});

describe("a number that may be more than a double keeps is seen", () => {
  test.each([
    ["[1]", false],
    ["[-123456789012345]", false],
    ["[1234567890123456]", true],
    ["[12345678901234567890]", true],
    ["[0.1234567890123456]", true],
    ['{"seed":9007199254740993}', true],
    ['["12345678901234567890"]', false],
    ['{"12345678901234567890":1}', false],
    ["[1e5, 2E-7]", false],
    ["[1e309]", true],
    ["[12E+400]", true],
    ['["1e309"]', false],
  ])("%s", (text, expected) => expect(scan(text).longNumbers).toBe(expected));
});

describe("nesting", () => {
  test("is counted in arrays and objects together, and not in strings", () => {
    expect(refusal("[[[[]]]]", { depth: 3 }).code).toBe("request_too_large");
    expect(refusal('[{"a":[{}]}]', { depth: 3 }).message).toContain("nested deeper than 3 levels");
    scan("[[[]]]", { depth: 3 });
    scan('["[[[[[[", "{{{{{{"]', { depth: 1 });
    scan("[[],[],[[]],{}]", { depth: 3 });
  });

  test("bombs are refused at the limit, not at their end", () => {
    const bomb = bytesOf("[".repeat(2_000_000));
    let looked = 0;
    const watched = new Proxy(bomb, {
      get(target, name) {
        if (typeof name === "string" && /^\d+$/.test(name)) looked = Math.max(looked, Number(name));
        return Reflect.get(target, name, target);
      },
    });
    expect(() => scanJson(watched, { depth: 128, tokens: 400_000 })).toThrow("nested deeper than 128 levels");
    expect(looked).toBe(128);
  });
});

describe("values and names are counted together, a name as four", () => {
  test.each([
    ["[1,2,3,4,5]", 6],
    ['{"a":1,"b":2}', 11],
    ["[{},{},{}]", 7],
    ["[[],[],[]]", 7],
  ])("%s", (text, tokens) => {
    scan(text, { tokens });
    expect(refusal(text, { tokens: tokens - 1 })).toMatchObject({ code: "request_too_large", status: 413 });
  });

  test("one long string is one", () => {
    scan(JSON.stringify(["[{,:".repeat(100_000)]), { tokens: 3 });
  });
});

describe("a string ends where the parser ends it", () => {
  test.each([
    ['["a\\"b",1]', 2],
    ['["\\\\",1]', 2],
    ['["\\\\\\"",1,2]', 3],
    ['["\\",",",",1]', 3],
    ['["a\\"\\"\\\\","\\"",1]', 3],
  ])("%s", (text, values) => {
    expect(JSON.parse(text)).toHaveLength(values);
    scan(text, { tokens: values + 1 });
    expect(refusal(text, { tokens: values }).code).toBe("request_too_large");
  });

  test("whatever is escaped in it", () => {
    const piece = fc.constantFrom('"', "\\", ",", "a", ":", "[", "{", "\n", "ü");
    fc.assert(
      fc.property(fc.array(fc.array(piece), { minLength: 1 }), (strings) => {
        const text = JSON.stringify(strings.map((pieces) => pieces.join("")));
        scan(text, { tokens: strings.length + 1, depth: 1 });
        expect(() => scan(text, { tokens: strings.length })).toThrow();
      }),
    );
  });
});

test("whatever the bytes, it ends, and says no more than too much", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), fc.nat(50), (bytes, depth, tokens) => {
      try {
        scanJson(bytes, { depth, tokens });
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(GatewayError);
      }
    }),
  );
});

describe("the member that is named twice", () => {
  test.each([
    ['{"a":1,"a":2}', "a"],
    ['{"a":1,"b":{"c":1,"d":2,"c":3}}', "b.c"],
    ['{"m":[{"x":1},{"r":1,"c":[0,{"t":1,"t":1}]}]}', "m[1].c[1].t"],
    ['[[1,2],[3,{"k":1,"k":1}]]', "[1][1].k"],
    ['{"a":{"a":{"a":1}},"a":1}', "a"],
    // One spelled out, one escaped: the same name.
    ['{"model":1,"mod\\u0065l":2}', "model"],
    ['{"__proto__":1,"__proto__":2}', "__proto__"],
    ['{"":1,"":2}', ""],
    ['{"a,b":[1,2],"\\"":1,"\\"":2}', '"'],
  ])("in %s is found", (text, path) => expect(pathText(duplicateIn(bytesOf(text))!)).toBe(path));

  test.each(["{}", '{"a":{"b":1},"b":{"a":1}}', '[{"a":1},{"a":1}]', '{"a":"\\"a\\":1"}'])("in %s is not", (text) =>
    expect(duplicateIn(bytesOf(text))).toBeUndefined(),
  );

  test("is never found in what a serialiser wrote", () => {
    fc.assert(fc.property(fc.json(), (text) => expect(duplicateIn(bytesOf(text))).toBeUndefined()));
  });
});
