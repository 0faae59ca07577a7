import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import { MIGRATION_LOCK, openPostgres } from "../../src/store/postgres.ts";
import { type Child, cleanUp, folder, run, spawnHeadgate, startHeadgate } from "../../test/support/process.ts";
import { until } from "../redis/server.ts";
import { Postgres } from "./server.ts";

const postgres = new Postgres();
beforeAll(() => postgres.start());
afterAll(() => postgres.remove());
afterEach(cleanUp);

const SECRET = "a-secret-of-the-operator-for-all-replicas";
const envOf = (url: string) => ({ HEADGATE_DATABASE_URL: url, HEADGATE_SECRET: SECRET });
const ended = (child: Child) => {
  child.kill("SIGKILL");
  return child.exited;
};

/** What a first start has left for its operator in this folder, if it was one. */
function firstKeyIn(cwd: string): string | undefined {
  const file = join(cwd, "data", "first-run.txt");
  return existsSync(file) ? /\bhg_[0-9A-Za-z]{49}\b/.exec(readFileSync(file, "utf8"))![0] : undefined;
}

function ask(url: string, key: string): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "openai/gpt-5", messages: [{ role: "user", content: "Hello" }] }),
  });
}

/** The gateway's own words about one request. */
async function toldOf(url: string, key: string, id: string): Promise<unknown> {
  const response = await fetch(`${url}/v1/generation?id=${id}`, { headers: { authorization: `Bearer ${key}` } });
  expect(response.status).toBe(200);
  return ((await response.json()) as { data: { id: string } }).data.id;
}

async function rowsOf(url: string): Promise<unknown[]> {
  const sql = new SQL(url, { max: 1 });
  try {
    return await sql.unsafe("SELECT id, requested FROM generations ORDER BY id");
  } finally {
    await sql.close();
  }
}

test("a first start makes the schema and a key; what is answered has its row; another start knows both, also after kill -9", async () => {
  const url = await postgres.database();
  const cwd = folder();
  const first = await startHeadgate([], { env: envOf(url), cwd });
  const key = firstKeyIn(cwd)!;
  const response = await ask(first.url, key);
  expect(response.status).toBe(200);
  await response.text();
  const id = response.headers.get("x-request-id")!;
  expect(await rowsOf(url)).toEqual([{ id, requested: "openai/gpt-5" }]);
  await ended(first);
  for (const name of ["headgate.db", "key-secret"]) expect(existsSync(join(cwd, "data", name))).toBe(false);

  const elsewhere = folder();
  const second = await startHeadgate([], { env: envOf(url), cwd: elsewhere });
  expect(firstKeyIn(elsewhere)).toBeUndefined();
  expect((await ask(second.url, key)).status).toBe(200);
  expect(await toldOf(second.url, key, id)).toBe(id);
  expect((await ask(second.url, `${key.slice(0, -1)}x`)).status).toBe(401);
  second.kill("SIGTERM");
  expect(await second.exited).toBe(0);
});

test("three that begin at once on an empty database have one first key between them, and each knows it", async () => {
  const url = await postgres.database();
  const folders = [folder(), folder(), folder()];
  const gateways = await Promise.all(folders.map((cwd) => startHeadgate([], { env: envOf(url), cwd })));
  const keys = folders.flatMap((cwd) => firstKeyIn(cwd) ?? []);
  expect(keys).toHaveLength(1);
  for (const gateway of gateways) expect((await ask(gateway.url, keys[0]!)).status).toBe(200);
  expect(await rowsOf(url)).toHaveLength(3);
});

describe("a start that cannot be", () => {
  test("for want of a secret says which, and touches nothing", async () => {
    const url = await postgres.database();
    const { code, stderr } = await run(["start", "--port", "0"], { env: { HEADGATE_DATABASE_URL: url } });
    expect([code, stderr]).toEqual([2, expect.stringContaining("HEADGATE_SECRET")]);
    const sql = new SQL(url, { max: 1 });
    expect(await sql`SELECT count(*) AS n FROM pg_tables WHERE schemaname = 'public'`).toEqual([{ n: "0" }]);
    await sql.close();
  });

  test("because keys were made under another secret says so, and does not serve", async () => {
    const url = await postgres.database();
    await ended(await startHeadgate([], { env: envOf(url) }));
    const env = { ...envOf(url), HEADGATE_SECRET: `${SECRET}, another` };
    const { code, stderr } = await run(["start", "--port", "0"], { env });
    expect([code, stderr]).toEqual([2, expect.stringContaining("HEADGATE_SECRET is another one")]);
    expect(stderr).not.toContain(SECRET);
  });

  test("because nobody answers names the database and no password", async () => {
    const env = envOf("postgres://headgate:its-password@127.0.0.1:9/ledger");
    const { code, stderr } = await run(["start", "--port", "0"], { env });
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("the PostgreSQL database 127.0.0.1:9/ledger cannot be"),
    ]);
    expect(stderr).not.toContain("its-password");
  });

  test("since another brings the schema up to date ends when it is told to", async () => {
    const url = await postgres.database();
    const sql = new SQL(url, { max: 2 });
    const other = await sql.reserve();
    await other.unsafe("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    const waiting = spawnHeadgate(["start", "--port", "0"], { env: envOf(url) });
    const waits = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    await until(async () => (await sql.unsafe(waits)).length > 0);
    waiting.kill("SIGTERM");
    expect([await waiting.exited, waiting.stdout, waiting.stderr]).toEqual([0, "", ""]);
    other.release();
    await sql.close();
  });

  test("because a newer program has used it leaves it alone", async () => {
    const url = await postgres.database();
    const database = await openPostgres(url);
    await database.batch([{ sql: `INSERT INTO schema_version (version) VALUES (${MIGRATIONS.length + 1})` }]);
    await database.close();
    await expect(openPostgres(url)).rejects.toThrow(`is of version ${MIGRATIONS.length + 1}`);
  });
});

describe("the schema", () => {
  test("is reached from each version, one step after the other, whoever else is at it", async () => {
    const url = await postgres.database();
    const all = await Promise.all(Array.from({ length: 5 }, () => openPostgres(url)));
    const versions = await all[0]!.all("SELECT version FROM schema_version ORDER BY version");
    expect(versions).toEqual(MIGRATIONS.map((_, i) => ({ version: i + 1 })));
    await Promise.all(all.map((one) => one.close()));
  });

  test("goes on where it was interrupted: a step that failed has left nothing", async () => {
    const url = await postgres.database();
    const sql = new SQL(url, { max: 1 });
    // In the way of a step, behind tables that it makes before.
    await sql`CREATE TABLE bodies (x BIGINT)`;
    const before = MIGRATIONS.findIndex((step) => step.some((one) => one.startsWith("CREATE TABLE bodies")));
    await expect(openPostgres(url)).rejects.toThrow("already exists");
    expect(await sql`SELECT MAX(version) AS n FROM schema_version`).toEqual([{ n: String(before) }]);
    expect(await sql`SELECT 1 FROM pg_tables WHERE tablename = 'budgets'`).toEqual([]);
    await sql`DROP TABLE bodies`;
    const database = await openPostgres(url);
    expect(await database.all("SELECT MAX(version) AS n FROM schema_version")).toEqual([{ n: MIGRATIONS.length }]);
    await database.close();
    await sql.close();
  });
});
