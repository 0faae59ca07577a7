import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type LedgerWatch, watchLedger } from "../faults/ledger.ts";
import { chunksOf, dataOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { type Client, Clients } from "./client.ts";
import { type Stream, startUpstream, type Upstream, WAYS } from "./upstream.ts";

let upstream: Upstream;
let gateway: RunningGateway;
let clients: Clients;
let ledger: LedgerWatch;
/** Where the next row and the next request will stand. */
let next: number;
let asked: number;
beforeAll(async () => {
  upstream = startUpstream({ greets: false });
  gateway = await startGateway({ config: { providers: upstream.providers } });
  // A configuration cannot say less than a second, which is long to wait for in a test.
  Object.assign(gateway.headgate.gateway.snapshot, { heartbeatMs: 60 });
  clients = new Clients(gateway);
  ledger = watchLedger(gateway);
});
afterAll(async () => {
  clients.stop();
  await gateway.stop();
  upstream.stop();
});
beforeEach(() => {
  next = ledger.rows.length;
  asked = upstream.streams.length;
});

const COMMENT = ": keep-alive\n\n";

/** The request that a provider gets next. */
async function nextStream(): Promise<Stream> {
  await upstream.asked(asked + 1);
  return upstream.streams[asked++]!;
}

async function firstComment(client: Client): Promise<void> {
  const { status, headers } = await client.answer;
  expect([status, headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  await client.reader.until(() => client.reader.text.includes(COMMENT));
  // Nothing was said, by anybody.
  expect(client.reader.text.replaceAll(COMMENT, "")).toBe("");
}

function wordsOf(sse: string): string {
  return chunksOf(sse)
    .map((chunk) => chunk.choices?.[0]?.delta.content ?? "")
    .join("");
}

describe("a provider that is silent for longer than the heartbeat", () => {
  test.each(WAYS)("is waited for with comments, and answers as if nothing had been (%s)", async (way) => {
    const client = clients.ask(`lab/${way}`, "think");
    const stream = await nextStream();
    await firstComment(client);
    stream.open();
    stream.say("At last.");
    stream.finish();
    const text = await client.text();
    expect(text).toStartWith(COMMENT);
    expect(wordsOf(text)).toBe("At last.");
    expect(dataOf(text).at(-1)).toBe("[DONE]");
    expect(await ledger.at(next)).toMatchObject({ error: null, output: 1, model: `lab/${way}` });
  });

  test("may still be replaced, and the client cannot tell", async () => {
    const client = clients.ask("lab/relayed", "think", { more: { models: ["lab/transcoded"] } });
    const first = await nextStream();
    first.open();
    await firstComment(client);
    first.line.reset();
    const second = await nextStream();
    second.open();
    second.say("Another's.");
    second.finish();
    const text = await client.text();
    expect(wordsOf(text)).toBe("Another's.");
    const chunks = chunksOf(text);
    expect(new Set(chunks.map(({ model }) => model))).toEqual(new Set(["lab/transcoded"]));
    expect(new Set(chunks.map(({ id }) => id))).toEqual(new Set([(await client.answer).headers.get("x-request-id")]));
    expect(dataOf(text).at(-1)).toBe("[DONE]");
    const row = await ledger.at(next);
    expect(row).toMatchObject({ error: null, model: "lab/transcoded" });
    expect(JSON.parse(row.attempts)).toHaveLength(2);
  });

  test("and then fails, with nobody to replace it, is told in band: the status is spent", async () => {
    const client = clients.ask("lab/relayed", "think");
    const stream = await nextStream();
    stream.open();
    await firstComment(client);
    stream.line.fin();
    const text = await client.text();
    const [told, ...others] = chunksOf(text);
    expect(others).toEqual([]);
    expect(told).toMatchObject({ error: { code: "upstream_truncated" } });
    expect(told.generationId).toBe((await client.answer).headers.get("x-request-id"));
    expect(text).not.toContain("[DONE]");
    expect(await ledger.at(next)).toMatchObject({ error: "upstream_truncated", output: null, cost: null });
  });

  test("is let go when the client leaves while it waits, and nobody else is asked", async () => {
    const client = clients.ask("lab/relayed", "think", { more: { models: ["lab/transcoded"] } });
    const stream = await nextStream();
    await firstComment(client);
    await client.leave();
    await stream.line.ended;
    expect(await ledger.at(next)).toMatchObject({
      error: "client_closed",
      output: 0,
      // What it has read by then.
      estimated: true,
      model: "lab/relayed",
    });
    expect(upstream.streams).toHaveLength(asked);
  });
});

test("a stream that falls silent in the middle is kept alive between its frames, never inside one", async () => {
  const client = clients.ask("lab/relayed", "think");
  const stream = await nextStream();
  stream.open();
  stream.say("Before");
  // On a machine that is busy there may have been one before as well.
  const behind = (text: string) => text.slice(text.indexOf("Before")).includes(COMMENT);
  await client.reader.until(() => client.reader.text.includes("Before") && behind(client.reader.text));
  stream.say(" and after.");
  stream.finish();
  const text = await client.text();
  expect(behind(text.slice(0, text.indexOf(" and after.")))).toBe(true);
  for (const frame of text.split("\n\n")) expect(frame).toMatch(/^(data: .*|: keep-alive|)$/);
  expect(wordsOf(text)).toBe("Before and after.");
});
