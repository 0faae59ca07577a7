import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  chunk,
  LAST_CHUNK,
  type RawServer,
  STREAM_HEAD,
  startRawServer,
  sized as whole,
} from "../../src/upstream/fixtures/raw-server.ts";
import { speechOf } from "../faults/speech.ts";
import { Crowd } from "../support/crowd.ts";
import { percentile, sized, tell } from "../support/figures.ts";
import { KEY } from "../support/gateway.ts";
import { filesOf, type Kept, keptBy, probed, resident } from "../support/inside.ts";
import { type Child, cleanUp, folder, startHeadgate } from "../support/process.ts";

const REQUESTS = sized(2000, 1_000_000);
/** Looked at between two of as many lengths. */
const LAPS = sized(4, 10);
/** Whatever is still getting warm then is none of it. */
const WARM_LAPS = sized(2, 3);
/** Short turns, in which the old one and a young one are asked by turns: a machine is quicker and slower from minute to minute. */
const TURNS = sized(1, 11);
const OF_A_TURN = sized(400, 20_000);
const CLIENTS = 32;
/** Sums of what has just been asked have a timer for so long: whatever is there at each look is kept. */
const SHORT_LIVED_MS = sized(0, 3000);

let provider: RawServer;
afterEach(async () => {
  await cleanUp();
  provider.stop();
});

const usage = { input: 7, output: 4 };
const {
  opening,
  said,
  ending,
  whole: spoken,
} = speechOf("openai-chat", { words: ["It ", "goes ", "on ", "and on."], usage });
const ANSWER = whole(spoken);
const BEGUN = STREAM_HEAD + chunk(opening.join("") + said[0]!);
const STREAM = BEGUN + chunk(said.slice(1).join("") + ending.join("")) + LAST_CHUNK;
/** How one in twenty is answered, in turn. */
const FAULTS = [
  whole("{}", "HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json"),
  whole('{"choices":', "HTTP/1.1 200 OK\r\ncontent-type: application/json"),
  whole("{}", "HTTP/1.1 429 Too Many Requests\r\nretry-after: 0\r\ncontent-type: application/json"),
  "cut",
  "reset",
] as const;

/** What a gateway holds when nobody asks anything. */
interface Lap extends Kept {
  readonly rss: number;
  readonly files: number;
}

/** Everything that clients ask of a gateway, mixed. */
class Traffic {
  asked = 0;
  failed = 0;
  private readonly plain: Crowd;
  private readonly streams: Crowd;
  private readonly leaving: Crowd;
  private readonly faulty: readonly [Crowd, Crowd];

  constructor(gateway: string) {
    const crowd = (model: string, content: string, stream: boolean) =>
      new Crowd(gateway, "/v1/chat/completions", KEY, { model, stream, messages: [{ role: "user", content }] });
    this.plain = crowd("lab/good", "Hello", false);
    this.streams = crowd("lab/good", "Hello", true);
    this.leaving = crowd("lab/good", "Leave", true);
    this.faulty = [crowd("lab/faulty", "Hello", false), crowd("lab/faulty", "Hello", true)];
  }

  /** Goes on until so many have been asked, since it began. @returns how long whole answers took, in milliseconds */
  async upTo(number: number): Promise<number[]> {
    const waits: number[] = [];
    const client = async () => {
      while (this.asked < number) await this.ask(this.asked++, waits);
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    return waits;
  }

  stop(): void {
    for (const one of [this.plain, this.streams, ...this.faulty]) one.stop();
  }

  private async ask(number: number, waits: number[]): Promise<void> {
    const kind = number % 20;
    if (kind === 0) await this.leaving.leave();
    else if (kind === 10) {
      const { status } = await this.faulty[(number / 20) & 1]!.ask();
      if (status !== 200) this.failed++;
    } else if (kind % 3 === 1) expect((await this.streams.ask()).status).toBe(200);
    else {
      const { status, ms } = await this.plain.ask();
      expect(status).toBe(200);
      waits.push(ms);
    }
  }
}

test(`${REQUESTS} requests, of which some are streams, some are left and some fail, leave nothing behind`, async () => {
  let faults = 0;
  provider = startRawServer({
    answer(line, { head, body }) {
      if (!head.startsWith("POST /faulty")) {
        // One that will be left never ends by itself.
        line.send(body.includes("Leave") ? BEGUN : body.includes('"stream":true') ? STREAM : ANSWER);
        return;
      }
      const fault = FAULTS[faults++ % FAULTS.length]!;
      if (fault === "reset") line.reset();
      else if (fault === "cut") {
        line.send(BEGUN);
        line.fin();
      } else line.send(fault);
    },
  });
  const at = (path: string) => ({
    wire: "openai-chat",
    base_url: `${provider.url}/${path}`,
    api_key: "sk-1",
    models: [{ id: `lab/${path}`, price: { input: 1, output: 2 } }],
  });
  const providers = { lab: at("good"), other: at("faulty") };
  // Nobody waits for who fails, and nobody leaves him alone: all that is asked for is asked.
  const impatient = {
    retries: { same_endpoint: 0, wait_ms: 0 },
    health: { failures: 1000, cooldown_ms: 1, longest_cooldown_ms: 1 },
  };
  const start = (cwd: string) => {
    writeFileSync(join(cwd, "headgate.yaml"), JSON.stringify({ ...impatient, providers }));
    return startHeadgate([], { command: probed("heap"), cwd, env: { AI_GATEWAY_API_KEY: KEY } });
  };
  const cwd = folder();
  const gateway = await start(cwd);
  const traffic = new Traffic(gateway.url);

  const files = filesOf(gateway);
  const lap = async (upTo: number): Promise<Lap> => {
    await traffic.upTo(upTo);
    await quiet(gateway);
    const kept = await keptBy(gateway);
    let { timers } = kept;
    for (const until = performance.now() + SHORT_LIVED_MS; performance.now() < until; )
      timers = Math.min(timers, (await keptBy(gateway)).timers);
    return { ...kept, timers, rss: resident(gateway), files: filesOf(gateway) };
  };
  const laps: Lap[] = [];
  for (let i = 1; i <= LAPS; i++) laps.push(await lap((REQUESTS * i) / LAPS));
  const aged = await agedBy(traffic, await start(folder()));
  traffic.stop();

  const warm = laps.slice(WARM_LAPS - 1);
  const [first, last] = [warm[0]!, warm.at(-1)!];
  const row = "U12";
  tell({ row, what: "requests", value: REQUESTS });
  tell({ row, what: "of them failed at the provider", value: traffic.failed });
  tell({
    row,
    what: "RSS, more with every 100,000",
    value: slope(warm.map(({ rss }) => rss)) * (100_000 / (REQUESTS / LAPS)),
    unit: "MB",
    atMost: 1,
  });
  tell({ row, what: "RSS at the end", value: last.rss, unit: "MB" });
  tell({
    row,
    what: "heap, times what it was when warm",
    value: last.heapMegabytes / first.heapMegabytes,
    atMost: 1.1,
  });
  // Each client has kept connections, and each of those one to a provider: whatever else is there was left behind.
  tell({ row, what: "descriptors more than are in use", value: last.files - files - 5 * CLIENTS, atMost: 0 });
  tell({ row, what: "timers more", value: last.timers - first.timers, atMost: 0 });
  tell({ row, what: "p99, times that of one that has just become warm", value: aged, atMost: 1.1 });
  expect(traffic.failed).toBeGreaterThan(0);
  expect(last.timers).toBeLessThanOrEqual(first.timers + 2);
  expect(last.files).toBeLessThanOrEqual(files + 5 * CLIENTS);
  // One row each, whatever became of it.
  while ((await metric(gateway, "headgate_ledger_lag_rows")) > 0) await Bun.sleep(10);
  gateway.kill("SIGTERM");
  await gateway.exited;
  using database = new Database(join(cwd, "data", "headgate.db"), { readonly: true });
  expect(database.query<{ n: number }, []>("SELECT count(*) AS n FROM generations").get()!.n).toBe(traffic.asked);
}, 900_000);

/** How much longer p99 takes where so many were asked before. */
async function agedBy(old: Traffic, beginner: Child & { url: string }): Promise<number> {
  const young = new Traffic(beginner.url);
  await young.upTo((REQUESTS / LAPS) * (WARM_LAPS - 1));
  const ratios: number[] = [];
  const p99 = async (one: Traffic) => percentile(await one.upTo(one.asked + OF_A_TURN), 0.99);
  for (let turn = 0; turn < TURNS; turn++) {
    // Whoever comes first in a turn comes second in the next.
    const [first, second] = turn % 2 === 0 ? [old, young] : [young, old];
    const [one, other] = [await p99(first), await p99(second)];
    ratios.push(first === old ? one / other : other / one);
  }
  young.stop();
  return percentile(ratios, 0.5);
}

async function metric(gateway: Child & { url: string }, name: string): Promise<number> {
  const reply = await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${KEY}` } });
  const text = await reply.text();
  return [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)$`, "gm"))].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );
}

/** Until those that were left have been noticed. */
async function quiet(gateway: Child & { url: string }): Promise<void> {
  while ((await metric(gateway, "headgate_streams_open")) > 0) await Bun.sleep(10);
}

/** By how much it grows from one to the next, by least squares. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const over = values.reduce((sum, value, i) => sum + (i - middle) * (value - mean), 0);
  return over / values.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
}
