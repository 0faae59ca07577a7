import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setSystemTime, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Deadline } from "../../src/clock/deadline.ts";
import { PERIODS, spanAt } from "../../src/core/period.ts";
import { KEY_BUDGET, openBank, chat as spendsCent } from "../budgets/support.ts";
import { watchLedger } from "../faults/ledger.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** How far the machine's clock is set, on and back, by hand, by a time server, or out of a long sleep. */
const STEPS = [1000, -1000, HOUR, -HOUR, 40 * DAY, -40 * DAY];
const PATH = "/v1/chat/completions";

let gateway: RunningGateway;
beforeAll(async () => {
  const rate_limits = { per_key: { requests_per_minute: 60 }, per_user: { requests_per_minute: 1 } };
  gateway = await startGateway({ remembers: true, config: { rate_limits } });
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.headgate.gateway.health.forget());
afterEach(() => {
  setSystemTime();
});

/** Sets the clock of the machine, as far as this process can see it. */
function step(ms: number): void {
  setSystemTime(new Date(Date.now() + ms));
}

const chat = (content: string, more: object = {}) => ({
  model: "openai/gpt-4o",
  messages: [{ role: "user", content }],
  ...more,
});

describe.each(STEPS)("the clock set by %d ms", (ms) => {
  test("locks nobody out of a limit for longer than its window, and refills nothing", async () => {
    const user = `user ${ms}`;
    const body = chat("[sim tokens=1 every=0]", { user });
    const began = performance.now();
    expect((await gateway.post(PATH, body)).status).toBe(200);
    step(ms);
    const refused = await gateway.post(PATH, body);
    expect(refused.status).toBe(429);
    expect((await jsonOf(refused)).error.message).toContain("this user");
    const wait = Number(refused.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
    const other = await gateway.post(PATH, chat("[sim tokens=1 every=0]"));
    expect(other.status).toBe(200);
    // Two have been asked for, and of 60 a minute one comes back each second.
    const back = (performance.now() - began) / 1000;
    expect(Number(other.headers.get("x-ratelimit-remaining-requests"))).toBeLessThanOrEqual(58 + back);
  });

  test("changes nothing about how long a stream took, and rings no clock of it", async () => {
    const ledger = watchLedger(gateway);
    const began = performance.now();
    const stream = await gateway.post(PATH, chat("[sim tokens=20 every=5ms]", { stream: true }));
    step(ms);
    expect(await stream.text()).toContain("[DONE]");
    const took = performance.now() - began;
    const row = await ledger.at(0);
    expect(row.error).toBeNull();
    expect(row.durationMs).toBeGreaterThanOrEqual(row.firstContentMs!);
    expect(row.firstContentMs).toBeGreaterThanOrEqual(0);
    expect(row.durationMs).toBeLessThanOrEqual(Math.ceil(took));
    const attempts = JSON.parse(row.attempts);
    expect(attempts[0].ms).toBeLessThanOrEqual(Math.ceil(took));
  });

  test("does not make a name new, nor an account that wants to be left alone for a minute less or more patient", async () => {
    const name = { "idempotency-key": `name ${ms}` };
    const body = chat("[sim tokens=1 every=0]");
    expect((await gateway.post(PATH, body, name)).status).toBe(200);
    gateway.simulator.forget();
    const limited = await gateway.post(PATH, chat(`[sim status=429 retry-after=60 id=${ms}]`));
    expect(limited.status).toBe(429);
    step(ms);
    expect((await gateway.post(PATH, body, name)).status).toBe(409);
    const again = await gateway.post(PATH, chat("[sim tokens=1 every=0]"));
    expect(again.status).toBe(429);
    const wait = Number(again.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
    expect(gateway.simulator.requests).toHaveLength(1);
  });
});

describe("periods of money", () => {
  const zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"];
  const zone = process.env.TZ;
  afterEach(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  test.each(zones)(
    "begin and end by UTC, where %s changes its clocks too, and follow one another without a gap",
    (tz) => {
      process.env.TZ = tz;
      for (const period of PERIODS) {
        if (period === "total") continue;
        let span = spanAt(period, Date.UTC(2026, 0, 1));
        for (let i = 0; i < 500; i++) {
          const { startedAt, endsAt } = span;
          expect(startedAt % DAY).toBe(0);
          for (const at of [startedAt, startedAt + 1, endsAt! - HOUR, endsAt! - 1])
            expect(spanAt(period, at)).toEqual(span);
          span = spanAt(period, endsAt!);
          expect(span.startedAt).toBe(endsAt!);
          expect(span.endsAt!).toBeGreaterThan(span.startedAt);
        }
      }
    },
  );

  test("are the same again when the clock is set back: what was spent in one is found there", () => {
    const at = Date.UTC(2026, 9, 25, 23, 59, 59, 500);
    for (const period of PERIODS) {
      const before = spanAt(period, at);
      for (const ms of STEPS) spanAt(period, at + ms);
      expect(spanAt(period, at)).toEqual(before);
    }
  });
});

describe.each(["daily", "weekly", "monthly"] as const)("a %s budget", (period) => {
  test("begins anew once, with its period, and not with a clock that is set on and back", async () => {
    const bank = await openBank();
    try {
      const at = Date.UTC(2027, 2, 10, 12);
      setSystemTime(new Date(at));
      await bank.budget({ ...KEY_BUDGET, limit_usd: 0.02, period });
      const spend = async () => (await bank.gateway.post(PATH, spendsCent(100))).status;
      expect([await spend(), await spend(), await spend()]).toEqual([200, 200, 402]);
      // Nothing ends within the hour, and what was before is not to come again.
      for (const ms of [1000, -1000, HOUR, -HOUR, -40 * DAY]) {
        setSystemTime(new Date(at + ms));
        expect(await spend()).toBe(402);
      }
      const { endsAt } = spanAt(period, at);
      setSystemTime(new Date(endsAt! - 1));
      expect(await spend()).toBe(402);
      setSystemTime(new Date(endsAt!));
      expect([await spend(), await spend(), await spend()]).toEqual([200, 200, 402]);
      // Back, and on again: each period knows what was spent in it.
      setSystemTime(new Date(endsAt! - HOUR));
      expect(await spend()).toBe(402);
      setSystemTime(new Date(endsAt! + HOUR));
      expect(await spend()).toBe(402);
    } finally {
      await bank.stop();
    }
  });
});

test("what is due in thirty days is not due at once", async () => {
  const rung: string[] = [];
  const far = new Deadline(performance.now() + 30 * DAY, () => rung.push("far"));
  await new Promise<void>((resolve) => new Deadline(performance.now() + 60, resolve));
  expect(rung).toEqual([]);
  expect(far.isSet).toBe(true);
  far.clear();
});

test("no limit, no clock of a request and nothing that is learned of providers looks at the machine's clock", () => {
  const root = join(import.meta.dir, "../..");
  const files = [
    ...new Bun.Glob("src/{clock,counters,routing}/*.ts").scanSync({ cwd: root }),
    ...new Bun.Glob("src/access/{admit,rate-limits,limit-fields,idempotency,accounts,budget*,till}.ts").scanSync({
      cwd: root,
    }),
    ...["core/period", "gateway/seating", "gateway/serve", "gateway/settle", "gateway/walk", "gateway/outflow"].map(
      (name) => `src/${name}.ts`,
    ),
    ...new Bun.Glob("src/ledger/{attempt,generation}.ts").scanSync({ cwd: root }),
  ].filter((path) => !path.includes(".test."));
  expect(files.length).toBeGreaterThan(40);
  const looks = (path: string) =>
    /\bDate\.now\b|\bnew Date\(\)|\bDate\(\)/.test(readFileSync(join(root, path), "utf8"));
  expect(files.filter(looks)).toEqual([]);
  // The pattern finds what it is to find.
  expect(looks("src/http/server.ts")).toBe(true);
});
