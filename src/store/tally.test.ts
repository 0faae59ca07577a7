import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { generationId } from "../core/id.ts";
import { FULL } from "./fixtures/generations.ts";
import { type GenerationRow, GenerationStore } from "./generations.ts";
import { readerOf } from "./reader.ts";
import { SqliteDatabase } from "./sqlite.ts";
import { openSqliteFile, openSqliteReader } from "./sqlite-file.ts";
import { Verification } from "./verification.ts";

let folder: string;
let data: string;
let database: SqliteDatabase;
let store: GenerationStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-tally-"));
  data = join(folder, "data");
  open();
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

function open(): void {
  database = new SqliteDatabase(openSqliteFile({ data, sync: "normal" }));
  store = new GenerationStore(database);
}

function row(changed: Partial<GenerationRow> = {}): GenerationRow {
  const createdAt = changed.createdAt ?? Date.now();
  return { ...FULL, createdAt, id: generationId(createdAt), cost: 7, error: null, ...changed };
}

const write = (...rows: GenerationRow[]) => store.insert(rows.map((one) => ({ row: one, charges: [] })));
/** What the file itself says, asked by nobody who would have it put in order first. */
const written = (file = database.file) =>
  ["rollups", "rollup_days"].map((table) =>
    Number(file.query<{ n: bigint }, []>(`SELECT COALESCE(SUM(requests), 0) AS n FROM ${table}`).get()!.n),
  );

const paces = (file = database.file) =>
  ["latency_hours", "latency_days"].map((table) =>
    Number(file.query(`SELECT COALESCE(SUM(n), 0) AS n FROM ${table} WHERE measure = 'whole'`).values()[0]![0]),
  );

/** As a crash leaves it: what is on disk at this moment, in a folder of its own. */
function crashed(): void {
  const left = join(folder, crypto.randomUUID());
  cpSync(data, left, { recursive: true });
  database.close();
  data = left;
}

async function mustBeVerified(rows: number): Promise<void> {
  expect(written()).toEqual([rows, rows]);
  expect(await new Verification(database).differences()).toMatchObject({ differences: [] });
  expect(paces()).toEqual([rows, rows]);
}

describe("sums of rows that were just written", () => {
  test("are not there yet, and are for whoever asks the database anything", () => {
    write(row(), row());
    expect(written()).toEqual([0, 0]);
    expect(database.all("SELECT requests, cost FROM rollups")).toEqual([{ requests: 2, cost: 14 }]);
    expect(database.all("SELECT requests, cost FROM rollup_days")).toEqual([{ requests: 2, cost: 14 }]);
  });

  test("are for reports, on their other thread", async () => {
    const reader = readerOf(database, join(data, "headgate.db"));
    write(row());
    expect(await reader.all<{ requests: number }>("SELECT requests FROM rollups")).toEqual([{ requests: 1 }]);
    await reader.close();
  });

  test("come by themselves soon", async () => {
    write(row());
    while (written()[0] === 0) await Bun.sleep(20);
    expect(written()).toEqual([1, 1]);
  });

  test("are kept apart by hour, and together by day", () => {
    const day = Date.UTC(2026, 10, 3);
    write(row({ createdAt: day }), row({ createdAt: day + 3_600_000 }), row({ createdAt: day + 86_400_000 }));
    expect(database.all("SELECT hour % 24 AS hour, requests FROM rollups ORDER BY rollups.hour")).toEqual([
      { hour: 0, requests: 1 },
      { hour: 1, requests: 1 },
      { hour: 0, requests: 1 },
    ]);
    expect(database.all("SELECT requests FROM rollup_days ORDER BY day")).toEqual([{ requests: 2 }, { requests: 1 }]);
  });

  test("are written before memory fills with them", () => {
    for (let i = 0; i < 5001; i++) write(row({ user: `user ${i}` }));
    expect(written()[0]).toBe(5000);
  });

  test("are no difference to somebody who looks from outside meanwhile", async () => {
    write(row());
    database.settle();
    write(row());
    const outside = new SqliteDatabase(openSqliteReader(data));
    expect(await new Verification(outside).differences()).toMatchObject({ differences: [], days: 1 });
    outside.close();
    expect(written()).toEqual([1, 1]);
  });
});

describe("how fast answers were", () => {
  test("comes later than other sums, and by itself", async () => {
    write(row(), row());
    while (written()[0] === 0) await Bun.sleep(20);
    expect(paces()).toEqual([0, 0]);
    while (paces()[0] === 0) await Bun.sleep(50);
    expect(paces()).toEqual([2, 2]);
  }, 60_000);

  test("is there for whoever asks, though nothing else is left to be written", () => {
    write(row());
    database.tally.settle(false);
    expect([written(), paces()]).toEqual([
      [1, 1],
      [0, 0],
    ]);
    database.settle();
    expect(paces()).toEqual([1, 1]);
  });

  test("is added of rows that come after a crash before which nothing else was left to be added", async () => {
    write(row());
    database.tally.settle(false);
    crashed();
    open();
    write(row());
    crashed();
    open();
    await mustBeVerified(2);
    expect(paces()).toEqual([2, 2]);
  });

  test("is added once when the file is opened, whatever was written before which crash", async () => {
    const step = fc.constantFrom("row", "late", "failed", "sums", "all", "crash");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        database.close();
        data = join(folder, crypto.randomUUID());
        open();
        let rows = 0;
        for (const one of steps) {
          if (one === "row" || one === "late") {
            write(row(one === "late" ? { createdAt: Date.now() - 7_200_000 } : {}));
            rows++;
          } else if (one === "failed") write(row({ error: "upstream_reset" }));
          else if (one === "crash") {
            crashed();
            open();
          } else database.tally.settle(one === "all");
        }
        expect(await new Verification(database).differences()).toMatchObject({ differences: [] });
        expect(paces()).toEqual([rows, rows]);
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});

describe("after a crash", () => {
  test.each([
    ["before the first sums", 0],
    ["after some", 3],
  ])("%s, those that are missing are added when the file is opened", async (_, before) => {
    for (let i = 0; i < before; i++) write(row());
    database.settle();
    write(row(), row());
    write(row());
    crashed();
    open();
    await mustBeVerified(before + 3);
  });

  test("those of a request that began long before are added as well", async () => {
    write(row());
    database.settle();
    write(row({ createdAt: Date.now() - 7_200_000 }));
    crashed();
    open();
    await mustBeVerified(2);
  });

  test("those that were in a row's commit that failed are not", async () => {
    const twice = row();
    write(twice);
    database.settle();
    expect(() => write(row({ createdAt: Date.now() - 7_200_000 }), twice)).toThrow(/UNIQUE/);
    // It would have lowered the bound; the next one has to.
    write(row({ createdAt: Date.now() - 7_200_000 }));
    crashed();
    open();
    await mustBeVerified(2);
  });

  test("and another, each is added once", async () => {
    write(row());
    crashed();
    open();
    write(row());
    crashed();
    open();
    crashed();
    open();
    await mustBeVerified(2);
  });

  test("adding up anew counts none twice", async () => {
    write(row(), row());
    crashed();
    database = new SqliteDatabase(openSqliteFile({ data, sync: "normal" }));
    await new Verification(database).rebuild();
    database.close();
    open();
    await mustBeVerified(2);
  });
});

test("sums that cannot be written keep rows out until they can, and then both are there once", async () => {
  write(row());
  database.file.run("ALTER TABLE rollups RENAME TO elsewhere");
  database.settle();
  expect(() => write(row())).toThrow(/no such table/);
  database.file.run("ALTER TABLE elsewhere RENAME TO rollups");
  write(row());
  database.settle();
  await mustBeVerified(2);
});

test("rows of before there were such numbers stay as they are", async () => {
  write(row(), row());
  database.settle();
  database.file.run("UPDATE generations SET tally = NULL");
  await mustBeVerified(2);
  crashed();
  open();
  await mustBeVerified(2);
});
