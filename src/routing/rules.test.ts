import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { denied, endless, endlessIn, follow, type Rule } from "./rules.ts";

const same = (name: string) => name;
const rewrite = (id: string, model: string, to: string): Rule => ({ id, model, to });
const deny = (id: string, model: string): Rule => ({ id, model });

function led(rules: readonly Rule[], asked: string, canonical = same): string {
  const outcome = follow(rules, asked, canonical);
  if (outcome.kind === "model") return outcome.model;
  return outcome.kind === "denied" ? `denied by ${outcome.rule.id}` : `endless: ${outcome.rules.join(" ")}`;
}

describe("who asks for a model", () => {
  test("that no rule is for gets it", () => {
    expect(led([deny("1", "lab/a"), rewrite("2", "other/*", "lab/a")], "lab/b")).toBe("lab/b");
  });

  test("is led on from rule to rule, and the first that is for it counts", () => {
    const rules = [rewrite("1", "lab/a", "lab/b"), rewrite("2", "lab/a", "lab/x"), rewrite("3", "lab/b", "vmc/c")];
    expect(led(rules, "lab/a")).toBe("vmc/c");
    expect(led([rewrite("1", "lab/a", "lab/b"), deny("2", "lab/b")], "lab/a")).toBe("denied by 2");
  });

  test("may be meant by how its name begins, and nothing else is", () => {
    const rules = [deny("1", "lab/a-*")];
    expect([led(rules, "lab/a-1"), led(rules, "lab/a-")]).toEqual(["denied by 1", "denied by 1"]);
    expect([led(rules, "lab/a"), led(rules, "xlab/a-1")]).toEqual(["lab/a", "xlab/a-1"]);
    expect(led([deny("all", "*")], "any/thing")).toBe("denied by all");
    // A star is none in the middle, and a dot is a dot.
    expect(led([deny("1", "lab/a.1")], "lab/ab1")).toBe("lab/ab1");
  });

  test("stays where a rule would lead it to where it is, and the rules behind it count", () => {
    const all = rewrite("1", "lab/*", "lab/best");
    expect([led([all], "lab/old"), led([all], "lab/best")]).toEqual(["lab/best", "lab/best"]);
    expect(led([all, deny("2", "lab/best")], "lab/old")).toBe("denied by 2");
  });

  test("by a provider's own name for it is led as by the catalogue's", () => {
    const canonical = (name: string) => (name === "cloud/a-2025" ? "lab/a" : name);
    expect(led([deny("1", "lab/a")], "cloud/a-2025", canonical)).toBe("denied by 1");
    expect(led([deny("1", "cloud/*")], "cloud/a-2025", canonical)).toBe("denied by 1");
    expect(led([rewrite("1", "lab/*", "lab/a")], "cloud/a-2025", canonical)).toBe("cloud/a-2025");
    // And a rule that is told by a provider's own name is for the model.
    const own = { ...deny("1", "cloud/a-2025"), canonical: "lab/a" };
    for (const asked of ["cloud/a-2025", "lab/a"]) expect(led([own], asked, canonical)).toBe("denied by 1");
    expect(led([own], "lab/b", canonical)).toBe("lab/b");
  });
});

describe("rules without an end", () => {
  test("are found", () => {
    const circle = [rewrite("1", "lab/a", "lab/b"), rewrite("2", "lab/b", "lab/c"), rewrite("3", "lab/c", "lab/a")];
    expect(led(circle, "lab/b")).toBe("endless: 2 3 1 2");
    expect(endlessIn(circle, same)).toEqual(["1", "2", "3", "1"]);
    expect(endlessIn([rewrite("1", "lab/*", "other/x"), rewrite("2", "other/*", "lab/y")], same)).toEqual([
      "1",
      "2",
      "1",
    ]);
    expect(endlessIn([...circle.slice(0, 2), deny("3", "lab/c")], same)).toBeUndefined();
  });

  test("are those of which more than ten follow each other", () => {
    const chain = (length: number) => Array.from({ length }, (_, i) => rewrite(`r${i}`, `lab/${i}`, `lab/${i + 1}`));
    expect(led(chain(10), "lab/0")).toBe("lab/10");
    expect(follow(chain(2), "lab/0", same)).toEqual({ kind: "model", model: "lab/2", by: ["r0", "r1"] });
    expect(led(chain(11), "lab/0")).toStartWith("endless: r0 r1");
    expect(endlessIn(chain(10), same)).toBeUndefined();
    expect(endlessIn(chain(11), same)).toHaveLength(11);
  });

  test("never keep a request, whatever they are; and where none were found, none is met", () => {
    const name = fc.constantFrom("l/a", "l/b", "l/c", "m/a", "m/b");
    const rule = fc.record({
      model: fc.oneof(name, fc.constantFrom("l/*", "m/*", "*")),
      to: fc.option(name, { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), name, (told, asked) => {
        const rules = told.map(({ model, to }, i) =>
          to === undefined ? deny(`${i}`, model) : rewrite(`${i}`, model, to),
        );
        const outcome = follow(rules, asked, same);
        if (outcome.kind === "endless") expect(endlessIn(rules, same)).toBeDefined();
        // Where one has arrived, one stays.
        if (outcome.kind === "model")
          expect(follow(rules, outcome.model, same)).toEqual({ kind: "model", model: outcome.model, by: [] });
      }),
      { numRuns: 2000 },
    );
  });
});

test("the client is told which rule it was, and why", () => {
  const error = denied({ id: "no-a", model: "lab/a", reason: "Too dear." });
  expect([error.status, error.type, error.message]).toEqual([
    403,
    "forbidden",
    "Request denied by a routing rule. Too dear.",
  ]);
  expect(error.param).toEqual({ ruleId: "no-a" });
  expect(denied({ id: "x", model: "lab/a" }).message).toBe("Request denied by a routing rule.");
  expect([endless("lab/a", ["1", "2"]).status, endless("lab/a", ["1", "2"]).param]).toEqual([400, "model"]);
});
