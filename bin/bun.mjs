#!/usr/bin/env node
/**
 * Becomes the pinned Bun: `node bin/bun.mjs <arguments of bun>`.
 * Runs on any Node from 20 on, with nothing installed: in a fresh clone it first lets npm install what the lockfile says.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs Bun with these arguments in place of this process. */
export function becomeBun(args) {
  refuseDangers(process.env);
  install();
  const bun = findBun();
  const env = {
    ...process.env,
    // Bun reads it once, before any code runs; its own default is 256.
    BUN_CONFIG_MAX_HTTP_REQUESTS: process.env.BUN_CONFIG_MAX_HTTP_REQUESTS ?? "65336",
  };
  // Node 22.15 and later can hand over the process itself, and with it the PID and every signal.
  if (typeof process.execve === "function" && process.platform !== "win32") process.execve(bun, [bun, ...args], env);
  // Heard from before there is anybody to tell: a signal of that moment would end this process and leave the other.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  const child = spawn(bun, args, { stdio: "inherit", env });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

/** Settings of the environment that would print credentials or accept any certificate. */
function refuseDangers(env) {
  if (
    env.BUN_CONFIG_VERBOSE_FETCH &&
    env.BUN_CONFIG_VERBOSE_FETCH !== "0" &&
    env.BUN_CONFIG_VERBOSE_FETCH !== "false"
  ) {
    fail("BUN_CONFIG_VERBOSE_FETCH would print credentials. Unset it.");
  }
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === "0") {
    fail(
      "NODE_TLS_REJECT_UNAUTHORIZED=0 would show credentials to anyone. Unset it; NODE_EXTRA_CA_CERTS adds an authority of your own.",
    );
  }
}

const LOCK = join(ROOT, "package-lock.json");
/** What the launcher installed by: a lockfile that was merely checked out anew is younger, and no other. */
const STAMP = join(ROOT, "node_modules", ".headgate-installed");

/** In a clone: installs what the lockfile says, unless that has been done since the lockfile changed. */
function install() {
  if (isInstalled()) return;
  // `npm ci` begins by removing everything: a second one beside it would remove what the first has brought, and so on.
  const turn = join(ROOT, ".installing");
  for (let waited = 0; !taken(turn); waited++) {
    if (waited === 10) process.stderr.write(`Another process is installing (${turn})…\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    if (isInstalled() && !existsSync(turn)) return;
  }
  process.on("exit", () => rmSync(turn, { force: true }));
  if (!isInstalled()) npmCi();
  rmSync(turn, { force: true });
}

function isInstalled() {
  const lock = statSync(LOCK, { throwIfNoEntry: false });
  if (lock === undefined) return true;
  const done = statSync(join(ROOT, "node_modules", ".package-lock.json"), { throwIfNoEntry: false });
  if (done === undefined) return false;
  return done.mtimeMs >= lock.mtimeMs || (existsSync(STAMP) && readFileSync(STAMP, "utf8") === lockHash());
}

function lockHash() {
  return createHash("sha256").update(readFileSync(LOCK)).digest("hex");
}

/** Whether it is this process's turn, whose id then stands in the file. One that was killed has lost its turn. */
function taken(turn) {
  try {
    writeFileSync(turn, String(process.pid), { flag: "wx" });
    return true;
  } catch (thrown) {
    if (thrown.code !== "EEXIST") fail(`cannot install: ${thrown.message}`);
  }
  try {
    const holder = Number(readFileSync(turn, "utf8"));
    // Between its making and its writing the file is empty.
    if (holder > 0) process.kill(holder, 0);
  } catch (thrown) {
    if (thrown.code === "ESRCH") rmSync(turn, { force: true });
  }
  return false;
}

function npmCi() {
  process.stderr.write("Installing what package-lock.json says (once)…\n");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], {
    cwd: ROOT,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) fail("npm ci failed; see above.");
  writeFileSync(STAMP, lockHash());
}

/** The binary lies in the package for this platform: no install script has to run. */
function findBun() {
  const require = createRequire(import.meta.url);
  const arch = process.arch === "arm64" ? "aarch64" : process.arch;
  const system = process.platform === "win32" ? "windows" : process.platform;
  const file = process.platform === "win32" ? "bun.exe" : "bun";
  for (const name of [`bun-${system}-${arch}`, `bun-${system}-${arch}-musl`]) {
    try {
      return require.resolve(`@oven/${name}/bin/${file}`);
    } catch {
      // The other C library, then.
    }
  }
  return fail(
    `No Bun for ${process.platform} ${process.arch}: is the optional package @oven/bun-${system}-${arch} installed?`,
  );
}

function fail(message) {
  process.stderr.write(`headgate: ${message}\n`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) becomeBun(process.argv.slice(2));
