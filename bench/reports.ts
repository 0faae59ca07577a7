import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pacesOf } from "../src/admin/ledger-routes.ts";
import { readPageQuery } from "../src/ledger/generation-query.ts";
import { readLatency, toldLatency } from "../src/ledger/latency-report.ts";
import { readReport, toldReport } from "../src/ledger/report.ts";
import type { Database } from "../src/store/database.ts";
import { nextPacks, PACKS } from "../src/store/pace-packs.ts";
import { openPostgres } from "../src/store/postgres.ts";
import { readerOf } from "../src/store/reader.ts";
import { ReportStore } from "../src/store/reports.ts";
import { PACED_UNTIL, ROLLUPS } from "../src/store/rollups.ts";
import { SqliteDatabase } from "../src/store/sqlite.ts";
import { openSqliteFile } from "../src/store/sqlite-file.ts";
import { SET } from "../src/store/tally.ts";
import { nextTotals, TOTALS } from "../src/store/totals.ts";
import { Verification } from "../src/store/verification.ts";

/**
 * How long reports over many rows take: ten million of 90 days, 50 keys, 20 models, 1,000 end users with two models each, and a few tags.
 *
 *   node bin/bun.mjs bench/reports.ts [--rows 10000000] [--database postgres://…]
 */
const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "10000000" },
    database: { type: "string" },
    data: { type: "string" },
    "fill-only": { type: "boolean", default: false },
  },
});
const ROWS = Number(values.rows);
const DAYS = 90;
const BEGIN = Date.UTC(2026, 0, 1);
const CHUNK = 200_000;
const ROUNDS = 5;

const folder = values.data ?? mkdtempSync(join(tmpdir(), "headgate-reports-"));
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
  input, cache_read, output, cost, first_content_ms, duration_ms, app_title, app_url, "user", tags, attempts, team, zdr)
  ${numbers}, told AS (SELECT i, (i * 7919) % 1000 AS u FROM numbers)
  SELECT 'gen_' || ${ulid} || ${padded}, ${at}, 'key_' || (u % 50), 'generate', 'openai-chat', 'openai/gpt-5',
  'maker/model-' || ((u + i / 1000 % 2) % 20), 'provider-' || ((u + i / 1000 % 2) % 8), 0, 'relay', CASE WHEN i % 3 = 0 THEN 0 ELSE 1 END,
  CASE WHEN i % 50 = 0 THEN NULL WHEN i % 11 = 0 THEN 'tool_calls' WHEN i % 997 = 0 THEN 'content_filter' ELSE 'stop' END,
  CASE WHEN i % 50 = 0 THEN CASE i / 50 % 5 WHEN 0 THEN 'upstream_rate_limited' WHEN 1 THEN 'upstream_timeout' WHEN 2 THEN 'client_closed_request'
  ELSE 'upstream_error' END END, 1000 + i % 5000, i % 700, 100 + i % 900, 1000000 + i % 9000000, 150 + i * 31 % 1009, 1000 + i * 37 % 9001,
  CASE u % 7 WHEN 0 THEN NULL ELSE 'App ' || (u % 30) END, CASE u % 7 WHEN 0 THEN NULL ELSE 'https://app-' || (u % 30) || '.example' END, 'user-' || u,
  CASE u % 5 WHEN 0 THEN NULL WHEN 1 THEN '["a"]' WHEN 2 THEN '["a","b"]' ELSE '["c"]' END, '[{"endpoint":"openai:gpt-5","ms":4000}]',
  'team_' || (u % 10), 0 FROM told`;

console.log(`${ROWS} rows, ${database.engine}`);
const filling = performance.now();
const [filled] = await database.all<{ n: number }>("SELECT COUNT(*) AS n FROM generations");
for (let from = filled!.n; from < ROWS; from += CHUNK)
  await database.batch([{ sql: FILL, values: [from, Math.min(from + CHUNK, ROWS) - 1] }]);
if (values["fill-only"]) {
  await database.close();
  process.exit();
}
const [summed] = await database.all<{ n: number }>("SELECT COUNT(*) AS n FROM latency_days");
if (Number(summed!.n) === 0 && database.engine === "postgres")
  await database.batch([{ sql: SET, values: [PACED_UNTIL, String(Date.now())] }]);
if (Number(summed!.n) === 0) await new Verification(database).rebuild();
while (await nextTotals(database, Date.now()));
while (await nextPacks(database, Date.now()));
console.log(`filled and added up in ${Math.round((performance.now() - filling) / 1000)} s`);
for (const { table } of [...ROLLUPS, ...TOTALS, ...PACKS]) {
  const [row] = await database.all<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`);
  console.log(`${table}: ${row!.n} rows`);
}
if (database.engine === "postgres") await database.batch([{ sql: "ANALYZE" }]);

/** Of this process, whose thread reads SQLite; of a server on this machine as well, to 10 ms. */
async function usedMs(): Promise<number> {
  const { user, system } = process.cpuUsage();
  let ms = (user + system) / 1000;
  if (database.engine === "sqlite") return ms;
  for (const { pid } of await database.all<{ pid: number }>(
    "SELECT CAST(pid AS BIGINT) AS pid FROM pg_stat_activity",
  )) {
    const file = `/proc/${pid}/stat`;
    const fields = existsSync(file) ? readFileSync(file, "utf8").split(") ")[1]!.split(" ") : [];
    ms += 10 * (Number(fields[11] ?? 0) + Number(fields[12] ?? 0));
  }
  return ms;
}

function median(of: readonly number[]): string {
  return of.toSorted((a, b) => a - b)[of.length >> 1]!.toFixed(0);
}

// As in a gateway there is something to wait for: else this thread would go round and round while another reads, and be counted as well.
const waiting = setInterval(() => undefined, 60_000);
const reports = new ReportStore(
  readerOf(database, values.database === undefined ? join(folder, "headgate.db") : undefined),
);
const whole = "start_date=2026-01-01&end_date=2026-03-31";
const month = "start_date=2026-03-01&end_date=2026-03-31";
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
  "by hour and model, of a month": `${month}&date_part=hour&group_by=day,model`,
  "by hour, of one user of a week": "start_date=2026-03-01&end_date=2026-03-07&date_part=hour&user_id=user-77",
  "by hour and provider, of a quarter": `${whole}&date_part=hour&group_by=day,provider`,
  "by day, of one key": `${whole}&api_key_id=key_7`,
  "by hour, of a quarter": `${whole}&date_part=hour`,
  "by hour and team, of a quarter": `${whole}&date_part=hour&group_by=day,team`,
  "by hour, of one key of a quarter": `${whole}&date_part=hour&api_key_id=key_7`,
  "by hour and model, of one key of a quarter": `${whole}&date_part=hour&api_key_id=key_7&group_by=day,model`,
  "by hour and key, of a month": `${month}&date_part=hour&group_by=day,api_key_id`,
  "by hour and tag, of a month": `${month}&date_part=hour&group_by=day,tag`,
  "by hour, tag and model, of a month": `${month}&date_part=hour&group_by=day,tag,model`,
  "by hour and model, with a tag, of a month": `${month}&date_part=hour&group_by=day,model&tags=a`,
  "by hour, of one user of a month": `${month}&date_part=hour&user_id=user-77`,
  "by hour and model, of one user of a month": `${month}&date_part=hour&user_id=user-77&group_by=day,model`,
  "by hour and user, of a day": "start_date=2026-03-01&end_date=2026-03-01&date_part=hour&group_by=day,user",
  "by hour and user, of a month": `${month}&date_part=hour&group_by=day,user`,
  "by app": `${whole}&group_by=app`,
  "by day and app": `${whole}&group_by=day,app`,
  "by hour and app, of a month": `${month}&date_part=hour&group_by=day,app`,
  "by hour and app, of a week": "start_date=2026-03-01&end_date=2026-03-07&date_part=hour&group_by=day,app",
  "by error": `${whole}&group_by=error`,
  "by day and error": `${whole}&group_by=day,error`,
  "by error, user and provider": `${whole}&group_by=error,user,provider`,
  "by minute and model, of an hour":
    "start_date=2026-03-01T12:00Z&end_date=2026-03-01T12:59Z&date_part=minute&group_by=day,model",
};
const LATENCIES = {
  "by day": whole,
  "by model": `${whole}&group_by=model`,
  "by model and provider": `${whole}&group_by=model,provider`,
  "by day and model": `${whole}&group_by=day,model`,
  "by hour, of a week": "start_date=2026-03-01&end_date=2026-03-07&date_part=hour",
  "by hour and model, of a day": "start_date=2026-03-01&end_date=2026-03-01&date_part=hour&group_by=day,model",
  "by minute, of an hour": "start_date=2026-03-01T12:00Z&end_date=2026-03-01T12:59Z&date_part=minute",
  // Of single requests.
  "by key": `${whole}&group_by=api_key_id`,
  "by hour and tag, of a week": "start_date=2026-03-01&end_date=2026-03-07&date_part=hour&group_by=day,tag",
  "by day, of seven users": `${whole}&group_by=day,user${[1, 2, 3, 4, 5, 6, 7].map((i) => `&user_id=user-${i}`).join("")}`,
};
/** Each page is what the latest requests before some moment have of it. */
const PAGES = [
  "",
  "user_id=user-77",
  "user_id=nobody",
  "tag=b",
  "tag=nowhere",
  "app=App%203&status=error",
  "finish_reason=content_filter",
  "streamed=false&min_duration_ms=9500",
  "min_cost=0.5",
  "model=maker/model-1&model=maker/model-2&provider=provider-3&api_key_id=key_1&api_key_id=key_2",
  "search=nowhere",
  "search=APP",
];

/** Asks several times, and tells how long that takes. @param ask tells how much was found */
async function measure(name: string, ask: () => Promise<string>): Promise<void> {
  const times: number[] = [];
  const cpu: number[] = [];
  let found = "";
  for (let round = 0; round < ROUNDS; round++) {
    const [from, used] = [performance.now(), await usedMs()];
    found = await ask();
    times.push(performance.now() - from);
    cpu.push((await usedMs()) - used);
  }
  const most = Math.max(...times).toFixed(0);
  console.log(
    `${name.padEnd(44)} ${median(times).padStart(5)} ms (at most ${most}), ${median(cpu).padStart(5)} ms of CPU, ${found}`,
  );
}

for (const [name, query] of Object.entries(QUESTIONS))
  await measure(name, async () => {
    const report = readReport(new URLSearchParams(query), undefined, true);
    const told = toldReport(report, await reports.sums(report.question), () => undefined);
    return told.then(
      (groups) => `${groups.length} groups`,
      () => "refused: too many groups",
    );
  });
for (const [name, query] of Object.entries(LATENCIES))
  await measure(`latency ${name}`, async () => {
    const latency = readLatency(new URLSearchParams(query));
    return `${(await toldLatency(latency, (await pacesOf(reports, latency)).rows)).length} groups`;
  });
for (const query of PAGES)
  await measure(`a page ${query}`, async () => {
    const { rows, next } = await reports.search(readPageQuery(new URLSearchParams(query)));
    return `${rows.length} rows${next === undefined ? "" : ", goes on"}`;
  });
clearInterval(waiting);
await reports.close();
await database.close();
if (values.data === undefined) rmSync(folder, { recursive: true });
