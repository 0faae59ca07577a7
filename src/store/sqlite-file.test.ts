import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MIGRATIONS } from "./migrations.ts";
import { openSqliteFile } from "./sqlite-file.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "headgate-store-"));
  folders.push(folder);
  return folder;
}

const open = (data: string, sync: "normal" | "full" = "normal") => openSqliteFile({ data, sync });
const pragma = (database: Database, name: string) => Object.values(database.query(`PRAGMA ${name}`).get() as object)[0];

/** Tables and their columns, as SQLite has them. */
function schemaOf(database: Database): unknown[] {
  return database.query("SELECT type, name, sql FROM sqlite_schema ORDER BY name").all();
}

describe("a data folder", () => {
  test("is made where it is missing, for its owner alone", () => {
    const data = join(newFolder(), "a", "b");
    open(data).close();
    expect(statSync(data).mode & 0o777).toBe(0o700);
    expect(existsSync(join(data, "headgate.db"))).toBe(true);
  });

  test("that was there before, open to everybody, has files for its owner alone", () => {
    const data = newFolder();
    chmodSync(data, 0o755);
    const database = open(data);
    for (const file of ["headgate.db", "headgate.db-wal", "headgate.db-shm"])
      expect([file, statSync(join(data, file)).mode & 0o777]).toEqual([file, 0o600]);
    database.close();
  });

  test("in memory is none", () => {
    using database = open(":memory:");
    expect(pragma(database, "user_version")).toBe(BigInt(MIGRATIONS.length));
    expect(existsSync(":memory:")).toBe(false);
  });

  test("that cannot be made, or is a file, is an error that says what to do", () => {
    expect(() => open("/dev/null/data")).toThrow(/^\/dev\/null\/data\/headgate\.db cannot be used \(.+--data$/);
    const file = join(newFolder(), "file");
    writeFileSync(file, "");
    expect(() => open(file)).toThrow(`${join(file, "headgate.db")} cannot be used (`);
  });

  test("with something else under the database's name is an error that names it, and leaves it alone", () => {
    const data = newFolder();
    const file = join(data, "headgate.db");
    writeFileSync(file, "shopping list\n".repeat(100));
    expect(() => open(data)).toThrow(`${file} cannot be used (file is not a database); choose another folder`);
    expect(readFileSync(file, "utf8")).toStartWith("shopping list\nshopping");
  });

  test("whose file cannot be opened is an error that names it", () => {
    const data = newFolder();
    mkdirSync(join(data, "headgate.db"));
    expect(() => open(data)).toThrow(`${join(data, "headgate.db")} cannot be used (unable to open database file)`);
  });
});

describe("the file", () => {
  test.each([
    ["normal", 1n],
    ["full", 2n],
  ] as const)("is written ahead, and synchronised as told (%s)", (sync, level) => {
    using database = open(newFolder(), sync);
    expect(pragma(database, "journal_mode")).toBe("wal");
    expect(pragma(database, "synchronous")).toBe(level);
    expect(pragma(database, "foreign_keys")).toBe(1n);
  });

  test("refuses a second owner, in words that help, and lets the first go on", () => {
    const data = newFolder();
    using first = open(data);
    expect(() => open(data)).toThrow(`another gateway is using the data folder ${data}`);
    first.run("INSERT INTO settings (name, value) VALUES ('a', 'b')");
    expect(first.query("SELECT value FROM settings").get()).toEqual({ value: "b" });
  });

  test("is free again once it was closed", () => {
    const data = newFolder();
    open(data).close();
    expect(() => open(data).close()).not.toThrow();
  });

  test("is free again once its owner was killed, and refused to others until then", async () => {
    const data = newFolder();
    const owner = `
      globalThis.kept = require(${JSON.stringify(join(import.meta.dir, "sqlite-file.ts"))}).openSqliteFile({ data: ${JSON.stringify(data)}, sync: "normal" });
      console.log("open");
      setInterval(() => {}, 1000);`;
    const other = Bun.spawn([process.execPath, "-e", owner], { stdout: "pipe", stderr: "inherit" });
    try {
      const lines = other.stdout.getReader();
      expect(new TextDecoder().decode((await lines.read()).value)).toContain("open");
      expect(() => open(data)).toThrow(`another gateway is using the data folder ${data}`);
    } finally {
      other.kill("SIGKILL");
      await other.exited;
    }
    expect(() => open(data).close()).not.toThrow();
  });

  test("can be read beside its owner, who goes on writing meanwhile", () => {
    const data = newFolder();
    using owner = open(data);
    owner.run("INSERT INTO settings (name, value) VALUES ('a', '1')");
    using reader = new Database(join(data, "headgate.db"), { readonly: true });
    reader.run("BEGIN");
    const seen = () => reader.query("SELECT count(*) AS n FROM settings").get();
    expect(seen()).toEqual({ n: 1 });
    owner.run("INSERT INTO settings (name, value) VALUES ('b', '2')");
    expect(seen()).toEqual({ n: 1 });
    reader.run("COMMIT");
    expect(seen()).toEqual({ n: 2 });
  });

  test("gives whole numbers beyond 2^53 as they are", () => {
    using database = open(":memory:");
    expect(database.query("SELECT 9007199254740993 AS n").get()).toEqual({ n: 9007199254740993n });
  });

  test("that is no database is an error", async () => {
    const data = newFolder();
    await Bun.write(join(data, "headgate.db"), "x".repeat(5000));
    expect(() => open(data)).toThrow("not a database");
  });
});

describe("the schema", () => {
  const newest = (() => {
    using database = open(":memory:");
    return schemaOf(database);
  })();

  test.each(Array.from({ length: MIGRATIONS.length + 1 }, (_, i) => [i]))("is reached from version %i", (version) => {
    const data = newFolder();
    const old = new Database(join(data, "headgate.db"), { create: true });
    for (const statement of MIGRATIONS.slice(0, version).flat()) old.run(statement);
    old.run(`PRAGMA user_version = ${version}`);
    old.close();
    using database = open(data);
    expect(schemaOf(database)).toEqual(newest);
    expect(pragma(database, "user_version")).toBe(BigInt(MIGRATIONS.length));
  });

  test("of a newer program is refused, and left as it is", () => {
    const data = newFolder();
    const newer = new Database(join(data, "headgate.db"), { create: true });
    newer.run(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    newer.close();
    expect(() => open(data)).toThrow(
      `headgate.db is of version ${MIGRATIONS.length + 1}, this program knows ${MIGRATIONS.length}`,
    );
    using after = new Database(join(data, "headgate.db"));
    expect(after.query("SELECT count(*) AS n FROM sqlite_schema").get()).toEqual({ n: 0 });
  });

  test("keeps what is in it from start to start", () => {
    const data = newFolder();
    mkdirSync(data, { recursive: true });
    const first = open(data);
    first.run("INSERT INTO settings (name, value) VALUES ('kept', 'yes')");
    first.close();
    using second = open(data);
    expect(second.query("SELECT * FROM settings").all()).toEqual([{ name: "kept", value: "yes" }]);
  });

  test("a step that fails changes nothing: neither its tables nor the version", () => {
    const data = newFolder();
    const old = new Database(join(data, "headgate.db"), { create: true });
    // In the way of the first step, whose earlier tables must be gone again afterwards.
    old.run("CREATE TABLE generations (id TEXT)");
    old.close();
    expect(() => open(data)).toThrow("already exists");
    using after = new Database(join(data, "headgate.db"));
    expect(after.query("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "generations" }]);
    expect(pragma(after, "user_version")).toBe(0);
  });
});
