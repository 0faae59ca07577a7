import { describe, expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import { Circuit, type Notice } from "./circuit.ts";

const RULES = { failures: 3, cooldownMs: 1000, longestCooldownMs: 8000, random: () => 0.5 };
const down = new GatewayError("upstream_error", "down");
const toldToWait = (retryAfterMs: number) => new GatewayError("upstream_overloaded", "busy", { retryAfterMs });

function opened(at = 0): Circuit {
  const circuit = new Circuit(RULES);
  for (let i = 0; i < RULES.failures; i++) circuit.broke(at, at, down);
  return circuit;
}

describe("a closed circuit", () => {
  test("opens at so many failures in a row, and not before", () => {
    const circuit = new Circuit(RULES);
    circuit.broke(0, 0, down);
    circuit.broke(0, 0, down);
    expect([circuit.state(0), circuit.lets(0, false), circuit.sound]).toEqual(["closed", true, false]);
    circuit.broke(0, 0, down);
    expect([circuit.state(0), circuit.lets(0, false)]).toEqual(["open", false]);
  });

  test("begins to count anew when something works", () => {
    const circuit = new Circuit(RULES);
    for (let i = 0; i < 20; i++) {
      circuit.broke(i, i, down);
      if (i % 2 === 1) circuit.worked(i);
    }
    expect([circuit.state(20), circuit.sound]).toEqual(["closed", true]);
  });

  test("does not begin anew because a stream began that broke", () => {
    const circuit = new Circuit(RULES);
    for (let i = 0; i < 3; i++) {
      circuit.spoke(i);
      circuit.broke(i, i, down);
    }
    expect(circuit.state(3)).toBe("open");
  });

  test("opens at once where the provider says for how long", () => {
    const circuit = new Circuit(RULES);
    circuit.broke(0, 0, toldToWait(700));
    expect([circuit.lets(699, false), circuit.lets(699, true), circuit.lets(700, false)]).toEqual([false, false, true]);
  });

  test("opens at once where it is told to", () => {
    const circuit = new Circuit(RULES);
    circuit.broke(0, 0, down, 30_000);
    expect([circuit.state(7999), circuit.state(8000)]).toEqual(["open", "half-open"]);
  });
});

describe("an open circuit", () => {
  test("lets one through after the cooldown, and nobody beside it", () => {
    const circuit = opened();
    expect([circuit.lets(999, false), circuit.lets(1000, false)]).toEqual([false, true]);
    circuit.pass(1000);
    expect([circuit.state(1000), circuit.lets(5000, false), circuit.lets(5000, true)]).toEqual([
      "half-open",
      false,
      false,
    ]);
  });

  test("closes when that one works, and opens at the next failure", async () => {
    const circuit = opened();
    circuit.pass(1000);
    const { probe } = circuit.shut!;
    circuit.spoke(1000);
    expect([circuit.state(1001), circuit.sound, await probe!.fate]).toEqual(["closed", false, true]);
    circuit.broke(1002, 1001, down);
    expect(circuit.state(1002)).toBe("open");
  });

  test("stays open for twice as long each time that one fails, up to the longest", async () => {
    const circuit = opened();
    const waits: number[] = [];
    let now = 0;
    for (let i = 0; i < 5; i++) {
      const { until } = { until: [1000, 2000, 4000, 8000, 8000][i]! };
      expect(circuit.lets(now + until - 1, false)).toBe(false);
      now += until;
      expect(circuit.lets(now, false)).toBe(true);
      circuit.pass(now);
      const { probe } = circuit.shut!;
      circuit.broke(now, now, down);
      expect(await probe!.fate).toBe(false);
      waits.push(until);
    }
    circuit.pass(now + 8000);
    circuit.worked(now + 8000);
    circuit.worked(now + 8000);
    for (let i = 0; i < 3; i++) circuit.broke(now + 8000, now + 8000, down);
    expect(circuit.lets(now + 9000, false)).toBe(true);
  });

  test("is tried before by who has nowhere else to go, but only every quarter of a second", () => {
    const circuit = opened();
    expect([circuit.lets(249, true), circuit.lets(250, true), circuit.lets(250, false)]).toEqual([false, true, false]);
    circuit.pass(250);
    circuit.broke(251, 250, down);
    expect([circuit.lets(500, true), circuit.lets(501, true)]).toEqual([false, true]);
  });

  test("learns nothing from what began before it opened", () => {
    const circuit = new Circuit(RULES);
    circuit.broke(100, 50, toldToWait(5000));
    circuit.worked(60);
    circuit.spoke(60);
    expect(circuit.lets(5099, true)).toBe(false);
    circuit.broke(110, 60, down);
    expect(circuit.lets(5100, false)).toBe(true);
  });

  test("does not end its probe by what began before that", () => {
    const circuit = opened();
    circuit.pass(1000);
    circuit.broke(1001, 900, down);
    expect([circuit.state(1001), circuit.lets(1001, true)]).toEqual(["half-open", false]);
  });

  test("waits for as long as the longest that it was told", () => {
    const circuit = new Circuit(RULES);
    circuit.broke(0, 0, toldToWait(100));
    circuit.broke(10, 0, toldToWait(5000));
    circuit.broke(20, 0, toldToWait(50));
    expect([circuit.lets(5009, true), circuit.lets(5010, true)]).toEqual([false, true]);
  });

  test("takes no word for more than an hour", () => {
    const circuit = new Circuit(RULES);
    circuit.broke(0, 0, toldToWait(86_400_000));
    expect([circuit.lets(3_599_999, false), circuit.lets(3_600_000, false)]).toEqual([false, true]);
  });

  test("lets the next one find out where the first left without a word", async () => {
    const circuit = opened();
    circuit.pass(1000);
    const { probe } = circuit.shut!;
    circuit.left(900);
    expect(circuit.lets(1001, false)).toBe(false);
    circuit.left(1000);
    expect([await probe!.fate, circuit.lets(1001, false)]).toEqual([undefined, true]);
  });
});

test("chance spreads the cooldown by a fifth to either side", () => {
  const untils = [0, 0.5, 1].map((random) => {
    const circuit = new Circuit({ ...RULES, random: () => random });
    for (let i = 0; i < 3; i++) circuit.broke(0, 0, down);
    return [799, 800, 999, 1000, 1199, 1200].filter((now) => circuit.lets(now, false)).at(0);
  });
  expect(untils).toEqual([800, 1000, 1200]);
});

describe("what another gateway found out", () => {
  const told = { state: "open", forMs: 700, told: true, code: "upstream_rate_limited" } as const;

  test("opens it for as long, is told to who asks, and not told on", () => {
    const heard: Notice[] = [];
    const circuit = new Circuit(RULES, (notice) => heard.push(notice));
    circuit.learn(100, told);
    expect([circuit.lets(799, false), circuit.lets(799, true), circuit.lets(800, false)]).toEqual([false, false, true]);
    expect(circuit.shut).toMatchObject({ cause: { code: "upstream_rate_limited" }, until: 800, told: true });
    expect(heard).toEqual([]);
  });

  test("makes it longer and never shorter", () => {
    const circuit = new Circuit(RULES);
    circuit.learn(0, told);
    circuit.learn(0, { ...told, forMs: 10 });
    expect(circuit.lets(699, false)).toBe(false);
    circuit.learn(0, { ...told, forMs: 900 });
    expect([circuit.lets(899, false), circuit.lets(900, false)]).toEqual([false, true]);
  });

  test("of what said nothing of a time holds for somewhat longer here: who found it out asks first, and tells", () => {
    const until = (random: number) => {
      const circuit = new Circuit({ ...RULES, random: () => random });
      circuit.learn(0, { ...told, told: false, forMs: 1000 });
      return [1000, 1125, 1250].find((now) => circuit.lets(now, false));
    };
    expect([until(0), until(0.5), until(1)]).toEqual([1000, 1125, 1250]);
    // One fails again at its time, and the others, which have not asked yet, leave it alone for as long as it then does.
    const [one, ...others] = [0, 0.4, 1].map((random) => new Circuit({ ...RULES, random: () => random }));
    const heard: Notice[] = [];
    const first = new Circuit(RULES, (notice) => heard.push(notice));
    for (let i = 0; i < RULES.failures; i++) first.broke(0, 0, down);
    for (const other of [one!, ...others]) other.learn(1, heard[0]!);
    first.pass(1000);
    first.broke(1000, 1000, down);
    for (const other of [one!, ...others]) other.learn(1000, heard[1]!);
    expect([one!, ...others].map((other) => other.lets(2999, false))).toEqual([false, false, false]);
    expect(first.lets(3000, false)).toBe(true);
  });

  test("is believed for an hour at the most", () => {
    const circuit = new Circuit(RULES);
    circuit.learn(0, { ...told, forMs: 1e12 });
    expect([circuit.lets(3_599_999, false), circuit.lets(3_600_000, false)]).toEqual([false, true]);
  });

  test("counts for less than what is being found out here", () => {
    const circuit = opened();
    circuit.pass(1000);
    circuit.learn(1001, { ...told, told: false, forMs: 5000 });
    circuit.worked(1000);
    expect(circuit.state(1002)).toBe("closed");
  });

  test("closes it where the attempt that shows it began after it opened, and else does not", () => {
    const circuit = opened(100);
    circuit.learn(200, { state: "closed", startedAt: 99 });
    expect(circuit.state(200)).toBe("open");
    circuit.learn(200, { state: "closed", startedAt: 101 });
    expect(circuit.state(200)).toBe("closed");
  });

  test("counts as a failure where it fails here as well: it is left alone for longer", () => {
    const circuit = new Circuit(RULES);
    circuit.learn(0, told);
    circuit.pass(700);
    circuit.broke(701, 700, down);
    expect([circuit.lets(2700, false), circuit.lets(2701, false)]).toEqual([false, true]);
  });
});

describe("others are told", () => {
  test("when it opens, when it is to be open for longer, and when it closes", () => {
    const heard: Notice[] = [];
    const circuit = new Circuit(RULES, (notice) => heard.push(notice));
    for (let i = 0; i < RULES.failures; i++) circuit.broke(i, 0, down);
    circuit.broke(10, 0, toldToWait(5000));
    circuit.broke(10, 0, toldToWait(10));
    circuit.pass(5010);
    circuit.worked(5010);
    circuit.worked(5011);
    expect(heard).toEqual([
      { state: "open", forMs: 1000, told: false, code: "upstream_error" },
      { state: "open", forMs: 5000, told: true, code: "upstream_error" },
      { state: "closed", startedAt: 5010 },
    ]);
  });
});
