import { describe, expect, test } from "bun:test";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FULL, tell } from "../support/figures.ts";

const ROOT = join(import.meta.dir, "..", "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const manifest = JSON.parse(read("package.json"));

interface Locked {
  version: string;
  integrity?: string;
  dev?: boolean;
  link?: boolean;
  optional?: boolean;
  hasInstallScript?: boolean;
}

/** What comes from elsewhere: neither we, nor the dashboard, which is linked where a package would lie. */
const locked = Object.entries(JSON.parse(read("package-lock.json")).packages as Record<string, Locked>).filter(
  ([path, { link }]) => path.startsWith("node_modules/") && link !== true,
);

describe("what is installed", () => {
  test("is little, exactly said, and what it was when it was chosen", () => {
    const runtime = locked.filter(([path, { dev }]) => dev !== true && !path.startsWith("node_modules/@oven/bun-"));
    expect(runtime.length).toBeLessThanOrEqual(6);
    const { dependencies, optionalDependencies, devDependencies } = manifest;
    const drawnWith = JSON.parse(read("dashboard/package.json")).devDependencies;
    for (const version of Object.values({ ...dependencies, ...optionalDependencies, ...devDependencies, ...drawnWith }))
      expect(version).toMatch(/^(npm:[\w./@-]+@)?\d+\.\d+\.\d+$/);
    expect(locked.filter(([, { integrity }]) => !integrity?.startsWith("sha512-"))).toEqual([]);
    expect(locked.filter(([, { dev, hasInstallScript }]) => dev !== true && hasInstallScript === true)).toEqual([]);
    tell({ row: "S1", what: "runtime packages beside the runtime", value: runtime.length, atMost: 6 });
  });

  // Asks the registry, so not in `npm test`: that has to work without a network.
  test("installs without running anything of anybody's", async () => {
    const folder = FULL ? mkdtempSync(join(tmpdir(), "headgate-install-")) : ROOT;
    if (FULL) {
      for (const path of ["package.json", "package-lock.json", "bin", "dashboard/package.json"])
        cpSync(join(ROOT, path), join(folder, path), { recursive: true });
      const npm = Bun.spawn(["npm", "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"], {
        cwd: folder,
        stdout: "ignore",
      });
      expect(await npm.exited).toBe(0);
    }
    const bun = Bun.spawn(["node", "bin/bun.mjs", "--version"], { cwd: folder, stdout: "pipe" });
    expect([await bun.exited, (await bun.stdout.text()).trim()]).toEqual([0, Bun.version]);
    if (FULL) rmSync(folder, { recursive: true });
  }, 120_000);
});

describe("what is published", () => {
  const PUBLISHES =
    /\bnpm (publish|stage|dist-tag)\b|\bid-token\b|NODE_AUTH_TOKEN|NPM_TOKEN|\b(docker|buildah|podman) push\b/;
  const said = Bun.spawnSync(["git", "ls-files", "-z"], { cwd: ROOT }).stdout.toString().split("\0");
  const files = said.filter((path) =>
    /^\.(ci|github|gitlab|circleci|forgejo)[/-]|(^|\/)[^/]*\.ya?ml$|Jenkinsfile/.test(path),
  );

  test("is by one file alone, whose job that may do so runs nobody's actions and no scanner (see publishing.test.ts)", () => {
    const jobs = existsSync(join(ROOT, ".git")) ? files : [".ci/run", ".github/workflows/publish.yml"];
    expect(jobs).toContain(".ci/run");
    expect(jobs.filter((path) => PUBLISHES.test(read(path)))).toEqual([".github/workflows/publish.yml"]);
    // What npm runs by itself, when it publishes or installs.
    const scripts = Object.keys(manifest.scripts).filter((name) =>
      /^(pre|post)?(publish|pack|install|prepare|version)/.test(name),
    );
    // Before it packs: the dashboard and the program are built of our own files. Nothing runs where the package is installed.
    expect([scripts, manifest.scripts.prepack]).toEqual([["prepack"], "npm run dashboard && node bin/program.mjs"]);
  });
});

describe("code that is made while it runs", () => {
  const FORBIDDEN = /\beval\(|\bFunction\(|node:vm|child_process|Bun\.(spawn|\$)|\bimport\((?!["'])/;

  test("is nowhere in the gateway", () => {
    const sources = [...new Bun.Glob("src/**/*.ts").scanSync({ cwd: ROOT })].filter(
      (path) => !/\.test\.ts$|\/fixtures\//.test(path),
    );
    expect(sources.length).toBeGreaterThan(100);
    // One starts another process: this same program again.
    const workers = "src/cli/workers.ts";
    expect(sources.filter((path) => FORBIDDEN.test(read(path)))).toEqual([workers]);
    expect(read(workers).match(/Bun\.(spawn|\$)/g)).toEqual(["Bun.spawn"]);
    expect(read(workers)).toContain("return compiled ? [process.execPath] : [process.execPath, ");
  });

  test("is never asked for, neither to check a configuration nor to answer", async () => {
    const script = `
      let made = 0;
      const refuse = () => {
        made++;
        throw new EvalError("no code is made here");
      };
      globalThis.Function = new Proxy(Function, { construct: refuse, apply: refuse });
      globalThis.eval = refuse;
      const { checkConfig, createGateway } = await import("./src/index.ts");
      const config = checkConfig({ data: ":memory:", simulate: "always" }, "test");
      const headgate = await createGateway({ config, env: { AI_GATEWAY_API_KEY: "k" } });
      const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request, server) => headgate.fetch(request, server) });
      const response = await fetch("http://127.0.0.1:" + server.port + "/v1/chat/completions", {
        method: "POST",
        headers: { authorization: "Bearer k" , "content-type": "application/json" },
        body: JSON.stringify({ model: "openai/gpt-5", messages: [{ role: "user", content: "Hello" }] }),
      });
      console.log(response.status, made);
      process.exit(0);
    `;
    const child = Bun.spawn([process.execPath, "-e", script], { cwd: ROOT, stdout: "pipe", stderr: "pipe" });
    expect([await child.exited, (await child.stdout.text()).trim(), await child.stderr.text()]).toEqual([
      0,
      "200 0",
      "",
    ]);
  });
});
