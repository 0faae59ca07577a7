import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { SQL } from "bun";
import { cleanUp, folder, run, startHeadgate } from "../../test/support/process.ts";
import { Postgres } from "./server.ts";

const postgres = new Postgres();
beforeAll(() => postgres.start());
afterAll(() => postgres.remove());
afterEach(cleanUp);

const KEY = "a-key-of-the-environment";

test("over PostgreSQL sums and budgets are compared, and mended, while a gateway writes", async () => {
  const url = await postgres.database();
  const env = { HEADGATE_DATABASE_URL: url, HEADGATE_SECRET: "a-secret-of-the-operator-for-all-replicas" };
  const cwd = folder();
  const start = () => startHeadgate([], { cwd, env: { ...env, AI_GATEWAY_API_KEY: KEY } });
  let gateway = await start();
  const ask = async () => {
    const reply = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "openai/gpt-5", messages: [{ role: "user", content: "[sim tokens=3 every=0]" }] }),
    });
    expect([reply.status, await reply.text()]).toMatchObject([200, expect.any(String)]);
  };
  for (let i = 0; i < 5; i++) await ask();
  gateway.kill("SIGTERM");
  await gateway.exited;
  // As if there had been a budget for long, and all of it had been counted.
  const sql = new SQL(url, { max: 1 });
  const put = `INSERT INTO budgets (id, scope, scope_id, period, limit_nano, soft, includes_byok, thresholds, archived, created_at, updated_at)
    VALUES ('budget_1', 'key', '*', 'daily', 1000000000, 1, 0, '[]', 0, 1, 1)`;
  await sql.unsafe(put);
  await sql.unsafe(`INSERT INTO accounts (scope, scope_id, period, started_at, spent, byok_spent)
    SELECT 'key', key_id, 'daily', created_at / 86400000 * 86400000, SUM(COALESCE(cost, 0)), 0 FROM generations GROUP BY 2, 4
    ON CONFLICT (scope, scope_id, period, started_at) DO UPDATE SET spent = excluded.spent`);

  gateway = await start();
  const ledger = (action: string) => run(["ledger", action], { cwd, env });
  const busy = { is: true };
  const asking = (async () => {
    while (busy.is) await ask();
  })();
  const fine = await ledger("verify");
  expect([fine.code, fine.stderr]).toEqual([0, ""]);
  expect(fine.stdout).toContain("what is spent of them is what the rows say");

  await sql.unsafe("UPDATE rollups SET requests = requests + 1, cost = cost - 5");
  await sql.unsafe("UPDATE accounts SET spent = spent + 7");
  const wrong = await ledger("verify");
  expect(wrong.code).toBe(1);
  expect(wrong.stdout).toContain("requests and +0.000000005 USD");
  expect(wrong.stdout).toContain("daily budget of key key_environment: ");
  const mended = await ledger("rebuild");
  expect([mended.code, mended.stderr]).toEqual([0, ""]);
  expect((await ledger("verify")).code).toBe(0);
  busy.is = false;
  await asking;
  await sql.close();
}, 60_000);
