import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { tell } from "../../test/support/figures.ts";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { cleanUp, folder } from "../../test/support/process.ts";
import { until } from "../redis/server.ts";
import { Postgres } from "./server.ts";
import { Way } from "./way.ts";

/** What becomes of requests while PostgreSQL is out of reach, says nothing any more, or was killed; and of what they used, afterwards. */

const SECRET = "a-secret-of-the-operator-for-all-replicas";
const TOKEN = "an-admin-token-of-the-operator";
const LONGEST_MS = 60_000;

const postgres = new Postgres();
const running = new Set<RunningGateway>();
// On a busy machine it takes seconds to make one.
beforeAll(() => postgres.start(), 60_000);
afterEach(async () => {
  for (const one of running) {
    one.complaints.length = 0;
    await one.stop();
  }
  running.clear();
  await cleanUp();
});
afterAll(() => postgres.remove());

interface World {
  readonly gateway: RunningGateway;
  readonly way: Way;
  /** Of the database itself, past the way. */
  readonly url: string;
  readonly data: string;
  /** Ids of the generations whose replies were received whole. */
  readonly answered: string[];
  /** Asks so many at once, all of whom must be answered. */
  ask(times: number): Promise<void>;
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

async function world(given: { grace?: number; url?: string; data?: string; more?: object } = {}): Promise<World> {
  const { grace = 300, url = await postgres.database(), data = join(folder(), "data") } = given;
  const way = new Way(url);
  await way.open();
  const gateway = await startGateway({
    config: {
      database: { url: way.url },
      data,
      secret: SECRET,
      admin_token: TOKEN,
      ledger: { grace_seconds: grace },
      ...given.more,
    },
  });
  running.add(gateway);
  const answered: string[] = [];
  const one = async (stream: boolean) => {
    const response = await asked(gateway, stream);
    const text = await response.text();
    expect([response.status, text]).toEqual([200, expect.stringMatching(stream ? /\[DONE\]\n\n$/ : /"usage"/)]);
    answered.push(response.headers.get("x-request-id")!);
  };
  return {
    gateway,
    way,
    url,
    data,
    answered,
    async ask(times) {
      await Promise.all(Array.from({ length: times }, (_, i) => one(i % 2 === 1)));
    },
    async says(pattern) {
      const look = () =>
        gateway.complaints.map((one) => pattern.exec((one as Error).message)).find((one) => one !== null);
      await until(async () => look() !== undefined);
      return look()!;
    },
  };
}

const asked = ({ post }: RunningGateway, stream = false, headers = {}) =>
  post(
    "/v1/chat/completions",
    {
      model: "openai/gpt-5",
      stream,
      messages: [{ role: "user", content: "[sim tokens=4]" }],
    },
    headers,
  );

const stop = async (gateway: RunningGateway) => {
  gateway.complaints.length = 0;
  running.delete(gateway);
  await gateway.stop();
};

async function by<T>(url: string, use: (sql: SQL) => Promise<T>): Promise<T> {
  const sql = new SQL(url, { max: 1 });
  try {
    return await use(sql);
  } finally {
    await sql.close();
  }
}

/** Every answer has its row, once, in rows and in sums. */
async function mustBeBooked({ url, answered }: World): Promise<void> {
  const { ids, sums } = await by(url, async (sql) => ({
    ids: (await sql`SELECT id FROM generations`).map(({ id }: { id: string }) => id),
    sums: await sql`SELECT CAST(SUM(requests) AS BIGINT) AS n FROM rollups`,
  }));
  expect(new Set(ids)).toEqual(new Set(answered));
  expect([ids.length, Number(sums[0].n)]).toEqual([answered.length, answered.length]);
}

const FAILS = /^the database fails \((.+)\): what is used is kept beside it/;
const BACK = /^the database is back after [\d.]+ s; of \d+ generations each is in it once/;

describe("everybody is served, and all of it is in the database once, when", () => {
  test.each([
    ["it cannot be reached", (way: Way) => way.cut(), (way: Way) => way.open()],
    ["it says nothing any more", (way: Way) => way.hush(), (way: Way) => way.speak()],
  ])(
    "%s",
    async (what, fail, mend) => {
      const one = await world();
      const { gateway, way } = one;
      await one.ask(4);
      await fail(way);
      await one.ask(6);
      await one.says(FAILS);
      await one.ask(6);
      // What must be read there says that it cannot be; whoever has no key is told so, and nobody else.
      const about = await gateway.get(`/v1/generation?id=${one.answered[0]}`);
      expect([about.status, await about.json()]).toMatchObject([503, { error: { code: "database_unavailable" } }]);
      expect((await asked(gateway, false, { authorization: "Bearer no-key" })).status).toBe(401);
      await mend(way);
      const mended = performance.now();
      await one.says(BACK);
      tell({
        row: "U14",
        what: `PostgreSQL: ${what}, back after`,
        value: performance.now() - mended,
        unit: "ms",
        atMost: 5000,
      });
      await one.ask(4);
      await mustBeBooked(one);
    },
    LONGEST_MS,
  );

  test(
    "an operator has locked its tables for as long as it takes",
    async () => {
      const one = await world();
      await one.ask(2);
      await by(one.url, async (sql) => {
        await sql.begin(async (locking) => {
          await locking.unsafe("LOCK TABLE generations, accounts, keys, revisions");
          await one.ask(4);
          await one.says(FAILS);
          await one.ask(4);
          const about = await one.gateway.get(`/v1/generation?id=${one.answered[0]}`);
          expect([about.status, await about.json()]).toMatchObject([503, { error: { code: "database_unavailable" } }]);
          // What it gave up it does not go on with.
          await until(async () => {
            const waiting = await by(
              one.url,
              (other) => other`SELECT 1 FROM pg_stat_activity WHERE application_name = 'headgate'
                AND wait_event_type = 'Lock' AND query_start < clock_timestamp() - INTERVAL '5.5 seconds'`,
            );
            return waiting.length === 0;
          });
        });
      });
      await one.says(BACK);
      await one.ask(2);
      await mustBeBooked(one);
    },
    LONGEST_MS,
  );

  test(
    "what one part of it wants is locked, and all the others go on as before",
    async () => {
      const one = await world({ more: { rate_limits: { per_key: { requests_per_minute: 100_000 } } } });
      await one.ask(2);
      await by(one.url, async (sql) => {
        await sql.begin(async (locking) => {
          await locking.unsafe("LOCK TABLE buckets");
          let on = true;
          const load = Promise.all(
            Array.from({ length: 4 }, async () => {
              while (on) await one.ask(1);
            }),
          );
          await one.says(/^the database does not keep limits/);
          const before = one.answered.length;
          await until(async () => one.answered.length > before + 100);
          on = false;
          await load;
        });
      });
      expect(one.gateway.complaints.map((it) => (it as Error).message)).toEqual([
        "the database does not keep limits: each replica grants all of them by itself",
      ]);
      await mustBeBooked(one);
    },
    LONGEST_MS,
  );

  test(
    "its server is killed in the middle of it, and started again",
    async () => {
      const own = new Postgres();
      // As operators run it: what it has committed lasts.
      await own.start("-c", "fsync=on");
      try {
        const one = await world({ url: await own.database() });
        let on = true;
        const load = Promise.all(
          Array.from({ length: 8 }, async () => {
            while (on) await one.ask(2);
          }),
        );
        await until(async () => one.answered.length > 100);
        own.signal("SIGKILL");
        await one.says(FAILS);
        const before = one.answered.length;
        await until(async () => one.answered.length > before + 100);
        await own.stop();
        await own.start("-c", "fsync=on");
        await one.says(BACK);
        on = false;
        await load;
        await one.gateway.headgate.gateway.ledger.close();
        await mustBeBooked(one);
        await stop(one.gateway);
      } finally {
        await own.remove();
      }
    },
    LONGEST_MS,
  );

  test(
    "the answer to a commit is lost, as often as one is made",
    async () => {
      const one = await world();
      for (let i = 0; i < 8; i++) {
        const asking = one.ask(6);
        await one.way.cut();
        await asking;
        await one.way.open();
      }
      await one.says(BACK);
      await until(async () => (await by(one.url, (sql) => sql`SELECT 1 FROM generations`)).length === 48);
      await mustBeBooked(one);
    },
    LONGEST_MS,
  );
});

test(
  "once it has failed for longer than the time of grace, nothing is begun: 503 and when to come again",
  async () => {
    const one = await world({ grace: 0 });
    await one.ask(1);
    await one.way.cut();
    await one.ask(1);
    await one.says(FAILS);
    const refused = await asked(one.gateway);
    expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: "ledger_unavailable" } }]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    await one.way.open();
    await one.says(BACK);
    await one.ask(1);
    await mustBeBooked(one);
  },
  LONGEST_MS,
);

describe("what is missing is told", () => {
  const ready = async ({ gateway }: World) => {
    const response = await gateway.get("/readyz");
    return [response.status, await jsonOf(response)];
  };
  const health = async ({ gateway }: World) =>
    await jsonOf(await gateway.get("/admin/health", { authorization: `Bearer ${TOKEN}` }));
  const missing = ["database"];

  test(
    "though nobody has asked for anything: the gateway is to be asked still, until when is said, and how much waits",
    async () => {
      const one = await world();
      expect([await ready(one), await health(one)]).toMatchObject([
        [200, { status: "ready" }],
        { missing: [], rows_waiting: 0 },
      ]);
      const before = Date.now();
      await one.way.cut();
      await until(async () => (await ready(one)).at(1).missing !== undefined);
      expect(await ready(one)).toEqual([200, { status: "degraded", missing }]);
      await one.ask(3);
      await one.says(FAILS);
      await one.ask(3);
      const told = await health(one);
      expect(told).toMatchObject({ missing: [{ what: "database" }], rows_waiting: 6, rows_in_memory: 0 });
      const page = await (await one.gateway.get("/metrics")).text();
      expect(page).toContain('headgate_missing{what="database"} 1\n');
      expect(page).toContain("headgate_ledger_waiting_rows 6\n");
      const [since, end] = [told.missing[0].since, told.missing[0].served_until].map(Date.parse) as [number, number];
      expect(since).toBeGreaterThanOrEqual(before);
      expect(end - Date.now()).toBeGreaterThan(200_000);
      expect(end - Date.now()).toBeLessThanOrEqual(300_000);
      await one.way.open();
      await one.says(BACK);
      await until(async () => (await ready(one)).at(1).status === "ready");
      expect(await health(one)).toMatchObject({ missing: [], rows_waiting: 0 });
    },
    LONGEST_MS,
  );

  test(
    "and once nothing is begun any more, it is not ready; and it is again when that is over",
    async () => {
      const one = await world({ grace: 0 });
      await one.way.cut();
      await until(async () => (await ready(one)).at(1).status === "degraded");
      await one.ask(1);
      expect(await ready(one)).toEqual([503, { status: "unavailable", missing }]);
      await one.way.open();
      await one.says(BACK);
      await until(async () => (await ready(one)).at(0) === 200);
    },
    LONGEST_MS,
  );
});

test(
  "a gateway that ends while its database is out of reach leaves what it answered in its folder, and the next writes it",
  async () => {
    const one = await world();
    await one.ask(2);
    await one.way.cut();
    await one.ask(6);
    await stop(one.gateway);
    expect(readdirSync(one.data).filter((name) => name.endsWith(".jsonl"))).toHaveLength(1);
    const next = await world({ url: one.url, data: one.data });
    expect(next.gateway.complaints.map((it) => (it as Error).message)).toEqual([
      "6 generations that were waiting for the database are in it now",
    ]);
    expect(readdirSync(one.data).filter((name) => name.endsWith(".jsonl"))).toEqual([]);
    await mustBeBooked(one);
  },
  LONGEST_MS,
);

test("what is said of it names neither its address nor a password", async () => {
  const one = await world();
  await one.way.cut();
  await one.ask(1);
  await one.says(FAILS);
  for (const complaint of one.gateway.complaints) {
    const told = Bun.inspect(complaint);
    expect(told).not.toContain(KEY);
    expect(told).not.toContain("postgres://");
  }
});
