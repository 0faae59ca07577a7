import { expect, test } from "bun:test";
import { ApiError } from "../api/client.ts";
import { faultAt } from "./faults.ts";
import { changedMembers, jsonText, objectOf } from "./json-text.ts";

test("what is changed is sent, what is gone is null, what stays is not said", () => {
  expect(changedMembers({ a: 1, b: [1], c: { d: 1 } }, { a: 1, b: [2], e: false })).toEqual({
    b: [2],
    c: null,
    e: false,
  });
  expect(changedMembers({ a: { b: 1 } }, { a: { b: 1 } })).toEqual({});
});

test("an object goes there and back; an empty text is none", () => {
  expect(objectOf(jsonText({ a: [1, null] }), "metadata")).toEqual({ a: [1, null] });
  expect(objectOf(" \n", "metadata")).toBeUndefined();
  expect(jsonText(undefined)).toBe("");
});

test.each(["{", "[1]", "null", "3"])("%p is told at its field", (text) => {
  let thrown: unknown;
  try {
    objectOf(text, "metadata");
  } catch (caught) {
    thrown = caught;
  }
  expect(thrown).toBeInstanceOf(ApiError);
  expect(faultAt(thrown, "metadata")).toBeString();
  expect(faultAt(thrown, "meta")).toBeUndefined();
});

test("what is said of a member within another is told at that one with its place, and without at its own field", () => {
  const error = new ApiError(
    400,
    "invalid_request",
    "the body: limits.tokens_per_minute: must be a number",
    "limits.tokens_per_minute",
  );
  expect(faultAt(error, "limits")).toBe("limits.tokens_per_minute: must be a number");
  expect(faultAt(error, "name", "limits.tokens_per_minute")).toBe("must be a number");
  expect(faultAt(error, "limits.tokens")).toBeUndefined();
});
