import { afterEach, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { cleanUp, folder, LAUNCHER, ROOT, run, spawnHeadgate, startHeadgate } from "../support/process.ts";

afterEach(cleanUp);

const BUN = ["node", join(ROOT, "bin", "bun.mjs")];
/** Prints what the process was started with. */
const TELL = ["-e", "console.log(process.env.BUN_CONFIG_MAX_HTTP_REQUESTS, Bun.version)"];
const PINNED = "1.4.5";

/** The launcher on a Node in which `process.execve` is something else. */
function withExecve(value: string): string[] {
  const code = `Object.defineProperty(process, "execve", { value: ${value}, configurable: true });`;
  return ["node", "--import", `data:text/javascript,${encodeURIComponent(code)}`, join(ROOT, "bin", "bun.mjs")];
}

/** Every Node takes one of these two ways. */
const SPAWNING = withExecve("undefined");
const REPLACING = withExecve("(...all) => { console.log(JSON.stringify(all)); process.exit(0); }");

describe("the limit of connections", () => {
  test("is set before Bun starts", async () => {
    const { code, stdout } = await run(TELL, { command: BUN });
    expect([code, stdout]).toEqual([0, `65336 ${PINNED}\n`]);
  });

  test("unless somebody has set one", async () => {
    const { stdout } = await run(TELL, { command: BUN, env: { BUN_CONFIG_MAX_HTTP_REQUESTS: "9" } });
    expect(stdout).toBe(`9 ${PINNED}\n`);
  });
});

describe("the process", () => {
  test("is handed over to Bun where Node can do that, arguments and environment with it", async () => {
    const { stdout } = await run(["-e", "1 + 1"], { command: REPLACING, env: { KEPT: "yes" } });
    const [file, args, env] = JSON.parse(stdout);
    expect(file).toContain("@oven");
    expect(args).toEqual([file, "-e", "1 + 1"]);
    expect(env).toMatchObject({ KEPT: "yes", BUN_CONFIG_MAX_HTTP_REQUESTS: "65336" });
  });

  test("else its exit code comes back", async () => {
    expect((await run(["-e", "process.exit(7)"], { command: SPAWNING })).code).toBe(7);
  });

  test("or the signal that ended it, as shells tell it", async () => {
    const { code } = await run(["-e", "process.kill(process.pid, 'SIGKILL')"], { command: SPAWNING });
    expect(code).toBe(128 + constants.signals.SIGKILL);
  });

  test.each([["SIGTERM"], ["SIGINT"], ["SIGHUP"]] as const)("and %s is passed on", async (signal) => {
    const script = `process.on("${signal}", () => process.exit(42)); setInterval(() => {}, 1000); console.log("up")`;
    const child = spawnHeadgate(["-e", script], { command: SPAWNING });
    await child.says(/up/);
    child.kill(signal);
    expect(await child.exited).toBe(42);
  });
});

describe("a clone in which nothing is installed yet", () => {
  /** The launcher in a clone of its own, with an npm that takes down that it ran, and installs as soon as it may. */
  function clone() {
    const root = folder();
    for (const inner of ["bin", "path"]) mkdirSync(join(root, inner));
    copyFileSync(join(ROOT, "bin", "bun.mjs"), join(root, "bin", "bun.mjs"));
    writeFileSync(join(root, "package-lock.json"), "{}");
    const arch = process.arch === "arm64" ? "aarch64" : process.arch;
    const bun = `node_modules/@oven/bun-${process.platform}-${arch}/bin`;
    const npm = `#!/bin/sh
      echo "$1" >> ran
      while [ ! -e may ]; do sleep 0.01; done
      mkdir -p ${bun}; printf '#!/bin/sh\\necho "bun $@"\\n' > ${bun}/bun; chmod +x ${bun}/bun; touch node_modules/.package-lock.json`;
    writeFileSync(join(root, "path", "npm"), npm, { mode: 0o755 });
    const options = {
      command: ["node", join(root, "bin", "bun.mjs")],
      env: { PATH: `${root}/path:${process.env.PATH}` },
    };
    return {
      mark: join(root, ".installing"),
      /** A lockfile that is younger than whatever was installed, as after a checkout. */
      checkOut(text: string) {
        const lock = join(root, "package-lock.json");
        writeFileSync(lock, text);
        utimesSync(lock, Date.now() / 1000 + 60, Date.now() / 1000 + 60);
      },
      start: () => spawnHeadgate(["up"], options),
      allow: () => writeFileSync(join(root, "may"), ""),
      ran: () => readFileSync(join(root, "ran"), "utf8"),
    };
  }

  test("is installed once, however many are started at once", async () => {
    const { mark, start, allow, ran } = clone();
    const first = start();
    await first.says(/Installing/);
    const second = start();
    await second.says(/Another process is installing/);
    allow();
    expect(await Promise.all([first.exited, second.exited])).toEqual([0, 0]);
    expect([first.stdout, second.stdout, ran()]).toEqual(["bun up\n", "bun up\n", "ci\n"]);
    expect(existsSync(mark)).toBe(false);
  });

  test("is not installed again for a lockfile that was only checked out anew, but for another", async () => {
    const { checkOut, start, allow, ran } = clone();
    allow();
    for (const [text, installed] of [
      ["{}", 1],
      ["{}", 1],
      ['{"other":1}', 2],
    ] as const) {
      checkOut(text);
      expect(await start().exited).toBe(0);
      expect(ran()).toBe("ci\n".repeat(installed));
    }
  });

  test("is installed although one who was at it was killed", async () => {
    const { mark, start, allow, ran } = clone();
    const killed = Bun.spawn(["true"]);
    await killed.exited;
    writeFileSync(mark, String(killed.pid));
    allow();
    const next = start();
    expect(await next.exited).toBe(0);
    expect([next.stdout, ran(), existsSync(mark)]).toEqual(["bun up\n", "ci\n", false]);
  });
});

describe("settings that would show credentials to others", () => {
  test.each([
    ["BUN_CONFIG_VERBOSE_FETCH", "curl"],
    ["BUN_CONFIG_VERBOSE_FETCH", "1"],
    ["BUN_CONFIG_VERBOSE_FETCH", "true"],
    ["NODE_TLS_REJECT_UNAUTHORIZED", "0"],
  ])("%s=%s is refused, whatever is started", async (name, value) => {
    const { code, stdout, stderr } = await run(["version"], { command: LAUNCHER, env: { [name]: value } });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`headgate: ${name}`);
    expect(stderr).toContain("Unset it");
  });

  test.each([
    ["BUN_CONFIG_VERBOSE_FETCH", "0"],
    ["BUN_CONFIG_VERBOSE_FETCH", "false"],
    ["BUN_CONFIG_VERBOSE_FETCH", ""],
    ["NODE_TLS_REJECT_UNAUTHORIZED", "1"],
  ])("%s=%s is not", async (name, value) => {
    expect((await run(["version"], { command: LAUNCHER, env: { [name]: value } })).code).toBe(0);
  });
});

describe("a Node that gets no updates any more", () => {
  /** Starts the gateway by the launcher, on a Node that calls itself this. @returns what it complains of, once it answers */
  async function startedOn(version: string): Promise<string> {
    const code = `Object.defineProperty(process, "version", { value: "${version}" });`;
    const command = ["node", "--import", `data:text/javascript,${encodeURIComponent(code)}`, ...LAUNCHER.slice(1)];
    const gateway = await startHeadgate([], { command });
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
    return gateway.stderr.replaceAll(/^Building .*\n/gm, "");
  }

  test("is told of in a line, and starts the gateway all the same", async () => {
    expect(await startedOn("v20.20.2")).toMatch(
      /^headgate: Node v20\.20\.2 is at its end of life since 2026-04-30[^\n]+\n$/,
    );
    expect(await startedOn("v24.18.0")).toBe("");
  });

  test("is one whose last day is over, or one of before those that are known; of a later one nothing is known", async () => {
    const { wordOnNode } = (await import(join(ROOT, "bin", "node-age.mjs"))) as {
      wordOnNode(version: string, today: string): string | undefined;
    };
    const today = "2026-11-26";
    const said = (version: string, day = today) => wordOnNode(version, day) !== undefined;
    expect(["v18.20.8", "v20.20.2", "v21.7.3", "v23.1.0", "v25.9.0"].map((version) => said(version))).toEqual(
      Array(5).fill(true),
    );
    expect(["v22.23.1", "v24.18.0", "v26.1.0", "v40.0.0", "of the future"].map((version) => said(version))).toEqual(
      Array(5).fill(false),
    );
    expect([said("v22.23.1", "2027-04-30"), said("v22.23.1", "2027-05-01")]).toEqual([false, true]);
  });
});

describe("in a stranger's folder", () => {
  /** Its `.env` holds a credential, its `bunfig.toml` loads a script before any other, its `tsconfig.json` renames imports. */
  function strangersFolder(): string {
    const cwd = folder();
    writeFileSync(join(cwd, ".env"), "OPENAI_API_KEY=sk-of-the-stranger\nHEADGATE_PORT=1\n");
    writeFileSync(join(cwd, "bunfig.toml"), 'preload = ["./preloaded.js"]\n');
    writeFileSync(join(cwd, "preloaded.js"), 'require("node:fs").writeFileSync("ran", "");\n');
    writeFileSync(join(cwd, "tsconfig.json"), '{ "compilerOptions": { "paths": { "zod": ["./preloaded.js"] } } }\n');
    return cwd;
  }

  test("neither .env nor bunfig.toml has any effect", async () => {
    const cwd = strangersFolder();
    const { code, stdout } = await run(["check"], { command: LAUNCHER, cwd });
    expect(code).toBe(0);
    expect(stdout).toContain("No provider has a credential");
    expect(existsSync(join(cwd, "ran"))).toBe(false);
  });

  test("though Bun alone would heed both", async () => {
    const cwd = strangersFolder();
    const { stdout } = await run(["-e", "console.log(process.env.OPENAI_API_KEY)"], { command: BUN, cwd });
    expect(stdout).toBe("sk-of-the-stranger\n");
    expect(existsSync(join(cwd, "ran"))).toBe(true);
  });

  test("it works through a link, as npx makes one", async () => {
    const cwd = folder();
    symlinkSync(join(ROOT, "bin", "headgate.mjs"), join(cwd, "headgate"));
    const { code, stdout } = await run(["version"], { command: ["node", join(cwd, "headgate")], cwd });
    expect([code, stdout]).toEqual([0, expect.stringContaining(`bun ${PINNED}`)]);
  });
});

describe("npm start", () => {
  test("passes options on, ends with the gateway at SIGTERM, and gives its exit code", async () => {
    const data = folder();
    writeFileSync(join(data, "empty.yaml"), "drain_seconds: 0\n");
    const gateway = spawnHeadgate(["--port", "0", "--data", data, "--config", join(data, "empty.yaml")], {
      command: ["npm", "start", "--silent", "--"],
      cwd: ROOT,
      env: { npm_config_update_notifier: "false" },
    });
    const [, url] = await gateway.says(/listens on (http:\S+)[\s\S]*first-run/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    gateway.kill("SIGTERM");
    expect(await gateway.exited).toBe(0);
    await expect(fetch(`${url}/readyz`)).rejects.toThrow();
  });

  test("fails as the gateway fails", async () => {
    const { code, stderr } = await run(["--prot", "0"], {
      command: ["npm", "start", "--silent", "--"],
      cwd: ROOT,
      env: { npm_config_update_notifier: "false" },
    });
    expect(code).toBe(2);
    expect(stderr).toContain("did you mean --port?");
  });
});
