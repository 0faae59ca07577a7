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
import { ready, restartsUnderLoad } from "../support/rolling.ts";

const STREAMS = sized(60, 500);
const RESTARTS = sized(1, 10);
const REQUESTS = sized(100, 20_000);
const DRAIN_SECONDS = 20;

afterEach(cleanUp);

const env = { AI_GATEWAY_API_KEY: KEY };

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

test(`${RESTARTS} restarts of one of two, under load behind a balancer: none of the requests fails`, async () => {
  const simulator = startSimulator();
  const openai = { api_key: "sk-1", base_url: `${simulator.url}/openai/v1` };
  const anthropic = { api_key: "sk-2", base_url: `${simulator.url}/anthropic` };
  const folders = [0, 1].map(() => installed({ providers: { openai, anthropic } }));
  const start = (place: number) => startHeadgate([], { cwd: folders[place]!, env });
  const told = { start, places: 2, restarts: RESTARTS, requests: REQUESTS, key: KEY };
  const { ids, failures } = await restartsUnderLoad(told);
  simulator.stop();
  expect(failures).toEqual([]);
  expect(rowsIn(...folders).sort()).toEqual([...ids].sort());
  tell({ row: "M8", what: "rolling restarts", value: RESTARTS });
  tell({ row: "M8", what: "requests meanwhile", value: ids.length });
  tell({ row: "M8", what: "that failed", value: failures.length, atMost: 0 });
}, 180_000);
