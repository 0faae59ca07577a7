import type { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ulid } from "../core/id.ts";
import { openDatabase } from "./database.ts";
import { type GenerationRow, GenerationStore } from "./generations.ts";

let database: Database;
let store: GenerationStore;
beforeEach(() => {
  database = openDatabase({ data: ":memory:", sync: "normal" });
  store = new GenerationStore(database);
});
afterEach(() => database.close());

const KEY = "key_1";

/** A row in which everything is told. */
const FULL: GenerationRow = {
  id: "gen_01",
  createdAt: 1_764_000_000_123,
  keyId: KEY,
  operation: "generate",
  wire: "openai-chat",
  requested: "openai/gpt-5",
  model: "anthropic/claude-sonnet-4.5",
  provider: "anthropic",
  byok: true,
  mode: "transcode",
  streamed: true,
  finish: "tool-calls",
  error: "upstream_truncated",
  input: 11,
  cacheRead: 12,
  cacheWrite: 13,
  output: 14,
  reasoning: 15,
  searches: 16,
  estimated: true,
  cost: 17,
  firstContentMs: 18,
  durationMs: 19,
  appUrl: "https://example.com/?a=ä",
  appTitle: "Überapp 🦆",
  user: "user-1",
  tags: '["a","b"]',
  dropped: '["logprobs"]',
  plan: '{"legs":["anthropic:x"]}',
  attempts: '[{"endpoint":"anthropic:x"}]',
  traceId: "0af7651916cd43dd8448eb211c80319c",
};

/** A row in which nothing is told that may be left out. */
const BARE: GenerationRow = {
  ...FULL,
  id: "gen_02",
  model: null,
  provider: null,
  byok: false,
  mode: null,
  streamed: false,
  finish: null,
  error: null,
  input: null,
  cacheRead: null,
  cacheWrite: null,
  output: null,
  reasoning: null,
  searches: null,
  estimated: false,
  cost: null,
  firstContentMs: null,
  appUrl: null,
  appTitle: null,
  user: null,
  tags: null,
  dropped: null,
  plan: null,
  attempts: "[]",
  traceId: null,
};

const rowsOf = (count: number) => Array.from({ length: count }, () => ({ ...FULL, id: `gen_${ulid(Date.now())}` }));

describe("a row comes back as it was written", () => {
  test.each([
    ["with everything told", FULL],
    ["with nothing told", BARE],
  ])("%s", (_, row) => {
    store.insert([row]);
    expect(store.find(row.id, KEY)).toEqual(row);
  });

  test("in every column of its own: no two share one", () => {
    const members = Object.keys(FULL) as (keyof GenerationRow)[];
    const columns = database.query<{ name: string }, []>("SELECT name FROM pragma_table_info('generations')").all();
    expect(members).toHaveLength(columns.length);
    for (const member of members) {
      if (FULL[member] === BARE[member] || member === "id") continue;
      const row = { ...BARE, id: `gen_${member}`, [member]: FULL[member] };
      store.insert([row]);
      expect(store.find(row.id, KEY)).toEqual(row);
    }
  });

  test("zero is zero, and not the same as not told", () => {
    const row = { ...BARE, input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0, searches: 0, cost: 0 };
    store.insert([{ ...row, firstContentMs: 0, durationMs: 0 }]);
    expect(store.find(row.id, KEY)).toEqual({ ...row, firstContentMs: 0, durationMs: 0 });
  });

  test.each([[2 ** 31 - 1], [2 ** 31], [2 ** 32 + 1], [2 ** 53 - 1]])("a count of %i is exact", (count) => {
    store.insert([{ ...FULL, input: count, output: count, cost: count }]);
    expect(store.find(FULL.id, KEY)).toMatchObject({ input: count, output: count, cost: count });
    const raw = database.query("SELECT typeof(cost) AS type, cost FROM generations").get();
    expect(raw).toEqual({ type: "integer", cost: BigInt(count) });
  });

  test.each([
    ["quotes and statements", "'; DROP TABLE generations; --\""],
    ["line ends", "a\r\nb\n"],
    ["every plane of Unicode", "ä€🦆\u{10FFFF}"],
    ["nothing at all", ""],
  ])("text with %s", (_, text) => {
    store.insert([{ ...FULL, user: text, requested: text, appTitle: text }]);
    expect(store.find(FULL.id, KEY)).toMatchObject({ user: text, requested: text, appTitle: text });
  });

  test("text with a NUL in it is not cut there", () => {
    store.insert([{ ...FULL, user: "before\0after" }]);
    expect(store.find(FULL.id, KEY)?.user).toBe("before\0after");
  });
});

describe("finding", () => {
  test("is only for the key that made it", () => {
    store.insert([FULL]);
    expect(store.find(FULL.id, "key_2")).toBeUndefined();
    expect(store.find("gen_03", KEY)).toBeUndefined();
  });

  test("finds among many", () => {
    const rows = rowsOf(200);
    store.insert(rows);
    for (const row of rows) expect(store.find(row.id, KEY)).toEqual(row);
    expect(store.count()).toBe(200);
  });
});

describe("a group", () => {
  test("of none is nothing", () => {
    store.insert([]);
    expect([store.count(), database.inTransaction]).toEqual([0, false]);
  });

  test("is written whole, whatever its size", () => {
    for (const size of [1, 2, 3, 7, 8, 9, 31, 32, 33, 100]) {
      const rows = rowsOf(size);
      const before = store.count();
      store.insert(rows);
      expect(store.count() - before).toBe(size);
      for (const row of rows) expect(store.find(row.id, KEY)).toEqual(row);
    }
  });

  test.each([[0], [1], [2]])("is not written at all when its row %i cannot be", (at) => {
    store.insert([FULL]);
    const rows = rowsOf(3);
    rows[at] = { ...BARE, id: FULL.id };
    expect(() => store.insert(rows)).toThrow("UNIQUE");
    expect(store.count()).toBe(1);
    expect(store.find(FULL.id, KEY)).toEqual(FULL);
    expect(database.inTransaction).toBe(false);
  });

  test("of a bad row alone leaves what is there, and the next is written", () => {
    store.insert([FULL]);
    expect(() => store.insert([{ ...BARE, id: FULL.id }])).toThrow("UNIQUE");
    store.insert([BARE]);
    expect([store.find(FULL.id, KEY), store.find(BARE.id, KEY)]).toEqual([FULL, BARE]);
  });

  test("with two of the same id is refused", () => {
    expect(() => store.insert([FULL, { ...FULL }])).toThrow("UNIQUE");
    expect(store.count()).toBe(0);
  });

  test("with a fraction where a whole number belongs is refused: money is integers", () => {
    expect(() => store.insert([{ ...FULL, cost: 0.5 }])).toThrow("INTEGER");
    expect(() => store.insert([FULL, { ...BARE, input: 1.5 }])).toThrow("INTEGER");
    expect(store.count()).toBe(0);
  });
});
