import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { chat } from "../../test/budgets/support.ts";
import { type Child, cleanUp, folder, startHeadgate } from "../../test/support/process.ts";
import { Postgres } from "./server.ts";

/** A replica that is stopped, not ended, until it was taken for dead, and then goes on: it spends nothing of what others have by then. */

/** It is a minute until it is taken for dead. */
const LONGEST_MS = 200_000;
const TOKEN = "an-admin-token-of-the-operator";
const KEY = "a-key-of-the-environment";
const NANO = 10_000_000;

const postgres = new Postgres();
let lab: Simulator;
// On a busy machine it takes seconds to make one.
beforeAll(async () => {
  lab = startSimulator();
  await postgres.start();
}, 60_000);
afterEach(cleanUp);
afterAll(async () => {
  lab.stop();
  await postgres.remove();
});

async function replica(url: string, cwd = folder()): Promise<Child & { url: string }> {
  writeFileSync(
    join(cwd, "headgate.yaml"),
    `ledger: { grace_seconds: 0 }
providers:
  lab: { wire: openai-chat, api_key: sk-lab, base_url: "${lab.url}/openai/v1", models: [{ id: lab/cent, price: { input: 0, output: 100 } }] }
`,
  );
  return startHeadgate([], {
    cwd,
    env: {
      HEADGATE_DATABASE_URL: url,
      HEADGATE_SECRET: "a-secret-of-the-operator-for-all-replicas",
      HEADGATE_ADMIN_TOKEN: TOKEN,
      AI_GATEWAY_API_KEY: KEY,
    },
  });
}

const post = (url: string, path: string, body: unknown, key = KEY) =>
  fetch(url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

async function budget(at: { url: string }, told: object): Promise<void> {
  const made = await post(at.url, "/admin/budgets", told, TOKEN);
  expect([made.status, await made.text()]).toEqual([201, expect.any(String)]);
}

/** The statuses of so many requests, begun at once, at each in turn. */
function storm(replicas: readonly { url: string }[], count: number, more: Record<string, unknown>): Promise<number[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, nth) => {
      const { url } = replicas[nth % replicas.length]!;
      const reply = await post(url, "/v1/chat/completions", chat(100, more));
      await reply.text();
      return reply.status;
    }),
  );
}

const of = (statuses: readonly number[], status: number) => statuses.filter((one) => one === status).length;

async function by<T>(url: string, use: (sql: SQL) => Promise<T>): Promise<T> {
  const sql = new SQL(url, { max: 1 });
  try {
    return await use(sql);
  } finally {
    await sql.close();
  }
}

test(
  "what it had been lent is spent by the others, and by nobody else",
  async () => {
    const url = await postgres.database();
    const [one, other] = [await replica(url), await replica(url)];
    await budget(one, { scope: "key", scope_id: "key_environment", limit_usd: 20 });
    // A request of a cent of twenty dollars is lent a sixty-fourth of them beside.
    expect(of(await storm([one], 1, {}), 200)).toBe(1);
    one.kill("SIGSTOP");
    await other.says(/has not been heard of for too long: what it was lent of budgets is back/);
    const served = of(await storm([other], 2010, {}), 200);
    // These wait for it, and are the first that it sees.
    const waiting = storm([one], 50, {});
    one.kill("SIGCONT");
    expect(of(await waiting, 200)).toBe(0);
    expect(served).toBe(1999);
    const [account] = await by(url, (sql) => sql`SELECT spent FROM accounts`);
    expect(Number(account.spent)).toBe(2000 * NANO);
    // It begins anew.
    await one.says(/this replica was taken for dead/);
    expect(new Set(await storm([one], 5, {}))).toEqual(new Set([402]));
  },
  LONGEST_MS,
);
