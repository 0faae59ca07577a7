import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Database } from "../../src/store/database.ts";
import { KeyParts } from "../../src/store/key-parts.ts";
import { KeyStore } from "../../src/store/keys.ts";
import { openPostgres } from "../../src/store/postgres.ts";
import { Postgres } from "./server.ts";

/** Of many keys only what has changed is read. */

const KEYS = 5000;
const postgres = new Postgres();
let database: Database;
let parts: KeyParts;

// On a busy machine it takes seconds to make one.
beforeAll(() => postgres.start(), 60_000);
beforeEach(async () => {
  database = await openPostgres(await postgres.database());
  await change(`INSERT INTO keys (id, hash, name, hint, created_at, disabled)
    SELECT 'key_' || n, 'hash ' || n, 'n', 'h', n, 0 FROM generate_series(1, ${KEYS}) AS n`);
  parts = new KeyParts(new KeyStore(database));
});
afterEach(() => database.close());
afterAll(() => postgres.remove());

const change = (sql: string) => database.batch([{ sql }]);
/** What is news, and is none afterwards. */
async function taken() {
  const news = await parts.news();
  news.taken();
  return { ids: news.rows.map(({ id }) => id), rows: news.rows, gone: news.gone, whole: news.whole };
}

test("at first that is all of it; then nothing, until one is changed, made or taken away, by whomever", async () => {
  const all = await taken();
  expect([all.whole, new Set(all.ids).size, all.gone, parts.live]).toEqual([true, KEYS, [], KEYS]);
  expect(await taken()).toEqual({ ids: [], rows: [], gone: [], whole: false });
  await change("UPDATE keys SET disabled = 1 WHERE id = 'key_17'");
  const one = await taken();
  expect([one.rows.find(({ id }) => id === "key_17")?.disabled, one.gone, one.whole]).toEqual([true, [], false]);
  expect(one.ids.length).toBeLessThan(KEYS / 50);
  await change("DELETE FROM keys WHERE id = 'key_18'");
  expect([(await taken()).gone, parts.live]).toEqual([["key_18"], KEYS - 1]);
  await change("UPDATE keys SET revoked_at = 1 WHERE id = 'key_19'");
  expect([(await taken()).rows.some(({ revokedAt }) => revokedAt === 1), parts.live]).toEqual([true, KEYS - 2]);
  expect(await taken()).toEqual({ ids: [], rows: [], gone: [], whole: false });
  await change("TRUNCATE keys");
  expect([new Set((await taken()).gone).size, parts.live]).toEqual([KEYS - 1, 0]);
});

test("what changes and changes back while it is read is seen", async () => {
  await taken();
  const store = new KeyStore(database);
  const hasty = new KeyParts({
    parts: () => store.parts(),
    async inParts(which) {
      await change("UPDATE keys SET disabled = 1 WHERE id = 'key_17'");
      const rows = await store.inParts(which);
      await change("UPDATE keys SET disabled = 0 WHERE id = 'key_17'");
      return rows;
    },
  });
  const first = await hasty.news();
  first.taken();
  expect(first.rows.find(({ id }) => id === "key_17")?.disabled).toBe(true);
  expect((await hasty.news()).rows.map(({ id }) => id)).toContain("key_17");
});
