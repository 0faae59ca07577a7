import { expect, test } from "bun:test";
import { telling, WATCHED } from "./changes.ts";
import { MIGRATIONS } from "./migrations.ts";
import { SqliteDatabase } from "./sqlite.ts";
import { openSqliteFile } from "./sqlite-file.ts";

test("whatever is written to a watched table is told, once that holds, and nothing else is", () => {
  const told: string[] = [];
  const database = telling(new SqliteDatabase(openSqliteFile({ data: ":memory:", sync: "normal" })), (table) =>
    told.push(table),
  );
  const team = "INSERT INTO teams (id, name, metadata, created_at) VALUES (?, 'a', NULL, 1)";
  database.batch([{ sql: team, values: ["t"] }]);
  expect(told).toEqual(["teams"]);
  database.batch([
    { sql: "UPDATE teams SET name = 'b'" },
    { sql: "\n  DELETE FROM budgets" },
    { sql: "DELETE FROM teams WHERE id = 'x'" },
    { sql: "INSERT INTO settings (name, value) VALUES ('keys', 'teams')" },
  ]);
  expect(told).toEqual(["teams", "teams", "budgets"]);
  // All or none.
  expect(() => database.batch([{ sql: "DELETE FROM keys" }, { sql: team, values: ["t"] }])).toThrow();
  database.all("SELECT * FROM keys");
  expect(told).toHaveLength(3);
  database.close();
});

test("every watched table is one of the schema", () => {
  const made = MIGRATIONS.flat().join("\n");
  for (const table of WATCHED) expect(made).toMatch(new RegExp(`(CREATE TABLE|RENAME TO) ${table}\\b`));
});
