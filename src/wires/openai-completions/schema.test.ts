import { describe, expect, test } from "bun:test";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { errorOf } from "../fixtures/facts.ts";
import { openaiCompletions } from "./index.ts";

const read = (members: JsonObject) => openaiCompletions.inbound!.read({ model: "acme/large", ...members });

describe("a prompt", () => {
  test.each<[JsonValue, readonly string[]]>([
    ["Water", []],
    [["Water"], []],
    // No conversation begins with nothing, with numbers, or twice.
    ["", ["prompt"]],
    [["a", "b"], ["prompt"]],
    [[1, 2], ["prompt"]],
    [[[1], [2, 3]], ["prompt"]],
  ])("of %j needs %j", (prompt, needs) => expect(read({ prompt }).needs).toEqual(needs));

  const WHAT = "a string, an array of strings, an array of tokens, or an array of arrays of tokens";
  test.each<[JsonValue, string, string]>([
    [[], "prompt", WHAT],
    [5, "prompt", WHAT],
    [null, "prompt", WHAT],
    [{}, "prompt", WHAT],
    [["a", 1], "prompt[1]", "a string"],
    [[1, "a"], "prompt[1]", "a whole number from 0"],
    [[-1], "prompt[0]", "a whole number from 0"],
    [[[1], []], "prompt[1]", "an array that is not empty"],
    [[[1.5]], "prompt[0][0]", "a whole number from 0"],
  ])("of %j is none", (prompt, param, what) => {
    const error = errorOf(() => read({ prompt }));
    expect(error).toMatchObject({ code: "invalid_request", details: { param } });
    expect(error.message).toBe(`"${param}" must be ${what}.`);
  });

  test("must be given", () => {
    expect(errorOf(() => read({})).message).toBe('"prompt" must be given.');
  });
});

test("what no conversation can be asked is needed by name", () => {
  const all = { prompt: "x", suffix: "y", n: 2, logprobs: 0, echo: true, best_of: 3 };
  expect(read(all).needs).toEqual(["suffix", "n", "logprobs"]);
  expect(read({ prompt: "x", suffix: "", n: 1, logprobs: null, echo: false }).needs).toEqual([]);
});

test.each<[JsonObject, number]>([
  [{ prompt: "x" }, 1],
  [{ prompt: [1, 2, 3] }, 1],
  [{ prompt: ["a", "b"], n: 3 }, 6],
  [{ prompt: [[1], [2]] }, 2],
  [{ prompt: ["a", "b"], n: 2, best_of: 5 }, 10],
  [{ prompt: "x", n: 3, best_of: 2 }, 3],
])("%j is answered so often: %d", (members, answers) => expect(read(members).answers).toBe(answers));

test("the cap is the client's, or nobody knows", () => {
  expect(read({ prompt: "x", max_tokens: 0 }).outputCap).toBe(0);
  expect(read({ prompt: "x" }).outputCap).toBeUndefined();
});

test.each<[string, JsonValue]>([
  ["max_tokens", -1],
  ["max_tokens", 1.5],
  ["temperature", "hot"],
  ["n", 0],
  ["best_of", "2"],
  ["logprobs", true],
  ["echo", "yes"],
  ["stop", 5],
  ["stream", "true"],
  ["suffix", 1],
  ["logit_bias", { a: "b" }],
  ["user", {}],
  ["models", "acme/small"],
  ["providerOptions", { acme: 1 }],
])("%s cannot be %j", (name, value) => {
  const error = errorOf(() => read({ prompt: "x", [name]: value }));
  expect(error.code).toBe("invalid_request");
  expect(error.details.param).toStartWith(name);
});
