import { expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ROWS } from "../../scripts/scoreboard/rows.ts";

const ROOT = join(import.meta.dir, "..", "..");

test("there are 46, each once, and 37 of them block a release", () => {
  expect(new Set(ROWS.map(({ id }) => id)).size).toBe(46);
  expect(ROWS.filter(({ gate }) => gate)).toHaveLength(37);
});

test("what shows a row is there", () => {
  const named = ROWS.flatMap(({ run }) => run?.files ?? []);
  expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  expect(named.length).toBeGreaterThan(40);
});

test("whatever is made for a row is run by one", () => {
  const made = readdirSync(import.meta.dir).filter((name) => name !== "rows.test.ts" && name.endsWith(".test.ts"));
  const named = ROWS.flatMap(({ run }) => run?.files ?? []).join("\n");
  expect(made.filter((name) => !named.includes(`test/scoreboard/${name}`))).toEqual([]);
});
