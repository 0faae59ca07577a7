import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { SQL } from "bun";
import { openPostgres } from "../../src/store/postgres.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { cleanUp, folder } from "../../test/support/process.ts";
import { until } from "../redis/server.ts";
import { Postgres } from "./server.ts";
import { ended, Way } from "./way.ts";

/** What becomes of connections that outlive what they lead to: another server is the one to write to by now, or some of them lead nowhere. */

const LONGEST_MS = 60_000;
const postgres = new Postgres();
let gateway: RunningGateway | undefined;
beforeAll(() => postgres.start(), LONGEST_MS);
afterEach(async () => {
  if (gateway !== undefined) {
    gateway.complaints.length = 0;
    await ended(gateway);
  }
  gateway = undefined;
  await cleanUp();
});
afterAll(() => postgres.remove());

async function begin(url: string) {
  const config = {
    database: { url },
    data: join(folder(), "data"),
    secret: "a-secret-of-the-operator-for-all-replicas",
  };
  gateway = await startGateway({ config });
  const { post, complaints } = gateway;
  const ask = async () => {
    const messages = [{ role: "user", content: "[sim tokens=4]" }];
    const response = await post("/v1/chat/completions", { model: "openai/gpt-5", messages });
    expect([response.status, await jsonOf(response)]).toMatchObject([200, { usage: {} }]);
  };
  const says = (pattern: RegExp) => until(() => complaints.some((one) => pattern.test((one as Error).message)));
  return { ask, says };
}

/** As its owner, who may write whatever is said of the database. */
async function by<T>(url: string, use: (sql: SQL) => Promise<T>): Promise<T> {
  const sql = new SQL(url, { max: 1, connection: { default_transaction_read_only: "off" } });
  try {
    return await use(sql);
  } finally {
    await sql.close();
  }
}

test(
  "what was connected while the server could only be read is given up: who connects later may write, and what waits is written",
  async () => {
    const url = await postgres.database();
    const name = new URL(url).pathname.slice(1);
    const { ask, says } = await begin(url);
    await ask();
    await by(url, async (sql) => {
      await sql.unsafe(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
      await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'headgate' AND datname = ${name}`;
    });
    await ask();
    await says(/^the database fails /);
    // Connections of now are as they were, and those of later another's.
    await by(url, (sql) => sql.unsafe(`ALTER DATABASE ${name} RESET default_transaction_read_only`));
    await says(/^the database is back /);
    const rows = await by(url, (sql) => sql`SELECT CAST(COUNT(*) AS INTEGER) AS n FROM generations`);
    expect(rows[0].n).toBe(2);
  },
  LONGEST_MS,
);

test(
  "what was asked over a connection that leads nowhere by now is not waited for at the end",
  async () => {
    const url = await postgres.database();
    const way = new Way(url);
    await way.open();
    const database = await openPostgres(way.url);
    const asked = database.batch([{ sql: "SELECT pg_sleep(1)" }, { sql: "SELECT 1" }], 1500);
    const ports = "SELECT client_port AS port FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'";
    await by(url, (sql) =>
      until(async () => (await sql.unsafe(ports)).some(({ port }: { port: number }) => way.mute(port))),
    );
    await database.all("SELECT 1");
    await expect(asked).rejects.toMatchObject({ code: "database_unavailable" });
    await database.close();
    await way.cut();
  },
  LONGEST_MS,
);
