import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { codesOf } from "./ledger.ts";

/** One model, two providers: whoever is told to fail, the other is there. Not of the catalogue, which may change. */
const MODEL = "lab/model";
const FIRST = "at-first";
const SECOND = "at-second";

let simulator: Simulator;
let gateway: RunningGateway;
beforeEach(() => {
  simulator = startSimulator();
});
afterEach(async () => {
  await gateway.stop();
  simulator.stop();
});

interface Rules {
  health?: object;
  retries?: object;
  /** Laid over what is told of the two. */
  providers?: { first?: object };
}

async function start({ health = {}, retries = {}, providers = {} }: Rules = {}): Promise<void> {
  const at = (name: string, upstream: string) => ({
    wire: "openai-chat",
    api_key: `sk-test-${name}`,
    base_url: `${simulator.url}/openai/v1`,
    models: [
      { id: MODEL, upstream, price: { input: 1, output: 2 } },
      { id: "lab/other", upstream: `other-${upstream}` },
    ],
  });
  gateway = await startGateway({
    remembers: true,
    config: {
      // Slow to forget: what is left alone stays so for the length of a test.
      health: { failures: 2, cooldown_ms: 60_000, ...health },
      retries: { same_endpoint: 0, ...retries },
      providers: { first: { ...at("first", FIRST), ...providers.first }, second: at("second", SECOND) },
    },
  });
}

interface Served {
  status: number;
  provider: string | null;
  codes: (string | null)[];
  retryAfter: string | null;
}

/** What is sent: the upstream models that are named fail as told. */
function request(does: Record<string, string> = {}, more: object = {}): object {
  const acts = Object.entries(does).map(([model, act]) => `[sim model=${model} ${act}]`);
  const content = `[sim tokens=40 every=0]${acts.join("")} Hello`;
  return {
    model: MODEL,
    messages: [{ role: "user", content }],
    providerOptions: { gateway: { order: ["first", "second"] } },
    ...more,
  };
}

/** Sends one request and looks at its row. */
async function serve(does: Record<string, string> = {}, more: object = {}): Promise<Served> {
  const response = await gateway.post("/v1/chat/completions", request(does, more));
  await response.text();
  const row = gateway.row(response.headers.get("x-request-id")!)!;
  return {
    status: response.status,
    provider: row.provider,
    codes: codesOf(row),
    retryAfter: response.headers.get("retry-after"),
  };
}

interface Told {
  provider_name: string;
  circuit: string;
  uptime_last_15m: number;
  uptime_last_1h: number;
  uptime_last_1d: number;
  latency_last_1h: { p50: number; p95: number } | null;
  throughput_last_1h: { p50: number; p95: number } | null;
}

async function figures(model = MODEL): Promise<Record<string, Told>> {
  const { data } = await jsonOf(await gateway.get(`/v1/models/${model}/endpoints`));
  return Object.fromEntries(data.endpoints.map((one: Told) => [one.provider_name, one]));
}

const FAILS = { [FIRST]: "status=500" };
const ALONE = { providerOptions: { gateway: { only: ["first"] } } };

describe("an endpoint that failed so often in a row", () => {
  test("is left alone, is told to be, and another one serves", async () => {
    await start();
    for (let i = 0; i < 2; i++) expect((await serve(FAILS)).codes).toEqual(["upstream_error", null]);
    expect(await serve()).toMatchObject({ status: 200, provider: "second", codes: [null] });
    const { first, second } = await figures();
    expect(first).toMatchObject({ circuit: "open", uptime_last_15m: 0, uptime_last_1h: 0, uptime_last_1d: 0 });
    expect(second).toMatchObject({ circuit: "closed", uptime_last_15m: 100 });
  });

  test("does not take its provider's other models with it", async () => {
    await start();
    for (let i = 0; i < 2; i++) await serve(FAILS);
    expect((await figures("lab/other")).first).toMatchObject({ circuit: "closed", uptime_last_15m: 100 });
    expect(await serve({}, { model: "lab/other" })).toMatchObject({ provider: "first", codes: [null] });
  });

  test("is found out about by one request, and serves again when that was answered", async () => {
    await start({ health: { cooldown_ms: 1 } });
    for (let i = 0; i < 2; i++) await serve(FAILS);
    while ((await figures()).first!.circuit === "open");
    expect((await figures()).first!.circuit).toBe("half-open");
    expect(await serve()).toMatchObject({ provider: "first", codes: [null] });
    expect((await figures()).first).toMatchObject({ circuit: "closed", uptime_last_15m: 33.33 });
  });

  test("is left alone for what streams do as well, however far they came", async () => {
    await start();
    for (let i = 0; i < 2; i++) await serve({ [FIRST]: "every=1ms reset=3" }, { stream: true });
    expect((await figures()).first!.circuit).toBe("open");
    expect(await serve({}, { stream: true })).toMatchObject({ provider: "second" });
  });

  test("is the plan's last, and the plan says so", async () => {
    await start();
    for (let i = 0; i < 2; i++) await serve(FAILS);
    const body = await jsonOf(await gateway.post("/v1/chat/completions", request()));
    const { routing } = body.choices[0].message.provider_metadata.gateway;
    expect(routing).toMatchObject({ finalProvider: "second", totalProviderAttemptCount: 1 });
    expect(routing.planningReasoning).toContain("second(system) → first(system)");
  });
});

describe("what a client does wrong", () => {
  test.each(["status=400", "status=413", "status=422", "too-long"])("is held against nobody: %s", async (act) => {
    await start();
    for (let i = 0; i < 4; i++) expect((await serve({ [FIRST]: act })).codes).toHaveLength(1);
    expect((await figures()).first).toMatchObject({ circuit: "closed", uptime_last_15m: 100 });
    expect(await serve()).toMatchObject({ provider: "first" });
  });

  test("is no leaving in the middle either", async () => {
    await start();
    for (let i = 0; i < 3; i++) {
      const leaves = new AbortController();
      const response = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
        body: JSON.stringify(request({ [FIRST]: "tokens=endless every=1ms" }, { stream: true })),
        signal: leaves.signal,
      });
      await response.body!.getReader().read();
      leaves.abort();
      await simulator.when(({ outcome }) => outcome === "client-closed");
      simulator.forget();
    }
    expect((await figures()).first).toMatchObject({ circuit: "closed", uptime_last_15m: 100 });
  });
});

describe("a credential that is refused", () => {
  test.each([
    ["status=401", "upstream_auth"],
    ["status=402", "upstream_quota"],
    // The vendor's own words name 6 ms, which are soon over.
    ['status=429 message="Too many requests."', "upstream_rate_limited"],
    ["status=429 retry-after=30", "upstream_rate_limited"],
    ['status=403 message="Key limit exceeded (total limit)."', "upstream_auth"],
  ])("with %s is left alone at all its endpoints at once", async (act, code) => {
    await start();
    expect((await serve({ [FIRST]: act })).codes).toEqual([code, null]);
    expect((await serve()).codes).toEqual([null]);
    expect(await serve({}, { model: "lab/other" })).toMatchObject({ provider: "second", codes: [null] });
    expect((await figures()).first!.circuit).toBe("open");
    // Never asked for, and not asked now.
    expect((await figures("lab/other")).first!.circuit).toBe("open");
  });
});

describe("who says when it may be asked again", () => {
  test.each([
    ["retry-after=30", "30"],
    ["retry-after-ms=29500", "30"],
    ["retry-after=86400", "3600"],
  ])("is not asked before: %s", async (after, told) => {
    await start();
    const act = { [FIRST]: `status=429 ${after}` };
    expect((await serve(act, ALONE)).status).toBe(429);
    expect(await serve({}, ALONE)).toEqual({ status: 429, provider: null, codes: [], retryAfter: told });
    expect(simulator.requests).toHaveLength(1);
  });

  test.each(['retry-after="soon, maybe"', "retry-after=31536000", "retry-after=-5", ""])(
    "and says nothing that can be believed, is asked after a moment: %s",
    async (after) => {
      await start();
      expect((await serve({ [FIRST]: `status=429 ${after}` }, ALONE)).status).toBe(429);
      expect(await serve({}, ALONE)).toMatchObject({ status: 200, provider: "first", codes: [null] });
    },
  );

  test("is not asked to count tokens either: they are estimated", async () => {
    await start({ providers: { first: { wire: "anthropic-messages", base_url: `${simulator.url}/anthropic` } } });
    const body = { model: MODEL, messages: [{ role: "user", content: "Hello" }], ...ALONE };
    const counted = await jsonOf(await gateway.post("/v1/messages/count_tokens", body));
    expect(counted.estimated).toBeUndefined();
    await serve({ [FIRST]: "status=429 retry-after=30" }, ALONE);
    simulator.forget();
    const estimated = await jsonOf(await gateway.post("/v1/messages/count_tokens", body));
    expect(estimated).toEqual({ input_tokens: expect.any(Number), estimated: true });
    expect(simulator.requests).toEqual([]);
  });

  test("is waited for, where that is not long and nobody else is left", async () => {
    await start({ retries: { same_endpoint: 1 } });
    expect((await serve({ [FIRST]: "status=429 retry-after-ms=20" }, ALONE)).codes).toEqual([
      "upstream_rate_limited",
      "upstream_rate_limited",
    ]);
    expect(await serve({}, ALONE)).toMatchObject({ status: 200, codes: [null] });
  });
});

describe("when all are down", () => {
  test("hardly more is tried than is asked", async () => {
    await start({ retries: { same_endpoint: 2, backoff_ms: 1 } });
    const all = { [FIRST]: "status=503", [SECOND]: "status=503" };
    const replies = await Promise.all(Array.from({ length: 200 }, () => serve(all)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([503]));
    expect(replies.every(({ retryAfter }) => retryAfter !== null)).toBe(true);
    // 200 that came at once, ten for the second, and those who were in flight when the first failure came back.
    expect(simulator.requests.length).toBeLessThanOrEqual(1.2 * 200 + 10 + 200);
    const before = simulator.requests.length;
    await Promise.all(Array.from({ length: 200 }, () => serve(all)));
    expect(simulator.requests.length - before).toBeLessThanOrEqual(20);
  });
});

describe("figures", () => {
  test("of nobody who was asked: up, and nothing was measured", async () => {
    await start();
    expect((await figures()).first).toMatchObject({
      circuit: "closed",
      uptime_last_15m: 100,
      uptime_last_1h: 100,
      uptime_last_1d: 100,
      latency_last_1h: null,
      throughput_last_1h: null,
    });
  });

  test("are measured on streams", async () => {
    await start();
    for (let i = 0; i < 3; i++) await serve({ [FIRST]: "tokens=40 every=1ms" }, { stream: true });
    const { latency_last_1h: latency, throughput_last_1h: throughput } = (await figures()).first!;
    for (const { p50, p95 } of [latency!, throughput!]) {
      expect(p50).toBeGreaterThan(0);
      expect(p95).toBeGreaterThanOrEqual(p50);
    }
    expect((await figures()).second!.latency_last_1h).toBeNull();
  });
});
