import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Family, readExposition, sampleOf } from "../../src/telemetry/fixtures/exposition.ts";
import { closedPort } from "../faults/ports.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";

/** What Prometheus reads at `/metrics`, as it reads it. */

const ADMIN = "an-admin-token-of-the-operator";
let gateway: RunningGateway;
let before: Map<string, Family>;
beforeAll(async () => {
  gateway = await startGateway({
    remembers: true,
    config: {
      admin_token: ADMIN,
      retries: { same_endpoint: 0 },
      health: { failures: 2 },
      providers: { cerebras: { api_key: "sk-test-cerebras", base_url: `http://127.0.0.1:${closedPort()}` } },
    },
  });
});
afterAll(() => gateway.stop());
beforeEach(async () => {
  gateway.headgate.gateway.health.forget();
  before = await scrape();
});

async function scrape(headers?: Record<string, string>): Promise<Map<string, Family>> {
  const response = await gateway.get("/metrics", headers);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return readExposition(await response.text());
}

/** By how much a sample has grown since the test began. */
async function growth(name: string, labels: Record<string, string> = {}): Promise<number> {
  return sampleOf(await scrape(), name, labels) - sampleOf(before, name, labels);
}

const RELAYED = "openai/gpt-4o";
const TRANSCODED = "anthropic/claude-sonnet-4.5";
const OWN_NAME = { provider: "openai", model: RELAYED };

async function ask(text: string, more: object = {}): Promise<Response> {
  const messages = [{ role: "user", content: text }];
  const response = await gateway.post("/v1/chat/completions", { model: RELAYED, messages, ...more });
  await response.arrayBuffer();
  return response;
}

describe("who may read it", () => {
  test("nobody without a key", async () => {
    const response = await fetch(`${gateway.url}/metrics`);
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain("headgate_");
  });

  test.each(["wrong", `${ADMIN}x`])("nor with %p", async (token) => {
    const response = await gateway.get("/metrics", { authorization: `Bearer ${token}` });
    expect(response.status).toBe(401);
  });

  test("a client's key does, and the admin token", async () => {
    await scrape();
    await scrape({ authorization: `Bearer ${ADMIN}` });
  });

  test("the admin token is no key", async () => {
    const body = { model: "openai/gpt-5", messages: [{ role: "user", content: "Hello" }] };
    const response = await gateway.post("/v1/chat/completions", body, { authorization: `Bearer ${ADMIN}` });
    expect(response.status).toBe(401);
  });
});

describe("an answer", () => {
  test.each([false, true])(
    "counts its request, its attempt, its tokens and what it cost (streamed: %p)",
    async (stream) => {
      const response = await ask("[sim tokens=40 every=0] Hello", { stream });
      const row = gateway.row(response.headers.get("x-request-id")!)!;
      const families = await scrape();
      const grown = (name: string, labels: Record<string, string>) =>
        sampleOf(families, name, labels) - sampleOf(before, name, labels);
      expect(grown("headgate_requests_total", { door: "openai-chat", status: "200" })).toBe(1);
      expect(grown("headgate_attempts_total", { provider: "openai", outcome: "ok" })).toBe(1);
      expect(grown("headgate_tokens_total", { ...OWN_NAME, meter: "input" })).toBe(row.input!);
      expect(grown("headgate_tokens_total", { ...OWN_NAME, meter: "output" })).toBe(row.output!);
      expect(grown("headgate_cost_usd_total", OWN_NAME)).toBeCloseTo(row.cost! / 1e9, 12);
      expect(grown("headgate_generation_duration_seconds_count", { door: "openai-chat" })).toBe(1);
      expect(grown("headgate_time_to_first_token_seconds_count", { provider: "openai" })).toBe(stream ? 1 : 0);
      expect(grown("headgate_fallbacks_total", {})).toBe(0);
      expect(grown("headgate_errors_total", {})).toBe(0);
    },
  );

  test("how fast a stream was", async () => {
    await ask("[sim tokens=40 every=1ms] Hello", { stream: true });
    expect(await growth("headgate_output_tokens_per_second_count", { provider: "openai" })).toBe(1);
  });

  test("on an account of the client's own costs nothing here", async () => {
    const byok = { openai: [{ apiKey: "sk-own" }] };
    const response = await ask("Hello", { providerOptions: { gateway: { byok } } });
    expect(gateway.row(response.headers.get("x-request-id")!)!.byok).toBe(true);
    expect(await growth("headgate_cost_usd_total")).toBe(0);
    expect(await growth("headgate_tokens_total", { meter: "input" })).toBeGreaterThan(0);
  });
});

describe("a failure", () => {
  const FAILS = "[sim model=gpt-4o status=503] Hello";

  test("counts its code once, with the provider that caused it", async () => {
    expect((await ask(FAILS)).status).toBe(503);
    expect(await growth("headgate_errors_total", { code: "upstream_overloaded" })).toBe(1);
    expect(await growth("headgate_errors_total")).toBe(1);
    expect(await growth("headgate_attempts_total", { provider: "openai", outcome: "upstream_overloaded" })).toBe(1);
    expect(await growth("headgate_requests_total", { door: "openai-chat", status: "503" })).toBe(1);
  });

  test("that a fallback made good is no error", async () => {
    expect((await ask(FAILS, { models: [TRANSCODED] })).status).toBe(200);
    expect(await growth("headgate_fallbacks_total", { outcome: "answered" })).toBe(1);
    expect(await growth("headgate_errors_total")).toBe(0);
    expect(await growth("headgate_attempts_total", { provider: "anthropic", outcome: "ok" })).toBe(1);
  });

  test("that no fallback made good is one, however often the first was asked again", async () => {
    const all = "[sim status=503] Hello";
    expect((await ask(all, { models: [TRANSCODED] })).status).toBe(503);
    expect(await growth("headgate_fallbacks_total", { outcome: "failed" })).toBe(1);
  });

  test("in mid-stream counts as well: the status was spent", async () => {
    await ask("[sim tokens=9 every=1ms cut=3] Hello", { stream: true });
    expect(await growth("headgate_errors_total", { code: "upstream_truncated" })).toBe(1);
    expect(await growth("headgate_requests_total", { status: "200", door: "openai-chat" })).toBe(1);
  });

  test("of the client's own counts by its code, wherever it is met", async () => {
    await ask("Hello", { model: "nobody/knows" });
    await gateway.get("/nowhere");
    await gateway.get("/v1/chat/completions");
    expect(await growth("headgate_errors_total", { code: "model_not_found" })).toBe(1);
    expect(await growth("headgate_errors_total", { code: "method_not_allowed" })).toBe(1);
    expect(await growth("headgate_errors_total", { code: "not_found" })).toBe(1);
    expect(await growth("headgate_requests_total", { door: "none", status: "404" })).toBe(1);
    expect(await growth("headgate_attempts_total")).toBe(0);
  });

  test("that opens a circuit shows its state", async () => {
    const state = async () => sampleOf(await scrape(), "headgate_circuit_state", { provider: "openai" });
    expect(await state()).toBe(0);
    for (let i = 0; i < 2; i++) await ask(FAILS);
    expect(await state()).toBe(2);
  });
});

describe("what is just now", () => {
  test("streams that are open, and requests in flight", async () => {
    const body = {
      model: RELAYED,
      stream: true,
      messages: [{ role: "user", content: "[sim tokens=endless every=1ms]" }],
    };
    const leave = new AbortController();
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer test-key", "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: leave.signal,
    });
    const reader = response.body!.getReader();
    await reader.read();
    const open = await scrape();
    expect(sampleOf(open, "headgate_streams_open")).toBe(1);
    expect(sampleOf(open, "headgate_requests_in_flight")).toBe(1);
    leave.abort();
    let closed = open;
    while (sampleOf(closed, "headgate_streams_open") > 0) closed = await scrape();
    expect(sampleOf(closed, "headgate_requests_in_flight")).toBe(0);
    expect(sampleOf(closed, "headgate_attempts_total", { outcome: "client_closed" })).toBeGreaterThan(0);
  });

  test("the ledger's lag, the program and its memory", async () => {
    // The row of whoever has just left is on its way.
    let now = before;
    while (sampleOf(now, "headgate_ledger_lag_rows") > 0) now = await scrape();
    expect(now.get("headgate_ledger_lag_rows")!.samples).toHaveLength(1);
    expect(before.get("headgate_build_info")!.samples[0]!.labels).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      runtime: expect.stringMatching(/^bun /),
    });
    expect(sampleOf(before, "process_resident_memory_bytes")).toBeGreaterThan(1e7);
    expect(Math.abs(sampleOf(before, "process_start_time_seconds") - Date.now() / 1000)).toBeLessThan(86_400);
  });
});

test("no client can make a series: neither models nobody knows nor methods nor paths are labels", async () => {
  const count = async () => [...(await scrape()).values()].reduce((sum, { samples }) => sum + samples.length, 0);
  await ask("Hello", { model: "nobody/knows" });
  await gateway.get("/nowhere");
  const first = await count();
  for (let i = 0; i < 20; i++) {
    await ask("Hello", { model: `nobody/knows-${i}`, user: `u-${i}`, tags: [`t${i}`] });
    await gateway.get(`/nowhere-${i}`);
  }
  expect(await count()).toBe(first);
});
