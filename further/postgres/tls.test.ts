import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { cleanUp, run, startHeadgate } from "../../test/support/process.ts";
import { Postgres } from "./server.ts";

/** How the way to PostgreSQL is kept secret: `sslmode` in its address, as libpq has it. */

const postgres = new Postgres();
const folder = mkdtempSync(join(tmpdir(), "headgate-tls-"));
const [key, certificate] = ["key.pem", "certificate.pem"].map((name) => join(folder, name)) as [string, string];
const SECRET = "a-secret-of-the-operator-for-all-replicas";
let url: string;

beforeAll(async () => {
  await postgres.start();
  url = (await postgres.database()).replace("headgate@", "headgate:its-password@");
  await postgres.stop();
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  Bun.spawnSync([
    "openssl",
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    ...subject,
    "-keyout",
    key,
    "-out",
    certificate,
  ]);
  chmodSync(folder, 0o755);
  chmodSync(key, 0o600);
  if (process.getuid?.() === 0) Bun.spawnSync(["chown", "postgres", key]);
  const tls = ["ssl=on", `ssl_key_file=${key}`, `ssl_cert_file=${certificate}`];
  await postgres.start(...["fsync=off", ...tls].flatMap((one) => ["-c", one]));
}, 60_000);
afterEach(cleanUp);
afterAll(async () => {
  await postgres.remove();
  rmSync(folder, { recursive: true });
});

const envOf = (mode: string, more = {}) => ({
  HEADGATE_DATABASE_URL: `${url}?sslmode=${mode}`,
  HEADGATE_SECRET: SECRET,
  ...more,
});

/** Whether all connections of gateways are encrypted, of which there are some. */
async function areSecret(): Promise<boolean> {
  const sql = new SQL(url, { max: 1 });
  const rows: { ssl: boolean }[] =
    await sql`SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'headgate'`;
  await sql.close();
  return rows.length > 0 && rows.every(({ ssl }) => ssl);
}

test.each([
  ["require", {}],
  ["verify-full", { NODE_EXTRA_CA_CERTS: certificate }],
])(
  "%s is",
  async (mode, more) => {
    await startHeadgate([], { env: envOf(mode, more) });
    expect(await areSecret()).toBe(true);
  },
  60_000,
);

test.each([
  ["a certificate that nobody vouches for", "verify-full", /self.signed/],
  ["a mode that there is none of", "secret", /sslmode/],
])(
  "%s stops the start, without a word of the password",
  async (_, mode, why) => {
    const { code, stderr } = await run(["start", "--port", "0"], { env: envOf(mode) });
    expect([code, stderr]).toEqual([2, expect.stringMatching(why)]);
    expect(stderr).not.toContain("its-password");
  },
  60_000,
);
