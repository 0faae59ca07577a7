import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generationId } from "../../src/core/id.ts";
import type { Database } from "../../src/store/database.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
import { GenerationStore } from "../../src/store/generations.ts";
import { Housekeeping, keepingOf } from "../../src/store/housekeeping.ts";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { openSqliteFile } from "../../src/store/sqlite-file.ts";
import { Verification } from "../../src/store/verification.ts";
import { sized, tell } from "../support/figures.ts";

const ROWS = sized(40_000, 1_000_000);
/** What it may have on disk. */
const MEGABYTES = sized(16, 64);
const CAP = MEGABYTES * 1024 * 1024;
/** Rows between two looks of the housekeeper: a minute of a gateway at work. */
const MINUTE = sized(500, 5000);
const GROUP = 50;
const BEGIN = Date.UTC(2026, 0, 1);

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test(
  "a million requests keep to the bytes that the file may have, in small steps, and sums know of all",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "headgate-growth-"));
    folders.push(folder);
    const database = new SqliteDatabase(openSqliteFile({ data: folder, sync: "normal" }));
    const store = new GenerationStore(database);
    let longest = 0;
    const watched: Database = {
      engine: "sqlite",
      all: (sql, values) => database.all(sql, values),
      batch(statements) {
        const from = performance.now();
        const changed = database.batch(statements);
        longest = Math.max(longest, performance.now() - from);
        return changed;
      },
      close: () => database.close(),
    };
    const keeper = new Housekeeping(
      watched,
      keepingOf({
        ledger: {
          keep_days: 36_500,
          keep_bodies_days: 36_500,
          keep_sums_days: 36_500,
          keep_megabytes: MEGABYTES,
        },
      }),
      () => {},
      0,
    );
    const empty = usedOf(database);
    let largest = 0;
    let perRow = 0;
    for (let at = 0; at < ROWS; at += GROUP) {
      const rows = Array.from({ length: GROUP }, (_, i) => {
        const createdAt = BEGIN + (at + i) * 10;
        return { ...FULL, id: generationId(createdAt), createdAt, user: `user-${i % 7}`, cost: 1 };
      });
      store.insert(rows.map((row) => ({ row, charges: [] })));
      // A gateway has other work between: the log is moved by another thread.
      await Bun.sleep(0);
      if ((at + GROUP) % MINUTE !== 0) continue;
      if (at + GROUP === MINUTE) perRow = (usedOf(database) - empty) / MINUTE;
      await keeper.run(BEGIN + (at + GROUP) * 10);
      largest = Math.max(largest, diskOf(folder));
    }
    const [sums] = database.all<{ requests: number; cost: number }>(
      "SELECT CAST(SUM(requests) AS BIGINT) AS requests, CAST(SUM(cost) AS BIGINT) AS cost FROM rollup_days",
    );
    expect(sums).toEqual({ requests: ROWS, cost: ROWS });
    expect(store.count()).toBeLessThan(ROWS);
    expect((await new Verification(database).differences()).differences).toEqual([]);
    expect(perRow).toBeLessThan(600);
    // What comes between two looks stands beyond it for a moment.
    expect(largest).toBeLessThan(1.05 * CAP + MINUTE * perRow);
    tell({ row: "H16", what: "requests", value: ROWS });
    tell({ row: "H16", what: "bytes a row", value: Math.round(perRow), atMost: 600 });
    tell({ row: "H16", what: "the file, of what it may have", value: largest / CAP, atMost: 1.05 });
    tell({ row: "H16", what: "longest step", value: longest, unit: "ms", atMost: 50 });
    database.close();
  },
  sized(30_000, 600_000),
);

/** All that it has on disk, with its log of writes. */
function diskOf(folder: string): number {
  return readdirSync(folder)
    .filter((name) => name.startsWith("headgate.db"))
    .reduce((bytes, name) => bytes + statSync(join(folder, name)).size, 0);
}

function usedOf(database: SqliteDatabase): number {
  const [row] = database.all<{ bytes: number }>(
    "SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()",
  );
  return row!.bytes;
}
