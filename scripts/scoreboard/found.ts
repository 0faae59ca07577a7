import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Tested, testsIn } from "../../test/support/report.ts";
import type { Figure } from "./row.ts";

/** What suites have left in a folder that ran before: reports (`*.xml`), and figures (`figures.jsonl`). */
export interface Found {
  readonly tests: readonly Tested[];
  readonly figures: readonly Figure[];
}

/** @throws Error where the folder has no report, or cannot be read */
export function foundIn(folder: string): Found {
  const reports = readdirSync(folder).filter((name) => name.endsWith(".xml"));
  if (reports.length === 0) throw new Error(`${folder} has no report`);
  return { tests: reports.flatMap((name) => testsIn(textOf(folder, name))), figures: figuresIn(folder) };
}

function textOf(folder: string, name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

function figuresIn(folder: string): Figure[] {
  if (!existsSync(join(folder, "figures.jsonl"))) return [];
  const lines = textOf(folder, "figures.jsonl").trim().split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Figure);
}

/** What was found of these files (or folders of them), of the root. `undefined` where one of them did not run. */
export function testsOf({ tests }: Found, files: readonly string[]): Tested[] | undefined {
  const paths = files.map((file) => file.replace(/^\.\//, ""));
  const isOf = (test: Tested, path: string) => test.file === path || test.file.startsWith(`${path}/`);
  if (!paths.every((path) => tests.some((test) => isOf(test, path)))) return undefined;
  return tests.filter((test) => paths.some((path) => isOf(test, path)));
}
