import { afterAll, afterEach, beforeAll, test } from "bun:test";
import { SQL } from "bun";
import { type Books, killedUnderLoad, LONGEST_MS, ROUNDS } from "../../test/durability/killed.ts";
import { cleanUp } from "../../test/support/process.ts";
import { Postgres } from "./server.ts";

const postgres = new Postgres();
beforeAll(() => postgres.start(), 60_000);
afterEach(cleanUp);
afterAll(() => postgres.remove());

test(
  `kill -9 under load, ${ROUNDS} times, over PostgreSQL: every reply that was received whole has its row, and none has two`,
  async () => {
    const url = await postgres.database();
    await killedUnderLoad({
      engine: "PostgreSQL",
      env: { HEADGATE_DATABASE_URL: url, HEADGATE_SECRET: "a-secret-of-the-operator-for-all-replicas" },
      async read() {
        const sql = new SQL(url, { max: 1 });
        const rows: { id: string; user: string; output: string | null }[] =
          await sql`SELECT id, "user", output FROM generations`;
        const [sums] = await sql`SELECT CAST(SUM(cost) AS BIGINT) AS cost FROM generations`;
        const [account] = await sql`SELECT spent, lent FROM accounts`;
        await sql.close();
        return {
          rows: rows.map((row): Books["rows"][number] => ({
            ...row,
            output: row.output === null ? null : Number(row.output),
          })),
          cost: Number(sums.cost),
          spent: Number(account.spent),
          lent: Number(account.lent),
        };
      },
    });
  },
  LONGEST_MS,
);
