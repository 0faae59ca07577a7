import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FULL } from "../../src/store/fixtures/generations.ts";
import { GenerationStore } from "../../src/store/generations.ts";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { openSqliteFile } from "../../src/store/sqlite-file.ts";
import { sized, tell } from "../support/figures.ts";

/** What a disk has of the write-ahead log when the power goes: the beginning of it, or some of it otherwise. */

const GROUPS = 24;
/** Bytes between two cuts; a sector is 512. */
const STEP = sized(512 * 16, 512);
const FLIPS = sized(60, 1000);

let folder: string;
/** The log as it was, whose rows are in the database file by no part. */
let log: Buffer;
let rows: string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-power-"));
  const made = join(folder, "made");
  // All that is there before the first row is in the file itself.
  openSqliteFile({ data: made, sync: "full" }).close();
  copyFileSync(join(made, "headgate.db"), join(folder, "before.db"));
  const file = openSqliteFile({ data: made, sync: "full" });
  const store = new GenerationStore(new SqliteDatabase(file));
  rows = [];
  for (let group = 0; group < GROUPS; group++) {
    const ids = Array.from(
      { length: 1 + (group % 4) },
      (_, nth) => `gen_1${String(group * 10 + nth).padStart(6, "0")}`,
    );
    rows.push(...ids);
    store.insert(
      ids.map((id) => ({
        row: { ...FULL, id, cost: 7 },
        charges: [{ scope: "key", scopeId: "key_1", period: "total", startedAt: 0, spent: 7, byokSpent: 0 }],
      })),
    );
  }
  log = readFileSync(join(made, "headgate.db-wal"));
  file.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** How many rows there are with such a log. They are the first ones, and what stands in sums and accounts is theirs. */
function rowsWith(wal: Buffer): number {
  const data = join(folder, "after");
  mkdirSync(data);
  copyFileSync(join(folder, "before.db"), join(data, "headgate.db"));
  writeFileSync(join(data, "headgate.db-wal"), wal);
  const file = openSqliteFile({ data, sync: "full" });
  try {
    const database = new SqliteDatabase(file);
    const found = database.all<{ id: string }>("SELECT id FROM generations ORDER BY id").map(({ id }) => id);
    expect(found).toEqual(rows.slice(0, found.length));
    const [sums] = database.all("SELECT coalesce(sum(requests), 0) AS n, coalesce(sum(cost), 0) AS cost FROM rollups");
    expect(sums).toEqual({ n: found.length, cost: found.length * 7 });
    const [account] = database.all<{ spent: number }>("SELECT spent FROM accounts");
    expect(account?.spent ?? 0).toBe(found.length * 7);
    expect(file.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
    return found.length;
  } finally {
    file.close();
    rmSync(data, { recursive: true });
  }
}

test("a log that ends at any sector has the first rows, whole, and as many as can be", () => {
  const counts: number[] = [];
  for (let end = 0; end <= log.length; end += STEP) counts.push(rowsWith(log.subarray(0, end)));
  counts.push(rowsWith(log));
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  expect([counts[0], counts.at(-1)]).toEqual([0, rows.length]);
  // Each commit is seen at some cut: nothing else would show that they come one by one.
  if (STEP === 512) expect(new Set(counts).size).toBe(GROUPS + 1);
  tell({ row: "M2", what: "cuts of the log", value: counts.length });
}, 120_000);

test("a log with a bit that fell over has the rows before it, whole", () => {
  let seed = 20_261_125;
  const chance = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  let fewer = 0;
  for (let i = 0; i < FLIPS; i++) {
    const spoiled = Buffer.from(log);
    const at = chance(log.length);
    spoiled[at]! ^= 1 << chance(8);
    if (rowsWith(spoiled) < rows.length) fewer++;
  }
  // A checksum sees most of them; the rest is space of the header that nobody reads.
  expect(fewer).toBeGreaterThan(FLIPS * 0.9);
  tell({ row: "M2", what: "bits turned over", value: FLIPS });
}, 120_000);
