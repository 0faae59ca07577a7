import { afterEach, describe, expect, test } from "bun:test";
import { watchLedger } from "../faults/ledger.ts";
import { dataOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { type Client, Clients } from "./client.ts";
import { startUpstream, type Upstream, WAYS } from "./upstream.ts";

const PIECE = 16_000;
/** 96 MB: far more than the buffers of four sockets. */
const PIECES = 6000;
const WORD = "x".repeat(PIECE);

let upstream: Upstream;
let gateway: RunningGateway;
let clients: Clients;
afterEach(async () => {
  clients.stop();
  await gateway.stop();
  upstream.stop();
});

async function start(config: object, stalledMs?: number): Promise<void> {
  upstream = startUpstream();
  gateway = await startGateway({ config: { providers: upstream.providers, ...config } });
  if (stalledMs !== undefined) Object.assign(gateway.headgate.gateway.snapshot, { stalledMs });
  clients = new Clients(gateway);
}

/** One client a way that does not read, and a provider for each that says more than all the buffers hold. */
async function stall(): Promise<Client[]> {
  const readers = WAYS.map((way) => clients.ask(`lab/${way}`, way, { reads: false }));
  await upstream.asked(WAYS.length);
  for (const { line, frame } of upstream.streams.map((stream) => ({ line: stream.line, frame: stream.frame(WORD) }))) {
    const piece = Buffer.from(frame, "latin1");
    for (let i = 0; i < PIECES; i++) line.send(piece);
  }
  await Promise.all(readers.map(({ answer }) => answer));
  return readers;
}

/** What each gets when it reads again, and whether that was cut off. */
async function readAgain(readers: readonly Client[]): Promise<{ cut: boolean; bytes: number }[]> {
  return await Promise.all(
    readers.map(async ({ answer, reader }) => {
      const begun = await answer;
      begun.read(reader);
      begun.resume();
      return { cut: (await reader.over) !== undefined, bytes: reader.size };
    }),
  );
}

describe("a client that takes nothing, and does not leave", () => {
  test("is let go after a while, and so is its provider", async () => {
    await start({}, 300);
    const rows = watchLedger(gateway);
    const readers = await stall();
    await Promise.all(upstream.streams.map(({ line }) => line.ended));
    await rows.at(WAYS.length - 1);
    for (const row of rows.rows) expect(row).toMatchObject({ error: "client_closed", estimated: true });
    expect(rows.rows).toHaveLength(WAYS.length);
    expect(gateway.headgate.listener.inFlight).toBe(0);
    // Its connection is closed, which it sees when it looks again.
    while (gateway.unread() > 0) await Bun.sleep(5);
    for (const { cut, bytes } of await readAgain(readers)) {
      expect(cut).toBe(true);
      expect(bytes).toBeLessThan((PIECE * PIECES) / 2);
    }
    expect(rows.rows).toHaveLength(WAYS.length);
  }, 30_000);

  test("is let go when a whole answer has taken too long, and its connection soon after", async () => {
    await start({ clocks: { total_ms: 400 } }, 1000);
    const rows = watchLedger(gateway);
    const readers = await stall();
    await Promise.all(upstream.streams.map(({ line }) => line.ended));
    await rows.at(WAYS.length - 1);
    for (const row of rows.rows) expect(row).toMatchObject({ error: "upstream_timeout", estimated: true });
    expect(gateway.headgate.listener.inFlight).toBe(0);
    while (gateway.unread() > 0) await Bun.sleep(5);
    for (const { cut } of await readAgain(readers)) expect(cut).toBe(true);
    expect(rows.rows).toHaveLength(WAYS.length);
  }, 30_000);
});

test("a client that is slow, but takes something now and then, is let go neither during its reply nor behind it", async () => {
  await start({}, 2000);
  const rows = watchLedger(gateway);
  const pieces = 500;
  const reader = clients.ask("lab/relayed", "slow", { reads: false });
  await upstream.asked(1);
  const [stream] = upstream.streams;
  const piece = Buffer.from(stream!.frame(WORD), "latin1");
  for (let i = 0; i < pieces; i++) stream!.line.send(piece);
  stream!.finish(pieces);
  const answer = await reader.answer;
  answer.read(reader.reader);
  let over = false;
  reader.reader.over.then(() => {
    over = true;
  });
  // Some 250 KB at a time: 8 MB in all, for longer than it may take nothing.
  while (!over) {
    const { size } = reader.reader;
    answer.resume();
    await Promise.race([reader.reader.until(() => reader.reader.size > size + 250_000), reader.reader.over]);
    answer.pause();
    await Bun.sleep(100);
  }
  const text = await reader.text();
  expect(text.split(WORD)).toHaveLength(pieces + 1);
  expect(dataOf(text).at(-1)).toBe("[DONE]");
  expect(rows.rows).toMatchObject([{ error: null, output: pieces }]);
}, 30_000);
