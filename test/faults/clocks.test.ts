import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { chunksOf, dataOf, jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { codesOf } from "./ledger.ts";

/** Words that a provider says where nothing keeps it from it. */
const WORDS = 4;

/** One of the gateway's clocks is short, and the others are too long to be the one that rings. */
const CLOCKS = {
  first_byte: { first_byte_ms: 250 },
  first_content: { first_content_ms: 250 },
  idle: { idle_ms: 250 },
  total: { total_ms: 400 },
} as const;
type Clock = keyof typeof CLOCKS;

const gateways = {} as Record<Clock, RunningGateway>;
beforeAll(async () => {
  // A spare of its own for every way: only the models under test are in a hurry.
  for (const clock of Object.keys(CLOCKS) as Clock[])
    gateways[clock] = await startGateway({ config: { clocks: CLOCKS[clock] } });
});
afterAll(async () => {
  for (const gateway of Object.values(gateways)) await gateway.stop();
});
beforeEach(() => {
  for (const { simulator } of Object.values(gateways)) simulator.forget();
});

/** The ways through the gateway: the model that goes it, what its provider calls it, and who is asked next. */
const WAYS = [
  ["relayed", "openai/gpt-4o", "gpt-4o", "anthropic/claude-sonnet-4.5"],
  ["transcoded", "anthropic/claude-sonnet-4.5", "claude-sonnet-4-5-20250929", "openai/gpt-4o"],
  ["reshaped", "deepseek/deepseek-v4-pro", "deepseek-v4-pro", "openai/gpt-4o"],
] as const;

interface Silence {
  id: string;
  /** What the simulator is told to do. */
  does: string;
  clock: Clock;
  stream: boolean;
  /** What the message of the error says of the clock. */
  says: string;
}

/** Providers that say nothing, before anything was said: somebody else may be asked, once. */
const BEFORE: readonly Silence[] = [
  { id: "F06 never answers", does: "silence", clock: "first_byte", stream: false, says: "firstByte" },
  { id: "F06 never answers", does: "silence", clock: "first_byte", stream: true, says: "firstByte" },
  { id: "F06 answers too late", does: "delay=60s", clock: "total", stream: false, says: "total" },
  { id: "F19 half of a body, then nothing", does: "silence=1", clock: "idle", stream: false, says: "idle" },
  { id: "S04 opened, then nothing", does: "silence=0", clock: "first_content", stream: true, says: "firstContent" },
  {
    id: "S04 pings for ever",
    does: "pings=endless every=5ms",
    clock: "first_content",
    stream: true,
    says: "firstContent",
  },
  { id: "S04 opened, then nothing", does: "silence=0", clock: "idle", stream: true, says: "idle" },
];

/** Providers that have begun: the client is told in band, and nobody else is asked. */
const AFTER: readonly (Omit<Silence, "stream"> & { words?: number })[] = [
  { id: "S08 three words, then silence", does: "every=1ms silence=3", clock: "idle", says: "idle", words: 3 },
  { id: "S08 three words, then silence", does: "every=1ms silence=3", clock: "total", says: "total", words: 3 },
  { id: "S09 never ends", does: "tokens=endless every=2ms", clock: "total", says: "total" },
];

function waited(clock: Clock): number {
  return Object.values(CLOCKS[clock])[0]!;
}

function request(model: string, upstream: string, does: string, more: object) {
  const content = `[sim tokens=${WORDS} mark=b every=0][sim model=${upstream} mark=a ${does}] Hello`;
  return { model, messages: [{ role: "user", content }], ...more };
}

function wordsOf(text: string): string {
  return chunksOf(text)
    .map((chunk) => chunk.choices?.[0]?.delta.content ?? "")
    .join("");
}

/** The provider's connection is given up, rather than left to go on. */
async function expectLetGo({ simulator }: RunningGateway, upstream: string): Promise<void> {
  const { body } = await simulator.when(({ outcome }) => outcome === "client-closed");
  expect(body).toMatchObject({ model: upstream });
}

describe.each(WAYS)("%s", (_, model, upstream, next) => {
  test.each(BEFORE)("$id (clock: $clock, streamed: $stream) is a 504 that names the clock", async (silence) => {
    const { does, clock, stream, says } = silence;
    const gateway = gateways[clock];
    const response = await gateway.post("/v1/chat/completions", request(model, upstream, does, { stream }));
    const body = await jsonOf(response);
    expect([response.status, body.error.code]).toEqual([504, "upstream_timeout"]);
    expect(body.error.message).toContain(`${waited(clock)} ms (clock: ${says})`);
    expect(response.headers.get("x-should-retry")).toBe("false");
    // Somebody may have been billed, but nobody told us of it.
    expect(gateway.row(body.generationId)).toMatchObject({ error: "upstream_timeout", finish: null });
    expect(gateway.simulator.requests).toHaveLength(1);
    await expectLetGo(gateway, upstream);
  });

  test.each(BEFORE)("$id (clock: $clock, streamed: $stream) is never noticed with a spare", async (silence) => {
    const { does, clock, stream } = silence;
    const gateway = gateways[clock];
    const body = request(model, upstream, does, { stream, models: [next] });
    const response = await gateway.post("/v1/chat/completions", body);
    const text = await response.text();
    const row = gateway.row(response.headers.get("x-request-id")!)!;
    expect(response.status).toBe(200);
    expect(row).toMatchObject({ error: null, model: next, output: WORDS });
    expect(codesOf(row)).toEqual(["upstream_timeout", null]);
    if (stream) expect([dataOf(text).at(-1), wordsOf(text)]).toEqual(["[DONE]", "b-0 b-1 b-2 b-3"]);
    expect(gateway.simulator.requests).toHaveLength(2);
    await expectLetGo(gateway, upstream);
  });

  test.each(AFTER)("$id (clock: $clock) ends in an error in band, and nobody else is asked", async (silence) => {
    const { does, clock, says, words } = silence;
    const gateway = gateways[clock];
    const body = request(model, upstream, does, { stream: true, models: [next] });
    const response = await gateway.post("/v1/chat/completions", body);
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text).not.toContain("[DONE]");
    const chunks = chunksOf(text);
    const last = chunks.at(-1);
    expect(last.error).toMatchObject({ code: "upstream_timeout", type: "internal_server_error" });
    expect(last.error.message).toContain(`${waited(clock)} ms (clock: ${says})`);
    expect(chunks.some((chunk) => chunk.choices?.[0]?.finish_reason || chunk.usage)).toBe(false);
    const said = wordsOf(text);
    if (words === undefined) expect(said.length).toBeGreaterThan(0);
    else expect(said.split(" ")).toHaveLength(words);
    // What was said is paid for.
    const row = gateway.row(last.generationId)!;
    expect(row).toMatchObject({ error: "upstream_timeout", estimated: true, output: Math.ceil(said.length / 4) });
    expect(row.cost).toBeGreaterThan(0);
    expect(gateway.simulator.requests).toHaveLength(1);
    await expectLetGo(gateway, upstream);
  });
});

test("a provider that is slow but speaks is not cut off by the clock of silence", async () => {
  // A second is long for a machine that stalls; all of it takes longer.
  const gateway = await startGateway({ config: { clocks: { idle_ms: 1000 } } });
  const body = request("openai/gpt-4o", "gpt-4o", "tokens=30 every=50ms", { stream: true });
  const text = await (await gateway.post("/v1/chat/completions", body)).text();
  expect(dataOf(text).at(-1)).toBe("[DONE]");
  expect(wordsOf(text).split(" ")).toHaveLength(30);
  await gateway.stop();
});
