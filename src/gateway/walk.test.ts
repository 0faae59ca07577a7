import { afterEach, describe, expect, test } from "bun:test";
import { type ErrorCode, GatewayError } from "../core/error.ts";
import type { Leg } from "../routing/plan.ts";
import { RetryBudget } from "../routing/retries.ts";
import type { Credential } from "../upstream/credentials.ts";
import type { Line } from "../upstream/fixtures/raw-server.ts";
import { attemptStream, attemptWhole, type Trip } from "./attempt.ts";
import { type Act, hangsUp, type Providers, refuses, says, speaks, startProviders } from "./fixtures/providers.ts";

let providers: Providers;
afterEach(() => providers.stop());

/** Quick to try again, and slow to forget: what is left alone stays so for the length of a test. */
const RULES = { retries: { backoff_ms: 1 }, health: { failures: 2, cooldown_ms: 60_000 } };

function start(acts: Record<string, Act>, more: object = {}): void {
  providers = startProviders(acts, {}, { ...RULES, ...more });
}

/** One act for each request, the last for all that follow. */
function inOrder(...acts: readonly Act[]): Act {
  let asked = 0;
  return (line, request) => acts[Math.min(asked++, acts.length - 1)]!(line, request);
}

async function failure(trip: Trip): Promise<GatewayError> {
  const thrown = await attemptWhole(trip).then(
    () => new Error("nothing failed"),
    (error: unknown) => error,
  );
  if (thrown instanceof GatewayError) return thrown;
  throw thrown;
}

async function server(trip: Trip): Promise<string> {
  return (await attemptWhole(trip)).attempt.leg.provider;
}

function outcomes({ generation }: Trip): (ErrorCode | null)[] {
  return generation.attempts.map(({ error }) => error?.code ?? null);
}

describe("an endpoint that refuses in clear, alone,", () => {
  test.each<[string, Act, ErrorCode]>([
    ["a 429", refuses(429), "upstream_rate_limited"],
    ["a 429 that asks for a moment", refuses(429, "\r\nretry-after-ms: 5"), "upstream_rate_limited"],
    ["a 503", refuses(503), "upstream_overloaded"],
    ["a 529 that asks for a moment", refuses(529, "\r\nretry-after-ms: 5"), "upstream_overloaded"],
  ])("with %s is asked again", async (_, act, code) => {
    start({ a: inOrder(act, act, says("at last")) });
    const trip = providers.trip();
    expect(await server(trip)).toBe("a");
    expect(outcomes(trip)).toEqual([code, code, null]);
  });

  test("is asked as often as the configuration says, and then it is told as it is", async () => {
    start({ a: refuses(503) }, { retries: { backoff_ms: 1, same_endpoint: 1 } });
    const trip = providers.trip();
    expect((await failure(trip)).message).toBe("The provider is overloaded.");
    expect(outcomes(trip)).toEqual(["upstream_overloaded", "upstream_overloaded"]);
  });

  test("and asks for more patience than there is, is told at once", async () => {
    start({ a: refuses(429, "\r\nretry-after: 60") });
    const trip = providers.trip();
    const error = await failure(trip);
    expect([error.status, error.details.retryAfterMs]).toEqual([429, 60_000]);
    expect(providers.asked).toEqual(["a"]);
  });

  test("is not asked again where that may be billed twice, or would not help", async () => {
    for (const act of [hangsUp, refuses(500), refuses(401), refuses(402), refuses(404), refuses(400)]) {
      start({ a: act });
      const trip = providers.trip();
      await failure(trip);
      expect(trip.generation.attempts).toHaveLength(1);
      providers.stop();
    }
  });

  test("is not asked again where another one answers", async () => {
    start({ a: refuses(503), b: says("from b") });
    const trip = providers.trip();
    expect(await server(trip)).toBe("b");
    expect(providers.asked).toEqual(["a", "b"]);
  });

  test("nor when the budget for all is spent", async () => {
    start({ a: refuses(503) });
    const trip = providers.trip();
    while (trip.retries.budget.spend());
    await failure(trip);
    expect(providers.asked).toEqual(["a"]);
  });

  test("but what clients' own accounts are tried with is no part of that budget, and adds nothing to it", async () => {
    start({ a: refuses(429) });
    const budget = new RetryBudget(() => 0);
    const ownBudget = new RetryBudget(() => 0);
    const through = (kind: "byok" | "system"): Trip => {
      const trip = providers.trip();
      const [leg] = trip.plan.legs;
      Object.assign(leg!.credential, { kind });
      const retries = { ...trip.retries, budget, ownBudget };
      return { ...trip, retries, plan: { ...trip.plan, legs: [leg!] } };
    };
    while (budget.spend());
    for (let i = 0; i < 3; i++) await failure(through("byok"));
    expect(providers.asked).toHaveLength(9);
    expect(budget.spend()).toBe(false);
    while (ownBudget.spend());
    await failure(through("byok"));
    expect(providers.asked).toHaveLength(10);
  });

  test("nor for a client that leaves while it waits", async () => {
    start({ a: refuses(429, "\r\nretry-after: 4") });
    const trip = providers.trip();
    const failed = failure(trip);
    const line = await providers.server.line(0);
    await line.until(() => line.sent > 0);
    // The refusal is on its way: once it has been read, the request waits.
    while (trip.generation.attempts[0]?.endedAt === undefined) await Bun.sleep(0);
    trip.departure.leave();
    expect((await failed).code).toBe("client_closed");
    expect(providers.asked).toEqual(["a"]);
  });
});

test("of several that refuse in clear, all are asked again in turn", async () => {
  start({ a: refuses(503), b: refuses(503) });
  const trip = providers.trip();
  const error = await failure(trip);
  expect(providers.asked).toEqual(["a", "b", "a", "b"]);
  expect(error.message).toBe(
    "No provider answered. a for lab/model: The provider is overloaded. b for lab/model: The provider is overloaded.",
  );
});

test("of several, the one that asks for least is asked again", async () => {
  start({ a: refuses(429, "\r\nretry-after: 60"), b: inOrder(refuses(503), says("from b")) });
  expect(await server(providers.trip())).toBe("b");
  expect(providers.asked).toEqual(["a", "b", "b"]);
});

describe("of many who could serve", () => {
  const many = () => Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [name, refuses(404)]));

  test("so many are asked for one request as the operator says, and no more", async () => {
    start(many(), { retries: { attempts: 3 } });
    expect((await failure(providers.trip())).code).toBe("upstream_model_not_found");
    expect(providers.asked).toEqual(["a", "b", "c"]);
  });

  test("nobody else is asked when it has taken too long, and who was asked may still answer", async () => {
    const slowly =
      (act: Act): Act =>
      (line, request) =>
        void setTimeout(() => act(line, request), 60);
    start({ a: slowly(refuses(404)), b: says("never") }, { retries: { until_ms: 30 } });
    expect((await failure(providers.trip())).code).toBe("upstream_model_not_found");
    expect(providers.asked).toEqual(["a"]);
    providers.stop();
    start({ a: slowly(says("from a")) }, { retries: { until_ms: 30 } });
    expect(await server(providers.trip())).toBe("a");
  });
});

describe("who said when it may be asked again", () => {
  test("is not asked before, and the client is told when", async () => {
    start({ a: refuses(429, "\r\nretry-after: 60") });
    await failure(providers.trip());
    const trip = providers.trip();
    const error = await failure(trip);
    expect([error.code, error.status]).toEqual(["upstream_rate_limited", 429]);
    expect(error.message).toMatch(/It asked to be left alone for another (59|60) s\.$/);
    expect(error.details.retryAfterMs).toBeWithin(1, 60_001);
    expect(outcomes(trip)).toEqual([]);
    expect(providers.asked).toEqual(["a"]);
  });

  test("by a date, is believed though its answer has none itself", async () => {
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    start({ a: refuses(429, `\r\nretry-after: ${inAMinute}`) });
    expect((await failure(providers.trip())).details.retryAfterMs).toBeWithin(50_000, 60_001);
    await failure(providers.trip());
    expect(providers.asked).toEqual(["a"]);
  });

  test("is passed over while others answer", async () => {
    start({ a: refuses(429, "\r\nretry-after: 60"), b: says("from b") });
    expect(await server(providers.trip())).toBe("b");
    const trip = providers.trip();
    expect(await server(trip)).toBe("b");
    expect(providers.asked).toEqual(["a", "b", "b"]);
    expect(outcomes(trip)).toEqual([null]);
  });

  test("is not asked either when those others fail", async () => {
    start({ a: refuses(429, "\r\nretry-after: 60"), b: inOrder(says("from b"), refuses(401)) });
    await server(providers.trip());
    expect((await failure(providers.trip())).code).toBe("provider_unavailable");
    expect(providers.asked).toEqual(["a", "b", "b"]);
  });
});

describe("who failed over and over", () => {
  const broken = (): Act => refuses(500);

  async function opened(): Promise<void> {
    for (let i = 0; i < RULES.health.failures; i++) await failure(providers.trip());
  }

  test("is not asked while others answer", async () => {
    start({ a: broken(), b: inOrder(refuses(500), refuses(400), says("from b")) });
    await failure(providers.trip());
    await failure(providers.trip());
    expect(providers.asked).toEqual(["a", "b", "a", "b"]);
    expect(await server(providers.trip())).toBe("b");
    expect(providers.asked).toEqual(["a", "b", "a", "b", "b"]);
  });

  test("is asked all the same where nobody else is left, by one of all who wait", async () => {
    const held: Line[] = [];
    start({ a: inOrder(broken(), broken(), (line) => held.push(line), broken()) });
    await opened();
    const trips = Array.from({ length: 50 }, () => providers.trip());
    const failed = trips.map(failure);
    while (held.length === 0) await Bun.sleep(1);
    const asked = providers.asked.length;
    refuses(503)(held[0]!, { head: "", body: Buffer.of() } as never);
    const codes = new Set((await Promise.all(failed)).map(({ code }) => code));
    expect(asked).toBe(RULES.health.failures + 1);
    expect(codes).toEqual(new Set<ErrorCode>(["upstream_overloaded", "upstream_error"]));
    expect(trips.filter(({ generation }) => generation.attempts.length === 0).length).toBeGreaterThanOrEqual(48);
  });

  test("lets all who wait go on when that one is answered", async () => {
    const held: Line[] = [];
    start({ a: inOrder(broken(), broken(), (line) => held.push(line), says("from a")) });
    await opened();
    const trips = Array.from({ length: 50 }, () => providers.trip());
    const served = trips.map(server);
    while (held.length === 0) await Bun.sleep(1);
    says("first")(held[0]!, { head: "", body: Buffer.of() } as never);
    expect(new Set(await Promise.all(served))).toEqual(new Set(["a"]));
    expect(providers.asked).toHaveLength(RULES.health.failures + 50);
  });

  test("lets them go on from its first word, and not only from its last", async () => {
    const held: Line[] = [];
    const act = inOrder(broken(), broken(), (line, request) => {
      held.push(line);
      speaks("Hello")(line, request);
    });
    start({ a: inOrder(act, act, act, says("from a")) });
    await opened();
    const { given } = await attemptStream(providers.trip({ stream: true }));
    expect(await server(providers.trip())).toBe("a");
    expect(held).toHaveLength(1);
    given.stop(new GatewayError("client_closed", "done"));
  });

  test("is not waited for when one that finds out takes too long", async () => {
    const held: Line[] = [];
    start({ a: inOrder(broken(), broken(), (line) => held.push(line), says("from a")) }, { retries: { wait_ms: 300 } });
    await opened();
    const first = server(providers.trip());
    while (held.length === 0) await Bun.sleep(1);
    expect(await server(providers.trip())).toBe("a");
    says("at last")(held[0]!, { head: "", body: Buffer.of() } as never);
    expect(await first).toBe("a");
  });

  test("and is known to refuse still, keeps nobody from being asked who may answer: nothing was sent", async () => {
    const tired = refuses(500, "\r\nretry-after: 60");
    start(
      { a: tired, b: tired, c: inOrder(broken(), says("from c")) },
      { health: { failures: 1, cooldown_ms: 60_000 }, retries: { backoff_ms: 1, wait_ms: 1000 } },
    );
    const alone = (at: number): Trip => {
      const trip = providers.trip();
      return { ...trip, plan: { ...trip.plan, legs: [trip.plan.legs[at]!] } };
    };
    for (const at of [0, 1, 2]) await failure(alone(at));
    expect(await server(providers.trip())).toBe("c");
    expect(providers.asked).toEqual(["a", "b", "c", "c"]);
  });

  test("is spared what the budget does not allow, and the next one is asked", async () => {
    start({ a: refuses(401), b: inOrder(refuses(500), says("never")), c: says("from c") });
    const through = (...legs: Leg<Credential>[]): Trip => {
      const trip = providers.trip();
      return { ...trip, plan: { ...trip.plan, legs } };
    };
    const { legs } = providers.trip().plan;
    await failure(through(legs[1]!));
    const trip = through(...legs);
    while (trip.retries.budget.spend());
    expect(await server(trip)).toBe("c");
    expect(providers.asked).toEqual(["b", "a", "c"]);
  });
});

describe("a client with less patience than the operator", () => {
  /** The same way, where the first leg has little time. */
  function hurried(trip: Trip, less: Pick<Leg, "firstContentMs" | "patience"> = { firstContentMs: 30 }): Trip {
    const [first, ...rest] = trip.plan.legs;
    return { ...trip, plan: { ...trip.plan, legs: [{ ...first!, ...less }, ...rest] } };
  }

  test.each(["firstByte", "total"] as const)(
    "goes on to the next when its %s runs out, and tells nobody",
    async (clock) => {
      start({ a: () => {}, b: says("from b") });
      const trip = hurried(providers.trip(), { patience: { [clock]: 30 } });
      expect((await attemptWhole(trip)).attempt.leg.provider).toBe("b");
      expect(trip.generation.attempts[0]!.error!.message).toContain(`(clock: ${clock})`);
      expect(trip.health.of(trip.plan.legs[0]!)!.sound).toBe(true);
    },
  );

  test.each([false, true])("goes on to the next when that runs out, streamed: %p", async (stream) => {
    start({ a: () => {}, b: stream ? speaks("Hello") : says("from b") });
    const trip = hurried(providers.trip({ stream }));
    const { attempt } = stream ? await attemptStream(trip) : await attemptWhole(trip);
    expect(attempt.leg.provider).toBe("b");
    expect(outcomes(trip)).toEqual(["upstream_timeout", null]);
    expect(trip.generation.attempts[0]!.error!.message).toContain("for 30 ms");
  });

  test("does not speak against a provider", async () => {
    start({ a: () => {}, b: says("from b") });
    for (let i = 0; i < 3; i++) await server(hurried(providers.trip()));
    const { health, plan } = providers.trip();
    expect(health.rank(plan.legs[0]!)).toBe("up");
    expect(health.of(plan.legs[0]!)!.sound).toBe(true);
    expect(health.figures(plan.legs[0]!.endpoint, [plan.legs[0]!.credential]).uptime15m).toBe(100);
  });

  test("does not find out whether one that failed works again", async () => {
    start({ a: refuses(500), b: says("from b") }, { health: { failures: 1, cooldown_ms: 1 } });
    expect(await server(providers.trip())).toBe("b");
    await Bun.sleep(2);
    expect(await server(hurried(providers.trip()))).toBe("b");
    expect(providers.asked).toEqual(["a", "b", "b"]);
    expect(await server(providers.trip())).toBe("b");
    expect(providers.asked).toEqual(["a", "b", "b", "a", "b"]);
  });
});
