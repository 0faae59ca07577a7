import { afterEach, describe, expect, test } from "bun:test";
import { type ErrorCode, GatewayError } from "../core/error.ts";
import { Attempt } from "../ledger/attempt.ts";
import type { Leg } from "../routing/plan.ts";
import type { Credential } from "../upstream/credentials.ts";
import { chunk, type Line, STREAM_HEAD } from "../upstream/fixtures/raw-server.ts";
import { attemptStream, type Trip } from "./attempt.ts";
import { type Act, OPENING, type Providers, refuses, said, speaks, startProviders } from "./fixtures/providers.ts";
import { race } from "./race.ts";

let providers: Providers;
afterEach(() => providers.stop());

const ASKED = { stream: true, providerOptions: { gateway: { hedge: true } } };

/** Two who serve one model; of the first it is known that it speaks within milliseconds. */
function start(acts: Record<string, Act>, more: object = {}): void {
  providers = startProviders(acts, {}, { hedging: { percent: 100 }, ...more });
  measure();
}

function measure(streams = 20): void {
  const { health, plan } = providers.trip();
  for (let i = 0; i < streams; i++) {
    const startedAt = health.now();
    const seen = { startedAt, firstContentAt: startedAt + 4, endedAt: startedAt + 20, error: undefined };
    health.of(plan.legs[0]!)!.ended(seen, { output: 20 });
  }
}

/** Opens a stream and says nothing; the line it does that on can be spoken on later. */
function hesitates(lines: Line[]): Act {
  return (line) => {
    lines.push(line);
    line.send(STREAM_HEAD + chunk(OPENING));
  };
}

async function failure(promise: Promise<unknown>): Promise<GatewayError> {
  const thrown = await promise.then(
    () => new Error("nothing failed"),
    (error: unknown) => error,
  );
  if (thrown instanceof GatewayError) return thrown;
  throw thrown;
}

function outcomes({ generation }: Trip): (ErrorCode | null)[] {
  return generation.attempts.map(({ error }) => error?.code ?? null);
}

describe("when the first content is late", () => {
  test("a second provider is asked, and the one who speaks first is the answer", async () => {
    const lines: Line[] = [];
    start({ a: hesitates(lines), b: speaks("from b") });
    const trip = providers.trip(ASKED);
    const { attempt, given, passage } = await attemptStream(trip);
    expect([attempt.leg.provider, providers.asked]).toEqual(["b", ["a", "b"]]);
    expect(outcomes(trip)).toEqual(["outrun", null]);
    // Whoever was slower is let go at once, and it speaks against nobody.
    await lines[0]!.ended;
    expect(trip.health.rank(trip.plan.legs[0]!)).toBe("up");
    given.stop(new GatewayError("client_closed", "done"));
    const ending = { attempt, readings: passage.readings, error: undefined, dropped: [] };
    const { row } = trip.generation.close(ending);
    expect(row).toMatchObject({ provider: "b", error: null });
  });

  test("the first may still be the one, and stands last in the record", async () => {
    const lines: Line[] = [];
    const spoken = (line: Line) => {
      lines.push(line);
      lines[0]!.send(chunk(said("from a")));
    };
    start({ a: hesitates(lines), b: spoken });
    const trip = providers.trip(ASKED);
    const { attempt, given, passage } = await attemptStream(trip);
    expect([attempt.leg.provider, providers.asked]).toEqual(["a", ["a", "b"]]);
    await lines[1]!.ended;
    given.stop(new GatewayError("client_closed", "done"));
    const { row } = trip.generation.close({ attempt, readings: passage.readings, error: undefined, dropped: [] });
    expect(JSON.parse(row.attempts).map(({ endpoint }: { endpoint: string }) => endpoint)).toEqual([
      "b:b-model",
      "a:a-model",
    ]);
  });

  test("what the other one cost is guessed and paid, and told beside its attempt", async () => {
    start({ a: hesitates([]), b: speaks("from b") });
    const trip = providers.trip(ASKED);
    const { attempt, given, passage } = await attemptStream(trip);
    given.stop(new GatewayError("client_closed", "done"));
    const { row, closing } = trip.generation.close({
      attempt,
      readings: passage.readings,
      error: undefined,
      dropped: [],
    });
    const [lost, won] = JSON.parse(row.attempts);
    expect([lost.endpoint, lost.error, won.endpoint, won.cost]).toEqual([
      "a:a-model",
      "outrun",
      "b:b-model",
      undefined,
    ]);
    expect(lost.cost).toBeGreaterThan(0);
    // Input at $1 and output at $2 a million: the prompt twice, and what was said.
    expect(row.cost).toBe(lost.cost + (row.input! * 1000 + row.output! * 2000));
    expect(closing.cost).toMatchObject({ nanodollars: row.cost, source: "estimate" });
  });

  test("a second one that fails does not end the first", async () => {
    const lines: Line[] = [];
    for (const status of [503, 400, 401]) {
      lines.length = 0;
      const act: Act = (line, request) => {
        refuses(status)(line, request);
        lines[0]!.send(chunk(said("from a")));
      };
      start({ a: hesitates(lines), b: act });
      const { attempt, given } = await attemptStream(providers.trip(ASKED));
      expect(attempt.leg.provider).toBe("a");
      given.stop(new GatewayError("client_closed", "done"));
      providers.stop();
    }
  });

  test("a first one that fails leaves it to the second", async () => {
    const lines: Line[] = [];
    const spoken: Act = (line, request) => {
      lines[0]!.fin();
      speaks("from b")(line, request);
    };
    start({ a: hesitates(lines), b: spoken });
    const trip = providers.trip(ASKED);
    const { attempt, given } = await attemptStream(trip);
    expect(attempt.leg.provider).toBe("b");
    expect(outcomes(trip)[1]).toBeNull();
    given.stop(new GatewayError("client_closed", "done"));
  });

  test("both may fail, and the third is asked if that may be", async () => {
    const lines: Line[] = [];
    const act: Act = (line, request) => {
      refuses(429)(line, request);
      refuses(429)(lines[0]!, request);
    };
    start({ a: (line) => lines.push(line), b: act, c: speaks("from c") });
    const trip = providers.trip(ASKED);
    const { attempt, given } = await attemptStream(trip);
    expect(attempt.leg.provider).toBe("c");
    expect(providers.asked).toEqual(["a", "b", "c"]);
    given.stop(new GatewayError("client_closed", "done"));
  });

  test("a client that leaves frees both", async () => {
    const lines: Line[] = [];
    start({ a: hesitates(lines), b: hesitates(lines) });
    const trip = providers.trip(ASKED);
    const failed = failure(attemptStream(trip));
    const second = await providers.server.line(1);
    await second.until(() => second.sent > 0);
    trip.departure.leave();
    expect((await failed).code).toBe("client_closed");
    await Promise.all(lines.map(({ ended }) => ended));
    expect(outcomes(trip)).toEqual(["client_closed", "client_closed"]);
  });
});

test("what is still being prepared for the slower one is not waited for, and the record says that it is over", async () => {
  start({ a: speaks("never"), b: speaks("from b") });
  const trip = providers.trip(ASKED);
  const [first, second] = trip.plan.legs as [Leg<Credential>, Leg<Credential>];
  const lateMs = 0;
  const ask = (leg: Leg<Credential>) => {
    const { endpoint, wire, relay } = leg;
    const facts = {
      endpoint,
      provider: endpoint.provider,
      wire,
      relay,
      credential: "system",
      simulated: false,
    } as const;
    const attempt = trip.generation.add(new Attempt(facts));
    return leg === first ? new Promise<never>(() => {}) : Promise.resolve(attempt);
  };
  const parts = { departure: trip.departure, first, lateMs, second: () => second, ask, drop: () => {} };
  const [known] = await race<Attempt>(parts);
  expect(known!.leg).toBe(second);
  const attempt = known!.outcome as Attempt;
  attempt.end();
  const { row } = trip.generation.close({ attempt, readings: undefined, error: undefined, dropped: [] });
  expect(JSON.parse(row.attempts)).toMatchObject([
    { endpoint: "a:a-model", error: "outrun" },
    { endpoint: "b:b-model" },
  ]);
});

describe("nobody else is asked", () => {
  const late: Act = (line) => {
    line.send(STREAM_HEAD + chunk(OPENING));
    setTimeout(() => line.send(chunk(said("from a"))), 60);
  };

  async function alone(body: object, more: object = {}, acts: Record<string, Act> = {}): Promise<void> {
    start({ a: late, b: speaks("never"), ...acts }, more);
    const { attempt, given } = await attemptStream(providers.trip({ ...ASKED, ...body }));
    expect([attempt.leg.provider, providers.asked]).toEqual(["a", ["a"]]);
    given.stop(new GatewayError("client_closed", "done"));
  }

  test("for a request that does not want it", () => alone({ providerOptions: {} }));
  test("where the operator allows no hedges", () => alone({}, { hedging: { percent: 0 } }));

  test("where it was never measured what is late", async () => {
    providers = startProviders({ a: late, b: speaks("never") }, {}, { hedging: { percent: 100 } });
    measure(19);
    const { given } = await attemptStream(providers.trip(ASKED));
    expect(providers.asked).toEqual(["a"]);
    given.stop(new GatewayError("client_closed", "done"));
  });

  test("who has failed since it last worked", async () => {
    start({ a: late, b: speaks("never") });
    const { health, plan } = providers.trip();
    const startedAt = health.now();
    const error = new GatewayError("upstream_error", "down");
    health.of(plan.legs[1]!)!.ended({ startedAt, firstContentAt: undefined, endedAt: startedAt, error });
    const { given } = await attemptStream(providers.trip(ASKED));
    expect(providers.asked).toEqual(["a"]);
    given.stop(new GatewayError("client_closed", "done"));
  });

  test.each(["byok", "hurried"] as const)("on what those saved up who may have none themselves: %s", async (kind) => {
    start({ a: speaks("from a"), b: speaks("never") }, { hedging: { percent: 100 } });
    const { hedging } = providers.trip();
    while (hedging.spend());
    for (let i = 0; i < 3; i++) {
      const trip = providers.trip(ASKED);
      const [first, ...rest] = trip.plan.legs;
      if (kind === "byok") Object.assign(first!.credential, { kind });
      const leg = kind === "byok" ? first! : { ...first!, firstContentMs: 5000 };
      const { given } = await attemptStream({ ...trip, plan: { ...trip.plan, legs: [leg, ...rest] } });
      given.stop(new GatewayError("client_closed", "done"));
    }
    expect(hedging.spend()).toBe(false);
  });

  test("when all hedges are spent", async () => {
    let asked = 0;
    const act: Act = (line, request) => (asked++ === 0 ? hesitates([])(line, request) : late(line, request));
    start({ a: act, b: speaks("from b") }, { hedging: { percent: 1 } });
    const first = await attemptStream(providers.trip(ASKED));
    const second = await attemptStream(providers.trip(ASKED));
    expect([first.attempt.leg.provider, second.attempt.leg.provider]).toEqual(["b", "a"]);
    for (const { given } of [first, second]) given.stop(new GatewayError("client_closed", "done"));
  });
});
