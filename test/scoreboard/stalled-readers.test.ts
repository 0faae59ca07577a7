import { afterAll, beforeAll, expect, test } from "bun:test";
import { watchLedger } from "../faults/ledger.ts";
import { Clients } from "../streams/client.ts";
import { startUpstream, type Upstream, WAYS } from "../streams/upstream.ts";
import { FULL, percentile, sized, tell } from "../support/figures.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";

const READERS = sized(24, 200);
const PIECE = 16_000;
/** 50 MB each. */
const PIECES = 3200;
const LIMIT_MS = sized(1500, 15_000);
const OTHERS = sized(20, 2000);

let upstream: Upstream;
let gateway: RunningGateway;
let clients: Clients;
beforeAll(async () => {
  upstream = startUpstream();
  gateway = await startGateway({ config: { providers: upstream.providers, clocks: { total_ms: LIMIT_MS } } });
  clients = new Clients(gateway);
});
afterAll(async () => {
  clients.stop();
  await gateway.stop();
  upstream.stop();
});

/** Milliseconds of each of so many requests of others. */
async function othersWait(): Promise<number[]> {
  const waited: number[] = [];
  for (let i = 0; i < OTHERS; i++) {
    const began = performance.now();
    const messages = [{ role: "user", content: "[sim tokens=3 every=0] Hello" }];
    const response = await gateway.post("/v1/chat/completions", { model: "openai/gpt-4o", messages });
    await response.arrayBuffer();
    expect(response.status).toBe(200);
    waited.push(performance.now() - began);
  }
  return waited;
}

test(`${READERS} clients that stop reading cost little, disturb nobody, and are let go at the limit`, async () => {
  const rows = watchLedger(gateway);
  // Once for the compiler.
  await othersWait();
  const before = await othersWait();
  Bun.gc(true);
  const rss = process.memoryUsage.rss();
  const first = rows.rows.length;
  const readers = Array.from({ length: READERS }, (_, i) =>
    clients.ask(`lab/${WAYS[i % WAYS.length]}`, `r${i}`, { reads: false }),
  );
  await upstream.asked(READERS);
  const word = "x".repeat(PIECE);
  const said = new Map(
    WAYS.map((way) => [way, Buffer.from(upstream.streams.find((one) => one.way === way)!.frame(word))]),
  );
  for (const { line, way } of upstream.streams) for (let i = 0; i < PIECES; i++) line.send(said.get(way)!);
  await Promise.all(readers.map(({ answer }) => answer));
  const during = await othersWait();
  const grown = (process.memoryUsage.rss() - rss) / 1024 / 1024;
  const size = PIECE * PIECES;
  for (const { line } of upstream.streams) expect(line.sent).toBeLessThan(size / 2);

  // Nobody reads, and nobody leaves: the limit of a whole answer ends it for both sides.
  await Promise.all(upstream.streams.map(({ line }) => line.ended));
  const stalled = () => rows.rows.filter(({ error }) => error === "upstream_timeout");
  while (stalled().length < READERS) await Bun.sleep(5);
  expect(rows.rows.length).toBe(first + OTHERS + READERS);
  for (const row of stalled()) expect(row.estimated).toBe(true);
  await Promise.all(readers.map((reader) => reader.leave()));
  while (gateway.headgate.listener.inFlight > 0) await Bun.sleep(5);
  if (!FULL) return;
  const row = "U11";
  tell({ row, what: "clients that do not read 50 MB each", value: READERS });
  tell({ row, what: "RSS", value: grown, unit: "MB", atMost: 64 });
  const [usual, then] = [percentile(before, 0.99), percentile(during, 0.99)];
  tell({ row, what: "others' p99, times the usual", value: then / usual, atMost: 1.3 });
}, 90_000);
