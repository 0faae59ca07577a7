import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { type NameServer, startNameServer } from "../../src/upstream/fixtures/name-server.ts";
import { sized as answer, type RawServer, startRawServer } from "../../src/upstream/fixtures/raw-server.ts";
import { codesOf } from "../faults/ledger.ts";
import { speechOf } from "../faults/speech.ts";
import { Clients } from "../streams/client.ts";
import { percentile, sized, tell } from "../support/figures.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

/** Names at real name servers: this machine's own, on loopback. */

const HOLES = ["hole-a", "hole-b", "hole-c", "hole-d"];
const PARALLEL = sized(20, 100);
const TIMES = sized(100, 1000);

let names: NameServer;
let servers: RawServer[];
let gateway: RunningGateway;

/** A provider that keeps no connection: each request needs a new one. */
function startProvider(word: string, more: { hostname?: string; port?: number } = {}): RawServer {
  const { whole } = speechOf("openai-chat", { words: [word], usage: { input: 1, output: 1 } });
  const head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
  const server = startRawServer({
    ...more,
    answer(line) {
      // What a test remembers is no leak.
      (server.lines as unknown[]).length = 0;
      line.send(answer(whole, head));
    },
  });
  servers.push(server);
  return server;
}

beforeEach(async () => {
  servers = [];
  names = await startNameServer({
    "well.test": { addresses: ["127.0.0.1"], ttl: 60 },
    "moves.test": { addresses: ["127.0.0.1"], ttl: 1 },
    ...Object.fromEntries(HOLES.map((hole) => [`${hole}.test`, "silence" as const])),
  });
  const { port } = startProvider("here");
  // As moved: another machine, as far as anybody can tell.
  startProvider("moved", { hostname: "127.0.0.2", port });
  const provider = (name: string) => ({
    [name]: {
      wire: "openai-chat",
      base_url: `http://${name}.test:${port}/v1`,
      api_key: "sk-1",
      models: [{ id: `lab/${name}` }],
      // Before the resolver gives up.
      clocks: { connect_ms: 4000 },
    },
  });
  const all = ["well", "moves", "nobody", ...HOLES].map(provider);
  gateway = await startGateway({ config: { providers: Object.assign({}, ...all) } });
});
afterEach(async () => {
  await gateway.stop();
  names.stop();
  for (const server of servers) server.stop();
});

const request = (model: string, more: object = {}) => ({
  model,
  messages: [{ role: "user", content: "Hello" }],
  ...more,
});

/** How long each of so many requests took, one after the other, in milliseconds. */
async function timesOf(model: string, more: object = {}): Promise<{ times: number[]; ids: string[] }> {
  const times: number[] = [];
  const ids: string[] = [];
  for (let i = 0; i < TIMES; i++) {
    const began = performance.now();
    const response = await gateway.post("/v1/chat/completions", request(model, more));
    await response.arrayBuffer();
    times.push(performance.now() - began);
    expect(response.status).toBe(200);
    ids.push(response.headers.get("x-request-id")!);
  }
  return { times, ids };
}

test(`${HOLES.length} names that no name server answers for, and ${PARALLEL} requests for each, slow nobody else`, async () => {
  await timesOf("lab/well");
  const alone = await timesOf("lab/well");
  // No `fetch`: it has no more than 256 requests at once.
  const clients = new Clients(gateway);
  const waiting = HOLES.flatMap((hole) =>
    Array.from({ length: PARALLEL }, () => clients.ask(`lab/${hole}`, "Hello").answer),
  );
  while (gateway.headgate.listener.inFlight < waiting.length) await Bun.sleep(1);
  while (HOLES.some((hole) => names.asked(`${hole}.test`) === 0)) await Bun.sleep(1);
  const beside = await timesOf("lab/well");
  const files: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const began = performance.now();
    await readFile(import.meta.path);
    files.push(performance.now() - began);
  }
  // Each has its row: the ledger was written meanwhile.
  for (const id of beside.ids) expect(gateway.row(id)).toMatchObject({ error: null, model: "lab/well" });
  const most = Math.max(...HOLES.map((hole) => names.asked(`${hole}.test`)));
  expect(most).toBe(1);
  expect(names.asked("well.test")).toBe(1);
  const row = "U9";
  const more = percentile(beside.times, 0.99) - percentile(alone.times, 0.99);
  tell({ row, what: "others' p99, more than alone", value: Math.max(0, more), unit: "ms", atMost: 5 });
  tell({ row, what: "look-ups of a name at once", value: most, atMost: 1 });
  tell({ row, what: "reading a file, p99", value: percentile(files, 0.99), unit: "ms", atMost: 5 });
  for (const { status, whole } of await Promise.all(waiting)) {
    expect(status).toBe(504);
    expect(JSON.parse(whole!).error.code).toBe("upstream_connect_timeout");
  }
  clients.stop();
}, 60_000);

test("a name that nobody has leads to the next provider at once", async () => {
  const { times, ids } = await timesOf("lab/nobody", { models: ["lab/well"] });
  for (const id of ids) expect(codesOf(gateway.row(id)!)).toEqual(["upstream_unreachable", null]);
  tell({
    row: "U9",
    what: "NXDOMAIN to another's answer, p99",
    value: percentile(times, 0.99),
    unit: "ms",
    atMost: 50,
  });
}, 30_000);

test("a name that moves is followed when its time has come", async () => {
  const said = async () => {
    const response = await gateway.post("/v1/chat/completions", request("lab/moves"));
    return (await jsonOf(response)).choices[0].message.content as string;
  };
  expect(await said()).toBe("here");
  for (const [address, word] of [
    ["127.0.0.2", "moved"],
    ["127.0.0.1", "here"],
  ] as const) {
    const began = performance.now();
    names.names.set("moves.test", { addresses: [address], ttl: 1 });
    while ((await said()) !== word) await Bun.sleep(5);
    tell({
      row: "U9",
      what: `a TTL of 1 s followed to ${address}`,
      value: performance.now() - began,
      unit: "ms",
      atMost: 2500,
    });
  }
}, 30_000);
