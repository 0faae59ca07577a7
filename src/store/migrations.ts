/** The schema, step by step. Steps are appended, never edited: databases out there have taken them. */
export const MIGRATIONS: readonly (readonly string[])[] = [
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
      user TEXT,
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
];
