import { afterAll, beforeAll, expect, test } from "bun:test";
import { generationId } from "../../src/core/id.ts";
import { BodyStore } from "../../src/store/bodies.ts";
import { telling } from "../../src/store/changes.ts";
import type { Database } from "../../src/store/database.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
import { GenerationStore } from "../../src/store/generations.ts";
import { Housekeeping } from "../../src/store/housekeeping.ts";
import { openPostgres, type PostgresDatabase } from "../../src/store/postgres.ts";
import { Verification } from "../../src/store/verification.ts";
import { Postgres } from "./server.ts";

const postgres = new Postgres();
let database: PostgresDatabase;
beforeAll(async () => {
  await postgres.start();
  database = await openPostgres(await postgres.database());
});
afterAll(async () => {
  await database.close();
  await postgres.remove();
});

const BEGIN = Date.UTC(2026, 0, 1);
const ROWS = 10_000;

const keep = (bytes: number, on: Database = database) =>
  new Housekeeping(on, { days: 36_500, bodyDays: 36_500, sumDays: 36_500, bytes }, () => {}, 0).run(BEGIN + ROWS);
const ids = async () =>
  (await database.all<{ id: string }>("SELECT id FROM generations ORDER BY id")).map(({ id }) => id);

test("a database that may have so many bytes keeps to that: the earliest requests go, once, although the disk gets nothing back", async () => {
  const rows = Array.from({ length: ROWS }, (_, i) => ({
    ...FULL,
    id: generationId(BEGIN + i),
    createdAt: BEGIN + i,
  }));
  await new GenerationStore(database).insert(rows.map((row) => ({ row, charges: [] })));
  const [size] = await database.all<{ bytes: number }>(
    `SELECT CAST(SUM(pg_total_relation_size(relid)) AS BIGINT) AS bytes, CAST(MAX(pg_total_relation_size('generations')) AS BIGINT) AS own
      FROM pg_stat_user_tables`,
  );
  const { bytes, own } = size as { bytes: number; own: number };
  await keep(bytes);
  expect(await ids()).toHaveLength(ROWS);

  const cap = bytes - Math.floor(own / 2);
  // As where Redis is told of changes.
  await keep(
    cap,
    telling(database, () => {}),
  );
  const left = await ids();
  expect(left).toEqual(rows.slice(-left.length).map(({ id }) => id));
  expect(left.length).toBeGreaterThan(0.4 * ROWS);
  expect(left.length).toBeLessThan(0.6 * ROWS);

  await keep(cap);
  // What a row has on disk is an estimate.
  expect((await ids()).length).toBeGreaterThan(0.98 * left.length);
  expect((await new Verification(database).differences()).differences).toEqual([]);
});

test("what was said goes with its requests, and leaves the others where they are, although the disk has it still", async () => {
  await keep(0);
  expect(await ids()).toEqual([]);
  const rows = Array.from({ length: 1000 }, (_, i) => ({ ...FULL, id: generationId(BEGIN + i), createdAt: BEGIN + i }));
  await new GenerationStore(database).insert(rows.map((row) => ({ row, charges: [] })));
  const bodies = new BodyStore(database);
  for (const { id, createdAt } of rows) {
    // Of random bytes nothing is saved.
    const asked = crypto.getRandomValues(new Uint8Array(6000)).toBase64();
    await bodies.add({ generationId: id, createdAt, asked, answered: null, askedFields: null, answeredFields: null });
  }
  const [size] = await database.all<{ bytes: number; said: number }>(
    `SELECT CAST(SUM(pg_total_relation_size(relid)) AS BIGINT) AS bytes, CAST(MAX(pg_total_relation_size('bodies')) AS BIGINT) AS said
      FROM pg_stat_user_tables`,
  );
  // What the disk has of requests that are gone is no part of it.
  const [others] = await database.all<{ bytes: number }>(
    `SELECT CAST(SUM(pg_total_relation_size(relid)) AS BIGINT) AS bytes FROM pg_stat_user_tables WHERE relname NOT IN ('generations', 'bodies')`,
  );
  expect(size!.said).toBeGreaterThan(0.5 * size!.bytes);
  const cap = others!.bytes + Math.floor(size!.said / 2);
  for (let n = 0; n < 5; n++) await keep(cap);
  const left = await ids();
  expect(left).toEqual(rows.slice(-left.length).map(({ id }) => id));
  expect(left.length).toBeGreaterThan(300);
  expect(left.length).toBeLessThan(600);
  const [kept] = await database.all<{ n: number }>("SELECT COUNT(*) AS n FROM bodies");
  expect(kept!.n).toBe(left.length);
});

test("what another replica takes away meanwhile is not taken away twice", async () => {
  const fill = async () => {
    await keep(0);
    const rows = Array.from({ length: ROWS }, (_, i) => ({
      ...FULL,
      id: generationId(BEGIN + i),
      createdAt: BEGIN + i,
    }));
    await new GenerationStore(database).insert(rows.map((row) => ({ row, charges: [] })));
    return rows[2000]!.id;
  };
  await fill();
  const [size] = await database.all<{ bytes: number }>(
    `SELECT CAST(SUM(pg_total_relation_size(relid)) AS BIGINT) AS bytes FROM pg_stat_user_tables WHERE relname NOT IN ('generations', 'bodies')`,
  );
  const cap = size!.bytes + 3_000_000;
  await keep(cap);
  const alone = (await ids()).length;
  expect(alone).toBeWithin(2000, 8000);

  const until = await fill();
  let isBeside = false;
  const watched = (one: Database): Database => ({
    engine: one.engine,
    async all(sql, values) {
      const told = await one.all<never>(sql, values);
      // Between that and the look for where they end.
      if (sql.includes("COUNT(*)")) {
        isBeside = true;
        await database.batch([{ sql: "DELETE FROM generations WHERE id < ?", values: [until] }]);
      }
      return told;
    },
    batch: (...told) => one.batch(...told),
    still: (read) => one.still!((still) => read(watched(still))),
    close() {},
  });
  await keep(cap, watched(database));
  expect(isBeside).toBe(true);
  expect((await ids()).length).toBeWithin(alone - 500, alone + 500);
});
