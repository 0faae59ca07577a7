import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { matches } from "./pattern.ts";

describe("a pattern", () => {
  test.each([
    ["repo:acme/app:ref:main", "repo:acme/app:ref:main", true],
    ["repo:acme/app", "repo:acme/app:ref:main", false],
    ["repo:acme/*", "repo:acme/app:ref:main", true],
    ["repo:acme/*", "repo:acme-evil/app", false],
    ["repo:acme/*", "x repo:acme/app", false],
    ["repo:acme/*:ref:main", "repo:acme/app:ref:main", true],
    ["repo:acme/*:ref:main", "repo:acme/app:ref:main2", false],
    ["*", "", true],
    ["*", "anything", true],
    ["a*a", "a", false],
    ["a*b*b", "ab", false],
    ["a*b*b", "abb", true],
    ["a.c", "abc", false],
    ["a?c", "abc", false],
    ["Repo:*", "repo:x", false],
  ])("%p, shown %p: %p", (pattern, text, as) => {
    expect(matches(pattern, text)).toBe(as);
  });

  test("is read as a regular expression would be that has `.*` for `*`", () => {
    const letters = (more: string) =>
      fc.array(fc.constantFrom("a", "b", ...more), { maxLength: 12 }).map((all) => all.join(""));
    fc.assert(
      fc.property(letters("*"), letters(""), (pattern, text) => {
        const like = new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
        return matches(pattern, text) === like.test(text);
      }),
      { numRuns: 3000 },
    );
  });
});
