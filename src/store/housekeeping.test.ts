import { describe, expect, test } from "bun:test";
import { generationId } from "../core/id.ts";
import { SQLITE } from "./fixtures/engine.ts";
import { FULL } from "./fixtures/generations.ts";
import { housekeepingHolds } from "./fixtures/housekeeping.ts";
import { GenerationStore } from "./generations.ts";
import { Housekeeping, TABLES } from "./housekeeping.ts";
import { SqliteDatabase } from "./sqlite.ts";
import { openSqliteFile } from "./sqlite-file.ts";
import { Verification } from "./verification.ts";

housekeepingHolds(SQLITE);

const opened = () => new SqliteDatabase(openSqliteFile({ data: ":memory:", sync: "normal" }));

test("every table is pruned, or it is said why it need not be", () => {
  const database = opened();
  const tables = database.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  );
  expect(tables.map(({ name }) => name).filter((name) => !Object.hasOwn(TABLES, name))).toEqual([]);
  database.close();
});

const keeping = (bytes: number) => ({ days: 36_500, bodyDays: 36_500, sumDays: 36_500, bytes });

describe("a file that may have so many bytes", () => {
  const MEGABYTE = 1024 * 1024;

  test("keeps to that: the earliest requests go, and no more than must", async () => {
    const database = opened();
    const begin = Date.UTC(2026, 0, 1);
    const store = new GenerationStore(database);
    const rows = Array.from({ length: 10_000 }, (_, i) => ({
      ...FULL,
      id: generationId(begin + i),
      createdAt: begin + i,
    }));
    store.insert(rows.map((row) => ({ row, charges: [] })));
    const used = () => {
      const [row] = database.all<{ bytes: number }>(
        "SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()",
      );
      return row!.bytes;
    };
    const cap = 2 * MEGABYTE;
    expect(used()).toBeGreaterThan(1.5 * cap);
    await new Housekeeping(database, keeping(cap), () => {}, 0).run(begin + 10_000);
    expect(used()).toBeLessThanOrEqual(cap);
    expect(used()).toBeGreaterThan(0.85 * cap);
    const left = database.all<{ id: string }>("SELECT id FROM generations ORDER BY id");
    expect(left.map(({ id }) => id)).toEqual(rows.slice(-left.length).map(({ id }) => id));
    database.close();
  });

  test("that is too large whatever goes loses what there is, but not the knowledge of what comes", async () => {
    const database = opened();
    const now = Date.UTC(2026, 0, 1);
    const insert = (createdAt: number) =>
      new GenerationStore(database).insert([{ row: { ...FULL, id: generationId(createdAt), createdAt }, charges: [] }]);
    insert(now - 1);
    await new Housekeeping(database, keeping(1), () => {}, 0).run(now);
    expect(new GenerationStore(database).count()).toBe(0);
    insert(now + 3_600_000);
    database.batch([{ sql: "UPDATE rollups SET cost = cost + 1 WHERE hour = ?", values: [now / 3_600_000 + 1] }]);
    // What was pruned was pruned until now: whatever comes after is compared.
    expect((await new Verification(database).differences()).differences).toHaveLength(1);
    database.close();
  });
});
