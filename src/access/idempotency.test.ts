import { describe, expect, setSystemTime, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import type { Demand, Seat, Spent } from "./admit.ts";
import { demand, keyWith } from "./fixtures/demand.ts";
import { IdempotencyKeys, type NameShelf } from "./idempotency.ts";

const DAY = 24 * 3_600_000;
const SPENT: Spent = { nanodollars: 5, byok: 0, tokens: 3 };
const NOTHING: Spent = { nanodollars: 0, byok: 0, tokens: 0 };

const named = (name: string, more: Partial<Demand> = {}, key = "key_1") =>
  demand(keyWith({}, { id: key }), { idempotencyKey: name, ...more });

/** What it is refused with; `undefined` where it is let in. */
function refusal(gate: IdempotencyKeys, asked: Demand): string | undefined {
  try {
    gate.enter(asked);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown.code;
    throw thrown;
  }
}

test("a request without a name is none of its business, and is not even read", () => {
  const gate = new IdempotencyKeys();
  const digest = () => {
    throw new Error("read");
  };
  for (const idempotencyKey of [undefined, ""])
    expect(gate.enter(demand(keyWith(), { idempotencyKey, digest }))).toBeUndefined();
  expect(gate.size).toBe(0);
});

describe("a name", () => {
  test("lets one in at a time, and none once it was paid for", () => {
    const gate = new IdempotencyKeys();
    const seat = gate.enter(named("n", { id: "gen_first" })) as Seat;
    expect(() => gate.enter(named("n"))).toThrow("is being answered: gen_first");
    expect(refusal(gate, named("n"))).toBe("idempotency_in_flight");
    expect(seat.settle(SPENT)).toEqual([]);
    expect(() => gate.enter(named("n"))).toThrow("was answered: gen_first");
    expect(refusal(gate, named("n"))).toBe("idempotency_repeated");
    seat.release();
    expect(refusal(gate, named("n"))).toBe("idempotency_repeated");
  });

  test.each([
    ["tokens alone", { ...NOTHING, tokens: 1 }],
    ["an account of the client's own", { ...NOTHING, byok: 1 }],
    ["searches alone", { ...NOTHING, nanodollars: 1 }],
  ])("counts as paid for by %s", (_, spent) => {
    const gate = new IdempotencyKeys();
    (gate.enter(named("n")) as Seat).settle(spent);
    expect(refusal(gate, named("n"))).toBe("idempotency_repeated");
  });

  test("is free again after what cost nothing, however that ended; a late end is not another's", () => {
    const gate = new IdempotencyKeys();
    const first = gate.enter(named("n")) as Seat;
    first.settle(NOTHING);
    const second = gate.enter(named("n")) as Seat;
    second.release();
    const third = gate.enter(named("n")) as Seat;
    first.release();
    second.settle(SPENT);
    expect(refusal(gate, named("n"))).toBe("idempotency_in_flight");
    third.release();
    expect(gate.size).toBe(0);
  });

  test("belongs to one request: another is refused, in flight and after", () => {
    const gate = new IdempotencyKeys();
    const other = named("n", { digest: () => "other" });
    const seat = gate.enter(named("n")) as Seat;
    expect(refusal(gate, other)).toBe("idempotency_mismatch");
    seat.settle(SPENT);
    expect(refusal(gate, other)).toBe("idempotency_mismatch");
  });

  test("is known within a key, and nowhere else", () => {
    const gate = new IdempotencyKeys();
    (gate.enter(named("n", {}, "key_1")) as Seat).settle(SPENT);
    expect(refusal(gate, named("n", {}, "key_2"))).toBeUndefined();
    expect(refusal(gate, named("key_1 n", {}, "key_2"))).toBeUndefined();
    for (const strange of ["__proto__", "constructor", "n ", "N"]) {
      expect(refusal(gate, named(strange))).toBeUndefined();
      expect(refusal(gate, named(strange))).toBe("idempotency_in_flight");
    }
  });

  test("is forgotten after a day, counted from its end, and not by the machine's clock", () => {
    let now = 0;
    const gate = new IdempotencyKeys(undefined, () => now);
    const seat = gate.enter(named("n")) as Seat;
    now += 2 * DAY;
    expect(refusal(gate, named("n"))).toBe("idempotency_in_flight");
    seat.settle(SPENT);
    try {
      setSystemTime(new Date(Date.now() + 40 * DAY));
      now += DAY - 1;
      expect(refusal(gate, named("n"))).toBe("idempotency_repeated");
    } finally {
      setSystemTime();
    }
    now += 1;
    expect(refusal(gate, named("n"))).toBeUndefined();
  });

  test("of more than 255 characters is refused", () => {
    const gate = new IdempotencyKeys();
    expect(refusal(gate, named("n".repeat(256)))).toBe("invalid_request");
    expect(refusal(gate, named("n".repeat(255)))).toBeUndefined();
  });
});

test("names are bounded: whoever has most is forgotten first, and nobody who is being answered", () => {
  const gate = new IdempotencyKeys();
  (gate.enter(named("mine")) as Seat).settle(SPENT);
  const open = Array.from({ length: 1000 }, (_, i) => named(`open ${i}`, {}, "greedy"));
  for (const one of open) gate.enter(one);
  for (let i = 0; i < 250_000; i++) (gate.enter(named(`n ${i}`, {}, "greedy")) as Seat).settle(SPENT);
  expect(gate.size).toBeLessThanOrEqual(100_000);
  expect(refusal(gate, named("mine"))).toBe("idempotency_repeated");
  expect(refusal(gate, named("n 249999", {}, "greedy"))).toBe("idempotency_repeated");
  expect(refusal(gate, named("n 0", {}, "greedy"))).toBeUndefined();
  expect(new Set(open.map((one) => refusal(gate, one)))).toEqual(new Set(["idempotency_in_flight"]));
});

describe("where names are written down", () => {
  /** A shelf that says, later, what it is told to. */
  function shelf(says: NameShelf["claim"]) {
    const released: string[] = [];
    const told: NameShelf = {
      claim: says,
      async release(_, name, generation) {
        released.push(`${name} ${generation}`);
      },
    };
    return { released, gate: new IdempotencyKeys(told) };
  }
  const refused = (soon: unknown) =>
    Promise.resolve(soon).then(
      () => undefined,
      ({ code }: GatewayError) => code,
    );

  test("one that another process has is refused, in flight, done, or another's", async () => {
    for (const [isDone, digest, code] of [
      [false, "digest", "idempotency_in_flight"],
      [true, "digest", "idempotency_repeated"],
      [true, "other", "idempotency_mismatch"],
    ] as const) {
      const { gate, released } = shelf(async () => ({ digest, generationId: "gen_9", isDone }));
      expect(await refused(gate.enter(named("n")))).toBe(code);
      expect([gate.size, released]).toEqual([0, []]);
    }
  });

  test("a second one here is refused while the shelf is still being asked", async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { gate } = shelf(() => promise);
    const first = gate.enter(named("n"));
    expect(refusal(gate, named("n"))).toBe("idempotency_in_flight");
    resolve(undefined);
    ((await first) as Seat).settle(SPENT);
    expect(refusal(gate, named("n"))).toBe("idempotency_repeated");
  });

  test("what cost nothing is let go of there too", async () => {
    const { gate, released } = shelf(async () => undefined);
    ((await gate.enter(named("a", { id: "gen_a" }))) as Seat).settle(NOTHING);
    ((await gate.enter(named("b", { id: "gen_b" }))) as Seat).release();
    ((await gate.enter(named("c", { id: "gen_c" }))) as Seat).settle(SPENT);
    expect(released).toEqual(["a gen_a", "b gen_b"]);
  });

  test.each([
    ["rejects", () => Promise.reject(new Error("down"))],
    [
      "throws",
      () => {
        throw new Error("locked");
      },
    ],
  ])("a shelf that %s stops nobody: this process still knows", async (_, claim) => {
    const { gate } = shelf(claim);
    ((await gate.enter(named("n"))) as Seat).settle(SPENT);
    expect(refusal(gate, named("n"))).toBe("idempotency_repeated");
  });
});
