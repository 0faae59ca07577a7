import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROWS } from "../clients/bun-tests.ts";
import { compatibility } from "../clients/page.ts";
import { EXAMPLES } from "../clients/python-examples.ts";
import { differences, merged, nameOf, readResults, resultsOf } from "../clients/results.ts";
import type { Client, Feature, Shown } from "../clients/suite.ts";

const ROOT = join(import.meta.dir, "..");
const ADA: Client = { title: "ada", language: "Python", version: "1.0.0" };
const BOB: Client = { title: "bob", language: "Rust", version: "2.0.0" };
const shown = (client: Client, feature: Feature, failure?: string): Shown => ({ client, feature, what: "it", failure });

describe("what was found of clients", () => {
  test("is so of a feature only where all that was tried of it is so", () => {
    const tried = [
      shown(ADA, "tools"),
      shown(ADA, "chat"),
      shown(ADA, "tools", "no"),
      shown(ADA, "tools"),
      shown(BOB, "chat"),
    ];
    expect(resultsOf(tried)).toEqual([
      { ...ADA, features: { chat: true, tools: false } },
      { ...BOB, features: { chat: true } },
    ]);
  });

  test("differs from what is written where anything does: a mark, a version, a client more or less", () => {
    const written = resultsOf([shown(ADA, "chat"), shown(BOB, "chat")]);
    expect(differences(written, written, true)).toEqual([]);
    for (const found of [
      [shown(ADA, "chat", "no"), shown(BOB, "chat")],
      [shown({ ...ADA, version: "1.0.1" }, "chat"), shown(BOB, "chat")],
      [shown(ADA, "chat"), shown(ADA, "tools"), shown(BOB, "chat")],
      [shown(BOB, "chat")],
      [shown(ADA, "chat"), shown(BOB, "chat"), shown({ ...ADA, title: "eve" }, "chat")],
    ])
      expect(differences(written, resultsOf(found), true)).toHaveLength(1);
  });

  test("of one suite says nothing of the clients of others", () => {
    const written = resultsOf([shown(ADA, "chat"), shown(BOB, "chat")]);
    const found = resultsOf([shown(ADA, "chat")]);
    expect(differences(written, found, false)).toEqual([]);
    expect(merged(written, found, false)).toEqual(written);
    expect(merged(written, found, true)).toEqual(found);
  });

  test("stands on the page with a mark of its own each", () => {
    const page = compatibility(resultsOf([shown(ADA, "chat"), shown(ADA, "tools", "no"), shown(BOB, "chat")]));
    expect(page).toContain("| client | version | chat | tools |");
    expect(page).toContain("| ada (Python) | 1.0.0 | ✓ | ✗ |");
    expect(page).toContain("| bob (Rust) | 2.0.0 | ✓ | – |");
  });
});

test("nothing that fails is written down as what clients do here", () => {
  const results = readResults();
  expect(results.length).toBeGreaterThan(10);
  for (const result of results)
    expect([nameOf(result), Object.values(result.features)]).toEqual([
      nameOf(result),
      expect.not.arrayContaining([false]),
    ]);
});

test("every file that is to show something is there, and every example in Python is tried", () => {
  expect(ROWS.map(({ file }) => file).filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  const tried = new Set(EXAMPLES.map(({ file }) => file));
  expect(
    [...new Bun.Glob("*.py").scanSync(join(ROOT, "examples", "python"))].filter((file) => !tried.has(file)),
  ).toEqual([]);
});
