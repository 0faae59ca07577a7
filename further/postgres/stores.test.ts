import { afterAll, beforeAll, describe } from "bun:test";
import type { Database } from "../../src/store/database.ts";
import { accountsAreCompared } from "../../src/store/fixtures/account-verification.ts";
import { auditHold } from "../../src/store/fixtures/audit.ts";
import { budgetsHold } from "../../src/store/fixtures/budgets.ts";
import { correctionsHold } from "../../src/store/fixtures/corrections.ts";
import { credentialsHold } from "../../src/store/fixtures/credentials.ts";
import { directionsHold } from "../../src/store/fixtures/directions.ts";
import type { Engine } from "../../src/store/fixtures/engine.ts";
import { generationsHold } from "../../src/store/fixtures/generations.ts";
import { housekeepingHolds } from "../../src/store/fixtures/housekeeping.ts";
import { idempotencyHolds } from "../../src/store/fixtures/idempotency.ts";
import { keysHold } from "../../src/store/fixtures/keys.ts";
import { packsHold } from "../../src/store/fixtures/pace-packs.ts";
import { pagesHold } from "../../src/store/fixtures/pages.ts";
import { refugeHolds } from "../../src/store/fixtures/refuge.ts";
import { sessionsHold } from "../../src/store/fixtures/sessions.ts";
import { totalsHold } from "../../src/store/fixtures/totals.ts";
import { sumsHold } from "../../src/store/fixtures/verification.ts";
import { openPostgres, type PostgresDatabase } from "../../src/store/postgres.ts";
import { Postgres } from "./server.ts";

const postgres = new Postgres();
let kept: PostgresDatabase;
let tables: readonly { name: string }[];
beforeAll(async () => {
  await postgres.start();
  kept = await openPostgres(await postgres.database());
  tables = await kept.all<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_version'",
  );
});
afterAll(async () => {
  await kept?.close();
  await postgres.remove();
});

const POSTGRES: Engine = {
  // One is emptied for each, over connections that stay: a server of its own for each of them costs more than most tests.
  async open(): Promise<Database> {
    await kept.batch([{ sql: `TRUNCATE ${tables.map(({ name }) => `"${name}"`).join(", ")}` }]);
    return {
      engine: kept.engine,
      get downMs() {
        return kept.downMs;
      },
      all: (...told) => kept.all(...told),
      batch: (...told) => kept.batch(...told),
      listen: (look) => kept.listen(look),
      close: async () => {},
    };
  },
  async columns(database, table) {
    const columns = await database.all("SELECT 1 FROM information_schema.columns WHERE table_name = ?", [table]);
    return columns.length;
  },
  unique: "unique constraint",
  integer: "INTEGER",
  nul: "\uFFFD",
};

describe("PostgreSQL", () => {
  generationsHold(POSTGRES);
  sumsHold(POSTGRES, 15);
  totalsHold(POSTGRES, 15);
  packsHold(POSTGRES, 15);
  pagesHold(POSTGRES);
  housekeepingHolds(POSTGRES);
  correctionsHold(POSTGRES);
  accountsAreCompared(POSTGRES);
  keysHold(POSTGRES);
  budgetsHold(POSTGRES);
  idempotencyHolds(POSTGRES);
  directionsHold(POSTGRES);
  refugeHolds(POSTGRES);
  auditHold(POSTGRES);
  sessionsHold(POSTGRES);
  credentialsHold(POSTGRES);
});
