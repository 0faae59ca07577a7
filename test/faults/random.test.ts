import { afterEach, expect, test } from "bun:test";
import { chunk, type RawServer, STREAM_HEAD, sized, startRawServer } from "../../src/upstream/fixtures/raw-server.ts";
import { chance } from "../../src/wires/fixtures/cuts.ts";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { type LedgerWatch, watchLedger } from "./ledger.ts";
import { framesOf, type Scene, streamOf, well } from "./provider.ts";
import { refusalOf, speechOf } from "./speech.ts";

const COUNT = 300;
const LANES = 20;
const MODEL = "lab/model";
const WIRES = {
  one: "openai-chat",
  two: "openai-chat",
  three: "anthropic-messages",
  four: "openai-responses",
} as const;
type Name = keyof typeof WIRES;

/** Every clock is short, and nobody is left alone for long: all of it happens within seconds. */
const CONFIG = {
  hedging: { percent: 100, models: [MODEL] },
  clocks: { first_byte_ms: 300, first_content_ms: 400, idle_ms: 300, total_ms: 1000 },
  health: { failures: 3, cooldown_ms: 30, longest_cooldown_ms: 100 },
  retries: { wait_ms: 200, backoff_ms: 10 },
};

let provider: RawServer;
let gateway: RunningGateway;
let ledger: LedgerWatch;
let asked: number;
afterEach(async () => {
  await gateway.stop();
  provider.stop();
});

function refuse({ line, wire }: Scene, status: number, fields = ""): void {
  const head = `HTTP/1.1 ${status} No\r\ncontent-type: application/json${fields}`;
  line.send(sized(refusalOf(wire, { message: "no", type: "error" }), head));
}

function begin({ line, speech }: Scene, words: number): void {
  line.send(STREAM_HEAD + [...speech.opening, ...speech.said.slice(0, words)].map(chunk).join(""));
}

/** One word after the other. */
function slowly({ line, speech }: Scene, random: () => number): void {
  line.send(STREAM_HEAD);
  let at = 0;
  for (const frame of framesOf(speech)) {
    at += random() * 10;
    setTimeout(() => line.send(chunk(frame)), at);
  }
  setTimeout(() => line.send("0\r\n\r\n"), at + 1);
}

/** What a provider may do instead of answering. */
const FAULTS: readonly ((scene: Scene, random: () => number) => void)[] = [
  ...[500, 503, 429, 400, 401].map((status) => (scene: Scene) => refuse(scene, status)),
  (scene) => refuse(scene, 429, "\r\nretry-after-ms: 20"),
  ({ line }) => line.reset(),
  ({ line }) => line.fin(),
  () => {},
  ({ line }) => line.send(sized("<html>", "HTTP/1.1 502 Bad\r\ncontent-type: text/html")),
  ({ line }) => line.send(STREAM_HEAD + chunk(": ping\n\n")),
  (scene, random) => setTimeout(() => well(scene), 50 + random() * 200),
  (scene) => begin(scene, 3),
  (scene, random) => {
    begin(scene, Math.floor(random() * 3));
    setTimeout(() => scene.line.reset(), random() * 20);
  },
  ({ line, speech }) => line.send(streamOf([...speech.opening, ...speech.said.slice(0, 2)])),
];

async function start(random: () => number, more: object): Promise<void> {
  asked = 0;
  provider = startRawServer({
    answer(line, request) {
      asked++;
      const wire = WIRES[request.head.split("/")[1] as Name];
      const stream = JSON.parse(request.body.toString()).stream === true;
      const speech = speechOf(wire, { words: [" a", " b", " c", " d"], usage: { input: 11, output: 4 } });
      const scene: Scene = { line, request, wire, stream, speech };
      const what = Math.floor(random() * FAULTS.length * 2);
      if (what < FAULTS.length) FAULTS[what]!(scene, random);
      else if (stream && what % 2 === 0) slowly(scene, random);
      else well(scene);
    },
  });
  const models = [{ id: MODEL, upstream: "model", price: { input: 1, output: 2 } }];
  const providers = Object.entries(WIRES).map(([name, wire]) => [
    name,
    { wire, api_key: `sk-${name}`, base_url: `${provider.url}/${name}`, models },
  ]);
  gateway = await startGateway({
    remembers: true,
    config: { ...CONFIG, ...more, providers: Object.fromEntries(providers) },
  });
  ledger = watchLedger(gateway);
}

const messages = [{ role: "user", content: "Hello" }];
/** Each door, what its clients send, and what ends a stream that is whole. */
const DOORS = [
  ["/v1/chat/completions", { messages }, "data: [DONE]"],
  ["/v1/messages", { messages, max_tokens: 50 }, "event: message_stop"],
  ["/v1/responses", { input: "Hello" }, "event: response.completed"],
] as const;

/** One request of a client that may leave at any moment. */
async function ask(random: () => number): Promise<void> {
  const [path, body, end] = DOORS[Math.floor(random() * DOORS.length)]!;
  const names = Object.keys(WIRES);
  const first = names[Math.floor(random() * names.length)]!;
  const stream = random() < 0.6;
  const leaves = new AbortController();
  if (random() < 0.3) setTimeout(() => leaves.abort(), random() * 100);
  let response: Response;
  let text: string;
  try {
    response = await fetch(gateway.url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      body: JSON.stringify({ model: MODEL, stream, ...body, providerOptions: { gateway: { order: [first] } } }),
      signal: leaves.signal,
    });
    text = await response.text();
  } catch {
    return;
  }
  const { error } = gateway.row(response.headers.get("x-request-id")!)!;
  const isWhole = response.status === 200 && (!stream || text.includes(end));
  expect([isWhole, text]).toEqual([error === null, text]);
  if (!isWhole) expect(text).toContain("error");
}

async function total(metric: string): Promise<number> {
  const page = await (await gateway.get("/metrics")).text();
  const lines = page.split("\n").filter((line) => line.startsWith(metric));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

test.each([
  ["close what their clients left", 1, {}],
  ["read on what their clients left", 2, { drain_abandoned: true }],
])(
  "whatever providers and clients do, rows, replies and metrics tell the same: gateways that %s (seed %d)",
  async (_, seed, more) => {
    const random = chance(seed);
    await start(random, more);
    let next = 0;
    const lane = async () => {
      while (next++ < COUNT) await ask(random);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    while (gateway.headgate.listener.inFlight > 0) await Bun.sleep(5);
    const { rows } = ledger;
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    const attempts = rows.flatMap((row) => JSON.parse(row.attempts));
    expect(await total("headgate_attempts_total")).toBe(attempts.length);
    expect(await total("headgate_streams_open")).toBe(0);
    const cost = rows.reduce((sum, row) => sum + (row.cost ?? 0), 0);
    expect(Math.round((await total("headgate_cost_usd_total")) * 1e9)).toBe(cost);
    const twice = attempts.filter(({ askedTwice }) => askedTwice === true).length;
    expect(await total("headgate_resends_total")).toBe(twice);
    // Nobody was asked of whom nothing is told.
    expect(asked).toBeLessThanOrEqual(attempts.length + twice);
    for (const row of rows) if (row.error === null) expect(JSON.parse(row.attempts).at(-1)).not.toHaveProperty("error");
  },
  30_000,
);
