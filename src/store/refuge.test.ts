import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQLITE } from "./fixtures/engine.ts";
import { FULL } from "./fixtures/generations.ts";
import { refugeHolds } from "./fixtures/refuge.ts";
import { GenerationStore } from "./generations.ts";
import { Refuge } from "./refuge.ts";
import { SqliteDatabase } from "./sqlite.ts";
import { openSqliteFile } from "./sqlite-file.ts";

refugeHolds(SQLITE);

let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

/** A real database, which SQLite itself is told to fail. */
function real(failing: string, mending: string) {
  const file = openSqliteFile({ data: ":memory:", sync: "normal" });
  const ledger = new GenerationStore(new SqliteDatabase(file));
  const refuge = new Refuge({ ledger, name: "one", folder: undefined, graceMs: 60_000, complain: () => {} });
  closing.push(async () => {
    await refuge.close();
    file.close();
  });
  const write = async (n: number) => {
    for (let i = 0; i < n; i++) await refuge.insert([{ row: { ...FULL, id: `gen_${made++}` }, charges: [] }]);
  };
  let made = 0;
  return { refuge, ledger, write, fail: () => file.run(failing), mend: () => file.run(mending) };
}

test.each([
  ["that may only be read", "PRAGMA query_only = 1", "PRAGMA query_only = 0"],
  ["in which there is no more room", "PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000"],
])("a database %s takes everything when it can again", async (_, failing, mending) => {
  const { refuge, ledger, write, fail, mend } = real(failing, mending);
  await write(1);
  fail();
  // What there is of pages has room for some.
  await write(300);
  expect(refuge.waiting).toBeGreaterThan(100);
  await refuge.comeBack();
  expect(refuge.waiting).toBeGreaterThan(100);
  mend();
  await refuge.comeBack();
  expect([refuge.waiting, refuge.downMs, ledger.count()]).toEqual([0, undefined, 301]);
});

test("who begins in a folder in which nothing can be written is told so before there is anything to write", async () => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-refuge-"));
  // In the way of its lock.
  mkdirSync(join(folder, "spool-shut.lock"));
  const { ledger } = real("SELECT 1", "SELECT 1");
  const complaints: string[] = [];
  const complain = ({ message }: Error) => complaints.push(message);
  for (const name of ["shut", "open"]) {
    const refuge = new Refuge({ ledger, name, folder, graceMs: 60_000, complain });
    refuge.claim();
    await refuge.close();
  }
  expect(complaints).toEqual([
    `nothing can be written in ${folder}: while the database fails, what is used would be kept in memory, and lost with this process`,
  ]);
  rmSync(folder, { recursive: true });
});
