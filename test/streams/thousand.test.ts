import { afterAll, beforeAll, expect, test } from "bun:test";
import { watchLedger } from "../faults/ledger.ts";
import { chunksOf, dataOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { type Client, Clients } from "./client.ts";
import { startUpstream, type Upstream, WAYS, type Way } from "./upstream.ts";

const COUNT = 1000;
const WORDS = 8;

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

/** A word that says whose it is. */
function word(nonce: string, number: number): string {
  return `<${nonce}.${number}>`;
}

/** Whoever's words they are. */
function wordsIn(text: string): string[] {
  return [...text.matchAll(/<\w+\.\d+>/g)].map(([found]) => found);
}

function wordsFor(nonce: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => word(nonce, i));
}

test("a thousand streams, open together through one process, each get their own words, one row and an end", async () => {
  const rows = watchLedger(gateway);
  const asked = new Map<string, { client: Client; way: Way }>();
  for (let i = 0; i < COUNT; i++) {
    const way = WAYS[i % WAYS.length]!;
    asked.set(`n${i}`, { way, client: clients.ask(`lab/${way}`, `n${i}`) });
  }
  await upstream.asked(COUNT);
  for (const stream of upstream.streams) stream.say(word(stream.prompt, 0));
  // Every one has begun before any may go on: now all are open, on both sides.
  await Promise.all(
    [...asked.values()].map(({ client }) => client.reader.until(() => client.reader.text.includes("<n"))),
  );
  expect(gateway.headgate.listener.inFlight).toBe(COUNT);
  expect(new Set(upstream.streams.map(({ line }) => line)).size).toBe(COUNT);
  expect(rows.rows).toHaveLength(0);
  for (let i = 1; i < WORDS; i++) {
    for (const stream of upstream.streams) stream.say(word(stream.prompt, i));
  }
  for (const stream of upstream.streams) stream.finish();

  const ids = new Set<string>();
  for (const [nonce, { client, way }] of asked) {
    const text = await client.text();
    expect(wordsIn(text)).toEqual(wordsFor(nonce, WORDS));
    expect(dataOf(text).filter((data) => data === "[DONE]")).toHaveLength(1);
    const { id, usage } = chunksOf(text).at(-1);
    expect(usage).toMatchObject({ prompt_tokens: 7, completion_tokens: WORDS });
    expect((await client.answer).headers.get("x-request-id")).toBe(id);
    expect(gateway.row(id)).toMatchObject({ model: `lab/${way}`, output: WORDS, error: null, estimated: false });
    ids.add(id);
  }
  expect(ids.size).toBe(COUNT);
  expect(rows.rows.map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(gateway.headgate.listener.inFlight).toBe(0);
}, 30_000);

test("of hundreds who leave in the middle, each frees its provider and has one row, and those who stay notice nothing", async () => {
  const rows = watchLedger(gateway);
  const before = upstream.streams.length;
  const count = 300;
  const all = Array.from({ length: count }, (_, i) => {
    const way = WAYS[i % WAYS.length]!;
    return { nonce: `m${i}`, leaves: i % 3 !== 2 || way === "relayed", client: clients.ask(`lab/${way}`, `m${i}`) };
  });
  await upstream.asked(before + count);
  const streams = new Map(upstream.streams.slice(before).map((stream) => [stream.prompt, stream]));
  for (const [nonce, stream] of streams) for (const said of wordsFor(nonce, 3)) stream.say(said);
  await Promise.all(
    all.map(({ nonce, client }) => client.reader.until(() => client.reader.text.includes(word(nonce, 2)))),
  );
  const leaving = all.filter(({ leaves }) => leaves);
  await Promise.all(leaving.map(({ client }) => client.leave()));
  await Promise.all(leaving.map(({ nonce }) => streams.get(nonce)!.line.ended));
  for (const { nonce } of all.filter(({ leaves }) => !leaves)) {
    streams.get(nonce)!.say(word(nonce, 3));
    streams.get(nonce)!.finish();
  }
  for (const { nonce, client } of all.filter(({ leaves }) => !leaves)) {
    expect(wordsIn(await client.text())).toEqual(wordsFor(nonce, 4));
  }
  await rows.at(count - 1);
  expect(rows.rows).toHaveLength(count);
  const left = rows.rows.filter(({ error }) => error === "client_closed");
  expect(left).toHaveLength(leaving.length);
  for (const row of left) {
    expect(row).toMatchObject({ estimated: true, finish: null });
    expect(row.output).toBeGreaterThan(0);
  }
  expect(new Set(rows.rows.map(({ id }) => id)).size).toBe(count);
  expect(gateway.headgate.listener.inFlight).toBe(0);
}, 30_000);
