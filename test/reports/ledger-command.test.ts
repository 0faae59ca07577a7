import { Database } from "bun:sqlite";
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSqliteFile } from "../../src/store/sqlite-file.ts";
import { cleanUp, folder, run, startHeadgate } from "../support/process.ts";

afterEach(cleanUp);
// Each starts several processes.
setDefaultTimeout(60_000);

const KEY = "a-key-of-the-environment";

function ask(url: string, key = KEY): Promise<Response> {
  const body = { model: "openai/gpt-5", messages: [{ role: "user", content: "[sim tokens=3 every=0]" }] };
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

test("sums are those of the rows also after a kill in the middle of everything; what is not is found, and mended", async () => {
  const cwd = folder();
  const gateway = await startHeadgate([], { cwd, env: { AI_GATEWAY_API_KEY: KEY } });
  const answered = Array.from({ length: 40 }, () => ask(gateway.url).then((reply) => reply.text()));
  await Promise.race(answered);
  const beside = await run(["ledger", "verify"], { cwd });
  expect([beside.code, beside.stderr]).toEqual([0, ""]);
  const early = await run(["ledger", "rebuild"], { cwd });
  expect([early.code, early.stderr]).toEqual([2, expect.stringContaining("another gateway is using the data folder")]);
  gateway.kill("SIGKILL");
  await gateway.exited;
  await Promise.allSettled(answered);

  const after = await run(["ledger", "verify"], { cwd });
  expect([after.code, after.stdout]).toEqual([0, expect.stringContaining("is what the rows say")]);

  // Sums that the kill has left out are added as it is opened.
  const database = openSqliteFile({ data: join(cwd, "data"), sync: "normal" });
  database.run("UPDATE rollups SET requests = requests + 1, cost = cost - 5");
  database.run("DELETE FROM rollup_days");
  database.close();
  const wrong = await run(["ledger", "verify"], { cwd });
  expect(wrong.code).toBe(1);
  expect(wrong.stdout).toContain("-1 requests and +0.000000005 USD");
  expect(wrong.stdout).toContain("headgate ledger rebuild");
  const mended = await run(["ledger", "rebuild"], { cwd });
  expect([mended.code, mended.stderr]).toEqual([0, ""]);
  expect((await run(["ledger", "verify"], { cwd })).code).toBe(0);
});

test("what is spent of a budget and is not what its rows cost is found, and mended", async () => {
  const cwd = folder();
  const gateway = await startHeadgate([], { cwd, env: { AI_GATEWAY_API_KEY: KEY } });
  for (let i = 0; i < 3; i++) await (await ask(gateway.url)).text();
  gateway.kill("SIGKILL");
  await gateway.exited;
  const database = new Database(join(cwd, "data", "headgate.db"));
  // As if there had been a budget for long, and all of it had been counted.
  const put = `INSERT INTO budgets (id, scope, scope_id, period, limit_nano, soft, includes_byok, thresholds, archived, created_at, updated_at)
    VALUES ('budget_1', 'key', '*', 'daily', 1000, 0, 0, '[]', 0, 1, 1)`;
  database.run(put);
  database.run(`INSERT INTO accounts (scope, scope_id, period, started_at, spent, byok_spent)
    SELECT 'key', key_id, 'daily', created_at / 86400000 * 86400000, SUM(COALESCE(cost, 0)), 0 FROM generations GROUP BY 2, 4`);
  const verify = () => run(["ledger", "verify"], { cwd });
  const fine = await verify();
  expect([fine.code, fine.stdout]).toEqual([0, expect.stringContaining("what is spent of them is what the rows say")]);

  database.run("UPDATE accounts SET spent = spent - 5");
  const wrong = await verify();
  expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringContaining("daily budget of key key_environment: ")]);
  const env = { HEADGATE_CONFIG: join(cwd, "ceiling.yaml") };
  writeFileSync(env.HEADGATE_CONFIG, "budgets: { ceiling_price: { input: 1, output: 1 } }\n");
  const ceiling = await run(["ledger", "verify"], { cwd, env });
  // Rows tell what was counted at a ceiling: where one is, they are compared as well.
  expect([ceiling.code, ceiling.stdout]).toEqual([1, expect.stringContaining("daily budget of key key_environment: ")]);
  database.close();
  const mended = await run(["ledger", "rebuild"], { cwd });
  expect([mended.code, mended.stdout]).toEqual([0, expect.stringContaining("which it says from now on")]);
  expect((await verify()).code).toBe(0);
});

test("so it is of a budget without an end; of one of which nobody can tell it is said why", async () => {
  const cwd = folder();
  const admin = { authorization: "Bearer an-admin-token-of-the-operator", "content-type": "application/json" };
  const env = { AI_GATEWAY_API_KEY: KEY, HEADGATE_ADMIN_TOKEN: "an-admin-token-of-the-operator" };
  const gateway = await startHeadgate([], { cwd, env });
  const budget = { limit_usd: 1, period: "total" };
  const make = { method: "POST", headers: admin, body: JSON.stringify({ name: "ci", budget }) };
  const { id, key } = (await (await fetch(`${gateway.url}/admin/keys`, make)).json()) as { id: string; key: string };
  for (let i = 0; i < 3; i++) await (await ask(gateway.url, key)).text();
  gateway.kill("SIGKILL");
  await gateway.exited;
  const verify = () => run(["ledger", "verify"], { cwd });
  const fine = await verify();
  expect([fine.code, fine.stdout]).toEqual([0, expect.stringContaining("1 budgets without an end: what is spent")]);
  const database = new Database(join(cwd, "data", "headgate.db"));
  database.run("UPDATE accounts SET spent = spent - 1");
  const wrong = await verify();
  expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringContaining(`\ntotal budget of key ${id}: `)]);
  database.run("DELETE FROM audit");
  database.close();
  const untold = await verify();
  const why = `total budget of key ${id}: not compared, the audit log does not tell how it was made`;
  expect([untold.code, untold.stdout]).toEqual([0, expect.stringContaining(why)]);
});

test("what it cannot read it says, and makes nothing", async () => {
  const cwd = folder();
  const missing = await run(["ledger", "verify"], { cwd });
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("headgate.db cannot be read")]);
  expect(existsSync(join(cwd, "data"))).toBe(false);
  const unclear = await run(["ledger"], { cwd });
  expect([unclear.code, unclear.stderr]).toEqual([2, expect.stringContaining("headgate ledger verify")]);
});
