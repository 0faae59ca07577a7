import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readReport, toldReport } from "../src/ledger/report.ts";
import type { Database } from "../src/store/database.ts";
import { nextTotals } from "../src/store/hour-totals.ts";
import { openPostgres } from "../src/store/postgres.ts";
import { readerOf } from "../src/store/reader.ts";
import { ReportStore } from "../src/store/reports.ts";
import { SqliteDatabase } from "../src/store/sqlite.ts";
import { openSqliteFile } from "../src/store/sqlite-file.ts";
import { Verification } from "../src/store/verification.ts";

/**
 * How long reports over many rows take: ten million of 90 days, 50 keys, 20 models, 1,000 end users with two models each, and a few tags.
 *
 *   node bin/bun.mjs bench/reports.ts [--rows 10000000] [--database postgres://…]
 */
const { values } = parseArgs({
  options: { rows: { type: "string", default: "10000000" }, database: { type: "string" } },
});
const ROWS = Number(values.rows);
const DAYS = 90;
const BEGIN = Date.UTC(2026, 0, 1);
const CHUNK = 200_000;
const ROUNDS = 7;

const folder = mkdtempSync(join(tmpdir(), "headgate-reports-"));
const database: Database =
  values.database === undefined
    ? new SqliteDatabase(openSqliteFile({ data: folder, sync: "normal" }))
    : await openPostgres(values.database);

/** One row, by its number. */
const numbers =
  database.engine === "sqlite"
    ? "WITH RECURSIVE numbers(i) AS (SELECT CAST(? AS BIGINT) UNION ALL SELECT i + 1 FROM numbers WHERE i < CAST(? AS BIGINT))"
    : "WITH numbers AS (SELECT generate_series(CAST(? AS BIGINT), CAST(? AS BIGINT)) AS i)";
const span = Math.floor((DAYS * 86_400_000) / ROWS);
const at = `(${BEGIN} + i * ${span})`;
/** A ULID: ten characters of the millisecond, and here the number in place of chance. */
const digit = (of: string, shift: number) =>
  `SUBSTR('0123456789ABCDEFGHJKMNPQRSTVWXYZ', CAST(1 + (${of} >> ${shift} & 31) AS INTEGER), 1)`;
const ulid = [...Array(10).keys()].map((place) => digit(at, 45 - 5 * place)).join(" || ");
const padded = database.engine === "sqlite" ? "printf('%016d', i)" : "LPAD(CAST(i AS TEXT), 16, '0')";
const FILL = `INSERT INTO generations (id, created_at, key_id, operation, wire, requested, model, provider, byok, mode, streamed, finish, error,
  input, cache_read, output, cost, first_content_ms, duration_ms, "user", tags, attempts, team, zdr)
  ${numbers}, told AS (SELECT i, (i * 7919) % 1000 AS u FROM numbers)
  SELECT 'gen_' || ${ulid} || ${padded}, ${at}, 'key_' || (u % 50), 'generate', 'openai-chat', 'openai/gpt-5',
  'maker/model-' || ((u + i / 1000 % 2) % 20), 'provider-' || ((u + i / 1000 % 2) % 8), 0, 'relay', 1, 'stop',
  CASE WHEN i % 50 = 0 THEN 'upstream_error' END, 1000 + i % 5000, i % 700, 100 + i % 900, 1000000 + i % 9000000, 300, 4000, 'user-' || u,
  CASE u % 5 WHEN 0 THEN NULL WHEN 1 THEN '["a"]' WHEN 2 THEN '["a","b"]' ELSE '["c"]' END, '[{"endpoint":"openai:gpt-5","ms":4000}]',
  'team_' || (u % 10), 0 FROM told`;

console.log(`${ROWS} rows, ${database.engine}`);
const filling = performance.now();
for (let from = 0; from < ROWS; from += CHUNK)
  await database.batch([{ sql: FILL, values: [from, Math.min(from + CHUNK, ROWS) - 1] }]);
await new Verification(database).rebuild();
while (await nextTotals(database, Date.now()));
console.log(`filled and added up in ${Math.round((performance.now() - filling) / 1000)} s`);
for (const table of ["rollups", "rollup_days", "hour_totals"]) {
  const [row] = await database.all<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`);
  console.log(`${table}: ${row!.n} rows`);
}
if (database.engine === "postgres") await database.batch([{ sql: "ANALYZE" }]);

const reports = new ReportStore(
  readerOf(database, values.database === undefined ? join(folder, "headgate.db") : undefined),
);
const whole = "start_date=2026-01-01&end_date=2026-03-31";
const QUESTIONS = {
  "by day": whole,
  "by model": `${whole}&group_by=model`,
  "by model, provider and key": `${whole}&group_by=model,provider,api_key_id`,
  "by user": `${whole}&group_by=user`,
  "by tag": `${whole}&group_by=tag`,
  "by day and model": `${whole}&group_by=day,model`,
  "by day, of one user": `${whole}&user_id=user-77`,
  "by model, with both tags": `${whole}&group_by=model&tags=a,b&tags_match=all`,
  "by hour, of a week": "start_date=2026-03-01&end_date=2026-03-07&date_part=hour",
  "by hour and model, of a month": "start_date=2026-03-01&end_date=2026-03-31&date_part=hour&group_by=day,model",
  "by hour, of one user of a week": "start_date=2026-03-01&end_date=2026-03-07&date_part=hour&user_id=user-77",
  "by hour and provider, of a quarter": `${whole}&date_part=hour&group_by=day,provider`,
  "by day, of one key": `${whole}&api_key_id=key_7`,
};
for (const [name, query] of Object.entries(QUESTIONS)) {
  const times: number[] = [];
  let groups = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const from = performance.now();
    const report = readReport(new URLSearchParams(query), undefined);
    groups = (await toldReport(report, await reports.sums(report.question), () => undefined)).length;
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  console.log(
    `${name.padEnd(32)} ${times[ROUNDS >> 1]!.toFixed(0).padStart(5)} ms (at most ${times.at(-1)!.toFixed(0)}), ${groups} groups`,
  );
}
const from = performance.now();
const page = await reports.page({ limit: 50, only: { user: "user-77" } });
console.log(
  `${"the last 50 of one user".padEnd(32)} ${(performance.now() - from).toFixed(0).padStart(5)} ms, ${page.length} rows`,
);
await reports.close();
await database.close();
rmSync(folder, { recursive: true });
