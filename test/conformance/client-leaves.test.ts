import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { type LedgerWatch, watchLedger } from "../faults/ledger.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, clientOf, failure, RELAYED, sent, TRANSCODED, WAYS } from "./client.ts";

let gateway: RunningGateway;
let client: OpenAI;
let ledger: LedgerWatch;
/** Where the next row will stand. */
let next: number;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway);
  ledger = watchLedger(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.simulator.forget();
  next = ledger.rows.length;
});

/** What the gateway guesses for so many words of the mark `g`, of which nobody told it the tokens. */
function estimate(words: number): number {
  return Math.ceil(Array.from({ length: words }, (_, i) => `g-${i}`).join(" ").length / 4);
}

describe.each(WAYS)("a client that leaves a stream of %s", (model) => {
  test("frees the provider, and the row has what had been said by then", async () => {
    const request = { ...ask(model, "[sim tokens=20 mark=g every=0 silence=7]"), stream: true as const };
    const stream = await client.chat.completions.create(request);
    let words = 0;
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) words++;
      if (words === 7) break;
    }
    const gone = await gateway.simulator.when(({ outcome }) => outcome === "client-closed");
    expect(gone.chunks).toBe(7);
    const row = await ledger.at(next);
    expect(row).toMatchObject({ error: "client_closed", estimated: true, output: estimate(7), streamed: true });
    expect(row.input).toBeGreaterThan(10);
    expect(row.cost).toBeGreaterThan(0);
    expect(ledger.rows).toHaveLength(next + 1);
    sent(gateway);
  });

  test("wherever it leaves, is billed for no more than was sent and no less than it read", async () => {
    for (const cut of [1, 4, 9, 16, 30]) {
      next = ledger.rows.length;
      gateway.simulator.forget();
      const stream = client.chat.completions.stream(ask(model, `[sim tokens=5000 mark=g every=1ms id=cut-${cut}]`));
      let words = 0;
      stream.on("content.delta", () => {
        words++;
        if (words === cut) stream.abort();
      });
      await failure(stream.done(), OpenAI.APIUserAbortError);
      const gone = await gateway.simulator.when(({ outcome }) => outcome === "client-closed");
      const row = await ledger.at(next);
      expect(row.error).toBe("client_closed");
      expect(row.output).toBeGreaterThanOrEqual(estimate(words));
      expect(row.output).toBeLessThanOrEqual(estimate(gone.chunks));
    }
  });

  test("before its first word is told nothing, billed what the provider has read, and the provider is let go", async () => {
    const abort = new AbortController();
    const call = client.chat.completions.create(
      { ...ask(model, "[sim tokens=5 silence=0]"), stream: true },
      { signal: abort.signal },
    );
    await gateway.simulator.when(({ status }) => status === 200);
    abort.abort();
    await failure(call, OpenAI.APIUserAbortError);
    await gateway.simulator.when(({ outcome }) => outcome === "client-closed");
    const row = await ledger.at(next);
    // Claude begins with what it has read; of the others it is estimated.
    expect(row).toMatchObject({ error: "client_closed", finish: null, estimated: true });
    expect(row.input).toBeGreaterThan(0);
    expect(row.cost).toBeGreaterThan(0);
    sent(gateway);
  });

  test("while a plain answer is made, and no row is lost", async () => {
    const abort = new AbortController();
    const call = client.chat.completions.create(ask(model, "[sim silence]"), { signal: abort.signal });
    await gateway.simulator.when(() => true);
    abort.abort();
    await failure(call, OpenAI.APIUserAbortError);
    await gateway.simulator.when(({ outcome }) => outcome === "client-closed");
    expect(await ledger.at(next)).toMatchObject({ error: "client_closed", streamed: false, finish: null });
    sent(gateway);
  });
});

test("a client that leaves is not served by the next model", async () => {
  const abort = new AbortController();
  const request = { ...ask(RELAYED, "[sim model=gpt-4o silence]"), models: [TRANSCODED] };
  const call = client.chat.completions.create(request as typeof request, { signal: abort.signal });
  await gateway.simulator.when(() => true);
  abort.abort();
  await failure(call, OpenAI.APIUserAbortError);
  const row = await ledger.at(next);
  expect(row).toMatchObject({ error: "client_closed", model: RELAYED });
  expect(JSON.parse(row.attempts)).toHaveLength(1);
  sent(gateway);
});

test("a client that times out by itself asks again, and each time has its row", async () => {
  const hurried = clientOf(gateway, { timeout: 300, maxRetries: 1 });
  await failure(hurried.chat.completions.create(ask(RELAYED, "[sim silence]")), OpenAI.APIConnectionTimeoutError);
  for (const index of [next, next + 1]) expect(await ledger.at(index)).toMatchObject({ error: "client_closed" });
  sent(gateway, 2);
});

test("a client that stays to the end is not taken for one that left", async () => {
  for (const model of WAYS) {
    const stream = client.chat.completions.stream(ask(model, "[sim tokens=3 every=0]"));
    await stream.done();
  }
  for (const index of [0, 1, 2]) expect(await ledger.at(next + index)).toMatchObject({ error: null, estimated: false });
});

test("nothing stays open behind those who left", async () => {
  const before = gateway.headgate.listener.inFlight;
  expect(before).toBe(0);
  for (const { pool } of [...gateway.headgate.gateway.snapshot.choice.credentials.values()].flat()) pool.close();
  while (gateway.simulator.counters.open > 0) await Bun.sleep(5);
});
