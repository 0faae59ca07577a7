import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { PostgresDatabase } from "../../src/store/postgres.ts";
import { type Bank, chat, openBank } from "../../test/budgets/support.ts";
import { until } from "../redis/server.ts";
import { Postgres } from "./server.ts";
import { ended, Way } from "./way.ts";

/** The database goes away as soon as a change is kept: what is done is told as done, and holds here. */

const postgres = new Postgres();
let way: Way;
let one: Bank;
let other: Bank;
/** What happens once, around the next change by way of the admin API: before it is written, and when it is kept. */
let next: { before?: () => Promise<void>; after?: () => Promise<void> } | undefined;
const { batch } = PostgresDatabase.prototype;
beforeAll(async () => {
  PostgresDatabase.prototype.batch = async function (statements, ...more) {
    const isChange = statements.some(({ sql }) => /^\s*INSERT INTO audit/i.test(sql));
    const now = isChange ? next : undefined;
    if (isChange) next = undefined;
    await now?.before?.();
    const counts = await batch.call(this, statements, ...more);
    await now?.after?.();
    return counts;
  };
  await postgres.start();
  const url = await postgres.database();
  way = new Way(url);
  await way.open();
  const common = { secret: "a-secret-of-the-operator-for-all-replicas" };
  one = await openBank({ config: { ...common, database: { url: way.url } } });
  other = await openBank({ config: { ...common, database: { url } } });
}, 60_000);
afterEach(async () => {
  next = undefined;
  one.gateway.complaints.length = 0;
});
afterAll(async () => {
  PostgresDatabase.prototype.batch = batch;
  await ended(one);
  await other.stop();
  await postgres.remove();
});

async function done({ admin }: Bank, method: string, path: string, told?: object) {
  const { status, body } = await admin(method, path, told);
  if (status > 201) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
  return body;
}

function asking({ gateway }: Bank, key: string): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(chat(200)),
  });
}

/** What becomes of a request for two cents. */
async function ask(bank: Bank, key: string): Promise<number> {
  const reply = await asking(bank, key);
  await reply.arrayBuffer();
  return reply.status;
}

const make = (bank: Bank, told: object) => done(bank, "POST", "/admin/keys", told);
const CENT = { limit_usd: 0.01 };

/** Another changes something of keys, and something of budgets, and this one has heard of it. */
async function heard(): Promise<void> {
  await done(other, "POST", "/admin/budgets", { scope: "user", scope_id: crypto.randomUUID(), ...CENT });
  const { key } = await make(other, { name: "heard" });
  await until(async () => (await ask(one, key)) === 200);
}

/** What is changed, and what holds afterwards, while nothing can be read. */
type Change = () => Promise<{
  method: string;
  path: string;
  told?: object;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
  holds?(body: any): Promise<unknown>;
}>;

const CHANGES: Readonly<Record<string, Change>> = {
  "a key that is made opens": async () => ({
    method: "POST",
    path: "/admin/keys",
    told: { name: "k" },
    async holds({ key, budgets }) {
      expect([await ask(one, key), budgets]).toEqual([200, []]);
    },
  }),
  "a key that is made with a budget is told with it": async () => ({
    method: "POST",
    path: "/admin/keys",
    told: { name: "k", budget: CENT },
    async holds({ key, budget }) {
      expect(key).toStartWith("hg_");
      expect(budget).toMatchObject({ limit_usd: 0.01, spent_usd: 0 });
    },
  }),
  "a key that is disabled opens nothing": async () => {
    const { id, key } = await make(one, { name: "k", budget: { limit_usd: 5 } });
    return {
      method: "PATCH",
      path: `/admin/keys/${id}`,
      told: { disabled: true },
      async holds({ budget }) {
        expect([await ask(one, key), budget.limit_usd]).toEqual([401, 5]);
      },
    };
  },
  "a key that is rotated opens by its new secret alone": async () => {
    const { id, key } = await make(one, { name: "k" });
    return {
      method: "POST",
      path: `/admin/keys/${id}/rotate`,
      told: {},
      async holds(rotated) {
        expect([await ask(one, key), await ask(one, rotated.key)]).toEqual([401, 200]);
      },
    };
  },
  "a key that is revoked opens nothing": async () => {
    const { id, key } = await make(one, { name: "k", budget: CENT });
    return {
      method: "DELETE",
      path: `/admin/keys/${id}`,
      holds: async () => expect(await ask(one, key)).toBe(401),
    };
  },
  "a key that was leaked opens nothing": async () => {
    const { key } = await make(one, { name: "k" });
    return {
      method: "POST",
      path: "/external/compromised_secret",
      told: { secret: { api_key: key } },
      holds: async () => expect(await ask(one, key)).toBe(401),
    };
  },
  "a budget that a key is given holds it": async () => {
    const { id, key } = await make(one, { name: "k" });
    expect(await ask(one, key)).toBe(200);
    return {
      method: "POST",
      path: "/admin/budgets",
      told: { scope: "key", scope_id: id, ...CENT },
      holds: async ({ spent_usd }) => expect([(await ask(one, key)) === 200, spent_usd]).toEqual([false, 0]),
    };
  },
  "a limit that is lowered holds": async () => {
    const { key, budget } = await make(one, { name: "k", budget: { limit_usd: 1 } });
    expect(await ask(one, key)).toBe(200);
    return {
      method: "PATCH",
      path: `/admin/budgets/${budget.id}`,
      told: { limit_usd: 0.02 },
      holds: async ({ limit_usd }) => expect([await ask(one, key), limit_usd]).toEqual([402, 0.02]),
    };
  },
  "a budget that is taken away holds nobody": async () => {
    const { key, budget } = await make(one, { name: "k", budget: CENT });
    expect(await ask(one, key)).toBe(402);
    return {
      method: "DELETE",
      path: `/admin/budgets/${budget.id}`,
      holds: async () => expect(await ask(one, key)).toBe(200),
    };
  },
  "a budget that is set as the hosted service has it": async () => {
    const { id, key } = await make(one, { name: "k" });
    return {
      method: "PUT",
      path: "/ai-gateway/budgets",
      told: { scopeType: "api-key", apiKeyId: id, limitAmount: 0.01, refreshPeriod: "none" },
      holds: async ({ limitAmount }) => expect([(await ask(one, key)) === 200, limitAmount]).toEqual([false, 0.01]),
    };
  },
  "and one that is taken away so": async () => {
    const { id, key } = await make(one, { name: "k", budget: CENT });
    return {
      method: "DELETE",
      path: `/ai-gateway/budgets?scopeType=api-key&apiKeyId=${id}`,
      holds: async () => expect(await ask(one, key)).toBe(200),
    };
  },
  "a key that is made as the hosted service has it": async () => ({
    method: "POST",
    path: "/v1/api-keys",
    told: { purpose: "ai-gateway", name: "k", aiGatewayQuota: { limitAmount: 3 } },
    holds: async ({ apiKeyString, apiKey }) =>
      expect([apiKeyString.slice(0, 3), apiKey.quota.limitAmount]).toEqual(["hg_", 3]),
  }),
  "a quota that is changed so": async () => {
    const { id, key } = await make(one, { name: "k", budget: { limit_usd: 1 } });
    expect(await ask(one, key)).toBe(200);
    return {
      method: "PATCH",
      path: `/v1/api-keys/${id}/quota`,
      told: { limitAmount: 0.02 },
      holds: async ({ apiKey, quota }) =>
        expect([await ask(one, key), quota.limitAmount, apiKey.quota.currentSpend]).toEqual([402, 0.02, 0.02]),
    };
  },
  "and one that is revoked so": async () => {
    const { id, key } = await make(one, { name: "k" });
    return { method: "DELETE", path: `/v1/api-keys/${id}`, holds: async () => expect(await ask(one, key)).toBe(401) };
  },
  "what is corrected is told": async () => {
    const { key } = await make(one, { name: "k" });
    const reply = await asking(one, key);
    await reply.arrayBuffer();
    const generation = reply.headers.get("x-request-id");
    const path = `/admin/generations/${generation}/corrections`;
    await until(async () => (await one.admin("GET", `/v1/generation?id=${generation}`)).status === 200);
    return {
      method: "POST",
      path,
      told: { adjustment_usd: "0.03", reason: "the invoice says so" },
      holds: async ({ market_cost }) => expect(market_cost).toBe(0.05),
    };
  },
  "a team is taken away with its budget": async () => {
    const { id } = await done(one, "POST", "/admin/teams", { name: "a team" });
    await done(one, "POST", "/admin/budgets", { scope: "team", scope_id: id, ...CENT });
    return { method: "DELETE", path: `/admin/teams/${id}` };
  },
  "a team is made": async () => ({ method: "POST", path: "/admin/teams", told: { name: "a team" } }),
  "a rule is made": async () => ({
    method: "POST",
    path: "/admin/virtual-models",
    told: { id: `own/${crypto.randomUUID()}`, model: "lab/cent" },
  }),
  "a credential is entered": async () => ({
    method: "POST",
    path: "/admin/providers/openai/credentials",
    told: { api_key: "sk-test-entered", base_url: "http://127.0.0.1:9/v1" },
  }),
  "a link is made": async () => ({ method: "POST", path: "/admin/sign-in-links", told: {} }),
};

for (const [how, before] of [
  ["what others changed before was known", undefined],
  ["what others have changed was read meanwhile", heard],
] as const)
  describe(how, () => {
    for (const [what, prepare] of Object.entries(CHANGES))
      test(what, async () => {
        const { method, path, told, holds } = await prepare();
        let isCut = false;
        next = {
          ...(before && { before }),
          async after() {
            isCut = true;
            await way.cut();
          },
        };
        try {
          const { status, body } = await one.admin(method, path, told);
          expect(status > 201 ? body : "done").toBe("done");
          expect(isCut).toBe(true);
          await holds?.(body);
        } finally {
          if (isCut) await way.open();
          await until(async () => (await one.admin("GET", "/admin/keys")).status === 200);
          // All is read anew then: what is changed next would have to wait for that, which waits for it.
          await until(() => one.gateway.headgate.mode().key_changes === "told");
        }
      }, 60_000);
  });

test("a key that is made here, and revoked elsewhere, is told, and opens nothing", async () => {
  next = {
    async after() {
      const [{ id }] = (await done(other, "GET", "/admin/keys?q=short")).data;
      await done(other, "DELETE", `/admin/keys/${id}`);
      await heard();
      await way.cut();
    },
  };
  const { status, body } = await one.admin("POST", "/admin/keys", { name: "short" });
  expect([status, await ask(one, body.key)]).toEqual([201, 401]);
  await way.open();
  await until(async () => (await one.admin("GET", "/admin/keys")).status === 200);
  expect(await ask(one, body.key)).toBe(401);
}, 60_000);

test("where nobody hears whether a key is kept, that is said", async () => {
  const name = `lost ${crypto.randomUUID()}`;
  way.loseCommit(name);
  const { status, body } = await one.admin("POST", "/admin/keys", { name });
  expect([status, body.error.message]).toEqual([503, expect.stringContaining("may be kept all the same")]);
  expect((await done(other, "GET", `/admin/keys?q=${encodeURIComponent(name)}`)).data).toHaveLength(1);
}, 60_000);
