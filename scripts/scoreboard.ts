/**
 * Runs what there is of the scoreboard and prints how much of it holds: `npm run scoreboard`. Every row at full size, or
 * `--tier commit` for the short ones at the size of `npm test`, or `--only U1,M4`. A row that did not run does not pass.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pageOf, type Session, spelled } from "./scoreboard/page.ts";
import { type Figure, type Row, type Run, type Scored, scoreOf } from "./scoreboard/row.ts";
import { ROWS } from "./scoreboard/rows.ts";

const ROOT = join(import.meta.dir, "..");
const { values: options } = parseArgs({ options: { tier: { type: "string" }, only: { type: "string" } } });
const tier = options.tier ?? "release";
if (tier !== "release" && tier !== "commit") throw new Error("--tier is release or commit");
const only = options.only?.split(",");

interface Ran {
  readonly pass: number;
  readonly fail: number;
  readonly code: number;
  readonly seconds: number;
  readonly figures: readonly Figure[];
  readonly said: string;
}

const folder = mkdtempSync(join(tmpdir(), "headgate-scoreboard-"));

async function run(id: string, { files, env }: Run): Promise<Ran> {
  const figures = join(folder, `${id}.jsonl`);
  const began = performance.now();
  const child = Bun.spawn(["node", join(ROOT, "bin", "bun.mjs"), "test", ...files], {
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

async function score(row: Row): Promise<Scored> {
  const { id, title, gate, bar, lacks } = row;
  const facts = { id, title, gate, bar, ...(lacks === undefined ? {} : { lacks }) };
  const left = only !== undefined ? !only.includes(id) : tier === "commit" && row.commit !== true;
  if (row.run === undefined || left) return { ...facts, result: "missing", figures: [] };
  const { pass, fail, code, seconds, figures, said } = await run(id, row.run);
  const tests = { pass, fail };
  const over = figures.filter(({ value, atMost }) => atMost !== undefined && !(value <= atMost));
  const ran = { ...facts, tests, seconds, figures };
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
  return { ...ran, result: lacks === undefined ? "pass" : "part" };
}

const scored: Scored[] = [];
for (const row of ROWS) {
  const told = await score(row);
  scored.push(told);
  if (told.tests === undefined) continue;
  const found = [...told.figures.map(spelled), ...(told.why === undefined ? [] : [told.why])].join(", ");
  console.log(
    `${told.id.padEnd(4)}${told.result.padEnd(8)}${told.title} (${told.tests.pass} tests, ${told.seconds} s) ${found}`,
  );
}
rmSync(folder, { recursive: true });

const commit = Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"], { cwd: ROOT }).stdout.toString().trim();
const session: Session = { ranAt: new Date().toISOString(), commit, runtime: `Bun ${Bun.version}`, tier };
const unrun = scored.filter(({ tests }) => tests === undefined).map(({ id }) => id);
console.log(`\nnot run: ${unrun.join(" ")}\n${scoreOf(scored)}`);
writeFileSync(
  join(ROOT, "scoreboard.json"),
  `${JSON.stringify({ ...session, score: scoreOf(scored), rows: scored }, null, 1)}\n`,
);
// Only a run of everything is worth a page.
if (tier === "release" && only === undefined)
  writeFileSync(join(ROOT, "docs", "scoreboard.md"), pageOf(session, scored));
if (scored.some(({ result }) => result === "fail")) process.exitCode = 1;
