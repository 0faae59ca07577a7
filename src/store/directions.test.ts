import { expect, test } from "bun:test";
import { openDatabase } from "./database.ts";
import { type DirectionRow, DirectionStore } from "./directions.ts";
import { MIGRATIONS } from "./migrations.ts";

const rule = (id: string, place: number, value: string | null = "{}"): DirectionRow => ({
  kind: "rule",
  id,
  value,
  place,
  createdAt: 1_790_000_000_000,
  version: 1,
});

test("what is kept comes back in its order, whatever was changed last", () => {
  const database = openDatabase({ data: ":memory:", sync: "normal" });
  const store = new DirectionStore(database);
  const virtual: DirectionRow = { ...rule("b", 4), kind: "virtual_model" };
  store.put([rule("c", 3), rule("a", 2), rule("b", 1), virtual]);
  store.put([{ ...rule("b", 1, '{"x":1}'), version: 2 }]);
  store.put([{ ...rule("c", 3, null), version: 3 }]);
  store.remove("rule", "a");
  store.remove("virtual_model", "c");
  store.put([{ ...rule("z", 4), createdAt: 5 }, rule("a", 4)]);
  expect(store.all()).toEqual([
    { ...rule("b", 1, '{"x":1}'), version: 2 },
    { ...rule("c", 3, null), version: 3 },
    { ...rule("z", 4), createdAt: 5 },
    rule("a", 4),
    virtual,
  ]);
  database.close();
});

test("those of a database from before replicas shared them keep their order", () => {
  const database = openDatabase({ data: ":memory:", sync: "normal" });
  const step = MIGRATIONS.findIndex((statements) => statements.some((one) => one.includes("RENAME TO directions")));
  database.run("DROP TABLE directions");
  database.run(MIGRATIONS[step - 1]!.find((one) => one.includes("CREATE TABLE directions"))!);
  for (const id of ["b", "a"])
    database.run("INSERT INTO directions (kind, id, value, created_at) VALUES ('rule', ?, '{}', 7)", [id]);
  for (const statement of MIGRATIONS[step]!) database.run(statement);
  expect(new DirectionStore(database).all()).toEqual([
    { ...rule("b", 1), createdAt: 7 },
    { ...rule("a", 2), createdAt: 7 },
  ]);
  database.close();
});
