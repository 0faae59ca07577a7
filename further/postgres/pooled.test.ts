import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL, type Subprocess } from "bun";
import { openPostgres } from "../../src/store/postgres.ts";
import { made, post, TOKEN } from "../../test/access/keys.ts";
import { startGateway } from "../../test/support/gateway.ts";
import { freePort } from "../../test/support/port.ts";
import { until } from "../redis/server.ts";
import { Postgres } from "./server.ts";

/** A pool of connections before PostgreSQL, as operators have it: PgBouncer of Debian's package. */

const postgres = new Postgres();
beforeAll(() => postgres.start());
afterAll(() => postgres.remove());

const TOLERANT = "ignore_startup_parameters = statement_timeout, lock_timeout";
const folder = mkdtempSync(join(tmpdir(), "headgate-pooled-"));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pools: Subprocess[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) {
    pool.kill("SIGKILL");
    await pool.exited;
  }
});

/** @returns the address of a new database, by way of a pool, and the database's own */
async function pooled(...settings: string[]): Promise<{ url: string; own: string }> {
  const own = await postgres.database();
  const { port, pathname, username } = new URL(own);
  const at = freePort();
  const file = join(folder, `${at}.ini`);
  const said = [
    "[databases]",
    `* = host=127.0.0.1 port=${port} user=${username}`,
    "[pgbouncer]",
    "listen_addr = 127.0.0.1",
    `listen_port = ${at}`,
    "unix_socket_dir =",
    "auth_type = any",
    ...settings,
  ];
  writeFileSync(file, said.join("\n"));
  const program = Bun.which("pgbouncer", { PATH: `${process.env.PATH}:/usr/sbin` });
  if (program === null) throw new Error("PgBouncer is not installed: apt-get install pgbouncer");
  // It refuses to run as root.
  const as = process.getuid?.() === 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
  pools.push(Bun.spawn([...as, program, "--quiet", file], { stdout: "ignore", stderr: "ignore" }));
  await until(() =>
    Bun.connect({ hostname: "127.0.0.1", port: at, socket: { data() {} } }).then(
      (socket) => {
        socket.end();
        return true;
      },
      () => false,
    ),
  );
  return { url: `postgres://${username}@127.0.0.1:${at}${pathname}`, own };
}

describe("a gateway behind a pool of sessions", () => {
  test.each([
    ["as many as are its own", [], {}],
    ["fewer than it would take, and is told so", ["default_pool_size = 2"], { connections: 1 }],
  ] as const)("that has %s serves, charges and hears of a revocation", async (_, settings, more) => {
    const { url, own } = await pooled("pool_mode = session", TOLERANT, ...settings);
    const secret = "a-secret-of-the-operator-for-all-replicas";
    const config = { admin_token: TOKEN, secret, database: { url, ...more } };
    const gateway = await startGateway({ config });
    const sql = new SQL(own, { max: 1 });
    try {
      const { id, key } = await made(gateway, { name: "ci", budget: { limit_usd: 1, period: "total" } });
      const asked = Array.from({ length: 60 }, () => post(gateway, key!));
      expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]));
      await until(async () => (await sql`SELECT COUNT(*)::int AS n FROM generations`)[0].n === 60);
      const [{ cost }] = await sql`SELECT SUM(cost)::text AS cost FROM generations`;
      expect(await sql`SELECT SUM(spent)::text AS spent FROM accounts WHERE period = 'total'`).toEqual([
        { spent: cost },
      ]);
      await sql`UPDATE keys SET revoked_at = 1 WHERE id = ${id}`;
      await until(async () => (await post(gateway, key!)).status === 401);
    } finally {
      await sql.close();
      await gateway.stop();
    }
  });
});

describe("what a pool must be told stands in the complaint", () => {
  test("where it lets none through of what a connection begins with", async () => {
    const { url } = await pooled("pool_mode = session");
    await expect(openPostgres(url)).rejects.toThrow("ignore_startup_parameters = statement_timeout, lock_timeout");
  });

  test("where each transaction has another connection", async () => {
    const { url } = await pooled("pool_mode = transaction", TOLERANT);
    const all = async () => {
      const database = await openPostgres(url);
      try {
        const two = (n: number) => database.all("SELECT pg_sleep(0.02), CAST(? AS BIGINT) AS n", [n]);
        await Promise.all(Array.from({ length: 40 }, (_, n) => two(n)));
      } finally {
        await database.close();
      }
    };
    await expect(all()).rejects.toThrow("pool_mode = session");
  });
});
