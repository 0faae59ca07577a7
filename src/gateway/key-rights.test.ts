import { expect, test } from "bun:test";
import { type KeyPolicy, mayAskFor } from "../access/key-policy.ts";
import { NO_PREFERENCES, type Preferences } from "../routing/preferences.ts";
import { boundBy, demandsOf } from "./key-rights.ts";

const bound = (policy: KeyPolicy | undefined, told: Partial<Preferences> = {}) =>
  boundBy(policy, { ...NO_PREFERENCES, ...told });

test("a key that says nothing leaves a request as it is", () => {
  expect(boundBy(undefined, NO_PREFERENCES)).toBe(NO_PREFERENCES);
  expect(bound({})).toEqual(NO_PREFERENCES);
});

test.each<[boolean | undefined, boolean | undefined, boolean | undefined]>([
  [undefined, undefined, undefined],
  [undefined, true, true],
  [false, true, false],
  [false, undefined, false],
  [true, undefined, true],
  [true, false, false],
  [true, true, true],
])("hedging: the key says %p, the request %p: %p", (key, asked, hedge) => {
  const told = asked === undefined ? {} : { hedge: asked };
  expect(bound({ hedge: key }, told).hedge).toBe(hedge);
});

test.each<[KeyPolicy["tags"], string[], readonly string[] | string]>([
  [undefined, ["a"], ["a"]],
  [{ fixed: ["x"] }, ["a", "x"], ["x", "a"]],
  [{ fixed: ["x"], most: 0 }, ["x"], ["x"]],
  [{ fixed: ["x"], most: 0 }, ["a"], "0 tags"],
  [{ allowed: ["a"] }, ["a"], ["a"]],
  [{ allowed: ["a"] }, ["a", "b"], '"b"'],
  [{ allowed: ["a"], fixed: ["x"] }, ["x"], ["x"]],
  [{ required: true }, [], "wants each request to have a tag"],
  [{ required: true, fixed: ["x"] }, [], ["x"]],
])("tags: %j with %j: %j", (tags, told, outcome) => {
  const bind = () => bound({ tags }, { tags: told });
  if (typeof outcome === "string") expect(bind).toThrow(outcome);
  else expect(bind().tags).toEqual(outcome);
});

test("the end user that a key fixes is that of every request", () => {
  expect(bound({ user: { fixed: "ada" } }, { user: "eve" }).user).toBe("ada");
  expect(bound({ user: { fixed: "ada", required: true } }).user).toBe("ada");
  expect(bound({ user: { required: true } }, { user: "eve" }).user).toBe("eve");
  expect(() => bound({ user: { required: true } })).toThrow("end user");
});

test("what a key demands is demanded as the key's", () => {
  expect(demandsOf({})).toBeUndefined();
  expect(demandsOf({ zero_data_retention: false, no_training: false, hipaa: false })).toBeUndefined();
  expect(demandsOf({ hipaa: true })).toEqual({ zeroDataRetention: false, noTraining: false, hipaa: true, of: "key" });
});

test("a pattern is about who made a model, and a name is itself or what it means", () => {
  const canonical = (name: string) => (name === "groq/llama" ? "meta/llama" : name);
  const may = (models: string[], name: string) => mayAskFor({ models }, name, canonical);
  expect([may(["meta/*"], "groq/llama"), may(["groq/*"], "groq/llama"), may(["groq/*"], "groq/other")]).toEqual([
    ...[true, false, true],
  ]);
  expect([
    may(["meta/llama"], "groq/llama"),
    may(["groq/llama"], "groq/llama"),
    may(["groq/llama"], "meta/llama"),
  ]).toEqual([...[true, true, false]]);
  expect([may(["meta/*"], "metal/x"), may(["*"], "any/thing"), may([], "any/thing")]).toEqual([false, true, false]);
});
