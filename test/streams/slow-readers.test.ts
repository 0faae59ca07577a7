import { afterAll, beforeAll, expect, test } from "bun:test";
import { watchLedger } from "../faults/ledger.ts";
import { dataOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { Clients } from "./client.ts";
import { startUpstream, type Upstream, WAYS } from "./upstream.ts";

let upstream: Upstream;
let gateway: RunningGateway;
let clients: Clients;
beforeAll(async () => {
  upstream = startUpstream();
  gateway = await startGateway({ config: { providers: upstream.providers } });
  clients = new Clients(gateway);
});
afterAll(async () => {
  clients.stop();
  await gateway.stop();
  upstream.stop();
});

const READERS = 20;
const PIECE = 16_000;
/** 96 MB for each reader: far more than the buffers of four sockets, which may grow to 20. */
const PIECES = 6000;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when no stream has moved for many turns of the loop. */
async function still(): Promise<void> {
  const sent = () => upstream.streams.reduce((sum, { line }) => sum + line.sent, 0);
  for (let seen = -1; seen !== sent(); ) {
    seen = sent();
    for (let i = 0; i < 200; i++) await turn();
  }
}

test("twenty clients that do not read make their providers wait, and are not read ahead for", async () => {
  const rows = watchLedger(gateway);
  const readers = Array.from({ length: READERS }, (_, i) => {
    return clients.ask(`lab/${WAYS[i % WAYS.length]}`, `r${i}`, { reads: false });
  });
  await upstream.asked(READERS);
  const word = "x".repeat(PIECE);
  for (const stream of upstream.streams) {
    // The same bytes over and over: what waits in this test takes no memory.
    const piece = Buffer.from(stream.frame(word), "latin1");
    for (let i = 0; i < PIECES; i++) stream.line.send(piece);
    stream.finish(PIECES);
  }
  const answers = await Promise.all(readers.map(({ answer }) => answer));
  await still();
  const size = PIECE * PIECES;
  for (const { line } of upstream.streams) expect(line.sent).toBeLessThan(size / 2);
  expect(rows.rows).toHaveLength(0);

  // Whoever reads again gets all of it, in one piece; the others go on waiting.
  for (const way of WAYS.keys()) {
    answers[way]!.read(readers[way]!.reader);
    answers[way]!.resume();
    const text = await readers[way]!.text();
    expect(text.split(word)).toHaveLength(PIECES + 1);
    expect(dataOf(text).at(-1)).toBe("[DONE]");
  }
  expect(rows.rows).toHaveLength(WAYS.length);
  for (const row of rows.rows) expect(row).toMatchObject({ output: PIECES, error: null, estimated: false });

  // Whoever leaves instead frees the provider, which never got to say the rest.
  const waiting = upstream.streams.filter(({ line }) => line.sent < size / 2);
  expect(waiting).toHaveLength(READERS - WAYS.length);
  await Promise.all(readers.slice(WAYS.length).map((reader) => reader.leave()));
  await Promise.all(waiting.map(({ line }) => line.ended));
  await rows.at(READERS - 1);
  const left = rows.rows.slice(WAYS.length);
  for (const row of left) expect(row).toMatchObject({ error: "client_closed", estimated: true });
  expect(rows.rows).toHaveLength(READERS);
  expect(gateway.headgate.listener.inFlight).toBe(0);
}, 30_000);
