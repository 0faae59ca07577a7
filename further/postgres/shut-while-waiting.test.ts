import { afterAll, beforeAll, expect, test } from "bun:test";
import { Watch } from "../../src/store/watch.ts";
import { type Bank, chat, openBank, say } from "../../test/budgets/support.ts";
import { chunksOf } from "../../test/support/gateway.ts";
import { until } from "../redis/server.ts";
import { Postgres } from "./server.ts";

const postgres = new Postgres();
let banks: [Bank, Bank];
beforeAll(async () => {
  await postgres.start();
  const config = {
    database: { url: await postgres.database() },
    secret: "a-secret-of-the-operator-for-all-replicas",
    budgets: { wait_ms: 60_000 },
  };
  banks = [await openBank({ config }), await openBank({ config })];
}, 60_000);
afterAll(async () => {
  for (const bank of banks) await bank.stop();
  await postgres.remove();
});

test("whoever waits at one replica for money is not let in because another has shut the key, and its budget went with it", async () => {
  const [one, other] = banks;
  for (let round = 0; round < 5; round++) {
    const { body: key } = await one.admin("POST", "/admin/keys", { name: "k", budget: { limit_usd: 0.01 } });
    const authorization = `Bearer ${key.key}`;
    const ask = (bank: Bank, body: object, signal?: AbortSignal) =>
      fetch(`${bank.gateway.url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify(body),
        ...(signal === undefined ? {} : { signal }),
      });
    await until(async () => {
      const { body } = await other.admin("GET", `/admin/keys/${key.id}`);
      return body.budget !== null && (await ask(other, { ...chat(1), model: "lab/gift" })).status === 200;
    });
    const before = one.lab.requests.length;
    const leaver = new AbortController();
    const first = ask(one, { ...say("[sim delay=100s]"), max_tokens: 100 }, leaver.signal).catch(() => {});
    await until(() => one.lab.requests.length > before);
    const served = other.lab.requests.length;
    const second = ask(other, chat(100));
    await until(() => other.gateway.headgate.listener.inFlight > 0);
    await one.admin("DELETE", `/admin/keys/${key.id}`);
    expect([round, (await second).status]).toEqual([round, 401]);
    expect(other.lab.requests.length).toBe(served);
    leaver.abort();
    await first;
  }
}, 60_000);

test("a stream at one replica does not go beyond the budget of its key because another has revoked that", async () => {
  const [one, other] = banks;
  const { body: key } = await one.admin("POST", "/admin/keys", { name: "k", budget: { limit_usd: 0.02 } });
  const headers = { authorization: `Bearer ${key.key}` };
  const stream = { ...say("[sim tokens=endless every=1ms]"), stream: true };
  let reply: Response | undefined;
  await until(async () => {
    reply = await other.gateway.post("/v1/chat/completions", stream, headers);
    if (reply.status !== 200) await reply.arrayBuffer();
    return reply.status === 200;
  });
  await one.admin("DELETE", `/admin/keys/${key.id}`);
  const { error } = chunksOf(await reply!.text()).at(-1);
  expect(error.code).toBe("quota_for_entity_exceeded");
}, 60_000);

test("nor beyond the budget of its team because another has taken that away, with its last key", async () => {
  const [one, other] = banks;
  const { id: team } = (await one.admin("POST", "/admin/teams", { name: "blue" })).body;
  const budget = await one.budget({ scope: "team", scope_id: team, limit_usd: 0.02 });
  const { body: key } = await one.admin("POST", "/admin/keys", { name: "k", team });
  const headers = { authorization: `Bearer ${key.key}` };
  const stream = { ...say("[sim tokens=endless every=1ms]"), stream: true };
  let reply: Response | undefined;
  await until(async () => {
    reply = await other.gateway.post("/v1/chat/completions", stream, headers);
    if (reply.status !== 200) await reply.arrayBuffer();
    return reply.status === 200;
  });
  await one.admin("DELETE", `/admin/keys/${key.id}`);
  expect((await one.admin("DELETE", `/admin/teams/${team}`)).status).toBe(200);
  expect((await other.admin("GET", `/admin/budgets/${budget.id}`)).status).toBe(404);
  const { error } = chunksOf(await reply!.text()).at(-1);
  expect(error.code).toBe("quota_for_entity_exceeded");
}, 60_000);

test("two who take a team and its budget away at the same time do so once, and both are told", async () => {
  const [one, other] = banks;
  for (let round = 0; round < 5; round++) {
    const { id: team } = (await one.admin("POST", "/admin/teams", { name: "blue" })).body;
    const { id: budget } = await one.budget({ scope: "team", scope_id: team, limit_usd: 0.02 });
    const [gone, removed] = await Promise.all([
      one.admin("DELETE", `/admin/teams/${team}`),
      other.admin("DELETE", `/admin/budgets/${budget}`),
    ]);
    expect([round, gone.status, [200, 404].includes(removed.status)]).toEqual([round, 200, true]);
    expect((await one.admin("GET", `/admin/budgets/${budget}`)).status).toBe(404);
  }
}, 60_000);

test("nor beyond its own because another has given each one of another period before it took that away", async () => {
  const [one, other] = banks;
  const user = crypto.randomUUID();
  const budget = await one.budget({ scope: "user", scope_id: user, period: "total", limit_usd: 0.2 });
  const { body: key } = await one.admin("POST", "/admin/keys", { name: "k" });
  const headers = { authorization: `Bearer ${key.key}` };
  const { look } = Watch.prototype;
  let reply: Response | undefined;
  await until(async () => {
    reply = await other.gateway.post("/v1/chat/completions", chat(1, { user }), headers);
    await reply.arrayBuffer();
    return reply.status === 200;
  });
  try {
    const stream = { ...say("[sim tokens=endless every=1ms]"), stream: true, user };
    reply = await other.gateway.post("/v1/chat/completions", stream, headers);
    // Both are heard of at once.
    Watch.prototype.look = () => {};
    await one.budget({ scope: "user", scope_id: "*", period: "daily", limit_usd: 5 });
    await one.admin("DELETE", `/admin/budgets/${budget.id}`);
  } finally {
    Watch.prototype.look = look;
  }
  await one.admin("POST", "/admin/keys", { name: "heard" });
  const { error } = chunksOf(await reply!.text()).at(-1);
  expect(error.code).toBe("quota_for_entity_exceeded");
  expect(error.message).toContain("0.2");
}, 20_000);
