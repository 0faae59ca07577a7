import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { startSimulator } from "../../src/simulator/server.ts";
import { sized, tell } from "../../test/support/figures.ts";
import { KEY } from "../../test/support/gateway.ts";
import { cleanUp, folder, startHeadgate } from "../../test/support/process.ts";
import { restartsUnderLoad } from "../../test/support/rolling.ts";
import { Redis } from "../redis/server.ts";
import { Postgres } from "./server.ts";

/** Replicas over one PostgreSQL and one Redis that are restarted one after the other, under load. */

const RESTARTS = sized(2, 10);
const REQUESTS = sized(100, 10_000);
const postgres = new Postgres();
const redis = new Redis();
beforeAll(async () => {
  await postgres.start();
  await redis.start();
});
afterAll(async () => {
  await postgres.remove();
  await redis.stop();
});
afterEach(cleanUp);

test(`${RESTARTS} restarts: no request fails, each has its row once, and what was spent is what the rows say`, async () => {
  const simulator = startSimulator();
  const url = await postgres.database();
  const openai = { api_key: "sk-1", base_url: `${simulator.url}/openai/v1` };
  const anthropic = { api_key: "sk-2", base_url: `${simulator.url}/anthropic` };
  const config = {
    drain_seconds: 20,
    providers: { openai, anthropic },
    rate_limits: { gateway: { requests_per_minute: 1_000_000 } },
  };
  const env = {
    AI_GATEWAY_API_KEY: KEY,
    HEADGATE_DATABASE_URL: url,
    HEADGATE_REDIS_URL: redis.url,
    HEADGATE_SECRET: "a-secret-of-the-operator-for-all-replicas",
    HEADGATE_ADMIN_TOKEN: "an-admin-token-of-the-operator",
  };
  const folders = [0, 1].map(() => {
    const cwd = folder();
    writeFileSync(join(cwd, "headgate.yaml"), JSON.stringify(config));
    return cwd;
  });
  const start = (place: number) => startHeadgate([], { cwd: folders[place]!, env });
  // All that follow begin with it: nothing is spent that is not accounted for.
  const first = await start(0);
  const headers = { authorization: `Bearer ${env.HEADGATE_ADMIN_TOKEN}`, "content-type": "application/json" };
  const body = JSON.stringify({ scope: "gateway", limit_usd: 1000, period: "total" });
  expect((await fetch(`${first.url}/admin/budgets`, { method: "POST", headers, body })).status).toBe(201);
  first.kill("SIGTERM");
  expect(await first.exited).toBe(0);
  const { ids, failures } = await restartsUnderLoad({
    start,
    places: 2,
    restarts: RESTARTS,
    requests: REQUESTS,
    key: KEY,
  });
  simulator.stop();
  expect(failures).toEqual([]);
  const sql = new SQL(url, { max: 1 });
  const rows: { id: string }[] = await sql`SELECT id FROM generations WHERE error IS NULL AND finish = 'stop'`;
  expect(rows.map(({ id }) => id).sort()).toEqual([...ids].sort());
  const [sums] =
    await sql`SELECT (SELECT SUM(cost) FROM generations) AS rows, (SELECT SUM(spent) FROM accounts) AS spent`;
  expect(Number(sums.spent)).toBe(Number(sums.rows));
  await sql.close();
  const row = "M8";
  tell({ row, what: "rolling restarts of replicas over one database", value: RESTARTS });
  tell({ row, what: "requests meanwhile, by replicas", value: ids.length });
  tell({ row, what: "of these failed", value: failures.length, atMost: 0 });
}, 300_000);
