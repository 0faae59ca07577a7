/**
 * Runs what there is of the scoreboard and prints how much of it holds: `npm run scoreboard`. Every row at full size, or
 * `--tier commit` for the short ones at the size of `npm test`, or `--only U1,M4`. At full size a row that is not run stays as it was
 * found last, with the commit of that; of short ones one that did not run does not pass. With `--from <folder>` the short ones are read
 * out of what `npm test` and `test:further` have left there, where all of a row has run; a figure over its bar is measured anew, alone.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { foundIn, testsOf } from "./scoreboard/found.ts";
import { pageOf, spelled } from "./scoreboard/page.ts";
import { type Figure, type Row, type Run, type Scored, type Session, scoreOf } from "./scoreboard/row.ts";
import { ROWS } from "./scoreboard/rows.ts";

const ROOT = join(import.meta.dir, "..");
const { values: options } = parseArgs({
  options: { tier: { type: "string" }, only: { type: "string" }, from: { type: "string" } },
});
const tier = options.tier ?? "release";
if (tier !== "release" && tier !== "commit") throw new Error("--tier is release or commit");
const only = options.only?.split(",");
if (options.from !== undefined && tier !== "commit")
  throw new Error("--from is for --tier commit: elsewhere sizes differ");
const found = options.from === undefined ? undefined : foundIn(options.from);

interface Ran {
  readonly pass: number;
  readonly fail: number;
  readonly code: number;
  readonly seconds: number;
  readonly figures: readonly Figure[];
  readonly said: string;
}

/** Of what is run now. */
function session(): Session {
  const commit = Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"], { cwd: ROOT }).stdout.toString().trim();
  return { ranAt: new Date().toISOString(), commit, runtime: `Bun ${Bun.version}`, tier };
}

/** Rows at full size, each as it was found last. */
const KEPT = join(ROOT, "docs", "scoreboard.json");
const PAGE = join(ROOT, "docs", "scoreboard.md");
const kept: readonly Scored[] =
  tier === "release" && existsSync(KEPT) ? JSON.parse(readFileSync(KEPT, "utf8")).rows : [];

const folder = mkdtempSync(join(tmpdir(), "headgate-scoreboard-"));

async function run(id: string, { files, env }: Run): Promise<Ran> {
  const figures = join(folder, `${id}.jsonl`);
  const began = performance.now();
  const child = Bun.spawn(["node", join(ROOT, "bin", "bun.mjs"), "test", "--timeout", "60000", ...files], {
    cwd: ROOT,
    env: {
      ...process.env,
      HEADGATE_FIGURES: figures,
      ...(tier === "release" ? { HEADGATE_SCOREBOARD: "full", ...env } : {}),
    },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  const count = (word: string) => Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(err)?.[1] ?? 0);
  const lines = existsSync(figures) ? readFileSync(figures, "utf8").trim().split("\n") : [];
  return {
    pass: count("pass"),
    fail: count("fail"),
    code,
    seconds: Math.round((performance.now() - began) / 1000),
    figures: lines.map((line) => JSON.parse(line) as Figure).filter(({ row }) => row === id),
    said: err + out,
  };
}

/** The same, out of what ran before. `undefined` where not all of it did, or where a figure is over its bar. */
function ranBefore(id: string, { files }: Run): Ran | undefined {
  const tests = found === undefined ? undefined : testsOf(found, files);
  if (tests === undefined) return undefined;
  const figures = found!.figures.filter(({ row }) => row === id);
  if (figures.some(isOver)) return undefined;
  const failures = tests.flatMap(({ name, failure }) => (failure === undefined ? [] : [`${name}: ${failure}`]));
  return {
    pass: tests.length - failures.length,
    fail: failures.length,
    code: failures.length === 0 ? 0 : 1,
    seconds: Math.round(tests.reduce((sum, { seconds }) => sum + seconds, 0)),
    figures,
    said: failures.join("\n"),
  };
}

function isOver({ value, atMost }: Figure): boolean {
  return atMost !== undefined && !(value <= atMost);
}

function factsOf({ id, title, gate, bar, lacks }: Row) {
  return { id, title, gate, bar, ...(lacks === undefined ? {} : { lacks }) };
}

/** As it was found last. */
function remembered(row: Row): Scored {
  const known = kept.find(({ id, tests }) => id === row.id && tests !== undefined);
  if (row.run === undefined || known === undefined) return { ...factsOf(row), result: "missing", figures: [] };
  const holds = row.lacks === undefined ? "pass" : "part";
  const { lacks: _, ...found } = known;
  return { ...found, ...factsOf(row), result: known.result === "fail" ? "fail" : holds };
}

async function score(row: Row, how: Run): Promise<Scored> {
  const now = session();
  const { pass, fail, code, seconds, figures, said } = ranBefore(row.id, how) ?? (await run(row.id, how));
  const tests = { pass, fail };
  const over = figures.filter(isOver);
  const ran = { ...factsOf(row), tests, seconds, figures, session: now };
  if (code !== 0 || fail > 0 || pass === 0) {
    process.stderr.write(
      `${said
        .split("\n")
        .filter((line) => !line.startsWith("(pass)"))
        .slice(-80)
        .join("\n")}\n`,
    );
    return { ...ran, result: "fail", why: `${fail} of ${pass + fail} tests failed` };
  }
  if (over.length > 0) return { ...ran, result: "fail", why: `over the bar: ${over.map(spelled).join(", ")}` };
  return { ...ran, result: row.lacks === undefined ? "pass" : "part" };
}

/** Written after each row, so that a run that is broken off leaves what it has found. */
function write(rows: readonly Scored[]): void {
  const all = `${JSON.stringify({ ...session(), score: scoreOf(rows), rows }, null, 1)}\n`;
  writeFileSync(join(ROOT, "scoreboard.json"), all);
  if (tier !== "release") return;
  writeFileSync(KEPT, all);
  writeFileSync(PAGE, pageOf(rows));
}

const scored = ROWS.map(remembered);
const unrun: string[] = [];
for (const [at, row] of ROWS.entries()) {
  const left = only !== undefined ? !only.includes(row.id) : tier === "commit" && row.commit !== true;
  if (row.run === undefined || left) {
    unrun.push(row.id);
    continue;
  }
  const told = await score(row, row.run);
  scored[at] = told;
  const shown = [...told.figures.map(spelled), ...(told.why === undefined ? [] : [told.why])].join(", ");
  console.log(
    `${told.id.padEnd(4)}${told.result.padEnd(8)}${told.title} (${told.tests?.pass} tests, ${told.seconds} s) ${shown}`,
  );
  if (told.result === "fail") process.exitCode = 1;
  write(scored);
}
rmSync(folder, { recursive: true });
write(scored);
console.log(`\nnot run: ${unrun.join(" ")}\n${scoreOf(scored)}`);
