import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { startSimulator } from "../../src/simulator/server.ts";
import { compiledProgram } from "../../test/deploy/program.ts";
import { dataOf, jsonOf, KEY } from "../../test/support/gateway.ts";
import { freePort } from "../../test/support/port.ts";
import { type Child, cleanUp, folder, LAUNCHER, run, type Spawn, startHeadgate } from "../../test/support/process.ts";
import { until } from "../redis/server.ts";
import { Postgres } from "./server.ts";

// Processes, on machines that are busy.
setDefaultTimeout(60_000);

/** Several processes at one port, over a real PostgreSQL. */

const WORKERS = 3;
const TOKEN = "an-admin-token-of-the-operator";
const postgres = new Postgres();
const simulator = startSimulator();
beforeAll(() => postgres.start());
afterAll(async () => {
  await postgres.remove();
  simulator.stop();
});
afterEach(cleanUp);

interface Started {
  gateway: Child & { url: string };
  url: string;
  cwd: string;
}

async function started(options: Spawn & { more?: object } = {}): Promise<Started> {
  const { more = {}, ...spawn } = options;
  const url = await postgres.database();
  const cwd = folder();
  const openai = { api_key: "sk-1", base_url: `${simulator.url}/openai/v1` };
  writeFileSync(join(cwd, "headgate.yaml"), JSON.stringify({ providers: { openai }, ...more }));
  const env = {
    HEADGATE_DATABASE_URL: url,
    HEADGATE_SECRET: "a-secret-of-the-operator-for-all-replicas",
    HEADGATE_ADMIN_TOKEN: TOKEN,
    AI_GATEWAY_API_KEY: KEY,
  };
  const gateway = await startHeadgate(["--workers", `${WORKERS}`], { cwd, env, ...spawn });
  return { gateway, url, cwd };
}

/** Which of them answers on a new connection; 0 for one that has just gone. */
async function whoAnswers({ url }: { url: string }): Promise<number> {
  const headers = { authorization: `Bearer ${TOKEN}`, connection: "close" };
  return fetch(`${url}/admin/health`, { headers }).then(
    async (response) => (await jsonOf(response)).mode.worker,
    () => 0,
  );
}

async function allAnswer(gateway: { url: string }): Promise<void> {
  const heard = new Set<number>();
  await until(async () => {
    heard.add(await whoAnswers(gateway));
    return [1, 2, 3].every((number) => heard.has(number));
  });
}

/** Process ids of those that a process has started. */
const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);

function ask(url: string, text: string, stream = false): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", connection: "close" },
    body: JSON.stringify({ model: "openai/gpt-5", stream, messages: [{ role: "user", content: text }] }),
  });
}

test("each serves at the one port, one key is made between them, and one speaks for all", async () => {
  const { gateway, url, cwd } = await started();
  await allAnswer(gateway);
  expect(gateway.stdout.match(/Headgate listens on/g)).toHaveLength(1);
  expect(existsSync(join(cwd, "data", "first-run.txt"))).toBe(true);
  const replies = await Promise.all(Array.from({ length: 30 }, () => ask(gateway.url, "Hello")));
  expect(replies.map(({ status }) => status)).toEqual(Array(30).fill(200));
  await Promise.all(replies.map((reply) => reply.text()));
  const sql = new SQL(url, { max: 1 });
  expect(await sql`SELECT (SELECT count(*) FROM keys) AS keys, (SELECT count(*) FROM generations) AS rows`).toEqual([
    { keys: "1", rows: "30" },
  ]);
  await sql.close();
  gateway.kill("SIGTERM");
  expect([await gateway.exited, gateway.stderr]).toEqual([0, ""]);
});

test("one that is killed is missed by nobody but its own clients, and another takes its place", async () => {
  const { gateway } = await started();
  await allAnswer(gateway);
  const before = childrenOf(gateway.pid);
  expect(before).toHaveLength(WORKERS);
  process.kill(before[1]!, "SIGKILL");
  await gateway.says(/worker \d ended with 137; another takes its place in 100 ms/);
  // Its socket has gone with it: no connection is given to it any more.
  expect((await ask(gateway.url, "Hello")).status).toBe(200);
  await until(() => childrenOf(gateway.pid).length === WORKERS);
  await allAnswer(gateway);
  expect(childrenOf(gateway.pid)).not.toContain(before[1]!);
  gateway.kill("SIGTERM");
  expect(await gateway.exited).toBe(0);
});

test.each([
  ["SIGTERM", undefined],
  ["SIGINT", LAUNCHER],
] as const)("%s lets what is open at each come to its end (by %s)", async (signal, command) => {
  const { gateway, url } = await started(command === undefined ? {} : { command });
  await allAnswer(gateway);
  const streams = await Promise.all(
    Array.from({ length: 12 }, () => ask(gateway.url, "[sim tokens=20 every=20ms]", true)),
  );
  gateway.kill(signal);
  const ends = await Promise.all(streams.map(async (stream) => dataOf(await stream.text()).at(-1)));
  expect(ends).toEqual(Array(12).fill("[DONE]"));
  expect(await gateway.exited).toBe(0);
  const sql = new SQL(url, { max: 1 });
  expect(await sql`SELECT count(*) AS n FROM generations WHERE error IS NULL`).toEqual([{ n: "12" }]);
  await sql.close();
});

test("a second signal ends all of them at once", async () => {
  const { gateway } = await started();
  const stream = await ask(gateway.url, "[sim tokens=endless every=20ms]", true);
  const workers = childrenOf(gateway.pid);
  gateway.kill("SIGTERM");
  await gateway.says(/Draining: 1 open/);
  gateway.kill("SIGINT");
  expect(await gateway.exited).toBe(128 + 9);
  await expect(stream.text()).rejects.toThrow();
  await until(() => workers.every((pid) => !existsSync(`/proc/${pid}/fd`) || isDead(pid)));
});

test("when the one that started them is killed, they finish what is open and end", async () => {
  const { gateway } = await started();
  await allAnswer(gateway);
  const stream = await ask(gateway.url, "[sim tokens=20 every=20ms]", true);
  const workers = childrenOf(gateway.pid);
  process.kill(gateway.pid, "SIGKILL");
  expect(dataOf(await stream.text()).at(-1)).toBe("[DONE]");
  await until(() => workers.every((pid) => !existsSync(`/proc/${pid}`) || isDead(pid)));
});

test("each has a folder of its own for what it keeps for itself", async () => {
  const { gateway, cwd } = await started();
  await allAnswer(gateway);
  const folders = readdirSync(join(cwd, "data"), { withFileTypes: true }).filter((one) => one.isDirectory());
  expect(folders.every(({ name }) => /^(worker-[23]|spool.*)$/.test(name))).toBe(true);
  const lines = childrenOf(gateway.pid).map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0"));
  const told = lines.map((line) => line[line.lastIndexOf("--data") + 1]).sort();
  expect(told).toEqual(["./data", "data/worker-2", "data/worker-3"]);
});

test("the compiled program starts its workers as well", async () => {
  const { command, remove } = await compiledProgram();
  try {
    const { gateway } = await started({ command });
    await allAnswer(gateway);
    gateway.kill("SIGTERM");
    expect([await gateway.exited, gateway.stderr]).toEqual([0, ""]);
  } finally {
    remove();
  }
});

test("each can be asked by itself, for its own figures", async () => {
  const first = freePort(WORKERS);
  const { gateway } = await started({ more: { worker_port: first } });
  await allAnswer(gateway);
  for (const number of [1, 2, 3]) {
    const { hostname } = new URL(gateway.url);
    const own = `http://${hostname}:${first + number - 1}`;
    expect(await whoAnswers({ url: own })).toBe(number);
    const metrics = await fetch(`${own}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(await metrics.text()).toContain("headgate_requests_in_flight");
  }
  gateway.kill("SIGTERM");
  expect(await gateway.exited).toBe(0);
});

test("a start that cannot be is told once, and nothing is left behind", async () => {
  const none = await run(["start", "--workers", "3", "--port", "0"]);
  expect([none.code, none.stderr]).toEqual([
    2,
    expect.stringContaining("--workers: workers: more than one need `database`"),
  ]);
  const secret = "a-secret-of-the-operator-for-all-replicas";
  const nowhere = { HEADGATE_DATABASE_URL: `postgres://x:sesame@127.0.0.1:${freePort()}/db`, HEADGATE_SECRET: secret };
  const lost = await run(["start", "--workers", "3", "--port", "0"], { env: nowhere });
  expect([lost.code, lost.stderr.match(/cannot be used/g)?.length]).toEqual([2, 1]);
  expect(lost.stderr).not.toContain("sesame");
  const { gateway } = await started();
  const env = { HEADGATE_DATABASE_URL: await postgres.database(), HEADGATE_SECRET: secret };
  const taken = await run(["start", "--workers", "2", "--port", new URL(gateway.url).port], { env });
  expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining("is in use")]);
});

/** Nobody waits for who has outlived its parent in a container: it stays, as a name only. */
function isDead(pid: number): boolean {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return true;
  }
}
