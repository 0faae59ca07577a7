import { describe, expect, test } from "bun:test";
import type { Endpoint } from "../catalog/endpoint.ts";
import { type ErrorCode, type ErrorDetails, GatewayError } from "../core/error.ts";
import { Health } from "./health.ts";

/** What is looked at of an endpoint here is that it is the same one. */
const endpointNamed = (id: string) => ({ id, provider: id }) as Endpoint;
const A = endpointNamed("a");
const B = endpointNamed("b");
const OURS = { provider: "a" };
const OTHER = { provider: "a", name: "other" };
const THEIRS = { provider: "a", kind: "byok" as const };

function healthAt(clock: { now: number }): Health {
  return new Health({
    now: () => clock.now,
    random: () => 0.5,
    failures: 3,
    cooldownMs: 1000,
    longestCooldownMs: 60_000,
  });
}

interface Course {
  ms?: number;
  ttft?: number;
  error?: ErrorCode;
  details?: ErrorDetails;
  output?: number;
}

/** One attempt, from now on. */
function attempt(health: Health, clock: { now: number }, leg = { endpoint: A, credential: OURS }, course: Course = {}) {
  const { ms = 10, ttft, error, details, output } = course;
  const startedAt = clock.now;
  clock.now += ms;
  health.of(leg)?.ended(
    {
      startedAt,
      firstContentAt: ttft === undefined ? undefined : startedAt + ttft,
      endedAt: clock.now,
      error: error === undefined ? undefined : new GatewayError(error, "no", details),
    },
    ttft === undefined ? undefined : { output },
  );
}

describe("a leg that fails", () => {
  test.each<[ErrorCode]>([
    ["upstream_error"],
    ["upstream_reset"],
    ["upstream_timeout"],
    ["upstream_malformed"],
    ["upstream_truncated"],
    ["upstream_unreachable"],
    ["upstream_tls"],
    ["upstream_overloaded"],
    ["upstream_model_not_found"],
  ])("three times in a row with %s is down, and no other endpoint of its credential is", (error) => {
    const clock = { now: 1000 };
    const health = healthAt(clock);
    const leg = { endpoint: A, credential: OURS };
    for (let i = 0; i < 2; i++) attempt(health, clock, leg, { error });
    expect(health.rank(leg)).toBe("up");
    attempt(health, clock, leg, { error });
    expect([health.rank(leg), health.figures(A, [OURS]).circuit]).toEqual(["down", "open"]);
    expect(health.rank({ endpoint: B, credential: OURS })).toBe("up");
    expect(health.rank({ endpoint: A, credential: OTHER })).toBe("up");
  });

  test.each<[ErrorCode, number]>([
    ["upstream_auth", 401],
    ["upstream_quota", 402],
    ["upstream_rate_limited", 429],
  ])("with %s is down at once, and so is all that its credential is for", (error, status) => {
    const clock = { now: 1000 };
    const health = healthAt(clock);
    attempt(health, clock, { endpoint: A, credential: OURS }, { error, details: { upstream: { status } } });
    expect(health.rank({ endpoint: A, credential: OURS })).toBe("down");
    expect(health.rank({ endpoint: B, credential: OURS })).toBe("down");
    expect(health.rank({ endpoint: A, credential: OTHER })).toBe("up");
  });

  test("with a 403 that speaks of the account is down with all that its credential is for", () => {
    const clock = { now: 1000 };
    const health = healthAt(clock);
    const details = { upstream: { status: 403, account: true } } as const;
    attempt(health, clock, { endpoint: A, credential: OURS }, { error: "upstream_auth", details });
    expect([health.rank({ endpoint: A, credential: OURS }), health.rank({ endpoint: B, credential: OURS })]).toEqual([
      "down",
      "down",
    ]);
    expect(health.rank({ endpoint: A, credential: OTHER })).toBe("up");
  });

  test("with a 403 speaks for itself alone: one model may be forbidden of many", () => {
    const clock = { now: 1000 };
    const health = healthAt(clock);
    const details = { upstream: { status: 403 } };
    attempt(health, clock, { endpoint: A, credential: OURS }, { error: "upstream_auth", details });
    expect([health.rank({ endpoint: A, credential: OURS }), health.rank({ endpoint: B, credential: OURS })]).toEqual([
      "up",
      "up",
    ]);
  });

  test("is up again when a limit has passed, for one to find out, and down for the others meanwhile", () => {
    const clock = { now: 1000 };
    const health = healthAt(clock);
    const leg = { endpoint: A, credential: OURS };
    attempt(health, clock, leg, { error: "upstream_rate_limited", details: { retryAfterMs: 5000 } });
    clock.now += 4999;
    expect(health.rank(leg)).toBe("down");
    clock.now += 1;
    expect(health.rank(leg)).toBe("up");
    health.of(leg)!.pass();
    expect([health.rank(leg), health.rank({ endpoint: B, credential: OURS })]).toEqual(["down", "down"]);
    attempt(health, clock, leg);
    expect([health.rank(leg), health.rank({ endpoint: B, credential: OURS })]).toEqual(["up", "up"]);
  });

  test("more often than not is degraded, for a minute", () => {
    const clock = { now: 1000 };
    const health = healthAt(clock);
    const leg = { endpoint: A, credential: OURS };
    for (let i = 0; i < 10; i++) {
      attempt(health, clock, leg, i % 2 === 0 ? {} : { error: "upstream_error" });
    }
    expect(health.rank(leg)).toBe("degraded");
    clock.now += 60_000;
    expect(health.rank(leg)).toBe("up");
  });
});

describe("nothing is held against a provider", () => {
  test.each<[ErrorCode, ErrorDetails?]>([
    ["client_closed"],
    ["unsupported"],
    ["internal_error"],
    ["upstream_invalid_request", { upstream: { status: 400 } }],
    ["context_length_exceeded", { upstream: { status: 400 } }],
    ["upstream_seal_refused", { upstream: { status: 400 } }],
    ["upstream_own_limit", { upstream: { status: 400 } }],
  ])("for %s", (error, details = {}) => {
    const clock = { now: 1000 };
    const health = healthAt(clock);
    const leg = { endpoint: A, credential: OURS };
    for (let i = 0; i < 10; i++) attempt(health, clock, leg, { error, details });
    expect([health.rank(leg), health.of(leg)!.sound, health.figures(A, [OURS]).uptime15m]).toEqual(["up", true, 100]);
  });

  test("for a client's own credential, which is not judged either", () => {
    const clock = { now: 1000 };
    const health = healthAt(clock);
    const leg = { endpoint: A, credential: THEIRS };
    for (let i = 0; i < 10; i++) attempt(health, clock, leg, { error: "upstream_auth" });
    expect(health.of(leg)).toBeUndefined();
    expect([health.rank(leg), health.rank({ endpoint: A, credential: OURS }), [...health.states()]]).toEqual([
      "up",
      "up",
      [],
    ]);
  });

  test("a request that is refused for what it says shows that its provider works", () => {
    const clock = { now: 1000 };
    const health = healthAt(clock);
    const leg = { endpoint: A, credential: OURS };
    for (let i = 0; i < 3; i++) attempt(health, clock, leg, { error: "upstream_error" });
    clock.now += 1000;
    health.of(leg)!.pass();
    attempt(health, clock, leg, { error: "upstream_invalid_request", details: { upstream: { status: 400 } } });
    expect(health.figures(A, [OURS]).circuit).toBe("closed");
  });

  test("a client that leaves while it finds out leaves that to the next", () => {
    const clock = { now: 1000 };
    const health = healthAt(clock);
    const leg = { endpoint: A, credential: OURS };
    for (let i = 0; i < 3; i++) attempt(health, clock, leg, { error: "upstream_error" });
    clock.now += 1000;
    health.of(leg)!.pass();
    attempt(health, clock, leg, { error: "client_closed" });
    expect([health.figures(A, [OURS]).circuit, health.of(leg)!.lets(false)]).toEqual(["half-open", true]);
  });
});

describe("figures", () => {
  test("of an endpoint that nobody has asked: it is up, and nothing was measured", () => {
    expect(healthAt({ now: 0 }).figures(A, [OURS])).toEqual({
      uptime15m: 100,
      uptime1h: 100,
      uptime1d: 100,
      latency: undefined,
      throughput: undefined,
      circuit: "closed",
    });
  });

  test("tell the circuit of the best of its credentials, whether or not it was asked by them", () => {
    const clock = { now: 1000 };
    const health = healthAt(clock);
    const details = { retryAfterMs: 5000, upstream: { status: 429 } };
    attempt(health, clock, { endpoint: A, credential: OURS }, { error: "upstream_rate_limited", details });
    // The account is left alone, so nobody asks there by it.
    expect(health.figures(B, [OURS]).circuit).toBe("open");
    expect(health.figures(B, [OURS, OTHER]).circuit).toBe("closed");
    expect([health.figures(A, [OURS]).circuit, health.figures(A, [OURS, OTHER]).circuit]).toEqual(["open", "closed"]);
    clock.now += 5000;
    expect(health.figures(B, [OURS]).circuit).toBe("half-open");
    expect(health.figures(B, [OURS])).toMatchObject({ uptime15m: 100, latency: undefined });
  });

  test("put together what its credentials went through", () => {
    const clock = { now: 1000 };
    const health = healthAt(clock);
    for (let i = 0; i < 3; i++) attempt(health, clock, { endpoint: A, credential: OURS });
    attempt(health, clock, { endpoint: A, credential: OTHER }, { error: "upstream_error" });
    attempt(health, clock, { endpoint: B, credential: OURS }, { error: "upstream_error" });
    expect(health.figures(A, [OURS]).uptime15m).toBe(75);
    clock.now += 20 * 60_000;
    expect(health.figures(A, [OURS])).toMatchObject({ uptime15m: 100, uptime1h: 75, uptime1d: 75 });
    clock.now += 3_600_000;
    expect(health.figures(A, [OURS])).toMatchObject({ uptime1h: 100, uptime1d: 75 });
  });

  test("measure streams: until the first content, and tokens from there", () => {
    const clock = { now: 1000 };
    const health = healthAt(clock);
    const leg = { endpoint: A, credential: OURS };
    for (let i = 0; i < 20; i++) attempt(health, clock, leg, { ttft: 256, ms: 256 + 1000, output: 64 });
    const { latency, throughput } = health.figures(A, [OURS]);
    expect([latency, throughput]).toEqual([
      { p50: 256, p95: 256 },
      { p50: 64, p95: 64 },
    ]);
    expect([health.ttftMs(leg), health.tokensPerSecond(leg)]).toEqual([256, 64]);
    expect(health.ttftMs({ endpoint: B, credential: OURS })).toBeUndefined();
  });

  test("take no speed from a few tokens, and no latency from a whole answer or a failure", () => {
    const clock = { now: 1000 };
    const health = healthAt(clock);
    const leg = { endpoint: A, credential: OURS };
    attempt(health, clock, leg, { ms: 500 });
    attempt(health, clock, leg, { ttft: 10, error: "upstream_truncated" });
    expect(health.figures(A, [OURS]).latency).toBeUndefined();
    attempt(health, clock, leg, { ttft: 10, ms: 20, output: 3 });
    expect([health.figures(A, [OURS]).latency, health.figures(A, [OURS]).throughput]).toEqual([
      { p50: 10, p95: 10 },
      undefined,
    ]);
  });

  test("are forgotten with everything else", () => {
    const clock = { now: 1000 };
    const health = healthAt(clock);
    const leg = { endpoint: A, credential: OURS };
    for (let i = 0; i < 3; i++) attempt(health, clock, leg, { error: "upstream_error" });
    expect([...health.states()]).toEqual([{ ...leg, state: "open" }]);
    health.forget();
    expect([health.rank(leg), health.figures(A, [OURS]).uptime1d, [...health.states()]]).toEqual(["up", 100, []]);
  });
});
