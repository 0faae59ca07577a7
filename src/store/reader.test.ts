import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readerOf, SharedReader, ThreadReader } from "./reader.ts";
import { SqliteDatabase } from "./sqlite.ts";
import { openSqliteFile } from "./sqlite-file.ts";

let folder: string;
let database: SqliteDatabase;
let reader: ThreadReader;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-reader-"));
  database = new SqliteDatabase(openSqliteFile({ data: folder, sync: "normal" }));
  reader = new ThreadReader(join(folder, "headgate.db"));
});
afterEach(() => {
  reader.close();
  database.close();
  rmSync(folder, { recursive: true });
});

const write = (name: string) =>
  database.batch([{ sql: "INSERT INTO settings (name, value) VALUES (?, '1')", values: [name] }]);
const names = () => reader.all<{ name: string }>("SELECT name FROM settings ORDER BY name");

describe("a thread that reads", () => {
  test("sees what was written a moment ago, and goes on seeing it", async () => {
    write("a");
    expect(await names()).toEqual([{ name: "a" }]);
    write("b");
    expect(await names()).toEqual([{ name: "a" }, { name: "b" }]);
  });

  test("gives whole numbers as the database does", async () => {
    const sql = "SELECT 9007199254740993 AS large, 5 AS small, NULL AS none, ? AS told";
    expect(await reader.all(sql, ["x"])).toEqual(database.all(sql, ["x"]));
  });

  test("answers each question with its own rows, and one that is wrong with an error", async () => {
    const sums = [1, 2, 3].map((n) => reader.all<{ n: number }>("SELECT CAST(? AS INTEGER) AS n", [n]));
    const wrong = reader.all("SELECT missing").catch((thrown: Error) => thrown.message);
    expect(await Promise.all([...sums, wrong])).toEqual([
      [{ n: 1 }],
      [{ n: 2 }],
      [{ n: 3 }],
      expect.stringContaining("no such column"),
    ]);
    expect(await names()).toEqual([]);
  });

  test("gives many rows in parts, each question its own", async () => {
    const sql = "WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n";
    const [many, few] = await Promise.all([reader.all<{ i: number }>(sql, [1, 3001]), reader.all(sql, [7, 8])]);
    expect(many.map(({ i }) => i)).toEqual(Array.from({ length: 3001 }, (_, i) => i + 1));
    expect(few).toEqual([{ i: 7 }, { i: 8 }]);
  });

  test("cannot write", async () => {
    await expect(reader.all("DELETE FROM settings")).rejects.toThrow("readonly");
  });

  test("takes so many questions at once and no more, and then again", async () => {
    const all = await Promise.allSettled(Array.from({ length: 300 }, () => names()));
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(200);
    const [refused] = all.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
    expect(refused!.reason).toMatchObject({ code: "database_unavailable", status: 503 });
    expect(await names()).toEqual([]);
  });

  test("that is closed leaves nobody waiting", async () => {
    const asked = names();
    reader.close();
    await expect(asked).rejects.toThrow("the gateway is closed");
  });

  test("without a file says so", async () => {
    const nothing = new ThreadReader(join(folder, "none.db"));
    await expect(nothing.all("SELECT 1")).rejects.toThrow("unable to open database file");
    nothing.close();
  });
});

describe("whoever reads by connections that others need", () => {
  const slow = () => {
    const open: (() => void)[] = [];
    let most = 0;
    const all = <Row extends object>() => {
      const { promise, resolve } = Promise.withResolvers<Row[]>();
      open.push(() => resolve([]));
      most = Math.max(most, open.length);
      return promise;
    };
    const answerOne = async () => {
      open.shift()?.();
      await new Promise(setImmediate);
    };
    return { all, open, answerOne, most: () => most };
  };

  test("asks a few questions at once, and each in its turn", async () => {
    const database = slow();
    const shared = new SharedReader(database);
    const answered: number[] = [];
    const all = Array.from({ length: 20 }, (_, i) => shared.all("SELECT 1").then(() => answered.push(i)));
    await new Promise(setImmediate);
    while (answered.length < 20) await database.answerOne();
    await Promise.all(all);
    expect(answered).toEqual(all.map((_, i) => i));
    expect(database.most()).toBe(3);
  });

  test("tells who comes when hundreds wait, and goes on after an error", async () => {
    const database = slow();
    const shared = new SharedReader(database);
    const all = Array.from({ length: 203 }, () => shared.all("SELECT 1"));
    await expect(shared.all("SELECT 1")).rejects.toMatchObject({ code: "database_unavailable", status: 503 });
    await new Promise(setImmediate);
    while (database.open.length > 0) await database.answerOne();
    await Promise.all(all);
    const failing = new SharedReader({ all: () => Promise.reject(new Error("gone")) });
    const failed = await Promise.allSettled(Array.from({ length: 10 }, () => failing.all("SELECT 1")));
    expect(failed.map(({ status }) => status)).not.toContain("fulfilled");
  });
});

test("what is in memory is read where it is", async () => {
  const memory = new SqliteDatabase(openSqliteFile({ data: ":memory:", sync: "normal" }));
  const beside = readerOf(memory, undefined);
  expect(await beside.all("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  await beside.close();
  expect(memory.all("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  memory.close();
});
