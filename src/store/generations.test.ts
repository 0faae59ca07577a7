import { expect, test } from "bun:test";
import { SQLITE } from "./fixtures/engine.ts";
import { FULL, generationsHold } from "./fixtures/generations.ts";
import { GenerationStore } from "./generations.ts";
import { SqliteDatabase } from "./sqlite.ts";
import { openSqliteFile } from "./sqlite-file.ts";

generationsHold(SQLITE);

test("what fails leaves no transaction open", () => {
  using file = openSqliteFile({ data: ":memory:", sync: "normal" });
  const store = new GenerationStore(new SqliteDatabase(file));
  store.insert([]);
  store.insert([{ row: FULL, charges: [] }]);
  expect(file.inTransaction).toBe(false);
  expect(() => store.insert([{ row: FULL, charges: [] }])).toThrow("UNIQUE");
  expect(file.inTransaction).toBe(false);
});
