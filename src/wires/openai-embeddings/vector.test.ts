import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { errorOf } from "../fixtures/facts.ts";
import { encodeVector } from "./vector.ts";

// [0.5, -0.25, 1] as little-endian 32-bit floats.
const FLOATS = [0.5, -0.25, 1];
const BASE64 = "AAAAPwAAgL4AAIA/";

test("each way, and left alone where it is as asked for", () => {
  expect(encodeVector(FLOATS, "base64")).toBe(BASE64);
  expect(encodeVector(BASE64, "float")).toEqual(FLOATS);
  expect(encodeVector(FLOATS, "float")).toBe(FLOATS);
  expect(encodeVector(BASE64, "base64")).toBe(BASE64);
});

test("as the official SDKs read it", () => {
  const bytes = Buffer.from(encodeVector(FLOATS, "base64") as string, "base64");
  const read = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  expect([...read]).toEqual(FLOATS);
});

test("of nothing is nothing", () => {
  expect(encodeVector([], "base64")).toBe("");
  expect(encodeVector("", "float")).toEqual([]);
});

test("there and back is the same to 32 bits", () => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })), (vector) => {
      const there = encodeVector(
        vector.map((value) => value + 0),
        "base64",
      );
      expect((encodeVector(there, "float") as number[]).map((value) => value + 0)).toEqual(
        vector.map((value) => value + 0),
      );
    }),
  );
});

describe("what is no vector is malformed", () => {
  test.each<[never]>([[undefined as never], [null as never], [{} as never], [7 as never]])("%p", (value) => {
    expect(errorOf(() => encodeVector(value, "float")).code).toBe("upstream_malformed");
  });
  test.each<[never]>([[["x"] as never], [[null] as never], [[[1]] as never]])("a list of %p for numbers", (value) => {
    expect(errorOf(() => encodeVector(value, "base64")).code).toBe("upstream_malformed");
  });
});
