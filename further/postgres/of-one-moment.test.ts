import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { Treasury } from "../../src/gateway/treasury.ts";
import { Purse } from "../../src/purse.ts";
import { BudgetStore } from "../../src/store/budgets.ts";
import { KeyStore } from "../../src/store/keys.ts";
import { type Bank, chat, openBank } from "../../test/budgets/support.ts";
import { until } from "../redis/server.ts";
import { ask, done } from "./asked.ts";
import { type Held, held } from "./gate.ts";
import { Postgres } from "./server.ts";

/** What a replica knows of keys and budgets is what the database has said at one moment, and never older than what was known. */

const postgres = new Postgres();
const gates: Held[] = [];
let config: { database: { url: string }; secret: string };
let banks: Bank[];
/** Of all that were opened, the first first. */
const purses: Purse[] = [];
const { renew } = Purse.prototype;
beforeAll(async () => {
  Purse.prototype.renew = function (this: Purse) {
    if (!purses.includes(this)) purses.push(this);
    return renew.call(this);
  };
  await postgres.start();
  config = { database: { url: await postgres.database() }, secret: "a-secret-of-the-operator-for-all-replicas" };
  banks = [await openBank({ config }), await openBank({ config })];
}, 30_000);
afterEach(() => {
  for (const gate of gates.splice(0)) gate.open();
});
afterAll(async () => {
  Purse.prototype.renew = renew;
  for (const bank of banks) await bank.stop();
  await postgres.remove();
});

function hold<Store extends object>(...told: Parameters<typeof held<Store>>): Held {
  const gate = held(...told);
  gates.push(gate);
  return gate;
}

/** These have heard of all that has changed: whoever changes something then does not read anew, and wait for, what is held. */
async function quiet(of = purses.slice(0, 2)): Promise<void> {
  const sql = new Bun.SQL(config.database.url);
  await until(async () => {
    const rows: { topic: string; revision: string }[] = await sql`SELECT topic, revision FROM revisions`;
    const now = new Map(rows.map(({ topic, revision }) => [topic, Number(revision)]));
    return of.every(({ held }) => TABLES.every((table) => held[table] === (now.get(table) ?? 0)));
  });
  await sql.close();
}

const TABLES = ["keys", "budgets"] as const;

const make = (bank: Bank, told: object) => done(bank, "POST", "/admin/keys", told);
const CENT = { limit_usd: 0.01 };

test("a budget that is made while it is read which there are binds from the next request on", async () => {
  const [one, other] = banks as [Bank, Bank];
  const { id, key } = await make(one, { name: "k" });
  expect(await ask(one, key)).toBe(200);
  await quiet();
  // Whoever begins when another has changed something waits for that.
  const late = hold(BudgetStore.prototype, "write", "before", 1);
  const making = done(one, "POST", "/admin/budgets", { scope: "key", scope_id: id, ...CENT });
  await until(() => late.waiting === 1);
  const reads = hold(BudgetStore.prototype, "all", "answer");
  await done(other, "POST", "/admin/budgets", { scope: "user", scope_id: "somebody", ...CENT });
  await until(() => reads.waiting === 2);
  late.next();
  await making;
  expect(await ask(one, key)).toBe(402);
  reads.next();
  await until(() => reads.waiting === 2);
  expect(await ask(one, key)).toBe(402);
}, 60_000);

test("a limit that is lowered while it is read which budgets there are is not raised again by that", async () => {
  const [one, other] = banks as [Bank, Bank];
  const { key, budget } = await make(one, { name: "k", budget: { limit_usd: 1 } });
  await quiet();
  const late = hold(BudgetStore.prototype, "write", "before", 1);
  const changing = done(one, "PATCH", `/admin/budgets/${budget.id}`, CENT);
  await until(() => late.waiting === 1);
  const reads = hold(BudgetStore.prototype, "all", "answer");
  await done(other, "POST", "/admin/budgets", { scope: "user", scope_id: "nobody", ...CENT });
  await until(() => reads.waiting === 2);
  late.next();
  await changing;
  reads.next();
  await until(() => reads.waiting === 2);
  expect(await ask(one, key)).toBe(402);
}, 60_000);

test("a key that another has revoked is not opened again by an earlier change whose answer comes late", async () => {
  const [one, other] = banks as [Bank, Bank];
  const { id, key } = await make(one, { name: "k" });
  await until(async () => (await ask(other, key)) === 200);
  const late = hold(KeyStore.prototype, "replace", "answer", 1);
  const changing = one.admin("PATCH", `/admin/keys/${id}`, { name: "another" });
  await until(() => late.waiting === 1);
  await done(other, "DELETE", `/admin/keys/${id}`);
  await until(async () => (await ask(one, key)) === 401);
  late.next();
  expect((await changing).status).toBe(200);
  expect(await ask(one, key)).toBe(401);
}, 60_000);

test("nor is one that is made here, and revoked elsewhere before that is heard of here", async () => {
  const [one, other] = banks as [Bank, Bank];
  const late = hold(KeyStore.prototype, "insert", "answer", 1);
  const making = one.admin("POST", "/admin/keys", { name: "short", budget: CENT });
  await until(() => late.waiting === 1);
  const [{ id }] = (await done(other, "GET", "/admin/keys?q=short")).data;
  await done(other, "DELETE", `/admin/keys/${id}`);
  const { key: last } = await make(other, { name: "last" });
  await until(async () => (await ask(one, last)) === 200);
  late.next();
  const { body } = await making;
  expect(await ask(one, body.key)).toBe(401);
}, 60_000);

test("a limit that another has lowered is not raised again by an earlier change whose answer comes late", async () => {
  const [one, other] = banks as [Bank, Bank];
  const { key, budget } = await make(one, { name: "k", budget: { limit_usd: 1 } });
  await until(async () => (await ask(other, key)) === 200);
  const late = hold(BudgetStore.prototype, "write", "answer", 1);
  const changing = one.admin("PATCH", `/admin/budgets/${budget.id}`, { limit_usd: 2 });
  await until(() => late.waiting === 1);
  await done(other, "PATCH", `/admin/budgets/${budget.id}`, CENT);
  await until(async () => (await ask(one, key)) === 402);
  late.next();
  expect((await changing).status).toBe(200);
  expect(await ask(one, key)).toBe(402);
}, 60_000);

/** @returns what the other does, and whether it is heard of here */
const ELSEWHERE: readonly [
  what: string,
  prepare: (one: Bank, other: Bank) => Promise<{ act(): Promise<unknown>; isHeard(): Promise<boolean> }>,
][] = [
  [
    "what another revokes",
    async (one, other) => {
      const { id, key } = await make(other, { name: "k" });
      await until(async () => (await ask(one, key)) === 200);
      return {
        act: () => done(other, "DELETE", `/admin/keys/${id}`),
        isHeard: async () => (await ask(one, key)) === 401,
      };
    },
  ],
  [
    "a rule that another makes",
    async (one, other) => ({
      act: () => done(other, "POST", "/admin/routing-rules", { id: "no", type: "deny", model: "lab/gift" }),
      isHeard: async () => (await done(one, "GET", "/admin/routing-rules")).data.length > 0,
    }),
  ],
];

for (const [what, prepare] of ELSEWHERE)
  test(`${what} is heard of also where keys are changed without a pause, and to read them takes longer than that`, async () => {
    const [one, other] = banks as [Bank, Bank];
    const { id } = await make(one, { name: "busy" });
    const { act, isHeard } = await prepare(one, other);
    await quiet();
    const reads = hold(KeyStore.prototype, "parts", "before");
    const state = { isOver: false, changes: 0 };
    const changing = (async () => {
      while (!state.isOver) {
        await done(one, "PATCH", `/admin/keys/${id}`, { name: `busy ${state.changes}` });
        state.changes++;
      }
    })();
    await until(() => state.changes > 3);
    // It waits as well for what it has to read first.
    const acting = act();
    let isKnown = false;
    // As many as wait for nobody: then those who change something wait themselves.
    for (let n = 0; n < 20 && !isKnown; n++) {
      const before = state.changes;
      await until(() => reads.waiting > 0);
      for (let i = 0; i < 10 && state.changes < before + 3; i++) await done(other, "GET", "/admin/keys");
      reads.next();
      isKnown = await isHeard();
    }
    reads.open();
    state.isOver = true;
    await Promise.all([acting, changing]);
    expect(isKnown).toBe(true);
  }, 60_000);

/** What one does after the other, each of which holds the key back. @returns what opened it before */
const NARROWER: readonly [what: string, act: (other: Bank) => Promise<{ key: string; act(): Promise<unknown> }>][] = [
  [
    "is rotated, and then has no budget any more",
    async (other) => {
      const { id, key } = await make(other, { name: "k", budget: CENT });
      return {
        key,
        async act() {
          await done(other, "POST", `/admin/keys/${id}/rotate`, {});
          await done(other, "PATCH", `/admin/keys/${id}`, { budget: null });
        },
      };
    },
  ],
  [
    "goes to another team, and its own has no budget any more",
    async (other) => {
      const [poor, poorer] = [
        await done(other, "POST", "/admin/teams", { name: "poor" }),
        await done(other, "POST", "/admin/teams", { name: "poorer" }),
      ];
      const owned = (scope_id: string) => done(other, "POST", "/admin/budgets", { scope: "team", scope_id, ...CENT });
      const budget = await owned(poor.id);
      await owned(poorer.id);
      const { id, key } = await make(other, { name: "k", team: poor.id });
      return {
        key,
        async act() {
          await done(other, "PATCH", `/admin/keys/${id}`, { team: poorer.id });
          await done(other, "DELETE", `/admin/budgets/${budget.id}`);
        },
      };
    },
  ],
];

for (const [what, prepare] of NARROWER)
  test(`a key that ${what}, pays for nothing in between where both are heard of at once`, async () => {
    const one = banks[0]!;
    const other = await openBank({ config });
    const { key, act } = await prepare(other);
    await until(async () => (await ask(one, key)) === 402);
    await quiet([...purses.slice(0, 2), purses.at(-1)!]);
    const reads = hold(KeyStore.prototype, "parts", "answer");
    await make(other, { name: "plain" });
    await until(() => reads.waiting >= 2);
    await act();
    const { key: last } = await make(other, { name: "last" });
    const stopped = other.stop();
    const seen = new Set<number>();
    reads.next();
    for (let isKnown = false; !isKnown; reads.next()) {
      await until(async () => {
        isKnown = (await ask(one, last)) === 200;
        return isKnown || reads.waiting > 0;
      });
      seen.add(await ask(one, key));
    }
    await stopped;
    expect([...seen].filter((status) => status !== 401 && status !== 402)).toEqual([]);
  }, 60_000);

test("a replica that has read keys, and budgets when one of these was gone with its key, opens nothing by that", async () => {
  const [one] = banks as [Bank, Bank];
  const { id, key } = await make(one, { name: "k", budget: CENT });
  const budgets = hold(Treasury, "open", "before");
  let isUp = false;
  const starting = openBank({ config }).then((bank) => {
    isUp = true;
    banks.push(bank);
    return bank;
  });
  await until(() => budgets.waiting === 1);
  await done(one, "DELETE", `/admin/keys/${id}`);
  await quiet();
  const parts = hold(KeyStore.prototype, "parts", "before");
  budgets.open();
  await until(() => isUp || parts.waiting > 0);
  for (let n = 0; n < 50 && !isUp; n++) await done(one, "GET", "/admin/keys");
  expect(isUp ? await ask(await starting, key) : 401).toBe(401);
  parts.open();
  expect(await ask(await starting, key)).toBe(401);
}, 60_000);

test("a correction is charged to a budget that another replica made just before", async () => {
  const [one, other] = banks as [Bank, Bank];
  const { id, key } = await make(one, { name: "k" });
  await quiet();
  const reads = hold(BudgetStore.prototype, "all", "before");
  const told = { scope: "key", scope_id: id, period: "total", limit_usd: 1 };
  const budget = await done(one, "POST", "/admin/budgets", told);
  await until(() => reads.waiting >= 1);
  const reply = await fetch(`${one.gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(chat(200)),
  });
  await reply.arrayBuffer();
  const path = `/admin/generations/${reply.headers.get("x-request-id")}/corrections`;
  const corrected = done(other, "POST", path, { adjustment_usd: "0.03", reason: "the invoice says so" });
  const first = await Promise.race([corrected, Bun.sleep(200)]);
  expect(first).toBeUndefined();
  reads.open();
  await corrected;
  expect((await other.state(budget.id)).spent_usd).toBe(0.05);
}, 60_000);
