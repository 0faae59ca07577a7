import { expect, test } from "bun:test";
import { bucketOf } from "../core/spread.ts";
import { bucketSql } from "./pace.ts";
import { SqliteDatabase } from "./sqlite.ts";
import { openSqliteFile } from "./sqlite-file.ts";

test("SQL knows the same buckets", () => {
  const database = new SqliteDatabase(openSqliteFile({ data: ":memory:", sync: "normal" }));
  const values = [...Array(300).keys(), ...Array.from({ length: 300 }, (_, i) => 300 + i * 13_337), -5, 2 ** 50];
  const list = values.map((value) => `(${value})`).join(", ");
  const sql = `WITH told(v) AS (VALUES ${list}) SELECT v, ${bucketSql("v")} AS bucket FROM told`;
  const rows = database.all<{ v: number; bucket: number }>(sql);
  expect(rows).toEqual(values.map((v) => ({ v, bucket: bucketOf(v) })));
  database.close();
});
