import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { aroundToday } from "../support/days.ts";
import { jsonOf, KEY } from "../support/gateway.ts";
import { cleanUp, folder, run, spawnHeadgate, startHeadgate } from "../support/process.ts";
import { dockerfile } from "./dockerfile.ts";
import { compiledProgram } from "./program.ts";

// Processes, on machines that are busy.
setDefaultTimeout(60_000);

/** The program that the image holds, of what the image is built from. */

let command: string[];
let remove = () => {};
beforeAll(async () => {
  ({ command, remove } = await compiledProgram());
});
afterEach(cleanUp);
afterAll(() => remove());

const env = { AI_GATEWAY_API_KEY: KEY, HEADGATE_ADMIN_TOKEN: "an-admin-token-of-the-operator" };
const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };

test("serves, keeps a row, reports it from another thread, and ends as it should", async () => {
  const cwd = folder();
  const gateway = await startHeadgate([], { command, cwd, env });
  const body = JSON.stringify({ model: "openai/gpt-5", messages: [{ role: "user", content: "Hello" }] });
  const reply = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", headers, body });
  expect(reply.status).toBe(200);
  const { id } = await jsonOf(reply);
  const told = await fetch(`${gateway.url}/v1/generation?id=${id}`, { headers });
  expect((await jsonOf(told)).data.id).toBe(id);
  const [from, to] = aroundToday();
  const report = await fetch(`${gateway.url}/v1/report?start_date=${from}&end_date=${to}`, { headers });
  expect([report.status, await report.json()]).toMatchObject([200, { results: [{ request_count: 1 }] }]);
  // The dashboard is in it, with all that its page loads.
  const page = await (await fetch(`${gateway.url}/`)).text();
  const loaded = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
  expect(loaded.length).toBeGreaterThan(1);
  for (const path of loaded) {
    const asset = await fetch(gateway.url + path, {
      headers: { "accept-encoding": "br" },
      decompress: false,
    } as RequestInit);
    expect([path, asset.status, asset.headers.get("content-encoding")]).toEqual([path, 200, "br"]);
  }
  const port = new URL(gateway.url).port;
  expect((await run(["ready", "--port", port], { command, cwd })).code).toBe(0);
  gateway.kill("SIGTERM");
  expect([await gateway.exited, gateway.stderr]).toEqual([0, ""]);
  const late = await run(["ready", "--port", port], { command, cwd });
  expect([late.code, late.stdout]).toEqual([1, expect.stringContaining(`http://127.0.0.1:${port}/readyz: `)]);
});

test("takes nothing from the folder that it is started in", async () => {
  const cwd = folder();
  await Bun.write(join(cwd, ".env"), "HEADGATE_HOST=no.such.host\n");
  await Bun.write(join(cwd, "bunfig.toml"), 'preload = ["./stranger.ts"]\n');
  await Bun.write(join(cwd, "stranger.ts"), 'console.log("a stranger");');
  const gateway = await startHeadgate([], { command, cwd, env });
  expect(gateway.stdout).not.toContain("stranger");
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
});

describe("with the environment of the image", () => {
  const image = dockerfile().image.env;
  test("and no account it says so, and serves nobody from the simulator", async () => {
    const told = { ...env, ...image, HEADGATE_DATA: folder(), HEADGATE_PORT: "0", OPENAI_API_KEY: "" };
    const gateway = spawnHeadgate(["start"], { command, env: told });
    await gateway.says(/No provider has a credential: every request will be refused/);
  });

  test.each([
    ["BUN_CONFIG_VERBOSE_FETCH", "1"],
    ["NODE_TLS_REJECT_UNAUTHORIZED", "0"],
  ])("%s stops the start", async (name, value) => {
    const cwd = folder();
    const { code, stderr } = await run(["start", "--port", "0"], { command, cwd, env: { [name]: value } });
    expect([code, stderr]).toEqual([2, expect.stringContaining(name)]);
  });
});
