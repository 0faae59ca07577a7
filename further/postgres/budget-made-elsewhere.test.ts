import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { BudgetStore } from "../../src/store/budgets.ts";
import { KeyStore } from "../../src/store/keys.ts";
import { unavailable } from "../../src/store/outage.ts";
import { Watch } from "../../src/store/watch.ts";
import { type Bank, openBank } from "../../test/budgets/support.ts";
import { until } from "../redis/server.ts";
import { ask, done } from "./asked.ts";
import { type Held, held } from "./gate.ts";
import { Postgres } from "./server.ts";

/** What is changed at one replica depends on what another has changed a moment ago, of which this one has not heard yet. */

const postgres = new Postgres();
const gates: Held[] = [];
let one: Bank;
let other: Bank;
/** Changes of replicas are told by this, or by nothing. */
const { look, catchUp } = Watch.prototype;
const { all } = BudgetStore.prototype;
beforeAll(async () => {
  await postgres.start();
  const config = { database: { url: await postgres.database() }, secret: "a-secret-of-the-operator-for-all-replicas" };
  one = await openBank({ config });
  other = await openBank({ config });
}, 60_000);
beforeEach(heard);
afterEach(async () => {
  for (const gate of gates.splice(0)) gate.open();
  Watch.prototype.look = look;
  Watch.prototype.catchUp = catchUp;
  BudgetStore.prototype.all = all;
  // What each has would hold those of the next test as well.
  for (const { id, scope_id: of } of (await done(other, "GET", "/admin/budgets")).data)
    if (of === "*") await done(other, "DELETE", `/admin/budgets/${id}`);
});
afterAll(async () => {
  await one.stop();
  await other.stop();
  await postgres.remove();
});

/** Nobody hears of what another does, unless they ask. */
function deaf(): void {
  Watch.prototype.look = () => {};
}

/** Each has heard of what the other has changed. */
async function heard(): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const { key } = await make(from, { name: "heard" });
    await until(async () => (await ask(to, key)) === 200);
  }
}

const make = (bank: Bank, told: object) => done(bank, "POST", "/admin/keys", told);
const team = (bank: Bank) => done(bank, "POST", "/admin/teams", { name: "a team" });
const CENT = { limit_usd: 0.01 };
const poor = (bank: Bank, scope: string, scope_id: string, told: object = CENT) =>
  done(bank, "POST", "/admin/budgets", { scope, scope_id, ...told });

/** @returns what the other changes, and then this one, which gives a key that has no more than a cent */
type Situation = () => Promise<{ there(): Promise<unknown>; here(): Promise<string> }>;

const BUDGETS: Readonly<Record<string, Situation>> = {
  "a key that is made in a team has the budget of the team": async () => {
    const { id } = await team(one);
    return {
      there: () => poor(other, "team", id),
      here: async () => (await make(one, { name: "k", team: id })).key,
    };
  },
  "a key that is made has what each key has": async () => ({
    there: () => poor(other, "key", "*"),
    here: async () => (await make(one, { name: "k" })).key,
  }),
  "a key that is made in a team has what each team has": async () => {
    const { id } = await team(one);
    return {
      there: () => poor(other, "team", "*"),
      here: async () => (await make(one, { name: "k", team: id })).key,
    };
  },
  "a key that is made in a team has the budget of the team as it was lowered": async () => {
    const budget = await poor(one, "team", (await team(one)).id, { limit_usd: 5 });
    return {
      there: () => done(other, "PATCH", `/admin/budgets/${budget.id}`, CENT),
      here: async () => (await make(one, { name: "k", team: budget.scope_id })).key,
    };
  },
  "a key that is made with a budget of its own has that of its team as well": async () => {
    const { id } = await team(one);
    return {
      there: () => poor(other, "team", id),
      here: async () => (await make(one, { name: "k", team: id, budget: { limit_usd: 5 } })).key,
    };
  },
  "a key that goes to a team has the budget of that": async () => {
    const { id } = await team(one);
    const made = await make(one, { name: "k" });
    return {
      there: () => poor(other, "team", id),
      async here() {
        await done(one, "PATCH", `/admin/keys/${made.id}`, { team: id });
        return made.key;
      },
    };
  },
  "a key that is rotated has its budget": async () => {
    const { id } = await make(one, { name: "k" });
    return {
      there: () => poor(other, "key", id),
      here: async () => (await done(one, "POST", `/admin/keys/${id}/rotate`, {})).key,
    };
  },
  "a key that is opened again has its budget": async () => {
    const { id, key } = await make(one, { name: "k", disabled: true });
    return {
      there: () => poor(other, "key", id),
      async here() {
        await done(one, "PATCH", `/admin/keys/${id}`, { disabled: false });
        return key;
      },
    };
  },
  "a key that is made as the hosted service has it has the budget of its project": async () => {
    const { id } = await team(one);
    const told = { purpose: "ai-gateway", projectId: id };
    return {
      there: () => poor(other, "team", id),
      here: async () => (await done(one, "POST", "/v1/api-keys", told)).apiKeyString,
    };
  },
  "a key whose budget is taken away has the other that it was given": async () => {
    const { key, id, budget } = await make(one, { name: "k", budget: { limit_usd: 5 } });
    return {
      there: () => poor(other, "key", id, { ...CENT, period: "daily" }),
      async here() {
        await done(one, "DELETE", `/admin/budgets/${budget.id}`);
        return key;
      },
    };
  },
  "a key whose team has no budget any more has that of the team to which it went": async () => {
    const [before, after] = [await team(one), await team(one)];
    const budget = await poor(one, "team", before.id);
    await poor(one, "team", after.id);
    const { id, key } = await make(one, { name: "k", team: before.id });
    return {
      there: () => done(other, "PATCH", `/admin/keys/${id}`, { team: after.id }),
      async here() {
        await done(one, "DELETE", `/admin/budgets/${budget.id}`);
        return key;
      },
    };
  },
  "a key whose team is taken away has the budget of the team to which it went": async () => {
    const [before, after] = [await team(one), await team(one)];
    await poor(one, "team", before.id);
    await poor(one, "team", after.id);
    const { id, key } = await make(one, { name: "k", team: before.id });
    return {
      there: () => done(other, "PATCH", `/admin/keys/${id}`, { team: after.id }),
      async here() {
        await done(one, "DELETE", `/admin/teams/${before.id}`);
        return key;
      },
    };
  },
};

describe("from its first request on", () => {
  for (const [what, prepare] of Object.entries(BUDGETS))
    test(what, async () => {
      const { there, here } = await prepare();
      await heard();
      deaf();
      await there();
      expect(await ask(one, await here())).toBe(402);
    }, 60_000);
});

test("a secret that another has taken from a key opens nothing when its budget is taken away here", async () => {
  const { id, key, budget } = await make(one, { name: "k", budget: CENT });
  await heard();
  deaf();
  await done(other, "POST", `/admin/keys/${id}/rotate`, {});
  await done(one, "DELETE", `/admin/budgets/${budget.id}`);
  expect(await ask(one, key)).toBe(401);
}, 60_000);

test("what is spent of such a key is on the account of the team", async () => {
  const { id } = await team(one);
  await heard();
  deaf();
  const budget = await poor(other, "team", id, { limit_usd: 1 });
  const { key } = await make(one, { name: "k", team: id });
  expect(await ask(one, key)).toBe(200);
  await until(async () => (await other.state(budget.id)).spent_usd === 0.02);
}, 60_000);

test("where it cannot be read what another has changed nothing is changed, and that is said", async () => {
  const { id } = await team(one);
  await heard();
  deaf();
  await poor(other, "team", id);
  BudgetStore.prototype.all = () => Promise.reject(unavailable(new Error("of a test")));
  const told = { name: `k ${crypto.randomUUID()}`, team: id };
  const { status, body } = await one.admin("POST", "/admin/keys", told);
  expect([status, body.error.code]).toEqual([503, "database_unavailable"]);
  expect((await done(other, "GET", `/admin/keys?q=${encodeURIComponent(told.name)}`)).data).toEqual([]);
  BudgetStore.prototype.all = all;
  // Who has failed is left alone for a moment.
  let key = "";
  await until(async () => {
    ({ key } = (await one.admin("POST", "/admin/keys", told)).body);
    return key !== undefined;
  });
  expect(await ask(one, key)).toBe(402);
  one.gateway.complaints.length = 0;
}, 60_000);

/** What shuts a key waits for nobody. */
const SHUT: Readonly<
  Record<string, (id: string, key: string) => readonly [method: string, path: string, told?: object]>
> = {
  revoked: (id) => ["DELETE", `/admin/keys/${id}`],
  disabled: (id) => ["PATCH", `/admin/keys/${id}`, { disabled: true }],
  "reported to be known to others": (_, key) => ["POST", "/external/compromised_secret", { secret: { api_key: key } }],
};

for (const [what, how] of Object.entries(SHUT))
  test(`but a key that is ${what} opens nothing, all the same`, async () => {
    const { id, key } = await make(one, { name: "k", budget: { limit_usd: 5 } });
    expect(await ask(one, key)).toBe(200);
    await heard();
    deaf();
    await poor(other, "key", "*");
    const state = reads();
    await done(one, ...how(id, key));
    expect([await ask(one, key), state.count]).toEqual([401, 0]);
  }, 60_000);

/** How often somebody who changes something has to read first what others have changed, from now on. */
function reads(): { count: number } {
  const state = { count: 0 };
  Watch.prototype.catchUp = function (topic) {
    state.count++;
    return catchUp.call(this, topic);
  };
  return state;
}

const SERIES = 40;

test("two hundred changes by one script read nothing anew, where nobody else changes anything", async () => {
  const { id } = await team(one);
  await heard();
  deaf();
  // What it has not heard of it hears now.
  await poor(one, "user", crypto.randomUUID());
  const state = reads();
  for (let n = 0; n < SERIES; n++) {
    const made = await make(one, { name: `k${n}`, team: id, budget: { limit_usd: 1 } });
    await done(one, "PATCH", `/admin/keys/${made.id}`, { budget: { limit_usd: 2, period: "daily" } });
    await poor(one, "user", `u${n}`);
    await done(one, "POST", `/admin/keys/${made.id}/rotate`, {});
    await done(one, "DELETE", `/admin/keys/${made.id}`);
  }
  expect(state.count).toBe(0);
}, 60_000);

test("and once what another has changed in the midst of them", async () => {
  const { id } = await team(one);
  await heard();
  deaf();
  await poor(one, "user", crypto.randomUUID());
  const state = reads();
  for (let n = 0; n < SERIES; n++) {
    if (n === SERIES / 2) await poor(other, "team", id);
    const { key } = await make(one, { name: `k${n}`, team: id });
    if (n >= SERIES / 2) expect(await ask(one, key)).toBe(402);
  }
  // That one has not heard of the keys.
  expect(state.count).toBe(2);
}, 60_000);

test("keys that are made by turns at two of them wait for nothing", async () => {
  await heard();
  deaf();
  const state = reads();
  for (let n = 0; n < SERIES; n++) await make(n % 2 === 0 ? one : other, { name: `k${n}` });
  expect(state.count).toBe(0);
}, 60_000);

test("what another has changed while something was being changed here is not taken for known", async () => {
  const { id } = await team(one);
  await heard();
  deaf();
  const late = held(KeyStore.prototype, "insert", "before", 1);
  gates.push(late);
  const making = make(one, { name: "late", team: id });
  await until(() => late.waiting === 1);
  await make(other, { name: "another" });
  await poor(other, "team", id);
  late.next();
  await making;
  expect(await ask(one, (await make(one, { name: "k", team: id })).key)).toBe(402);
}, 60_000);

test("changes of both at one and at the other, by turns and at once, hold everywhere in the end", async () => {
  const teams = await Promise.all(Array.from({ length: 6 }, () => team(one)));
  await heard();
  deaf();
  const keys = await Promise.all(
    teams.map(async ({ id }, n) => {
      const [first, second] = n % 2 === 0 ? [one, other] : [other, one];
      await poor(first, "team", id);
      return { at: second, key: (await make(second, { name: "k", team: id })).key };
    }),
  );
  for (const { at, key } of keys) expect(await ask(at, key)).toBe(402);
  Watch.prototype.look = look;
  for (const bank of [one, other]) for (const { key } of keys) await until(async () => (await ask(bank, key)) === 402);
}, 60_000);
