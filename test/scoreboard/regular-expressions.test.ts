import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { matches } from "../../src/access/pattern.ts";
import { tell } from "../support/figures.ts";
import { type Literal, literalsIn, pumped } from "../support/regexes.ts";

const ROOT = join(import.meta.dir, "..", "..");
const SIZE = 50_000;

const sources = [...new Bun.Glob("src/**/*.ts").scanSync({ cwd: ROOT })]
  .filter((path) => !/\.test\.ts$|\/fixtures\//.test(path))
  .sort();
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const literals = sources.flatMap((path) => literalsIn(path, read(path)));

/** Milliseconds that it takes at the worst. */
function worstOf({ source, flags }: Pick<Literal, "source" | "flags">, size: number): number {
  const expression = new RegExp(source, flags);
  let worst = 0;
  for (const text of pumped(source, size)) {
    let best = Number.POSITIVE_INFINITY;
    // Twice where it is slow: what another process took is no fault of the expression's.
    for (let round = 0; round < 2 && best > 1; round++) {
      const began = performance.now();
      expression.lastIndex = 0;
      expression.test(text);
      best = Math.min(best, performance.now() - began);
    }
    worst = Math.max(worst, best);
  }
  return worst;
}

describe("a regular expression", () => {
  test("that takes the same in two ways is found out by them, and a source gives up all that it has", () => {
    for (const source of ["^(a+)+$", "\\s+$", "^x(?:a|b)*c?[ab]*$"]) {
      const [short, long] = [10, 20].map((size) => [...pumped(source, size)].filter((text) => text.length >= size));
      expect(short!.length).toBeGreaterThan(4);
      expect(long!.length).toBe(short!.length);
    }
    expect([...pumped("^(a+)+$", 30)]).toContain(`${"a".repeat(30)}!\u0001\n`);
    const text = "const a = b / c / d; // /no/\nif (/[/]x\\/y/i.test(`${a.replace(/z/g, '/no/')}/no/`)) return /w/;\n";
    expect(literalsIn("here.ts", text).map(({ source, flags }) => source + flags)).toEqual(["[/]x\\/yi", "zg", "w"]);
  });

  test("is slow for none of the texts that are made for it", () => {
    expect(literals.length).toBeGreaterThan(300);
    let worst = { ms: 0, where: "" };
    const slow: string[] = [];
    for (const literal of literals) {
      const ms = worstOf(literal, SIZE);
      if (ms > 100) slow.push(`${literal.path}:${literal.line} ${literal.source}`);
      if (ms > worst.ms) worst = { ms, where: `${literal.path}:${literal.line}` };
    }
    // What is not linear takes a hundred times the bar and more, on any machine; the bar itself the scoreboard judges.
    expect(slow).toEqual([]);
    tell({ row: "H17", what: "regular expressions", value: literals.length });
    tell({ row: "H17", what: `slowest (${worst.where})`, value: worst.ms, unit: "ms", atMost: 10 });
  }, 60_000);

  test("is made of text in two places, which is ours: what users write becomes none", () => {
    const made = sources.filter((path) => /\bRegExp\(/.test(read(path)));
    // Of the paths of the admin API, and of a list of words.
    expect(made).toEqual(["src/admin/path.ts", "src/wires/refusal.ts"]);
    for (const [pattern, text] of [
      ["(a+)+$", "a".repeat(SIZE)],
      ["*a".repeat(100), "b".repeat(SIZE)],
    ] as const)
      expect(matches(pattern, text)).toBe(false);
  });
});
