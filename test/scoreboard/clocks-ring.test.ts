import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chunk, LAST_CHUNK, STREAM_HEAD } from "../../src/upstream/fixtures/raw-server.ts";
import { askAt, type Told } from "../faults/doors.ts";
import { type DeafPort, deafPort } from "../faults/ports.ts";
import {
  breaking,
  type FaultyProvider,
  forEver,
  type Part,
  type Play,
  startFaultyProvider,
} from "../faults/provider.ts";
import { sized, tell } from "../support/figures.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";

const MS = sized(60, 500);
const THINKS_MS = sized(400, 180_000);
/** Each clock rings so often. */
const TIMES = sized(1, 10);

const nothing: Play = () => {};
const pings: Play = breaking(0, ({ line, speech }) => forEver(line, 5, () => chunk(speech.ping)));
const half: Play = ({ line, speech }) =>
  line.send(STREAM_HEAD.replace("text/event-stream", "application/json") + chunk(speech.whole.slice(0, 20)));

/** What makes each clock ring, plain and streamed, when it is the only one that can. */
const CLOCKS: readonly [clock: string, setting: string, stream: boolean, play: Play][] = [
  ["connect", "connect_ms", false, nothing],
  ["connect", "connect_ms", true, nothing],
  ["first byte", "first_byte_ms", false, nothing],
  ["first byte", "first_byte_ms", true, nothing],
  ["first content", "first_content_ms", true, pings],
  ["idle", "idle_ms", false, half],
  ["idle", "idle_ms", true, breaking(3, nothing)],
  ["total", "total_ms", false, nothing],
  ["total", "total_ms", true, breaking(3, ({ line, speech }) => forEver(line, 5, () => chunk(speech.ping)))],
];

let deaf: DeafPort;
let provider: FaultyProvider;
let gateway: RunningGateway;
beforeAll(async () => {
  deaf = await deafPort();
  const parts = new Map<string, Part>(
    CLOCKS.map(([, , , play], i) => [`c${i}`, { wire: "openai-chat", play, mark: "c" }]),
  );
  const thinks: Play = ({ line, speech: { opening, said, ending } }) =>
    setTimeout(() => {
      line.send(STREAM_HEAD + [...opening, ...said, ...ending].map(chunk).join("") + LAST_CHUNK);
    }, THINKS_MS);
  parts.set("thinker", { wire: "openai-chat", play: thinks, mark: "t" });
  provider = startFaultyProvider(parts);
  const providers: Record<string, object> = {};
  for (const name of parts.keys()) {
    const [clock, setting] = CLOCKS[Number(name.slice(1))] ?? [];
    const origin = clock === "connect" ? `http://127.0.0.1:${deaf.port}` : provider.server.url;
    providers[name] = {
      wire: "openai-chat",
      base_url: `${origin}/${name}/v1`,
      api_key: "sk-1",
      models: [{ id: `lab/${name}` }],
      ...(setting === undefined ? {} : { clocks: { [setting]: MS } }),
    };
  }
  gateway = await startGateway({ config: { providers } });
});
afterAll(async () => {
  await gateway.stop();
  provider.stop();
  deaf.stop();
});

describe.each(CLOCKS.map(([clock, , stream], i) => ({ clock, stream, i })))("$clock, streamed: $stream", (one) => {
  test("rings when it should", async () => {
    const { clock, stream, i } = one;
    const off: number[] = [];
    for (let time = 0; time < TIMES; time++) {
      const began = performance.now();
      const told = await askAt("openai-chat", gateway, { model: `lab/c${i}`, stream, fallbacks: [] });
      off.push(Math.abs(performance.now() - began - MS));
      expect(told.raw).toContain(`${MS} ms`);
      expect(gateway.row(told.id)!.error).toBe(clock === "connect" ? "upstream_connect_timeout" : "upstream_timeout");
      // Whoever was late is not kept on the line.
      while (provider.open > 0) await Bun.sleep(1);
    }
    const what = `${clock} of ${MS} ms, ${stream ? "streamed" : "plain"}: off by at most`;
    tell({ row: "U10", what, value: Math.max(...off), unit: "ms", atMost: 50 });
  }, 30_000);
});

test(
  `who thinks for ${THINKS_MS} ms is waited for, with the clocks as they are`,
  async () => {
    const told: Told = await askAt("openai-chat", gateway, { model: "lab/thinker", stream: true, fallbacks: [] });
    expect(told.words).toBe("t-0 t-1 t-2 t-3 t-4 t-5");
    expect(gateway.row(told.id)).toMatchObject({ error: null, output: 6 });
    tell({ row: "U10", what: "thought for", value: THINKS_MS / 1000, unit: "s" });
    tell({ row: "U10", what: "heartbeats meanwhile", value: told.raw.split(": keep-alive").length - 1 });
  },
  THINKS_MS + 10_000,
);
