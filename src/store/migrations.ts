import { FIRST_MIGRATIONS } from "./first-migrations.ts";

/** The schema, step by step, as SQLite is told it. Steps are appended, never edited: databases out there have taken them. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  ...FIRST_MIGRATIONS,
  // Which writing of sums a row is part of (`tally.ts`); NULL: the one that wrote the row.
  ["ALTER TABLE generations ADD COLUMN tally INTEGER"],
  // Sums of hours that are over, without users and tags (`totals.ts`). In the order in which most ask for them.
  [
    `CREATE TABLE hour_totals (
      hour INTEGER NOT NULL,
      model TEXT NOT NULL,
      provider TEXT NOT NULL,
      key_id TEXT NOT NULL,
      team TEXT NOT NULL,
      byok INTEGER NOT NULL,
      zdr INTEGER NOT NULL,
      requests INTEGER NOT NULL,
      errors INTEGER NOT NULL,
      cost INTEGER NOT NULL,
      input INTEGER NOT NULL,
      cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL,
      output INTEGER NOT NULL,
      reasoning INTEGER NOT NULL,
      PRIMARY KEY (hour, model, provider, key_id, team, byok, zdr)
    ) STRICT, WITHOUT ROWID`,
  ],
  // Who is signed in to the dashboard, and links that sign in once; of a token its hash.
  [
    `CREATE TABLE sessions (
      hash TEXT PRIMARY KEY,
      id TEXT NOT NULL,
      role TEXT NOT NULL,
      name TEXT,
      how TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      seen_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE sign_in_links (
      hash TEXT PRIMARY KEY,
      role TEXT NOT NULL,
      name TEXT,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
  // What budgets were charged beyond the cost, for what has no price; and since when that is told.
  [
    "ALTER TABLE generations ADD COLUMN reckoned INTEGER",
    `INSERT INTO settings (name, value)
      SELECT 'reckoned_since', (created_at + 1) || '' FROM generations ORDER BY id DESC LIMIT 1`,
  ],
  // Sums by the app that asked; of requests that failed, by everything; and how fast those were answered that worked (`pace.ts`). They are there
  // from the first hour after the last that has any: what was before is in them once `headgate ledger rebuild` has added it up.
  [
    `CREATE TABLE app_hours (
      hour INTEGER NOT NULL,
      app TEXT NOT NULL,
      model TEXT NOT NULL,
      provider TEXT NOT NULL,
      key_id TEXT NOT NULL,
      team TEXT NOT NULL,
      byok INTEGER NOT NULL,
      zdr INTEGER NOT NULL,
      requests INTEGER NOT NULL,
      errors INTEGER NOT NULL,
      cost INTEGER NOT NULL,
      input INTEGER NOT NULL,
      cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL,
      output INTEGER NOT NULL,
      reasoning INTEGER NOT NULL,
      PRIMARY KEY (hour, app, model, provider, key_id, team, byok, zdr)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE app_days (
      day INTEGER NOT NULL,
      app TEXT NOT NULL,
      model TEXT NOT NULL,
      provider TEXT NOT NULL,
      key_id TEXT NOT NULL,
      team TEXT NOT NULL,
      byok INTEGER NOT NULL,
      zdr INTEGER NOT NULL,
      requests INTEGER NOT NULL,
      errors INTEGER NOT NULL,
      cost INTEGER NOT NULL,
      input INTEGER NOT NULL,
      cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL,
      output INTEGER NOT NULL,
      reasoning INTEGER NOT NULL,
      PRIMARY KEY (day, app, model, provider, key_id, team, byok, zdr)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE error_hours (
      hour INTEGER NOT NULL,
      error TEXT NOT NULL,
      model TEXT NOT NULL,
      provider TEXT NOT NULL,
      key_id TEXT NOT NULL,
      team TEXT NOT NULL,
      byok INTEGER NOT NULL,
      zdr INTEGER NOT NULL,
      app TEXT NOT NULL,
      "user" TEXT NOT NULL,
      tags TEXT NOT NULL,
      requests INTEGER NOT NULL,
      errors INTEGER NOT NULL,
      cost INTEGER NOT NULL,
      input INTEGER NOT NULL,
      cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL,
      output INTEGER NOT NULL,
      reasoning INTEGER NOT NULL,
      PRIMARY KEY (hour, error, model, provider, key_id, team, byok, zdr, app, "user", tags)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE latency_hours (
      hour INTEGER NOT NULL,
      model TEXT NOT NULL,
      provider TEXT NOT NULL,
      measure TEXT NOT NULL,
      bucket INTEGER NOT NULL,
      n INTEGER NOT NULL,
      PRIMARY KEY (hour, model, provider, measure, bucket)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE latency_days (
      day INTEGER NOT NULL,
      model TEXT NOT NULL,
      provider TEXT NOT NULL,
      measure TEXT NOT NULL,
      bucket INTEGER NOT NULL,
      n INTEGER NOT NULL,
      PRIMARY KEY (day, model, provider, measure, bucket)
    ) STRICT, WITHOUT ROWID`,
    `INSERT INTO settings (name, value) SELECT 'ledger_more_sums_since', '' || ((MAX(hour) + 1) * 3600000) FROM rollups
      HAVING MAX(hour) IS NOT NULL`,
  ],
  [
    "ALTER TABLE sessions ADD COLUMN grantor TEXT",
    "ALTER TABLE sign_in_links ADD COLUMN grantor TEXT",
    `UPDATE sessions SET grantor = (SELECT value FROM settings WHERE name = 'admin_token_hash') WHERE how <> 'oidc'`,
    `UPDATE sign_in_links SET grantor = (SELECT value FROM settings WHERE name = 'admin_token_hash')`,
  ],
  // Shorter totals of hours that are over, and of days (`totals.ts`); and how fast answers were of those, each measure as one text (`pace-packs.ts`).
  // Whoever keeps house fills them.
  [
    `CREATE TABLE model_hours (
      hour INTEGER NOT NULL, model TEXT NOT NULL, provider TEXT NOT NULL, byok INTEGER NOT NULL, zdr INTEGER NOT NULL,
      requests INTEGER NOT NULL, errors INTEGER NOT NULL, cost INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
      PRIMARY KEY (hour, model, provider, byok, zdr)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE key_hours (
      hour INTEGER NOT NULL, key_id TEXT NOT NULL, team TEXT NOT NULL, byok INTEGER NOT NULL, zdr INTEGER NOT NULL,
      requests INTEGER NOT NULL, errors INTEGER NOT NULL, cost INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
      PRIMARY KEY (hour, key_id, team, byok, zdr)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE tag_hours (
      hour INTEGER NOT NULL, tags TEXT NOT NULL, key_id TEXT NOT NULL, team TEXT NOT NULL, byok INTEGER NOT NULL, zdr INTEGER NOT NULL,
      requests INTEGER NOT NULL, errors INTEGER NOT NULL, cost INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
      PRIMARY KEY (hour, tags, key_id, team, byok, zdr)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE user_hours (
      hour INTEGER NOT NULL, "user" TEXT NOT NULL, key_id TEXT NOT NULL, team TEXT NOT NULL, byok INTEGER NOT NULL, zdr INTEGER NOT NULL,
      requests INTEGER NOT NULL, errors INTEGER NOT NULL, cost INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
      PRIMARY KEY (hour, "user", key_id, team, byok, zdr)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE day_totals (
      day INTEGER NOT NULL, model TEXT NOT NULL, provider TEXT NOT NULL, key_id TEXT NOT NULL, team TEXT NOT NULL, byok INTEGER NOT NULL, zdr INTEGER NOT NULL,
      requests INTEGER NOT NULL, errors INTEGER NOT NULL, cost INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
      PRIMARY KEY (day, model, provider, key_id, team, byok, zdr)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE latency_hour_packs (
      hour INTEGER NOT NULL, model TEXT NOT NULL, provider TEXT NOT NULL, measure TEXT NOT NULL, counts TEXT NOT NULL,
      PRIMARY KEY (hour, model, provider, measure)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE latency_day_packs (
      day INTEGER NOT NULL, model TEXT NOT NULL, provider TEXT NOT NULL, measure TEXT NOT NULL, counts TEXT NOT NULL,
      PRIMARY KEY (day, model, provider, measure)
    ) STRICT, WITHOUT ROWID`,
  ],
  // Those of tags and of end users go by models as well.
  [
    "DROP TABLE tag_hours",
    `CREATE TABLE tag_hours (
      hour INTEGER NOT NULL, tags TEXT NOT NULL, model TEXT NOT NULL, provider TEXT NOT NULL, key_id TEXT NOT NULL, team TEXT NOT NULL, byok INTEGER NOT NULL, zdr INTEGER NOT NULL,
      requests INTEGER NOT NULL, errors INTEGER NOT NULL, cost INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
      PRIMARY KEY (hour, tags, model, provider, key_id, team, byok, zdr)
    ) STRICT, WITHOUT ROWID`,
    "DROP TABLE user_hours",
    `CREATE TABLE user_hours (
      hour INTEGER NOT NULL, "user" TEXT NOT NULL, model TEXT NOT NULL, provider TEXT NOT NULL, key_id TEXT NOT NULL, team TEXT NOT NULL, byok INTEGER NOT NULL, zdr INTEGER NOT NULL,
      requests INTEGER NOT NULL, errors INTEGER NOT NULL, cost INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
      PRIMARY KEY (hour, "user", model, provider, key_id, team, byok, zdr)
    ) STRICT, WITHOUT ROWID`,
  ],
  // Apps by the hour, without what else they go by.
  [
    `CREATE TABLE app_hour_totals (
      hour INTEGER NOT NULL, app TEXT NOT NULL, byok INTEGER NOT NULL, zdr INTEGER NOT NULL,
      requests INTEGER NOT NULL, errors INTEGER NOT NULL, cost INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
      PRIMARY KEY (hour, app, byok, zdr)
    ) STRICT, WITHOUT ROWID`,
  ],
  ["ALTER TABLE bodies ADD COLUMN asked_fields TEXT", "ALTER TABLE bodies ADD COLUMN answered_fields TEXT"],
  // Tags by the hour go by models or by keys: by both there were five times as many.
  [
    "DROP TABLE tag_hours",
    `CREATE TABLE tag_hours (
      hour INTEGER NOT NULL, tags TEXT NOT NULL, model TEXT NOT NULL, provider TEXT NOT NULL, byok INTEGER NOT NULL, zdr INTEGER NOT NULL,
      requests INTEGER NOT NULL, errors INTEGER NOT NULL, cost INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
      PRIMARY KEY (hour, tags, model, provider, byok, zdr)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE tag_key_hours (
      hour INTEGER NOT NULL, tags TEXT NOT NULL, key_id TEXT NOT NULL, team TEXT NOT NULL, byok INTEGER NOT NULL, zdr INTEGER NOT NULL,
      requests INTEGER NOT NULL, errors INTEGER NOT NULL, cost INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
      PRIMARY KEY (hour, tags, key_id, team, byok, zdr)
    ) STRICT, WITHOUT ROWID`,
  ],
  // What attempts in vain cost on accounts of another kind than the answer's.
  ["ALTER TABLE generations ADD COLUMN apart INTEGER"],
];

/** The same for PostgreSQL: its whole numbers have a width, its texts an order of their own, and how a table lies on the disk is its own affair. */
export function forPostgres(statement: string): string {
  return statement
    .replace(/\bINTEGER PRIMARY KEY AUTOINCREMENT\b/g, "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
    .replace(/\bINTEGER\b/g, "BIGINT")
    .replace(/\bTEXT\b/g, 'TEXT COLLATE "C"')
    .replace(/\) STRICT(, WITHOUT ROWID)?$/, ")");
}
