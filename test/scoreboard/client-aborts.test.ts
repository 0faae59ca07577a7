import { afterAll, beforeAll, expect, test } from "bun:test";
import { chance } from "../../src/wires/fixtures/cuts.ts";
import { type LedgerWatch, watchLedger } from "../faults/ledger.ts";
import { Clients } from "../streams/client.ts";
import { startUpstream, type Upstream, WAYS } from "../streams/upstream.ts";
import { percentile, sized, tell } from "../support/figures.ts";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";

const COUNT = sized(60, 500);
const SEED = 4_001;
/** How a client can go: in good order, without a word, or by saying that it will say no more. */
const WAYS_TO_GO = ["fin", "reset", "half-close"] as const;

let upstream: Upstream;
let gateway: RunningGateway;
let ledger: LedgerWatch;
beforeAll(async () => {
  upstream = startUpstream();
  gateway = await startGateway({ config: { providers: upstream.providers } });
  ledger = watchLedger(gateway);
});
afterAll(async () => {
  await gateway.stop();
  upstream.stop();
});

/** A token each, by the gateway's estimate. */
const WORD = "abcd";

/** One client on a socket of its own, that leaves at the moment it has read so many words. @returns when it left */
function leaveAfter(words: number, way: (typeof WAYS_TO_GO)[number], model: string, nonce: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const body = JSON.stringify({ model, messages: [{ role: "user", content: nonce }], stream: true });
  let text = "";
  Bun.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(gateway.url).port),
    socket: {
      open(socket) {
        const fields = `host: x\r\nauthorization: Bearer ${KEY}\r\ncontent-type: application/json`;
        socket.write(
          `POST /v1/chat/completions HTTP/1.1\r\n${fields}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        );
      },
      data(socket, bytes) {
        text += bytes.toString("latin1");
        if (text.split(WORD).length <= words) return;
        resolve(performance.now());
        if (way === "fin") socket.end();
        else if (way === "reset") socket.terminate();
        else socket.shutdown();
      },
    },
  });
  return promise;
}

test(`${COUNT} clients leave in mid-stream: each frees its provider at once, and pays for what was said (seed ${SEED})`, async () => {
  const random = chance(SEED);
  const delays: number[] = [];
  for (let done = 0; done < COUNT; ) {
    const batch = Array.from({ length: Math.min(20, COUNT - done) }, (_, i) => ({
      nonce: `n${done + i}`,
      way: WAYS[(done + i) % WAYS.length]!,
      goes: WAYS_TO_GO[Math.floor((done + i) / WAYS.length) % WAYS_TO_GO.length]!,
      words: 1 + Math.floor(random() * 40),
    }));
    const first = ledger.rows.length;
    const left = batch.map(({ words, goes, way, nonce }) => leaveAfter(words, goes, `lab/${way}`, nonce));
    await upstream.asked(done + batch.length);
    const streams = new Map(upstream.streams.slice(done).map((stream) => [stream.prompt, stream]));
    const freed = batch.map(async ({ nonce }, i) => {
      await streams.get(nonce)!.line.ended;
      const now = performance.now();
      return now - (await left[i]!);
    });
    for (const { nonce, words } of batch) for (let i = 0; i < words; i++) streams.get(nonce)!.say(WORD);
    delays.push(...(await Promise.all(freed)));
    await ledger.at(first + batch.length - 1);
    const billed = ledger.rows.slice(first).map(({ model, output }) => `${model} ${output}`);
    expect(billed.sort()).toEqual(batch.map(({ way, words }) => `lab/${way} ${words}`).sort());
    done += batch.length;
  }
  expect(ledger.rows).toHaveLength(COUNT);
  for (const row of ledger.rows) expect(row).toMatchObject({ error: "client_closed", estimated: true, finish: null });
  tell({ row: "M4", what: "seed", value: SEED });
  tell({ row: "M4", what: "streams cut, each with one row and billed to the word", value: COUNT });
  tell({ row: "M4", what: "upstream sees the close, p99", value: percentile(delays, 0.99), unit: "ms", atMost: 250 });
}, 60_000);

test("where the operator wants to know rather than guess, 64 who left are read to their end, and no more", async () => {
  const provider = startUpstream();
  const drains = await startGateway({ config: { providers: provider.providers, drain_abandoned: true } });
  const rows = watchLedger(drains);
  const clients = new Clients(drains);
  const [count, cap, words] = [70, 64, 5];
  const all = Array.from({ length: count }, (_, i) => clients.ask(`lab/${WAYS[i % WAYS.length]}`, `d${i}`));
  await provider.asked(count);
  for (const stream of provider.streams) stream.say(WORD);
  await Promise.all(all.map(({ reader }) => reader.until(() => reader.text.includes(WORD))));
  await Promise.all(all.map((client) => client.leave()));
  // Those beyond the cap are let go at once.
  await rows.at(count - cap - 1);
  for (const stream of provider.streams) {
    for (let i = 1; i < words; i++) stream.say(WORD);
    stream.finish();
  }
  await rows.at(count - 1);
  const told = rows.rows.map(
    ({ error, estimated, output }) => `${error} ${estimated ? "estimated" : "told"} ${output}`,
  );
  const times = (text: string) => told.filter((one) => one === text).length;
  expect([times(`client_closed told ${words}`), times("client_closed estimated 1")]).toEqual([cap, count - cap]);
  tell({ row: "M4", what: "abandoned streams that were drained at once", value: cap, atMost: 64 });
  clients.stop();
  await drains.stop();
  provider.stop();
}, 30_000);
