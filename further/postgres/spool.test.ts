import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { generationId } from "../../src/core/id.ts";
import { FULL as ROW } from "../../src/store/fixtures/generations.ts";
import type { LedgerEntry } from "../../src/store/generations.ts";
import { sized, tell } from "../../test/support/figures.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { cleanUp, folder } from "../../test/support/process.ts";
import { until } from "../redis/server.ts";
import { Postgres } from "./server.ts";
import { Way } from "./way.ts";

/** Very many rows that PostgreSQL has not taken: while they are written back the gateway serves, and when there is no more room it stops. */

const LONGEST_MS = sized(60_000, 300_000);
const ROWS = sized(5000, 100_000);
/** What a spool takes, and what makes a line of it long, and is nothing to the database. */
const ROOM = 256 * 1024 * 1024;
const LONG = { more: "x".repeat(1024 * 1024) };

const postgres = new Postgres();
const running = new Set<RunningGateway>();
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

async function start(way: Way, data: string): Promise<RunningGateway> {
  const secret = "a-secret-of-the-operator-for-all-replicas";
  const gateway = await startGateway({ config: { database: { url: way.url }, data, secret } });
  running.add(gateway);
  return gateway;
}

const stop = async (gateway: RunningGateway) => {
  gateway.complaints.length = 0;
  running.delete(gateway);
  await gateway.stop();
};

const asked = ({ post }: RunningGateway, said = "[sim tokens=3 every=0]", stream = false) =>
  post("/v1/chat/completions", { model: "openai/gpt-5", stream, messages: [{ role: "user", content: said }] });

const says = (gateway: RunningGateway, pattern: RegExp) =>
  until(() => gateway.complaints.some((one) => pattern.test((one as Error).message)));

/** Rows that each add a nanodollar to one account. */
function entry(nth: number): LedgerEntry {
  const createdAt = Date.now();
  const charge = { scope: "gateway", scopeId: "gateway", period: "total", startedAt: 0, spent: 1, byokSpent: 0 };
  const row = {
    ...ROW,
    createdAt,
    id: generationId(createdAt),
    cost: 1,
    durationMs: nth,
    requested: "spooled",
  };
  return { row, charges: [charge] };
}

async function by<T>(url: string, use: (sql: SQL) => Promise<T>): Promise<T> {
  const sql = new SQL(url, { max: 1 });
  try {
    return await use(sql);
  } finally {
    await sql.close();
  }
}

test(
  "they are written back in their order, each once, while the gateway serves",
  async () => {
    const url = await postgres.database();
    const way = new Way(url);
    await way.open();
    const gateway = await start(way, join(folder(), "data"));
    // In which order the database takes them.
    await by(url, async (sql) => {
      await sql.unsafe("CREATE SEQUENCE coming");
      await sql.unsafe("ALTER TABLE generations ADD COLUMN came BIGINT DEFAULT nextval('coming')");
    });
    await way.cut();
    const { ledger } = gateway.headgate.gateway;
    let kept = 0;
    for (; kept < ROWS; kept += 500)
      await Promise.all(Array.from({ length: 500 }, (_, i) => ledger.write(entry(kept + i))));
    await says(gateway, /^the database fails/);

    let on = true;
    const answered: string[] = [];
    const load = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (on) {
          const reply = await asked(gateway);
          expect([reply.status, await reply.text()]).toEqual([200, expect.any(String)]);
          answered.push(reply.headers.get("x-request-id")!);
        }
      }),
    );
    await until(() => answered.length > 20);
    await way.open();
    const [mended, before] = [performance.now(), answered.length];
    await says(gateway, /^the database is back/);
    const took = performance.now() - mended;
    const meanwhile = answered.length - before;
    on = false;
    await load;
    expect(meanwhile).toBeGreaterThan(0);
    tell({ row: "U14", what: `${ROWS} rows of a spool are back in PostgreSQL after`, value: took, unit: "ms" });
    console.log(`${ROWS} rows back in ${Math.round(took)} ms; ${meanwhile} requests were served meanwhile`);

    await stop(gateway);
    const found = await by(url, async (sql) => ({
      order: await sql`SELECT duration_ms AS nth FROM generations WHERE requested = 'spooled' ORDER BY came`,
      ids: await sql`SELECT id FROM generations WHERE requested <> 'spooled'`,
      sums: await sql`SELECT CAST(SUM(requests) AS BIGINT) AS n FROM rollups`,
      spent: await sql`SELECT spent FROM accounts WHERE scope = 'gateway'`,
    }));
    expect(found.order.map(({ nth }: { nth: number | bigint }) => Number(nth))).toEqual([...Array(ROWS).keys()]);
    expect(found.ids.map(({ id }: { id: string }) => id).toSorted()).toEqual(answered.toSorted());
    expect([Number(found.sums[0].n), Number(found.spent[0].spent)]).toEqual([ROWS + answered.length, ROWS]);
    await way.cut();
  },
  LONGEST_MS,
);

test(
  "where there is no more room nothing is begun; what is under way is kept and ends, and whoever comes next writes all of it",
  async () => {
    const url = await postgres.database();
    const way = new Way(url);
    await way.open();
    const data = join(folder(), "data");
    const gateway = await start(way, data);
    await way.cut();
    const { ledger } = gateway.headgate.gateway;
    const under = await asked(gateway, "[sim tokens=3 every=2s]", true);
    expect(under.status).toBe(200);
    const spool = () => readdirSync(data).find((name) => name.endsWith(".jsonl")) ?? "none";
    const size = () => (existsSync(join(data, spool())) ? statSync(join(data, spool())).size : 0);
    let rows = 0;
    for (; size() < ROOM; rows += 8)
      await Promise.all(Array.from({ length: 8 }, (_, i) => ledger.write({ ...entry(rows + i), ...LONG })));
    const refused = await asked(gateway);
    expect([refused.status, (await jsonOf(refused)).error.code]).toEqual([503, "ledger_unavailable"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);

    const ending = gateway.headgate.listener.drain();
    expect(await under.text()).toEndWith("[DONE]\n\n");
    await ending;
    gateway.complaints.length = 0;
    running.delete(gateway);
    await gateway.stop();
    expect(size()).toBeGreaterThan(ROOM);

    await way.open();
    const began = performance.now();
    const next = await start(way, data);
    console.log(`started after ${Math.round(performance.now() - began)} ms`);
    const reply = await asked(next);
    expect(reply.status).toBe(200);
    await reply.arrayBuffer();
    await says(next, new RegExp(`^${rows + 1} generations that were waiting for the database are in it now`));
    console.log(`${rows} lines of 1 MB back after ${Math.round(performance.now() - began)} ms`);
    expect(readdirSync(data).filter((name) => name.endsWith(".jsonl"))).toEqual([]);
    await stop(next);
    const [found] = await by(
      url,
      (sql) => sql`SELECT COUNT(*) AS n, COUNT(DISTINCT duration_ms) FILTER (WHERE requested = 'spooled') AS spooled,
        (SELECT spent FROM accounts WHERE scope = 'gateway') AS spent FROM generations`,
    );
    expect([found.n, found.spooled, found.spent].map(Number)).toEqual([rows + 2, rows, rows]);
    await way.cut();
  },
  LONGEST_MS,
);
