import { afterAll, beforeAll, expect, test } from "bun:test";
import { BudgetStore } from "../../src/store/budgets.ts";
import { KeyStore } from "../../src/store/keys.ts";
import { type Bank, chat, openBank } from "../../test/budgets/support.ts";
import { until } from "../redis/server.ts";
import { Postgres } from "./server.ts";

const postgres = new Postgres();
let banks: [Bank, Bank];
beforeAll(async () => {
  await postgres.start();
  const config = { database: { url: await postgres.database() }, secret: "a-secret-of-the-operator-for-all-replicas" };
  banks = [await openBank({ config }), await openBank({ config })];
}, 60_000);
afterAll(async () => {
  for (const bank of banks) await bank.stop();
  await postgres.remove();
});

/** Lets nobody read by one of a store's methods until it is told to, as a database may that is slow for a moment. */
function held<Store extends object>(store: Store, name: keyof Store) {
  const read = store[name] as (...told: unknown[]) => unknown;
  const { promise, resolve } = Promise.withResolvers<void>();
  const state = { waiting: 0 };
  store[name] = async function (this: Store, ...told: unknown[]) {
    state.waiting++;
    await promise;
    return read.apply(this, told);
  } as Store[keyof Store];
  return {
    state,
    goOn() {
      store[name] = read as Store[keyof Store];
      resolve();
    },
  };
}

test("a key that is made with its budget while others read what has changed opens nothing there before its budget is known", async () => {
  const [one, other] = banks;
  const make = async (told: object) => {
    const { status, body } = await one.admin("POST", "/admin/keys", told);
    expect(status).toBe(201);
    return body.key as string;
  };
  const ask = async (key: string) => {
    const reply = await fetch(`${other.gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(chat(200)),
    });
    await reply.arrayBuffer();
    return reply.status;
  };
  const keys = held(KeyStore.prototype, "parts");
  const plain = await make({ name: "plain" });
  // Both have seen by now that no budget has changed.
  await until(() => keys.state.waiting >= 2);
  const poor = await make({ name: "poor", budget: { limit_usd: 0.01 } });
  const budgets = held(BudgetStore.prototype, "all");
  keys.goOn();
  await until(() => budgets.state.waiting >= 1);
  const asked = Array.from({ length: 20 }, async (_, nth) => {
    await Bun.sleep(5 * nth);
    return ask(poor);
  });
  expect(new Set(await Promise.all(asked))).toEqual(new Set([401]));
  budgets.goOn();
  await until(async () => (await ask(plain)) === 200);
  await until(async () => (await ask(poor)) !== 401);
  expect(await ask(poor)).toBe(402);
}, 60_000);
