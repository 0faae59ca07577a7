import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startSimulator } from "../../src/simulator/server.ts";
import { watchLedger } from "../faults/ledger.ts";
import { type Client, Clients } from "../streams/client.ts";
import { startUpstream, type Upstream, WAYS } from "../streams/upstream.ts";
import { percentile, sized, tell } from "../support/figures.ts";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { cleanUp, folder, startHeadgate } from "../support/process.ts";

const READERS = sized(24, 200);
/** More do not stall at a time (`src/gateway/stalls.ts`). */
const AT_ONCE = 128;
const PIECE = 16_000;
/** 50 MB each. */
const PIECES = 3200;
const LIMIT_MS = sized(1500, 15_000);
/** For how long a client may take nothing. The limit of a whole answer comes first. */
const STALLED_SECONDS = sized(3, 20);
const OTHERS = sized(20, 2000);

afterEach(cleanUp);

let upstream: Upstream;
let gateway: RunningGateway;
let clients: Clients;
beforeAll(async () => {
  upstream = startUpstream();
  const limits = { clocks: { total_ms: LIMIT_MS }, stalled_seconds: STALLED_SECONDS };
  gateway = await startGateway({ config: { providers: upstream.providers, ...limits } });
  clients = new Clients(gateway);
});
afterAll(async () => {
  clients.stop();
  await gateway.stop();
  upstream.stop();
});

/** Milliseconds of each of so many requests of others. */
async function othersWait(url: string, count: number): Promise<number[]> {
  const waited: number[] = [];
  const messages = [{ role: "user", content: "[sim tokens=3 every=0] Hello" }];
  const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    const body = JSON.stringify({ model: "openai/gpt-4o", messages });
    const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body });
    await response.arrayBuffer();
    expect(response.status).toBe(200);
    waited.push(performance.now() - began);
  }
  return waited;
}

/** Clients that ask for 50 MB each and do not read it. @returns when every one has been answered */
async function stall(provider: Upstream, readers: Clients): Promise<Client[]> {
  const asked = Array.from({ length: READERS }, (_, i) =>
    readers.ask(`lab/${WAYS[i % WAYS.length]}`, `r${i}`, { reads: false }),
  );
  await provider.asked(READERS);
  const word = "x".repeat(PIECE);
  // Few and shared: what waits here to be sent must not make the others' client slow.
  const at = 100;
  const frames = new Map(
    WAYS.map((way) => [
      way,
      Buffer.from(
        provider.streams
          .find((one) => one.way === way)!
          .frame(word)
          .repeat(at),
      ),
    ]),
  );
  for (const { line, way } of provider.streams) for (let i = 0; i < PIECES; i += at) line.send(frames.get(way)!);
  await Promise.all(asked.map(({ answer }) => answer));
  return asked;
}

test(`${READERS} clients that stop reading cost little, disturb nobody, and are let go at the limit`, async () => {
  const rows = watchLedger(gateway);
  const first = rows.rows.length;
  const readers = await stall(upstream, clients);
  await othersWait(gateway.url, 20);
  const size = PIECE * PIECES;
  for (const { line } of upstream.streams) expect(line.sent).toBeLessThan(size / 2);

  // Nobody reads, and nobody leaves: the limit of a whole answer ends it for both sides.
  await Promise.all(upstream.streams.map(({ line }) => line.ended));
  const stalled = () => rows.rows.filter(({ error }) => error === "upstream_timeout" || error === "client_closed");
  while (stalled().length < READERS) await Bun.sleep(5);
  // Of more than may stall at a time the first have gone before.
  const early = stalled().filter(({ error }) => error === "client_closed");
  expect(early.length).toBeLessThanOrEqual(Math.max(0, READERS - AT_ONCE));
  expect(rows.rows.length).toBe(first + 20 + READERS);
  for (const row of stalled()) expect(row.estimated).toBe(true);
  expect(gateway.headgate.listener.inFlight).toBe(0);
  while (gateway.unread() > 0) await Bun.sleep(5);
  await Promise.all(readers.map((reader) => reader.leave()));
}, 90_000);

test(`${READERS} clients that stop reading, beside a gateway of its own process`, async () => {
  const cwd = folder();
  const provider = startUpstream();
  const simulator = startSimulator();
  const openai = { api_key: "sk-1", base_url: `${simulator.url}/openai/v1` };
  writeFileSync(join(cwd, "headgate.yaml"), JSON.stringify({ providers: { ...provider.providers, openai } }));
  const own = await startHeadgate([], { cwd, env: { AI_GATEWAY_API_KEY: KEY } });
  const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${own.pid}/status`, "utf8"))![1]) / 1024;
  await othersWait(own.url, OTHERS);
  const before = await othersWait(own.url, OTHERS);
  const rss = resident();
  const away = new Clients(own);
  const readers = await stall(provider, away);
  // What the rush has left behind is given back by and by, as the stall goes on.
  const during: number[] = [];
  let highest = 0;
  for (let i = 0; i < 40; i++) {
    during.push(...(await othersWait(own.url, OTHERS / 10)));
    highest = Math.max(highest, resident() - rss);
  }
  const row = "U11";
  tell({ row, what: "clients that do not read 50 MB each", value: READERS });
  tell({ row, what: "RSS, more", value: resident() - rss, unit: "MB", atMost: 64 });
  tell({ row, what: "and at its highest", value: highest, unit: "MB" });
  const times = percentile(during, 0.99) / percentile(before, 0.99);
  tell({ row, what: "others' p99, times the usual", value: times, atMost: 1.3 });
  for (const { line } of provider.streams) expect(line.sent).toBeLessThan((PIECE * PIECES) / 2);
  await Promise.all(readers.map((reader) => reader.leave()));
  await Promise.all(provider.streams.map(({ line }) => line.ended));
  away.stop();
  provider.stop();
  simulator.stop();
}, 90_000);
