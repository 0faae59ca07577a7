/** The first steps of the schema. Nothing is added here: what comes next stands in `migrations.ts`. */
export const FIRST_MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE keys (
      id TEXT PRIMARY KEY,
      hash TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      hint TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      disabled INTEGER NOT NULL DEFAULT 0
    ) STRICT`,
    `CREATE TABLE settings (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
    // One row for each request of a client, with everything that was tried for it. Money in nanodollars. NULL is "not told".
    // Ids are ULIDs: their order is that of time, so no index on the time is kept.
    `CREATE TABLE generations (
      id TEXT PRIMARY KEY,
      created_at INTEGER NOT NULL,
      key_id TEXT NOT NULL,
      operation TEXT NOT NULL,
      wire TEXT NOT NULL,
      requested TEXT NOT NULL,
      model TEXT,
      provider TEXT,
      byok INTEGER NOT NULL DEFAULT 0,
      mode TEXT,
      streamed INTEGER NOT NULL,
      finish TEXT,
      error TEXT,
      input INTEGER,
      cache_read INTEGER,
      cache_write INTEGER,
      output INTEGER,
      reasoning INTEGER,
      searches INTEGER,
      estimated INTEGER NOT NULL DEFAULT 0,
      cost INTEGER,
      first_content_ms INTEGER,
      duration_ms INTEGER NOT NULL,
      app_url TEXT,
      app_title TEXT,
      "user" TEXT,
      tags TEXT,
      dropped TEXT,
      attempts TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
  // What was planned, for the record that a reply and the ledger both tell; and the trace that a client has begun.
  ["ALTER TABLE generations ADD COLUMN plan TEXT", "ALTER TABLE generations ADD COLUMN trace_id TEXT"],
  // Routing rules and virtual models that were made while the gateway ran. The first rule that is for a model counts: their order is kept.
  [
    `CREATE TABLE directions (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL,
      id TEXT NOT NULL,
      value TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      UNIQUE (kind, id)
    ) STRICT`,
  ],
  // Replicas may hold them alike: their order is part of them, what was taken away is remembered (without a value), and of two changes the later counts.
  [
    `CREATE TABLE made_directions (
      kind TEXT NOT NULL,
      id TEXT NOT NULL,
      value TEXT,
      place INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      version INTEGER NOT NULL,
      PRIMARY KEY (kind, id)
    ) STRICT, WITHOUT ROWID`,
    "INSERT INTO made_directions SELECT kind, id, value, position, created_at, 1 FROM directions",
    "DROP TABLE directions",
    "ALTER TABLE made_directions RENAME TO directions",
  ],
  // Who may do what, what was spent, and what was done.
  [
    "ALTER TABLE keys ADD COLUMN owner TEXT",
    "ALTER TABLE keys ADD COLUMN team TEXT",
    "ALTER TABLE keys ADD COLUMN expires_at INTEGER",
    // JSON: what whoever has the key may do; and what its maker notes of it.
    "ALTER TABLE keys ADD COLUMN policy TEXT",
    "ALTER TABLE keys ADD COLUMN metadata TEXT",
    "ALTER TABLE keys ADD COLUMN updated_at INTEGER",
    // Until a rotation is over, the secret before it opens as well.
    "ALTER TABLE keys ADD COLUMN previous_hash TEXT",
    "ALTER TABLE keys ADD COLUMN previous_until INTEGER",
    `CREATE TABLE teams (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      metadata TEXT,
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    // Money over time: of one whom a scope names, or ('*') of each that has none of its own. Nanodollars.
    `CREATE TABLE budgets (
      id TEXT PRIMARY KEY,
      scope TEXT NOT NULL,
      scope_id TEXT NOT NULL,
      period TEXT NOT NULL,
      limit_nano INTEGER NOT NULL,
      soft INTEGER NOT NULL,
      includes_byok INTEGER NOT NULL,
      thresholds TEXT NOT NULL,
      archived INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      UNIQUE (scope, scope_id, period)
    ) STRICT, WITHOUT ROWID`,
    // What was spent against a budget in one of its periods, written with the rows that spent it; and what replicas have been lent of the rest.
    `CREATE TABLE accounts (
      scope TEXT NOT NULL,
      scope_id TEXT NOT NULL,
      period TEXT NOT NULL,
      started_at INTEGER NOT NULL,
      spent INTEGER NOT NULL,
      byok_spent INTEGER NOT NULL,
      lent INTEGER NOT NULL DEFAULT 0,
      alerted INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (scope, scope_id, period, started_at)
    ) STRICT, WITHOUT ROWID`,
    "ALTER TABLE generations ADD COLUMN team TEXT",
    // `quotaEntityId` of the request.
    "ALTER TABLE generations ADD COLUMN entity TEXT",
    "ALTER TABLE generations ADD COLUMN zdr INTEGER NOT NULL DEFAULT 0",
    // What the provider itself says that it cost, where it does. Nanodollars.
    "ALTER TABLE generations ADD COLUMN provider_cost INTEGER",
    // Sums of the rows of an hour (Unix hours), kept with them: what reports are made from.
    `CREATE TABLE rollups (
      hour INTEGER NOT NULL,
      key_id TEXT NOT NULL,
      team TEXT NOT NULL,
      model TEXT NOT NULL,
      provider TEXT NOT NULL,
      byok INTEGER NOT NULL,
      zdr INTEGER NOT NULL,
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
      PRIMARY KEY (hour, key_id, team, model, provider, byok, zdr, "user", tags)
    ) STRICT, WITHOUT ROWID`,
    // What was found wrong with a row later: rows are never changed.
    `CREATE TABLE corrections (
      id TEXT PRIMARY KEY,
      generation_id TEXT NOT NULL,
      cost INTEGER NOT NULL,
      reason TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    // What was done by way of the admin API, and by whom. Never a secret.
    `CREATE TABLE audit (
      id TEXT PRIMARY KEY,
      created_at INTEGER NOT NULL,
      actor TEXT NOT NULL,
      action TEXT NOT NULL,
      target TEXT NOT NULL,
      detail TEXT
    ) STRICT, WITHOUT ROWID`,
    // Providers' credentials that were entered while the gateway ran: sealed, and bound to the address that they are for.
    `CREATE TABLE credentials (
      id TEXT PRIMARY KEY,
      provider TEXT NOT NULL,
      name TEXT NOT NULL,
      settings TEXT NOT NULL,
      sealed TEXT,
      hint TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      UNIQUE (provider, name)
    ) STRICT, WITHOUT ROWID`,
    // What was asked and answered, where a key wants it kept.
    `CREATE TABLE bodies (
      generation_id TEXT PRIMARY KEY,
      created_at INTEGER NOT NULL,
      asked TEXT,
      answered TEXT
    ) STRICT, WITHOUT ROWID`,
  ],
  // The same sums by day, which most reports are made from: a twentieth of the rows. And what somebody should look into.
  [
    `CREATE TABLE rollup_days (
      day INTEGER NOT NULL,
      key_id TEXT NOT NULL,
      team TEXT NOT NULL,
      model TEXT NOT NULL,
      provider TEXT NOT NULL,
      byok INTEGER NOT NULL,
      zdr INTEGER NOT NULL,
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
      PRIMARY KEY (day, key_id, team, model, provider, byok, zdr, "user", tags)
    ) STRICT, WITHOUT ROWID`,
    `INSERT INTO rollup_days SELECT hour / 24, key_id, team, model, provider, byok, zdr, "user", tags, SUM(requests), SUM(errors), SUM(cost),
      SUM(input), SUM(cache_read), SUM(cache_write), SUM(output), SUM(reasoning) FROM rollups
      GROUP BY hour / 24, key_id, team, model, provider, byok, zdr, "user", tags`,
    "CREATE INDEX corrections_of ON corrections (generation_id)",
    // What is told of it is JSON, and may name a generation, a budget or a provider. Nothing that anybody said.
    `CREATE TABLE alarms (
      id TEXT PRIMARY KEY,
      created_at INTEGER NOT NULL,
      kind TEXT NOT NULL,
      target TEXT NOT NULL,
      detail TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
  // Revoked keys stay, for their names in reports.
  ["ALTER TABLE keys ADD COLUMN revoked_at INTEGER", "ALTER TABLE keys ADD COLUMN leaked_at INTEGER"],
  // The names that clients give their requests, to have each served once.
  [
    `CREATE TABLE idempotency (
      key_id TEXT NOT NULL,
      name TEXT NOT NULL,
      digest TEXT NOT NULL,
      generation_id TEXT NOT NULL,
      claimed_at INTEGER NOT NULL,
      PRIMARY KEY (key_id, name)
    ) STRICT, WITHOUT ROWID`,
    "CREATE INDEX idempotency_by_time ON idempotency (claimed_at)",
  ],
  // To which of several replicas what is lent of an account was lent, and when each has last been heard of.
  [
    `CREATE TABLE replicas (
      id TEXT PRIMARY KEY,
      seen_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE leases (
      replica TEXT NOT NULL,
      scope TEXT NOT NULL,
      scope_id TEXT NOT NULL,
      period TEXT NOT NULL,
      started_at INTEGER NOT NULL,
      lent INTEGER NOT NULL,
      PRIMARY KEY (replica, scope, scope_id, period, started_at)
    ) STRICT, WITHOUT ROWID`,
  ],
  // Rate limits that replicas share where there is no Redis: when each is full again (microseconds), and what each replica holds of it (JSON).
  [
    `CREATE TABLE buckets (
      name TEXT PRIMARY KEY,
      full_at INTEGER NOT NULL,
      held TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
];
