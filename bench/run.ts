/**
 * What a request costs through the gateway, beside the same request direct and through nginx: `npm run bench`.
 * Gateway or nginx on core 0, provider and load on core 1; everything on (key, edits, ledger). These machines are noisy:
 * each figure is taken in pairs, one right after the other, and the ratio quoted is the median over the pairs.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RateResult, StreamsResult, Task, TurnsResult } from "./load.ts";
import { startNginx } from "./nginx.ts";
import {
  type Child,
  cpuMicroseconds,
  MEASURED_CORE,
  OTHER_CORE,
  putTogether,
  residentKilobytes,
  startScript,
} from "./process.ts";
import { DOORS, type Door, PLAIN, pictures, streaming } from "./requests.ts";
import { firstReply } from "./start.ts";
import { type Figure, table } from "./table.ts";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 4);
for (const tool of ["nginx", "wrk", "taskset"]) {
  if (Bun.which(tool) === null) {
    process.stderr.write(`The bench needs ${tool}: apt-get install nginx-light wrk util-linux\n`);
    process.exit(2);
  }
}

const folder = mkdtempSync(join(tmpdir(), "headgate-bench-"));
const upstream = await startScript(OTHER_CORE, "upstream.ts");
const nginx = await startNginx(upstream.port);
const program = await putTogether("gateway.ts", folder);
const gateway = await startScript(MEASURED_CORE, program, String(upstream.port), join(folder, "a"));
const forgetful = await startScript(MEASURED_CORE, program, String(upstream.port), join(folder, "b"), "--no-ledger");
const managed = await startScript(MEASURED_CORE, program, String(upstream.port), join(folder, "c"), "--managed");
const figures: Figure[] = [];

progress("start");
await Bun.sleep(1000);
const idle = residentKilobytes(gateway.pid);
figures.push({ name: "RSS idle", unit: "MB", gateway: idle / 1024, bar: 60 });

progress("warm-up");
for (const child of [nginx, gateway, forgetful, managed]) await closedLoop(child);

progress("requests/s");
const peaks = await rounds(async () => {
  const [direct, proxy, ours, without, withAll] = [
    await closedLoop(upstream),
    await closedLoop(nginx),
    await closedLoop(gateway),
    await closedLoop(forgetful),
    await closedLoop(managed),
  ];
  return {
    direct: direct.perSecond,
    nginx: proxy.perSecond,
    gateway: ours.perSecond,
    cpu: ours.cpu,
    nginxCpu: proxy.cpu,
    without: without.perSecond,
    managed: withAll.perSecond,
  };
});
figures.push({
  name: "requests/s, 32 connections",
  unit: "",
  direct: mid(peaks, "direct"),
  nginx: mid(peaks, "nginx"),
  gateway: mid(peaks, "gateway"),
});
figures.push({
  name: "CPU a plain request, each at its own peak",
  unit: "µs",
  nginx: mid(peaks, "nginxCpu"),
  gateway: mid(peaks, "cpu"),
  ratio: midRatio(peaks, "cpu", "nginxCpu"),
});
figures.push({
  name: "ledger's share of throughput",
  unit: "%",
  gateway: 100 * (1 - midRatio(peaks, "gateway", "without")),
  bar: 15,
});

figures.push({
  name: "budgets', limits' and ledger's together",
  unit: "%",
  gateway: 100 * (1 - midRatio(peaks, "managed", "without")),
  bar: 25,
});

const half = Math.round(mid(peaks, "gateway") / 2);
progress(`open loop at ${half}/s`);
const paced = await rounds(async () => {
  const [direct, proxy, ours] = [
    await openLoop(upstream, half),
    await openLoop(nginx, half),
    await openLoop(gateway, half),
  ];
  return {
    ...prefixed("direct", direct),
    ...prefixed("nginx", proxy),
    ...prefixed("gateway", ours),
    added: ours.p50 - proxy.p50,
    added99: ours.p99 - proxy.p99,
  };
});
figures.push({
  name: `CPU a plain request, all at ${half}/s`,
  unit: "µs",
  nginx: mid(paced, "nginx.cpu"),
  gateway: mid(paced, "gateway.cpu"),
  ratio: midRatio(paced, "gateway.cpu", "nginx.cpu"),
  bar: 3.2,
});
figures.push({
  name: "p50",
  unit: "ms",
  direct: mid(paced, "direct.p50"),
  nginx: mid(paced, "nginx.p50"),
  gateway: mid(paced, "gateway.p50"),
});
figures.push({
  name: "p99",
  unit: "ms",
  direct: mid(paced, "direct.p99"),
  nginx: mid(paced, "nginx.p99"),
  gateway: mid(paced, "gateway.p99"),
});
figures.push({ name: "p50 added over nginx", unit: "ms", gateway: mid(paced, "added"), bar: 0.5 });

progress("chunks");
const CHUNKS = 300;
const chunk = async (child: Child, door: Door, model: string) => {
  const before = cpuMicroseconds(child.pid);
  const { finished } = await load<StreamsResult>({
    kind: "streams",
    port: child.port,
    path: DOORS[door].path,
    body: streaming(door, model, CHUNKS, 10),
    streams: 64,
  });
  if (finished !== 64) throw new Error(`${finished} of 64 streams of ${model} came to their end`);
  return (cpuMicroseconds(child.pid) - before) / (64 * CHUNKS);
};
/** Through which door, to whom; and at which door the same provider is asked where nothing is translated. */
const PAIRS = [
  { name: "CPU a relayed chunk, 64 streams", door: "chat", model: "openai/gpt-4o-mini", at: "chat", bar: 2.0 },
  {
    name: "CPU a transcoded chunk (Anthropic → chat)",
    door: "chat",
    model: "anthropic/claude-sonnet-4.5",
    at: "messages",
    bar: 2.2,
  },
  { name: "the same, Gemini → chat", door: "chat", model: "google/gemini-2.5-flash", at: "gemini", bar: 2.2 },
  { name: "the same, chat → Messages", door: "messages", model: "lab/large", at: "chat", bar: 2.2 },
  {
    name: "the same, Anthropic → Responses",
    door: "responses",
    model: "anthropic/claude-sonnet-4.5",
    at: "messages",
    bar: 2.2,
  },
] as const;
for (const { name, door, model, at, bar } of PAIRS) {
  // As for plain requests: a gateway runs for weeks, and its compiler is done after some 80,000 chunks of a kind.
  for (let i = 0; i < 4; i++) await chunk(gateway, door, model);
  const chunks = await rounds(async () => ({
    nginx: await chunk(nginx, at, model),
    gateway: await chunk(gateway, door, model),
  }));
  const ratio = midRatio(chunks, "gateway", "nginx");
  figures.push({ name, unit: "µs", nginx: mid(chunks, "nginx"), gateway: mid(chunks, "gateway"), ratio, bar });
}

progress("a megabyte of pictures");
for (const [name, model] of [
  ["relayed", "openai/gpt-4o-mini"],
  ["chat → Anthropic", "anthropic/claude-sonnet-4.5"],
  ["chat → Gemini", "google/gemini-2.5-flash"],
] as const) {
  const body = pictures(model);
  const ask = (child: Child) =>
    load<TurnsResult>({ kind: "turns", port: child.port, path: DOORS.chat.path, body, count: SECONDS * 20 });
  const times = await rounds(async () => {
    const [direct, proxy, ours] = [await ask(upstream), await ask(nginx), await ask(gateway)];
    return { direct: direct.p50, nginx: proxy.p50, gateway: ours.p50, added: ours.p50 - direct.p50 };
  });
  figures.push({
    name: `p50 of 1 MB with ten pictures, ${name}`,
    unit: "ms",
    direct: mid(times, "direct"),
    nginx: mid(times, "nginx"),
    gateway: mid(times, "gateway"),
  });
  figures.push({ name: "added over a direct request", unit: "ms", gateway: mid(times, "added"), bar: 20 });
}

progress("first content");
for (const streams of [1, 64]) {
  const first = async (child: Child) => {
    const times: number[] = [];
    for (let i = 0; i < (streams === 1 ? 20 : 5); i++) {
      times.push(
        (
          await load<StreamsResult>({
            kind: "streams",
            port: child.port,
            path: DOORS.chat.path,
            body: streaming("chat", "openai/gpt-4o-mini", 2, 1),
            streams,
          })
        ).firstContent,
      );
    }
    return median(times);
  };
  const firsts = await rounds(async () => ({
    direct: await first(upstream),
    nginx: await first(nginx),
    gateway: await first(gateway),
  }));
  const one = streams === 1 ? "" : "s";
  figures.push({
    name: `first content, ${streams} stream${one}`,
    unit: "ms",
    direct: mid(firsts, "direct"),
    nginx: mid(firsts, "nginx"),
    gateway: mid(firsts, "gateway"),
  });
}

progress("1,000 streams");
const resting = residentKilobytes(gateway.pid);
let most = 0;
const watching = setInterval(() => {
  most = Math.max(most, residentKilobytes(gateway.pid));
}, 100);
const thousand = await load<StreamsResult>({
  kind: "streams",
  port: gateway.port,
  path: DOORS.chat.path,
  body: streaming("chat", "openai/gpt-4o-mini", 40, 200),
  streams: 1000,
});
clearInterval(watching);
figures.push({
  name: `RSS a stream at 1,000 (${thousand.finished} finished, ${thousand.openTogether} open together)`,
  unit: "KB",
  gateway: (most - resting) / 1000,
  bar: 50,
});

progress("from start to first reply");
const starts = await rounds(() => firstReply(folder));
figures.push({ name: "process start to first reply", unit: "ms", gateway: mid(starts, "bun"), bar: 300 });
figures.push({
  name: "`npm start` to first reply, when installed",
  unit: "ms",
  gateway: mid(starts, "npm"),
  bar: 1000,
});

for (const child of [gateway, forgetful, managed, nginx, upstream]) await child.kill();
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`\n${table(figures)}\n`);
mkdirSync(new URL("results/", import.meta.url), { recursive: true });
writeFileSync(
  new URL("results/latest.json", import.meta.url),
  `${JSON.stringify({ at: new Date().toISOString(), rounds: ROUNDS, figures }, null, 2)}\n`,
);
process.exit();

/** As fast as it goes. */
async function closedLoop(child: Child): Promise<{ perSecond: number; cpu: number }> {
  const script = join(folder, "post.lua");
  writeFileSync(
    script,
    `wrk.method="POST"; wrk.headers["content-type"]="application/json"; wrk.headers["authorization"]="Bearer bench"; wrk.body=${JSON.stringify(PLAIN)}`,
  );
  const before = cpuMicroseconds(child.pid);
  const wrk = Bun.spawn(
    [
      "taskset",
      "-c",
      String(OTHER_CORE),
      "wrk",
      "-t1",
      "-c32",
      `-d${SECONDS}s`,
      "-s",
      script,
      `http://127.0.0.1:${child.port}/v1/chat/completions`,
    ],
    { stdout: "pipe" },
  );
  const text = await new Response(wrk.stdout).text();
  const done = Number(/(\d+) requests in/.exec(text)?.[1]);
  if (/Non-2xx/.test(text)) throw new Error(`not every reply was a 200:\n${text}`);
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]),
    cpu: (cpuMicroseconds(child.pid) - before) / done,
  };
}

async function openLoop(child: Child, perSecond: number): Promise<RateResult & { cpu: number }> {
  const before = cpuMicroseconds(child.pid);
  const result = await load<RateResult>({
    kind: "rate",
    port: child.port,
    path: DOORS.chat.path,
    body: PLAIN,
    perSecond,
    seconds: SECONDS,
    connections: 256,
  });
  return { ...result, cpu: (cpuMicroseconds(child.pid) - before) / result.done };
}

async function load<Result>(task: Task): Promise<Result> {
  const child = Bun.spawn(
    ["taskset", "-c", String(OTHER_CORE), process.execPath, new URL("load.ts", import.meta.url).pathname],
    { stdin: new Blob([JSON.stringify(task)]), stdout: "pipe", stderr: "inherit" },
  );
  return JSON.parse(await new Response(child.stdout).text()) as Result;
}

async function rounds<Row>(take: () => Promise<Row>): Promise<Row[]> {
  const rows: Row[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    rows.push(await take());
    process.stderr.write(".");
  }
  return rows;
}

function prefixed(name: string, { cpu, p50, p99 }: RateResult & { cpu: number }): Record<string, number> {
  return { [`${name}.cpu`]: cpu, [`${name}.p50`]: p50, [`${name}.p99`]: p99 };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function mid<Row extends object>(rows: readonly Row[], name: string): number {
  return median(rows.map((row) => (row as Record<string, number>)[name]!));
}

/** Median of the ratios of adjacent pairs. */
function midRatio<Row extends object>(rows: readonly Row[], above: string, below: string): number {
  return median(rows.map((row) => (row as Record<string, number>)[above]! / (row as Record<string, number>)[below]!));
}

function progress(what: string): void {
  process.stderr.write(`\n${what} `);
}
