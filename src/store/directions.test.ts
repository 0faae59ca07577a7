import { expect, test } from "bun:test";
import { openDatabase } from "./database.ts";
import { DirectionStore } from "./directions.ts";

const rule = (id: string, value = "{}") => ({ kind: "rule" as const, id, value, createdAt: 1_790_000_000_000 });

test("what is kept comes back in the order in which it was made, and a change leaves it in its place", () => {
  const database = openDatabase({ data: ":memory:", sync: "normal" });
  const store = new DirectionStore(database);
  for (const id of ["b", "a", "c"]) store.put(rule(id));
  store.put({ ...rule("b"), kind: "virtual_model" });
  store.put({ ...rule("b", '{"x":1}'), createdAt: 5 });
  store.remove("rule", "a");
  store.remove("virtual_model", "c");
  store.put(rule("a"));
  expect(store.all()).toEqual([rule("b", '{"x":1}'), rule("c"), { ...rule("b"), kind: "virtual_model" }, rule("a")]);
  database.close();
});
