import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Checkpoint } from "./checkpoint.ts";
import { openSqliteFile } from "./sqlite-file.ts";

let folder: string;
let database: Database;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-checkpoint-"));
  database = openSqliteFile({ data: folder, sync: "normal" });
  database.run("CREATE TABLE words (word TEXT) STRICT");
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Rows of one commit after which the log is moved. */
const MANY = 2398;

const sizeOf = (file: string) => statSync(join(folder, file)).size;

function write(rows: number): void {
  const insert = database.query("INSERT INTO words VALUES (?)");
  database.transaction(() => {
    for (let i = 0; i < rows; i++) insert.run("water ".repeat(20));
  })();
}

/** Waits for something that comes about on another thread. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(1);
}

/** Waits until the database has grown. As in a gateway at work, rows go on coming: a checkpoint that is still closing its file does not hear of the first. */
async function moved(checkpoint: Checkpoint, before: number): Promise<void> {
  await until(() => {
    checkpoint.wrote(0);
    return sizeOf("headgate.db") > before;
  });
}

describe("a log of many rows", () => {
  test("is moved into the database, while nobody waits for it", async () => {
    write(MANY);
    const before = sizeOf("headgate.db");
    new Checkpoint(database).wrote(MANY);
    expect(sizeOf("headgate.db")).toBe(before);
    await until(() => sizeOf("headgate.db") > before);
  });

  test("that was moved is begun anew, and does not grow for ever", async () => {
    const checkpoint = new Checkpoint(database);
    const sizes: number[] = [];
    for (let round = 0; round < 5; round++) {
      write(MANY);
      const before = sizeOf("headgate.db");
      checkpoint.wrote(MANY);
      await moved(checkpoint, before);
      sizes.push(sizeOf("headgate.db-wal"));
    }
    expect(Math.max(...sizes)).toBeLessThan(2 * sizes[0]!);
    expect(database.query("SELECT count(*) AS n FROM words").get()).toEqual({ n: BigInt(5 * MANY) });
  });
});

test("a log that somebody reads is moved all the same, and begun anew once he has read", async () => {
  const checkpoint = new Checkpoint(database);
  write(MANY);
  using reader = new Database(join(folder, "headgate.db"), { readonly: true });
  reader.run("BEGIN");
  reader.query("SELECT count(*) FROM words").get();
  const before = sizeOf("headgate.db");
  checkpoint.wrote(MANY);
  await moved(checkpoint, before);
  const log = sizeOf("headgate.db-wal");
  write(10);
  expect(sizeOf("headgate.db-wal")).toBeGreaterThan(log);
  expect(reader.query("SELECT count(*) AS n FROM words").get()).toEqual({ n: MANY });
  reader.run("COMMIT");
  const grown = sizeOf("headgate.db");
  write(MANY);
  checkpoint.wrote(MANY);
  await moved(checkpoint, grown);
  const full = sizeOf("headgate.db-wal");
  write(100);
  expect(sizeOf("headgate.db-wal")).toBe(full);
});

test.each([
  ["of a row each", 1, 800],
  ["of thirteen rows", 13, 160],
  ["of very many", 1198, 2],
])("few commits move nothing; it is their sum that counts, %s", async (_, rows, commits) => {
  const checkpoint = new Checkpoint(database);
  write(999);
  const before = sizeOf("headgate.db");
  for (let i = 1; i < commits; i++) checkpoint.wrote(rows);
  await Bun.sleep(20);
  expect(sizeOf("headgate.db")).toBe(before);
  checkpoint.wrote(rows);
  await until(() => sizeOf("headgate.db") > before);
});

test("a database that is closed meanwhile loses nothing and fails nobody", async () => {
  write(MANY);
  new Checkpoint(database).wrote(MANY);
  database.close();
  await Bun.sleep(20);
  database = openSqliteFile({ data: folder, sync: "normal" });
  expect(database.query("SELECT count(*) AS n FROM words").get()).toEqual({ n: BigInt(MANY) });
});

test("a log that cannot be flushed is tried again later", async () => {
  const checkpoint = new Checkpoint(database);
  write(MANY);
  const before = sizeOf("headgate.db");
  const run = database.run.bind(database);
  let refusals = 1;
  database.run = ((sql: string) => {
    if (refusals-- > 0) throw new Error("disk I/O error");
    return run(sql);
  }) as Database["run"];
  checkpoint.wrote(MANY);
  await until(() => refusals < 1);
  checkpoint.wrote(MANY);
  await moved(checkpoint, before);
});

test("what is in memory only has no log", () => {
  using memory = new Database(":memory:");
  expect(() => new Checkpoint(memory).wrote(5000)).not.toThrow();
});
