import { describe, expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import type { Buckets, Draw } from "../counters/buckets.ts";
import { MemoryBuckets } from "../counters/memory-buckets.ts";
import type { Seat } from "./admit.ts";
import { demand, keyWith } from "./fixtures/demand.ts";
import { durationText } from "./limit-fields.ts";
import { RateLimits, type RateLimitsTold } from "./rate-limits.ts";

const NONE = { gateway: {}, per_key: {}, per_user: {}, default_output_tokens: 100 };

/** Limits on a clock that stands still. */
function limits(told: Partial<RateLimitsTold>, buckets: Buckets = new MemoryBuckets(() => 0)): RateLimits {
  return new RateLimits({ ...NONE, ...told }, buckets);
}

const left = (seat: unknown, of = "requests") => (seat as Seat).fields[`x-ratelimit-remaining-${of}`];

describe("limits of a key", () => {
  test("stand in the place of those of every key, one by one; null is as much as there is", () => {
    const gate = limits({ per_key: { requests_per_minute: 5, tokens_per_minute: 1000 } });
    const { fields } = gate.enter(demand(keyWith({ requests_per_minute: 7 }))) as Seat;
    expect(fields).toMatchObject({ "x-ratelimit-limit-requests": "7", "x-ratelimit-limit-tokens": "1000" });
    const free = gate.enter(demand(keyWith({ requests_per_minute: null, tokens_per_minute: null }, { id: "key_2" })));
    expect(free).toBeUndefined();
    const said = { requests_per_minute: undefined, tokens_per_minute: null };
    expect(left(gate.enter(demand(keyWith(said, { id: "key_3" }))))).toBe("4");
  });

  test("that are changed hold at once, and what was used stays used", () => {
    const gate = limits({});
    gate.enter(demand(keyWith({ requests_per_minute: 10 })));
    gate.enter(demand(keyWith({ requests_per_minute: 10 })));
    expect(left(gate.enter(demand(keyWith({ requests_per_minute: 100 }))))).toBe("79");
    expect(gate.enter(demand(keyWith(undefined)))).toBeUndefined();
  });

  test("are its own", () => {
    const gate = limits({ per_key: { requests_per_minute: 1 } });
    gate.enter(demand(keyWith({}, { id: "key_1" })));
    expect(left(gate.enter(demand(keyWith({}, { id: "key_2" }))))).toBe("0");
    expect(() => gate.enter(demand(keyWith({}, { id: "key_1" })))).toThrow("for this key is reached");
  });
});

describe("end users", () => {
  test("are told apart within a team, or a key without one", () => {
    const gate = limits({ per_user: { requests_per_minute: 1 } });
    const ask = (id: string, team: string | undefined, user: string) =>
      gate.enter(demand(keyWith(undefined, { id, ...(team && { team }) }), { user }));
    expect(left(ask("key_1", undefined, "ada"))).toBe("0");
    expect(left(ask("key_2", undefined, "ada"))).toBe("0");
    expect(left(ask("key_3", "team_1", "ada"))).toBe("0");
    expect(() => ask("key_4", "team_1", "ada")).toThrow("for this user is reached");
    expect(() => ask("key_1", undefined, "ada")).toThrow("for this user is reached");
    // A name that looks like another's is none.
    expect(left(ask("key_5", "team_1 ada", "lovelace"))).toBe("0");
    expect(left(ask("key_6", "team_1", "ada lovelace"))).toBe("0");
    expect(left(ask("key_1", undefined, "team_1 ada"))).toBe("0");
  });
});

test("a seat is settled or given back once, whatever comes after", () => {
  const gate = limits({ per_key: { tokens_per_minute: 1000, concurrent_streams: 1 } });
  const key = keyWith({});
  const enter = () => gate.enter(demand(key, { stream: true })) as Seat;
  const spent = { nanodollars: 0, byok: 0, tokens: 300 };
  const seat = enter();
  expect(left(seat, "tokens")).toBe("890");
  expect(seat.settle(spent)).toEqual([]);
  seat.release();
  seat.settle(spent);
  seat.extend(5000);
  const next = enter();
  expect(left(next, "tokens")).toBe("590");
  next.release();
  next.release();
  expect(left(enter(), "tokens")).toBe("590");
  expect(enter).toThrow("1 stream at a time");
});

test("a stream that goes on takes more while it does", () => {
  const gate = limits({ per_key: { tokens_per_minute: 1000 } });
  const key = keyWith({});
  const seat = gate.enter(demand(key, { stream: true })) as Seat;
  seat.extend(50);
  expect(left(gate.enter(demand(key, { outputCap: 0 })), "tokens")).toBe("880");
  expect(seat.extend(700)).toBeUndefined();
  expect(left(gate.enter(demand(key, { outputCap: 0 })), "tokens")).toBe("270");
  seat.settle({ nanodollars: 0, byok: 0, tokens: 720 });
  expect(left(gate.enter(demand(key, { outputCap: 0 })), "tokens")).toBe("250");
});

test("who asks elsewhere waits for what is told there", async () => {
  const asked: (readonly Draw[])[] = [];
  const memory = new MemoryBuckets(() => 0);
  const shared: Buckets = {
    take: async (draws) => {
      asked.push(draws);
      return memory.take(draws);
    },
    adjust: (draws) => memory.adjust(draws),
  };
  const gate = limits({ gateway: { requests_per_minute: 9 }, per_key: { requests_per_minute: 1 } }, shared);
  expect(left(await gate.enter(demand(keyWith({}))))).toBe("0");
  const thrown = await Promise.resolve(gate.enter(demand(keyWith({})))).catch((error) => error);
  expect(thrown).toBeInstanceOf(GatewayError);
  expect(thrown.details).toMatchObject({ retryAfterMs: 60_000, fields: { "x-ratelimit-remaining-requests": "0" } });
  expect(asked[1]!.map(({ bucket, amount }) => [bucket.name, bucket.limit, amount])).toEqual([
    ["requests gateway", 9, 1],
    ["requests key key_1", 1, 1],
  ]);
});

test.each([
  [0, "0s"],
  [0.2, "1ms"],
  [999, "999ms"],
  [1000, "1s"],
  [8640, "8.64s"],
  [59_999.5, "1m0s"],
  [360_000, "6m0s"],
  [61_050, "1m1.05s"],
  [3_600_000, "1h0m0s"],
  [86_400_000, "24h0m0s"],
])("%d ms are %s", (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text);
});
