import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { aroundToday } from "../support/days.ts";
import { jsonOf, KEY } from "../support/gateway.ts";
import { cleanUp, folder, ROOT, run, startHeadgate } from "../support/process.ts";

/** What the launcher runs: the sources, put together to one program. */

let root: string;
beforeEach(() => {
  root = folder();
  for (const inner of ["bin", "src/store", "node_modules"]) mkdirSync(join(root, inner), { recursive: true });
  for (const name of readdirSync(join(ROOT, "bin"))) copyFileSync(join(ROOT, "bin", name), join(root, "bin", name));
  symlinkSync(join(ROOT, "node_modules", "@oven"), join(root, "node_modules", "@oven"));
  writeFileSync(join(root, "package.json"), "{}");
  writeFileSync(join(root, "package-lock.json"), "{}");
  // What was installed is younger.
  writeFileSync(join(root, "node_modules", ".package-lock.json"), "{}");
  writeFileSync(join(root, "src", "store", "reader-thread.ts"), "");
  says("one");
});
afterEach(cleanUp);

const says = (word: string) =>
  writeFileSync(join(root, "src", "main.ts"), `console.log("${word}", import.meta.url.slice(-7)); process.exit();`);
/** As if all of it had been there for so long. */
function age(seconds: number, ...paths: string[]) {
  const then = Date.now() / 1000 - seconds;
  for (const path of paths) utimesSync(join(root, path), then, then);
}
const SOURCES = ["src", "src/main.ts", "src/store", "src/store/reader-thread.ts", "package.json", "package-lock.json"];
const launched = async (...args: string[]) => {
  const { code, stdout } = await run(args, { command: ["node", join(root, "bin", "headgate.mjs")] });
  expect(code).toBe(0);
  return stdout.trim();
};

test("is made at the first start, and once its sources have changed or are fewer", async () => {
  age(60, ...SOURCES);
  expect(await launched("version")).toBe("one main.ts");
  expect(await launched("start")).toBe("one main.js");
  expect(await launched("version")).toBe("one main.js");
  // What is put into its place shows that nobody makes it anew.
  const made = join(root, "dist", "program", "main.js");
  writeFileSync(made, 'console.log("as it was made")');
  expect(await launched("start")).toBe("as it was made");
  says("two");
  age(-60, "src/main.ts");
  expect(await launched("version")).toBe("two main.ts");
  age(30, "src/main.ts");
  age(20, "dist/program/main.js");
  expect(await launched("start")).toBe("as it was made");
  rmSync(join(root, "src", "store", "reader-thread.ts"));
  expect(await launched("version")).toBe("two main.ts");
  expect(readdirSync(join(root, "dist"))).toEqual(["program"]);
});

test("where it cannot be made, the sources run", async () => {
  age(60, ...SOURCES);
  rmSync(join(root, "src", "store", "reader-thread.ts"));
  expect(await launched("start")).toBe("one main.ts");
  expect(existsSync(join(root, "dist", "program"))).toBe(false);
});

test("where nothing can be written, they do as well, and it is said why", async () => {
  age(60, ...SOURCES);
  // A link to nowhere: to root all that is there is open.
  symlinkSync(join(root, "nowhere", "at-all"), join(root, "dist"));
  const { code, stdout, stderr } = await run(["start"], { command: ["node", join(root, "bin", "headgate.mjs")] });
  expect([code, stdout]).toEqual([0, "one main.ts\n"]);
  expect(stderr).toMatch(/^headgate: it runs from its sources, .*dist/m);
});

test("a package runs what it came with, whatever is younger, and makes nothing", async () => {
  await launched("start");
  rmSync(join(root, "package-lock.json"));
  says("two");
  age(-60, "src/main.ts");
  expect(await launched("start")).toBe("one main.js");
  rmSync(join(root, "dist"), { recursive: true });
  expect(await launched("start")).toBe("two main.ts");
  expect(existsSync(join(root, "dist"))).toBe(false);
});

test("made of the gateway it serves, reports from another thread, and shows the dashboard where that is built", async () => {
  const clone = folder();
  mkdirSync(join(clone, "dist", "dashboard"), { recursive: true });
  for (const name of ["bin", "src", "node_modules", "package.json"]) symlinkSync(join(ROOT, name), join(clone, name));
  writeFileSync(join(clone, "dist", "dashboard", "index.html"), "the dashboard's page");
  const entries = ["src/main.ts", "src/store/reader-thread.ts"].map((path) => join(ROOT, path));
  const { success } = await Bun.build({
    entrypoints: entries,
    target: "bun",
    minify: { syntax: true },
    outdir: join(clone, "dist", "program"),
  });
  expect(success).toBe(true);
  const { url } = await startHeadgate([], {
    command: [process.execPath, "--no-install", "--no-env-file", join(clone, "dist", "program", "main.js")],
    env: { AI_GATEWAY_API_KEY: KEY },
  });
  const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };
  const body = JSON.stringify({ model: "openai/gpt-5", messages: [{ role: "user", content: "Hello" }] });
  expect((await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body })).status).toBe(200);
  const [from, to] = aroundToday();
  const report = await jsonOf(await fetch(`${url}/v1/report?start_date=${from}&end_date=${to}`, { headers }));
  expect(report).toMatchObject({ results: [{ request_count: 1 }] });
  expect(await (await fetch(`${url}/`, { headers: { accept: "text/html" } })).text()).toBe("the dashboard's page");
});
