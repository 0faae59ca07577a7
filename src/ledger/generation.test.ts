import { describe, expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import { objectAt } from "../core/json.ts";
import { Readings } from "../core/readings.ts";
import { GenerationStore } from "../store/generations.ts";
import { SqliteDatabase } from "../store/sqlite.ts";
import { openSqliteFile } from "../store/sqlite-file.ts";
import {
  CLAUDE,
  CREATED_AT,
  closed,
  endpoint,
  factsOf,
  GPT,
  ID,
  legTo,
  OVERLOADED,
  readingsOf,
  tried,
} from "./fixtures/generation.ts";
import { Generation } from "./generation.ts";

const USAGE = { input: 1000, cache_read: 200, output: 50, reasoning: 20 };
/** 800 at $1, 200 at $0.10 and 50 at $10 a million, in nanodollars. */
const COST = 800_000 + 20_000 + 500_000;

const gatewayOf = ({ closing }: ReturnType<typeof closed>) => objectAt(closing.metadata.gateway)!;

describe("an answer", () => {
  const ended = () => closed({ ending: { readings: readingsOf(USAGE) } });

  test("leaves a row with what it used and cost", () => {
    expect(ended().row).toEqual({
      id: ID,
      createdAt: CREATED_AT,
      keyId: "key_1",
      operation: "generate",
      wire: "openai-chat",
      requested: "openai/gpt-5",
      model: "openai/gpt-5",
      provider: "openai",
      byok: false,
      mode: "relay",
      streamed: false,
      finish: "stop",
      error: null,
      input: 1000,
      cacheRead: 200,
      cacheWrite: null,
      output: 50,
      reasoning: 20,
      searches: null,
      estimated: false,
      cost: COST,
      firstContentMs: null,
      durationMs: expect.any(Number),
      appUrl: null,
      appTitle: null,
      user: null,
      tags: null,
      dropped: null,
      plan: null,
      attempts: expect.stringContaining('"openai:gpt-5"'),
      traceId: null,
      team: null,
      entity: null,
      zdr: false,
      providerCost: null,
      reckoned: null,
      apart: null,
    });
  });

  test("tells the reply usage, cost in decimals and the id", () => {
    const told = ended();
    expect(told.closing).toMatchObject({ usage: USAGE, estimated: false, byok: false });
    expect(told.closing.cost).toMatchObject({ nanodollars: COST, source: "price" });
    expect(gatewayOf(told)).toMatchObject({
      generationId: ID,
      cost: "0.00132",
      marketCost: "0.00132",
      surchargeCost: "0",
      gatewayCost: "0.00132",
      inferenceCost: "0.00132",
    });
    const { inputInferenceCost, outputInferenceCost } = gatewayOf(told) as Record<string, string>;
    expect(Number(inputInferenceCost) + Number(outputInferenceCost)).toBeCloseTo(0.00132, 12);
    expect(outputInferenceCost).not.toBe("0");
    for (const absent of ["usageEstimated", "simulated", "dropped", "warnings"])
      expect(gatewayOf(told)).not.toHaveProperty(absent);
  });

  test("has the provider's own facts beside the gateway's, under the provider's name", () => {
    const readings = readingsOf(USAGE);
    readings.metadata = { serviceTier: "flex" };
    readings.serviceTier = "flex";
    readings.rawUsage = { prompt_tokens: 1000 };
    readings.upstreamId = "chatcmpl-1";
    const { closing, row } = closed({ ending: { readings } });
    expect(closing.metadata.openai).toEqual({
      serviceTier: "flex",
      usage: { prompt_tokens: 1000 },
      responseId: "chatcmpl-1",
    });
    expect(objectAt(closing.metadata.gateway)!.serviceTier).toBe("flex");
    expect(JSON.parse(row.attempts)[0].upstreamId).toBe("chatcmpl-1");
  });

  test("of another wire, streamed, simulated: so it says", () => {
    const leg = legTo(CLAUDE, { wire: "anthropic-messages", relay: false, simulated: true });
    const told = closed({ ending: { readings: readingsOf(USAGE) }, leg, ask: { stream: true } });
    expect(told.row).toMatchObject({
      mode: "transcode",
      streamed: true,
      requested: "openai/gpt-5",
      model: CLAUDE.model,
    });
    expect(gatewayOf(told).simulated).toBe(true);
  });

  test("counts the time to the first content from the request, not from the attempt", () => {
    const generation = new Generation(factsOf());
    const attempt = generation.add(tried(legTo(GPT)));
    attempt.spoke();
    const { row } = generation.close({ attempt, readings: readingsOf(USAGE), error: undefined, dropped: [] });
    expect(row.firstContentMs).toBeGreaterThanOrEqual(250);
    expect(row.durationMs).toBeGreaterThanOrEqual(row.firstContentMs!);
    expect([row.firstContentMs! % 1, row.durationMs % 1]).toEqual([0, 0]);
  });

  test("says what was dropped: by preferences, among models, and by the wire", () => {
    const told = closed({
      ending: { readings: readingsOf(USAGE), dropped: ["logprobs"] },
      preferences: { dropped: ["sort"] },
      skipped: [
        { model: "nobody/nothing", reason: "not in the catalogue" },
        { model: "openai/gpt-5", provider: "azure", reason: "no credential" },
      ],
    });
    const dropped = ["sort", "models: nobody/nothing", "logprobs"];
    expect(JSON.parse(told.row.dropped!)).toEqual(dropped);
    expect(gatewayOf(told).dropped).toEqual(dropped);
    expect(gatewayOf(told).warnings).toEqual(dropped.map((feature) => ({ type: "unsupported", feature })));
  });

  test("keeps for whom it was", () => {
    const { row } = closed({
      ending: { readings: readingsOf(USAGE) },
      preferences: { user: "u-1", tags: ["a", 'b"'] },
      app: { url: "https://app.example", title: "App" },
    });
    expect(row).toMatchObject({ user: "u-1", tags: '["a","b\\""]', appUrl: "https://app.example", appTitle: "App" });
  });

  test("of a model without a price has usage and no cost, which is not zero", () => {
    const leg = legTo(endpoint("openai", "openai/new", { price: undefined }));
    const told = closed({ ending: { readings: readingsOf(USAGE) }, leg });
    expect([told.row.cost, told.row.input, told.closing.cost]).toEqual([null, 1000, undefined]);
    for (const absent of ["cost", "marketCost", "gatewayCost", "inferenceCost", "inputInferenceCost"])
      expect(gatewayOf(told)).not.toHaveProperty(absent);
  });

  test("of a free model costs zero, which is not nothing", () => {
    const leg = legTo(endpoint("openai", "openai/free", { price: { rates: { input: 0, output: 0 } } }));
    const told = closed({ ending: { readings: readingsOf(USAGE) }, leg });
    expect([told.row.cost, gatewayOf(told).cost]).toEqual([0, "0"]);
  });

  test("whose provider told nothing is estimated, and says so", () => {
    const told = closed({ ending: { readings: readingsOf(undefined, 400) } });
    expect(told.row).toMatchObject({ estimated: true, output: 100, cacheRead: null, reasoning: null });
    expect(told.row.input).toBeGreaterThan(0);
    expect(told.closing.cost?.source).toBe("estimate");
    expect(gatewayOf(told).usageEstimated).toBe(true);
  });

  test("that told more than a model can read is estimated, and has a row that the database takes", () => {
    const huge = Number.MAX_SAFE_INTEGER;
    const usage = { input: huge, output: huge, cache_write_5m: huge, cache_write_1h: huge, searches: huge };
    const { row } = closed({ ending: { readings: readingsOf(usage, 400) } });
    using file = openSqliteFile({ data: ":memory:", sync: "normal" });
    const store = new GenerationStore(new SqliteDatabase(file));
    store.insert([{ row, charges: [] }]);
    expect(store.find(ID, "key_1")).toMatchObject({ output: 100, cacheWrite: null, searches: 1000, estimated: true });
    expect(row.input).toBeLessThan(100);
  });

  test("with writes to both caches counts them together", () => {
    const told = readingsOf({ ...USAGE, cache_write_5m: 3, cache_write_1h: 4 });
    expect(closed({ ending: { readings: told } }).row.cacheWrite).toBe(7);
  });
});

describe("no answer", () => {
  test("is a row with the error, the last that was tried, and no usage", () => {
    const told = closed({ ending: { error: OVERLOADED } });
    expect(told.row).toMatchObject({
      error: "upstream_overloaded",
      provider: "openai",
      finish: null,
      input: null,
      output: null,
      cost: null,
      estimated: false,
    });
    expect(told.closing.usage).toBeUndefined();
  });

  test("because nobody was asked is a row without a provider", () => {
    const generation = new Generation(factsOf());
    const error = new GatewayError("client_closed", "left");
    const { row, closing } = generation.close({ attempt: undefined, readings: undefined, error, dropped: [] });
    expect(row).toMatchObject({ error: "client_closed", model: null, provider: null, mode: null, attempts: "[]" });
    expect(Object.keys(closing.metadata)).toEqual(["gateway"]);
  });

  test("from a stream that failed before its content used nothing that anyone told us of", () => {
    const { row } = closed({ ending: { readings: new Readings(), error: OVERLOADED } });
    expect(row).toMatchObject({ input: null, output: null, cost: null, estimated: false });
  });

  test("but told usage is kept, content or not", () => {
    const readings = new Readings();
    readings.report({ input: 30, output: 0 });
    const { row } = closed({ ending: { readings, error: OVERLOADED } });
    expect(row).toMatchObject({ input: 30, output: 0, cost: 30_000, estimated: true });
  });
});

describe("an answer that broke off", () => {
  const CUT = new GatewayError("upstream_truncated", "cut");

  test("costs what was said until then, estimated", () => {
    const readings = new Readings();
    readings.content(400);
    const { row } = closed({ ending: { readings, error: CUT } });
    expect(row).toMatchObject({ error: "upstream_truncated", finish: null, output: 100, estimated: true });
    expect(row.cost).toBeGreaterThan(100 * 10_000);
  });

  test.each([
    ["more than was told by then", 400, 1, 100],
    ["less than was told by then", 40, 60, 60],
  ])("having said %s counts the greater", (_, bytes, output, counted) => {
    const readings = new Readings();
    readings.content(bytes);
    readings.report({ input: 25, output });
    expect(closed({ ending: { readings, error: CUT } }).row).toMatchObject({
      input: 25,
      output: counted,
      estimated: true,
    });
  });

  test("after its end, by the client's leaving, costs what was told", () => {
    const error = new GatewayError("client_closed", "left");
    const { row } = closed({ ending: { readings: readingsOf(USAGE), error } });
    expect(row).toMatchObject({ error: "client_closed", output: 50, cost: COST, estimated: false });
  });
});

test("a generation is closed once: a second ending would be a second row", () => {
  const generation = new Generation(factsOf());
  const ending = { attempt: undefined, readings: undefined, error: OVERLOADED, dropped: [] };
  generation.close(ending);
  expect(() => generation.close(ending)).toThrow("closed twice");
});
