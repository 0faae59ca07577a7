import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../core/error.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { mustFit } from "../shape.ts";
import { embeddingsBody } from "./schema.ts";

const FULL = {
  model: "acme/embed",
  input: "text",
  encoding_format: "base64",
  dimensions: 256,
  user: "u",
  models: ["acme/other"],
  tags: ["t"],
  provider: {},
  providerOptions: { acme: {} },
} satisfies JsonObject;

const INPUT = "a string, an array of strings, an array of tokens, or an array of arrays of tokens; none of them empty";

function refusalOf(body: JsonObject): string | undefined {
  try {
    mustFit(embeddingsBody, body);
  } catch (thrown) {
    const error = GatewayError.from(thrown);
    expect(error.message).toStartWith(`"${error.details.param}" must be `);
    return error.message;
  }
  return undefined;
}

test.each<[string, JsonValue]>([
  ["a text", "a"],
  ["texts", ["a", "b"]],
  ["tokens", [1, 2, 0]],
  ["arrays of tokens", [[1], [2, 3]]],
])("%s can be embedded", (_, input) => {
  expect(refusalOf({ ...FULL, input })).toBeUndefined();
});

describe("input", () => {
  test.each<[JsonValue, string]>([
    ["", `"input" must be ${INPUT}.`],
    [[], `"input" must be ${INPUT}.`],
    [5, `"input" must be ${INPUT}.`],
    [{}, `"input" must be ${INPUT}.`],
    [null, `"input" must be ${INPUT}.`],
    [["a", ""], '"input[1]" must be a string that is not empty.'],
    [["a", 1], '"input[1]" must be a string that is not empty.'],
    [[1, "a"], '"input[1]" must be a whole number from 0.'],
    [[1, -1], '"input[1]" must be a whole number from 0.'],
    [[1.5], '"input[0]" must be a whole number from 0.'],
    [[null], '"input[0]" must be a whole number from 0.'],
    [[[1], []], '"input[1]" must be an array that is not empty.'],
    [[[1], "a"], '"input[1]" must be an array that is not empty.'],
    [[[1, "a"]], '"input[0][1]" must be a whole number from 0.'],
  ])("%j is refused", (input, message) => {
    expect(refusalOf({ ...FULL, input })).toBe(message);
  });

  test("must be given", () => {
    const { input: _, ...rest } = FULL;
    expect(refusalOf(rest)).toBe('"input" must be given.');
  });
});

test.each<[keyof typeof FULL, JsonValue, string]>([
  ["model", "", "a string that is not empty"],
  ["model", null, "a string that is not empty"],
  ["encoding_format", "int8", 'one of "float", "base64"'],
  ["encoding_format", 1, 'one of "float", "base64"'],
  ["dimensions", 0, "a whole number from 1"],
  ["dimensions", "256", "a whole number from 1"],
  ["user", 1, "a string"],
  ["models", "acme/other", "an array"],
  ["tags", {}, "an array"],
  ["provider", "acme", "an object"],
  ["providerOptions", [], "an object"],
])("%s cannot be %j", (name, value, expected) => {
  expect(refusalOf({ ...FULL, [name]: value })).toBe(`"${name}" must be ${expected}.`);
});

test("null stands for absent, and what nobody knows travels", () => {
  expect(refusalOf({ ...FULL, encoding_format: null, dimensions: null, user: null })).toBeUndefined();
  expect(refusalOf({ ...FULL, input_type: "query", truncate: 5 })).toBeUndefined();
});
