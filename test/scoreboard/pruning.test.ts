import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generationId } from "../../src/core/id.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
import { GenerationStore } from "../../src/store/generations.ts";
import { Housekeeping } from "../../src/store/housekeeping.ts";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { openSqliteFile } from "../../src/store/sqlite-file.ts";
import { percentile, sized, tell } from "../support/figures.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";

/** Rows that are too old: what the housekeeper has to do. */
const ROWS = sized(4_000, 100_000);
const CLIENTS = 16;
const DAY_MS = 86_400_000;

const data = mkdtempSync(join(tmpdir(), "headgate-pruning-"));
let gateway: RunningGateway;
/** That of the gateway, which begins by itself in a minute. */
let keeper: Housekeeping;
const begin = Housekeeping.prototype.begin;
beforeAll(async () => {
  const database = new SqliteDatabase(openSqliteFile({ data, sync: "normal" }));
  const store = new GenerationStore(database);
  const from = Date.now() - 500 * DAY_MS;
  for (let at = 0; at < ROWS; at += 100)
    store.insert(
      Array.from({ length: 100 }, (_, i) => {
        const createdAt = from + (at + i) * 100;
        return { row: { ...FULL, id: generationId(createdAt), createdAt }, charges: [] };
      }),
    );
  database.close();
  Housekeeping.prototype.begin = function (this: Housekeeping) {
    keeper = this;
  };
  gateway = await startGateway({ config: { data } });
}, 120_000);
afterAll(async () => {
  Housekeeping.prototype.begin = begin;
  await gateway.stop();
  rmSync(data, { recursive: true });
});

const body = JSON.stringify({ model: "openai/gpt-5", messages: [{ role: "user", content: "[sim every=0 tokens=2]" }] });

/** How long each request took, in milliseconds, while something goes on. */
async function times(until: Promise<unknown>): Promise<number[]> {
  const all: number[] = [];
  let isOver = false;
  void until.then(() => {
    isOver = true;
  });
  const client = async () => {
    while (!isOver) {
      const began = performance.now();
      const reply = await gateway.post("/v1/chat/completions", body);
      await reply.arrayBuffer();
      all.push(performance.now() - began);
      expect(reply.status).toBe(200);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return all;
}

/** How many are too old, and there. */
function old(): number {
  const database = new Database(join(data, "headgate.db"), { readonly: true });
  try {
    const sql = "SELECT COUNT(*) AS n FROM generations WHERE created_at < ?";
    return (database.query(sql).get(Date.now() - 450 * DAY_MS) as { n: number }).n;
  } finally {
    database.close();
  }
}

test(
  "what is too old is taken away while requests are served, and they take no longer for it",
  async () => {
    await times(Bun.sleep(sized(200, 3000)));
    const alone = await times(Bun.sleep(sized(300, 8000)));
    expect(old()).toBe(ROWS);
    const beside = await times(keeper.run(Date.now()));
    expect(old()).toBe(0);
    const after = await times(Bun.sleep(sized(300, 8000)));
    const usual = Math.max(percentile(alone, 0.99), percentile(after, 0.99));
    const row = "H16";
    tell({ row, what: "requests while it prunes", value: beside.length });
    tell({ row, what: "their p99, times the usual", value: percentile(beside, 0.99) / usual, atMost: 1.2 });
  },
  sized(30_000, 300_000),
);
