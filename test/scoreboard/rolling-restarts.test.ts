import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startSimulator } from "../../src/simulator/server.ts";
import { Clients } from "../streams/client.ts";
import { startUpstream, WAYS } from "../streams/upstream.ts";
import { sized, tell } from "../support/figures.ts";
import { dataOf, KEY } from "../support/gateway.ts";
import { cleanUp, folder, startHeadgate } from "../support/process.ts";

const STREAMS = sized(60, 500);
const RESTARTS = sized(1, 10);
const REQUESTS = sized(100, 20_000);
const PER_SECOND = 300;
const DRAIN_SECONDS = 20;
/** How long the longest answers take: more than a balancer's notice. */
const LONG_MS = sized(300, 3000);
/** How often a balancer asks who is ready. */
const LOOK_MS = 100;

afterEach(cleanUp);

const env = { AI_GATEWAY_API_KEY: KEY };
const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };

/** A folder with this configuration. */
function installed(config: object): string {
  const cwd = folder();
  writeFileSync(join(cwd, "headgate.yaml"), JSON.stringify({ drain_seconds: DRAIN_SECONDS, ...config }));
  return cwd;
}

/** Ids of the rows that ended well, of gateways that have ended. */
function rowsIn(...folders: string[]): string[] {
  return folders.flatMap((cwd) => {
    using database = new Database(join(cwd, "data", "headgate.db"));
    return database
      .query<{ id: string }, []>("SELECT id FROM generations WHERE error IS NULL AND finish = 'stop'")
      .all()
      .map(({ id }) => id);
  });
}

const ready = (url: string) =>
  fetch(`${url}/readyz`).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status === 200;
    },
    () => false,
  );

const answers = (url: string) =>
  fetch(`${url}/healthz`).then(
    () => true,
    () => false,
  );

test(`${STREAMS} streams that live at a SIGTERM come to their ends, with a row each`, async () => {
  const upstream = startUpstream();
  const cwd = installed({ providers: upstream.providers });
  const gateway = await startHeadgate([], { cwd, env });
  const clients = new Clients(gateway);
  const asked = Array.from({ length: STREAMS }, (_, i) => clients.ask(`lab/${WAYS[i % WAYS.length]}`, `s${i}`));
  await upstream.asked(STREAMS);
  for (const stream of upstream.streams) stream.say("before ");
  await Promise.all(asked.map(({ reader }) => reader.until(() => reader.text.includes("before "))));

  const killed = performance.now();
  gateway.kill("SIGTERM");
  while (await ready(gateway.url)) await Bun.sleep(1);
  const noticed = performance.now() - killed;
  await gateway.says(new RegExp(`Draining: ${STREAMS} open`));
  // Until it does not listen any more: whoever is still open then is what a drain is for.
  while (await answers(gateway.url)) await Bun.sleep(20);
  for (const stream of upstream.streams) {
    stream.say("after");
    stream.finish();
  }
  const finished = performance.now();
  const texts = await Promise.all(asked.map((client) => client.text()));
  expect(texts.filter((text) => dataOf(text).at(-1) !== "[DONE]" || !text.includes("after"))).toEqual([]);
  expect(await gateway.exited).toBe(0);
  const ids = texts.map((text) => JSON.parse(dataOf(text)[0]!).id as string);
  expect(rowsIn(cwd).sort()).toEqual(ids.sort());
  const row = "M8";
  tell({ row, what: "streams alive at a SIGTERM, none of them cut, each with its row", value: STREAMS });
  tell({ row, what: "not ready after", value: noticed, unit: "ms", atMost: 100 });
  tell({ row, what: "ended after the last stream", value: performance.now() - finished, unit: "ms", atMost: 1000 });
  clients.stop();
  upstream.stop();
}, 60_000);

test(`${RESTARTS} restarts of one of two, at ${PER_SECOND} requests a second behind a balancer: none fails`, async () => {
  const simulator = startSimulator();
  const openai = { api_key: "sk-1", base_url: `${simulator.url}/openai/v1` };
  const anthropic = { api_key: "sk-2", base_url: `${simulator.url}/anthropic` };
  const folders = [0, 1].map(() => installed({ providers: { openai, anthropic } }));
  const start = (i: number) => startHeadgate([], { cwd: folders[i]!, env });
  const running = await Promise.all([start(0), start(1)]);
  /** What the balancer found when it looked last. */
  const up = new Set(running.map(({ url }) => url));
  let over = false;
  const balancer = (async () => {
    for (; !over; await Bun.sleep(LOOK_MS))
      await Promise.all(
        running.map(async ({ url }) => {
          if (await ready(url)) up.add(url);
          else up.delete(url);
        }),
      );
  })();

  const failures: string[] = [];
  const ids: string[] = [];
  const ask = async (i: number) => {
    const [url = "nobody is ready"] = [...up].slice(i % Math.max(1, up.size));
    const stream = i % 2 === 0;
    const model = i % 3 === 0 ? "anthropic/claude-sonnet-4.5" : "openai/gpt-5";
    const content = i % 100 === 0 ? `[sim tokens=30 every=${LONG_MS / 30}ms]` : "[sim tokens=4 every=2ms]";
    const body = JSON.stringify({ model, stream, messages: [{ role: "user", content }] });
    try {
      const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${response.status} ${text}`);
      if (stream && dataOf(text).at(-1) !== "[DONE]") throw new Error(`cut: ${text.slice(-100)}`);
      ids.push(response.headers.get("x-request-id")!);
    } catch (thrown) {
      failures.push(String(thrown));
    }
  };
  let restarting = true;
  const load = (async () => {
    const all: Promise<void>[] = [];
    for (const began = performance.now(); restarting || all.length < REQUESTS; await Bun.sleep(5))
      while (all.length < ((performance.now() - began) / 1000) * PER_SECOND) all.push(ask(all.length));
    await Promise.all(all);
  })();
  for (let i = 0; i < RESTARTS; i++) {
    const old = running[i % 2]!;
    old.kill("SIGTERM");
    expect(await old.exited).toBe(0);
    up.delete(old.url);
    running[i % 2] = await start(i % 2);
    const { url } = running[i % 2]!;
    while (!up.has(url)) await Bun.sleep(LOOK_MS);
  }
  restarting = false;
  await load;
  over = true;
  await balancer;
  // Every reply has come, and with it its row.
  for (const gateway of running) gateway.kill("SIGKILL");
  await Promise.all(running.map(({ exited }) => exited));
  simulator.stop();
  expect(failures).toEqual([]);
  expect(rowsIn(...folders).sort()).toEqual(ids.sort());
  tell({ row: "M8", what: "rolling restarts", value: RESTARTS });
  tell({ row: "M8", what: "requests meanwhile", value: ids.length });
  tell({ row: "M8", what: "that failed", value: failures.length, atMost: 0 });
}, 180_000);
