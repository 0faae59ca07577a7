import { afterEach, describe, expect, test } from "bun:test";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { type LedgerWatch, watchLedger } from "./ledger.ts";

let gateway: RunningGateway;
let ledger: LedgerWatch;
afterEach(() => gateway.stop());

async function start(config: Record<string, unknown> = {}): Promise<void> {
  gateway = await startGateway({ config });
  ledger = watchLedger(gateway);
}

const OPENAI = "openai/gpt-4o";
const CLAUDE = "anthropic/claude-sonnet-4.5";

/** Each door, and what its clients send. */
const DOORS = [
  ["/v1/chat/completions", (content: string) => ({ messages: [{ role: "user", content }] })],
  ["/v1/messages", (content: string) => ({ max_tokens: 10_000, messages: [{ role: "user", content }] })],
  ["/v1/responses", (input: string) => ({ input })],
] as const;

const CELLS = DOORS.flatMap(([path, body]) => [OPENAI, CLAUDE].map((model) => ({ path, model, body })));
type Cell = (typeof CELLS)[number];

/** A client that leaves as soon as it has read this, or at once. */
async function leaveAt({ path, model, body }: Cell, act: string, word: string, stream = true): Promise<void> {
  const leaves = new AbortController();
  const asked = fetch(gateway.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ model, stream, ...body(`${act} Hello`) }),
    signal: leaves.signal,
  });
  if (word === "") {
    await gateway.simulator.when(({ status }) => !stream || status === 200);
    leaves.abort();
    await asked.catch(() => {});
    return;
  }
  const reader = (await asked).body!.pipeThrough(new TextDecoderStream()).getReader();
  for (let read = ""; !read.includes(word); ) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`it ended before ${word}: ${read}`);
    read += value;
  }
  leaves.abort();
}

describe.each(CELLS)("$path with $model", (cell) => {
  test("frees the provider when its client leaves in the middle, and the row has what was said", async () => {
    await start();
    await leaveAt(cell, "[sim tokens=40 mark=g every=0 silence=7]", "g-6");
    const { chunks } = await gateway.simulator.when(({ outcome }) => outcome === "client-closed");
    expect(chunks).toBe(7);
    const row = await ledger.at(0);
    expect(row).toMatchObject({ error: "client_closed", estimated: true, streamed: true, output: 7 });
    expect(row.cost).toBeGreaterThan(0);
    expect(ledger.rows).toHaveLength(1);
  });

  test.each([true, false])("frees it before anything was said, streamed: %p", async (stream) => {
    await start();
    await leaveAt(cell, stream ? "[sim silence=0]" : "[sim silence]", "", stream);
    await gateway.simulator.when(({ outcome }) => outcome === "client-closed");
    const row = await ledger.at(0);
    // What it was sent the provider has read, and charges for.
    expect(row).toMatchObject({
      error: "client_closed",
      output: expect.any(Number),
      estimated: true,
      streamed: stream,
    });
    expect(row.input).toBeGreaterThan(0);
    expect(row.cost).toBeGreaterThan(0);
    const [attempt] = JSON.parse(row.attempts);
    expect(attempt.cost).toBe(row.cost);
  });

  test("is read on where the operator wants to know, and the row has what the provider told", async () => {
    await start({ drain_abandoned: true });
    await leaveAt(cell, "[sim tokens=60 mark=g every=15ms]", "g-2");
    const row = await ledger.at(0);
    expect(row).toMatchObject({ error: "client_closed", estimated: false, streamed: true, output: 60, finish: "stop" });
    expect(row.cost).toBeGreaterThan(0);
    await gateway.simulator.when(({ outcome }) => outcome === "answered");
    expect(JSON.parse(row.attempts)[0].error).toBeUndefined();
    expect(gateway.headgate.listener.inFlight).toBe(0);
  });
});

describe("whole answers", () => {
  const TOLD = { error: "client_closed", streamed: false, estimated: false, output: 30, finish: "stop" };

  test.each(CELLS)("of $path with $model are read on as well, and the row has what they told", async (cell) => {
    await start({ drain_abandoned: true });
    await leaveAt(cell, "[sim tokens=30 every=20ms]", "", false);
    const row = await ledger.at(0);
    expect(row).toMatchObject(TOLD);
    expect(row.cost).toBeGreaterThan(0);
    expect(gateway.simulator.requests.map(({ outcome }) => outcome)).toEqual(["answered"]);
    expect([ledger.rows.length, gateway.headgate.listener.inFlight]).toEqual([1, 0]);
  });

  test("that fail for nobody are not asked of anybody else", async () => {
    await start({ drain_abandoned: true });
    const [chat] = CELLS as [Cell];
    const body = (content: string) => ({ messages: [{ role: "user", content }], models: [CLAUDE] });
    await leaveAt({ ...chat, body }, "[sim status=500 delay=600ms]", "", false);
    const row = await ledger.at(0);
    expect(row).toMatchObject({ error: "client_closed", cost: null });
    expect(JSON.parse(row.attempts)).toMatchObject([{ error: "upstream_error", status: 500 }]);
    expect(gateway.simulator.requests).toHaveLength(1);
  });

  test("and streams together are 64 at once", async () => {
    await start({ drain_abandoned: true, clocks: { total_ms: 20_000 } });
    const [chat] = CELLS as [Cell];
    const leave = new AbortController();
    const body = JSON.stringify({ model: chat.model, ...chat.body("[sim silence]") });
    const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };
    const asked = Array.from({ length: 70 }, () =>
      fetch(gateway.url + chat.path, { method: "POST", headers, body, signal: leave.signal }).catch(() => {}),
    );
    await gateway.simulator.when(() => gateway.simulator.requests.length === 70);
    leave.abort();
    await Promise.all(asked);
    for (let i = 0; i < 6; i++) expect(await ledger.at(i)).toMatchObject({ error: "client_closed", estimated: true });
    expect(gateway.headgate.listener.inFlight).toBe(64);
    expect(ledger.rows).toHaveLength(6);
  });
});

describe("streams that are read on", () => {
  const [cell] = CELLS as [Cell, ...Cell[]];

  test("and break are estimated, like others", async () => {
    await start({ drain_abandoned: true });
    await leaveAt(cell, "[sim tokens=60 mark=g every=5ms reset=20]", "g-2");
    expect(await ledger.at(0)).toMatchObject({ error: "client_closed", estimated: true });
  });

  test("do not go on for ever", async () => {
    await start({ drain_abandoned: true, clocks: { total_ms: 400 } });
    await leaveAt(cell, "[sim tokens=endless mark=g every=5ms]", "g-2");
    expect(await ledger.at(0)).toMatchObject({ error: "client_closed", estimated: true });
    await gateway.simulator.when(({ outcome }) => outcome === "client-closed");
  });

  test("are 64 at once: those beyond end with their clients", async () => {
    await start({ drain_abandoned: true, clocks: { total_ms: 20_000 } });
    const left = Array.from({ length: 70 }, () => leaveAt(cell, "[sim tokens=endless mark=g every=20ms]", "g-0"));
    await Promise.all(left);
    for (let i = 0; i < 6; i++) expect(await ledger.at(i)).toMatchObject({ error: "client_closed", estimated: true });
    expect(gateway.headgate.listener.inFlight).toBe(64);
    expect(ledger.rows).toHaveLength(6);
  });
});
