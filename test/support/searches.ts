import { describe, expect, test } from "bun:test";
import { AuditStore } from "../../src/store/audit.ts";
import type { Database, Soon } from "../../src/store/database.ts";
import { KeyStore } from "../../src/store/keys.ts";
import { ReportStore } from "../../src/store/reports.ts";
import { STRETCH } from "../../src/store/stretch.ts";
import { sized, tell } from "./figures.ts";

/** As many of each. */
const ROWS = sized(2 * STRETCH + 1000, 1_000_000);
const CHUNK = 100_000;
/** The oldest of each is the only one that is called so, and has all that stands for anything in a search. */
const NEEDLE = "50%_off!\\";

interface Page {
  readonly rows: readonly { id: string }[];
  readonly next?: string;
}
type Where = { readonly before?: string | undefined };

/** What must hold of searches through many rows, whatever keeps them. */
export function searchesHold(open: () => Promise<Database>): void {
  describe(`${ROWS} requests, keys and notes`, () => {
    test(
      "a search looks at a stretch of them, and page by page finds what there is, the last of all too",
      async () => {
        const database = await open();
        try {
          await fill(database);
          const engine = database.engine;
          for (const [what, ask] of Object.entries(searchesOf(database))) {
            let slowest = 0;
            let before: string | undefined;
            const found: string[] = [];
            let pages = 0;
            do {
              const { rows, next, took } = await timed(() => ask({ before }));
              slowest = Math.max(slowest, took);
              found.push(...rows.map(({ id }) => id));
              before = next;
              pages++;
            } while (before !== undefined);
            expect([what, found]).toEqual([what, [expect.stringMatching(/_0{26}$/)]]);
            expect(pages).toBe(Math.ceil(ROWS / STRETCH) + (ROWS % STRETCH === 0 ? 1 : 0));
            tell({ row: "H10", what: `${engine}: ${what}, among ${ROWS}`, value: slowest, unit: "ms", atMost: 50 });
          }
        } finally {
          await database.close();
        }
      },
      sized(30_000, 300_000),
    );
  });
}

/** What is answered, and in how many milliseconds at best, of three times: the machine has other work as well. */
async function timed(ask: () => Soon<Page>): Promise<Page & { took: number }> {
  let page: Page = { rows: [] };
  let took = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const from = performance.now();
    page = await ask();
    took = Math.min(took, performance.now() - from);
  }
  return { ...page, took };
}

function searchesOf(database: Database): Record<string, (where: Where) => Soon<Page>> {
  const reports = new ReportStore({ all: (sql, values) => database.all(sql, values), close: () => undefined });
  const [keys, audit] = [new KeyStore(database), new AuditStore(database)];
  const limit = 50;
  return {
    "requests by a text": (where) => reports.search({ ...where, limit, only: {}, containing: NEEDLE }),
    "requests by their user": (where) => reports.search({ ...where, limit, only: { user: NEEDLE } }),
    "requests that failed": (where) => reports.search({ ...where, limit, only: {}, failed: true }),
    "keys by a text": (where) => keys.search({ ...where, limit, q: NEEDLE, revoked: true }),
    "keys by their owner": (where) => keys.search({ ...where, limit, owner: NEEDLE }),
    "notes by what was done to": (where) => audit.search({ ...where, limit, target: NEEDLE }),
  };
}

async function fill(database: Database): Promise<void> {
  const isSqlite = database.engine === "sqlite";
  const numbers = isSqlite
    ? "WITH RECURSIVE n(i) AS (SELECT CAST(? AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < CAST(? AS BIGINT))"
    : "WITH n AS (SELECT generate_series(CAST(? AS BIGINT), CAST(? AS BIGINT)) AS i)";
  const id = isSqlite ? "printf('%026d', i)" : "LPAD(CAST(i AS TEXT), 26, '0')";
  const named = (other: string) => `CASE WHEN i = 0 THEN CAST(? AS TEXT) ELSE ${other} END`;
  const sql = [
    `INSERT INTO generations (id, created_at, key_id, operation, wire, requested, model, provider, byok, mode, streamed, finish, error,
      input, output, cost, duration_ms, "user", attempts) ${numbers}
      SELECT 'gen_' || ${id}, i, 'key_' || (i % 50), 'generate', 'openai-chat', 'openai/gpt-5', 'maker/model-' || (i % 20), 'openai', 0,
      'relay', 1, 'stop', CASE WHEN i = 0 THEN 'upstream_error' END, 1000, 100, 1000000, 4000, ${named("'user-' || (i % 1000)")}, '[]' FROM n`,
    `INSERT INTO keys (id, hash, name, hint, created_at, disabled, owner) ${numbers}
      SELECT 'key_' || ${id}, 'hash ' || i, 'key number ' || i, 'hg_abcd', i, 0, ${named("'owner-' || (i % 1000)")} FROM n`,
    `INSERT INTO audit (id, created_at, actor, action, target, detail) ${numbers}
      SELECT 'audit_' || ${id}, i, 'admin', 'key.change', ${named("'key-' || (i % 1000)")}, '{}' FROM n`,
  ];
  for (let from = 0; from < ROWS; from += CHUNK) {
    const values = [from, Math.min(from + CHUNK, ROWS) - 1, NEEDLE];
    await database.batch(sql.map((one) => ({ sql: one, values })));
  }
  if (!isSqlite) await database.batch([{ sql: "ANALYZE" }]);
}
