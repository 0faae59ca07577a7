/**
 * The sources put together to one program, `dist/program/`: it starts in half the time, and takes 7 MB less, than some 800 modules
 * (`docs/decisions/runtime.md`). A package has it made; a clone makes it anew where its sources have changed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { newestIn } from "./newest.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCE = join(ROOT, "src", "main.ts");
const TARGET = join(ROOT, "dist", "program");
const MADE = join(TARGET, "main.js");
/** What is begun by itself, on a thread of its own, and where it is then. */
const THREAD = join("store", "reader-thread");

/** What is to be run: the program, or the sources where there is none, or one of other sources. @param mayBuild whether it may be made for that */
export function programOf(mayBuild) {
  if (isFresh()) return MADE;
  if (mayBuild && isClone()) buildProgram();
  return isFresh() ? MADE : SOURCE;
}

/** Of what it is made when it is begun: whatever changes meanwhile is newer. What goes wrong is told, and nothing is changed by it. */
export function buildProgram() {
  const begun = new Date();
  const fresh = `${TARGET}.${process.pid}`;
  const entries = [SOURCE, join(ROOT, "src", `${THREAD}.ts`)];
  const build = ["build", "--target=bun", "--minify-syntax", ...entries, "--outdir", fresh];
  try {
    mkdirSync(fresh, { recursive: true });
    const { status } = spawnSync(process.execPath, [join(ROOT, "bin", "bun.mjs"), ...build], {
      cwd: ROOT,
      stdio: ["ignore", "ignore", 2],
    });
    if (status !== 0) return;
    mkdirSync(dirname(join(TARGET, THREAD)), { recursive: true });
    // Others may be starting what is there: each file is exchanged at once, and the one that tells how old it is comes last.
    for (const name of [`${THREAD}.js`, "main.js"]) {
      utimesSync(join(fresh, name), begun, begun);
      renameSync(join(fresh, name), join(TARGET, name));
    }
  } catch (thrown) {
    process.stderr.write(`headgate: it runs from its sources, which takes longer to start: ${thrown.message}\n`);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function isFresh() {
  const made = statSync(MADE, { throwIfNoEntry: false });
  if (made === undefined || !isClone()) return made !== undefined;
  const lock = ["package.json", "package-lock.json"].map((name) => statSync(join(ROOT, name)).mtimeMs);
  return made.mtimeMs > Math.max(newestIn(join(ROOT, "src")), ...lock);
}

function isClone() {
  return existsSync(join(ROOT, "package-lock.json"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildProgram();
