import { openPostgres } from "../../src/store/postgres.ts";
import { nonsenseIsRefused } from "../../test/support/admin-nonsense.ts";
import { Postgres } from "./server.ts";

/** What a gateway writes by itself every moment, so that others know of it. */
const LIVELY = new Set(["replicas", "leases", "schema_version"]);

nonsenseIsRefused(async () => {
  const postgres = new Postgres();
  await postgres.start();
  const url = await postgres.database();
  const database = await openPostgres(url);
  return {
    config: { database: { url }, secret: "a-secret-of-the-operator-for-all-replicas" },
    async everything() {
      const tables = await database.all<{ name: string }>(
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
      );
      const all = tables.filter(({ name }) => !LIVELY.has(name));
      return Object.fromEntries(
        await Promise.all(
          all.map(async ({ name }) => {
            const rows = await database.all(`SELECT * FROM "${name}"`);
            // In whatever order they come.
            return [name, rows.map((row) => JSON.stringify(row)).sort()] as const;
          }),
        ),
      );
    },
    async stop() {
      await database.close();
      await postgres.remove();
    },
  };
});
