import { expect, test } from "bun:test";
import { DirectionStore } from "./directions.ts";
import { directionsHold, rule } from "./fixtures/directions.ts";
import { SQLITE } from "./fixtures/engine.ts";
import { MIGRATIONS } from "./migrations.ts";
import { SqliteDatabase } from "./sqlite.ts";
import { openSqliteFile } from "./sqlite-file.ts";

directionsHold(SQLITE);

test("those of a database from before replicas shared them keep their order", () => {
  const database = openSqliteFile({ data: ":memory:", sync: "normal" });
  const step = MIGRATIONS.findIndex((statements) => statements.some((one) => one.includes("RENAME TO directions")));
  database.run("DROP TABLE directions");
  database.run(MIGRATIONS[step - 1]!.find((one) => one.includes("CREATE TABLE directions"))!);
  for (const id of ["b", "a"])
    database.run("INSERT INTO directions (kind, id, value, created_at) VALUES ('rule', ?, '{}', 7)", [id]);
  for (const statement of MIGRATIONS[step]!) database.run(statement);
  expect(new DirectionStore(new SqliteDatabase(database)).all()).toEqual([
    { ...rule("b", 1), createdAt: 7 },
    { ...rule("a", 2), createdAt: 7 },
  ]);
  database.close();
});
