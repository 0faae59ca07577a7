import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Environment } from "./load.ts";
import { fill, mark } from "./variables.ts";

/** A YAML text with the environment in it, and what was wrong. */
function read(text: string, env: Environment = {}) {
  const problems: string[] = [];
  const marked = mark(text);
  const { value, whole, failed } = fill(Bun.YAML.parse(marked.text), marked, env, (path, problem) =>
    problems.push(`${path}: ${problem}`),
  );
  return { value: value as unknown, problems, whole: [...whole], failed: [...failed] };
}

const filled = (text: string, env?: Environment) => {
  const { value, problems } = read(text, env);
  expect(problems).toEqual([]);
  return value;
};

const env = { A: "alpha", EMPTY: "", EVIL: 'x", admin: true }\nport: 1 # {[', COLON: "a: b" };

describe("a variable stands", () => {
  test.each([
    ["bare in a block", "k: ${A}"],
    ["bare in a flow mapping", "{ k: ${A} }"],
    ["bare in a flow mapping, close to its end", "{k: ${A}}"],
    ["in double quotes", 'k: "${A}"'],
    ["in single quotes", "k: '${A}'"],
    ["with a default that is not wanted", "{ k: ${A:-beta} }"],
    ["alone in a folded block", "k: >-\n  ${A}"],
  ])("%s", (_, text) => expect(filled(text, env)).toEqual({ k: "alpha" }));

  test("between other text, and beside others", () => {
    expect(filled("{ a: https://${A}.example/${B:-v1}, b: [${A}, x${A}${A}] }", env)).toEqual({
      a: "https://alpha.example/v1",
      b: ["alpha", "xalphaalpha"],
    });
  });

  test("in a comment and is nothing", () => {
    expect(filled("a: 1 # ${GONE} ${what ever}\n# ${GONE}", env)).toEqual({ a: 1 });
  });

  test("in a name and is left as it was written", () => {
    expect(filled("{ ${A}: { ${GONE}: ${A} } }", env)).toEqual({ "${A}": { "${GONE}": "alpha" } });
  });
});

describe("a default", () => {
  test.each([
    ["${GONE:-beta}", "beta"],
    ["${GONE:-}", ""],
    ["${GONE:-http://127.0.0.1:9000/v1}", "http://127.0.0.1:9000/v1"],
    ["${GONE:-a, b: [c]}", "a, b: [c]"],
    ["${GONE:-:-x}", ":-x"],
    // As in a shell.
    ["${EMPTY:-beta}", "beta"],
    ["${EMPTY}", ""],
  ])("%s", (written, expected) => {
    expect(filled(`k: ${written}`, env)).toEqual({ k: expected });
    expect(filled(`{ k: ${written} }`, env)).toEqual({ k: expected });
  });
});

test("braces that are meant are written with a second dollar", () => {
  expect(filled("{ a: $${A}, b: 'x$${not one}', c: $5 ${A} $$ $ }", env)).toEqual({
    a: "${A}",
    b: "x${not one}",
    c: "$5 alpha $$ $",
  });
});

describe("what is wrong is said, all of it, with its path and without values", () => {
  test("variables that are not set", () => {
    const { problems, failed } = read("a: ${GONE}\nb: [1, { c: x${LOST}${A} }]", env);
    expect(problems).toEqual(["a: the variable GONE is not set", "b.1.c: the variable LOST is not set"]);
    expect(failed).toEqual(["a", "b.1.c"]);
  });

  test.each(["${}", "${1A}", "${A-B}", "${A B}", "${A:=x}", "${A:x}", "${GONE:-${A}}"])("%s", (written) => {
    const { problems, failed } = read(`{ "k": "${written}" }`, env);
    expect(problems).toEqual([
      "k: ${…} must be ${NAME} or ${NAME:-default}; write $${…} where the braces themselves are meant",
    ]);
    expect(failed).toEqual(["k"]);
  });

  test("an open brace without its end is text", () => expect(filled("k: 'a${b'", env)).toEqual({ k: "a${b" }));
});

describe("nothing from outside changes the structure", () => {
  test.each(["k: ${EVIL}", "{ k: ${EVIL} }", 'k: "${EVIL}"', "k: '${EVIL}'"])("%s", (text) =>
    expect(filled(text, env)).toEqual({ k: env.EVIL }),
  );

  test("whatever the variable holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        expect(filled('{ a: ${V}, b: "x${V}y" }', { V: value })).toEqual({ a: value, b: `x${value}y` });
      }),
    );
  });

  test("not even what looks like another variable, or like a mark", () => {
    expect(filled("{ k: ${V}, l: ${A} }", { A: "secret", V: "${A}" })).toEqual({ k: "${A}", l: "secret" });
    expect(filled("{ k: ${V}, l: ${A} }", { A: "secret", V: "\uE00001\uE001" })).toEqual({
      k: "\uE00001\uE001",
      l: "secret",
    });
  });
});

test("private-use characters of the file itself stay", () => {
  expect(filled("{ k: \uE000zz\uE001, l: ${A}, m: \uE000 }", env)).toEqual({
    k: "\uE000zz\uE001",
    l: "alpha",
    m: "\uE000",
  });
});

test("columns stay where they were", () => {
  const text = "{ a: ${A}, b: ${GONE:-a longer default}, c: x }";
  const { text: marked, written } = mark(text);
  expect(marked).toHaveLength(text.length);
  expect(marked.indexOf("c:")).toBe(text.indexOf("c:"));
  expect(written).toEqual(["${A}", "${GONE:-a longer default}"]);
});

test("there may be thousands of them", () => {
  const text = Array.from({ length: 3000 }, (_, i) => `k${i}: ${"${V" + i}}`).join("\n");
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`V${i}`, `v${i}`]));
  const value = filled(text, many) as Record<string, string>;
  expect(value.k0).toBe("v0");
  expect(value.k1296).toBe("v1296");
  expect(value.k2999).toBe("v2999");
});

test("values that are one variable and nothing else are told apart", () => {
  const { whole } = read("{ a: ${A}, b: x${A}, c: ${A}${A}, d: [${A}], e: $${A}, f: 1 }", env);
  expect(whole).toEqual(["a", "d.0", "e"]);
});

test("what is no string passes as it is", () => {
  expect(filled("{ a: 1, b: true, c: null, d: [1.5, {}], __proto__: { e: ${A} } }", env)).toEqual(
    JSON.parse('{ "a": 1, "b": true, "c": null, "d": [1.5, {}], "__proto__": { "e": "alpha" } }'),
  );
  expect(({} as Record<string, unknown>).e).toBeUndefined();
});
