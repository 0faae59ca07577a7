import { afterEach, describe, expect, test } from "bun:test";
import { type Bank, chat, KEY_BUDGET, openBank, say } from "../budgets/support.ts";
import { sized, tell } from "../support/figures.ts";

/** Requests at once, of which a tenth can be paid for. */
const AT_ONCE = sized(200, 1000);
const PAID = AT_ONCE / 10;
const ROUNDS = sized(2, 20);
/** Dollars of so many cents. */
const cents = (count: number) => Math.round(count) / 100;
const LIMIT = cents(PAID);

let bank: Bank;
afterEach(() => bank.stop());

/** The statuses of all, begun at once. */
async function storm(count: number, body: (nth: number) => unknown): Promise<number[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, nth) => {
      const reply = await bank.gateway.post("/v1/chat/completions", body(nth));
      await reply.text();
      return reply.status;
    }),
  );
}

const of = (statuses: readonly number[], status: number) => statuses.filter((one) => one === status).length;

describe("requests of a cent at once, on a key that can pay for a tenth of them", () => {
  test(`are answered as far as it goes, ${ROUNDS} times`, async () => {
    bank = await openBank();
    for (let round = 0; round < ROUNDS; round++) {
      const { id } = await bank.budget({ scope: "tag", scope_id: `round-${round}`, limit_usd: LIMIT });
      const statuses = await storm(AT_ONCE, () => chat(100, { tags: [`round-${round}`] }));
      expect([of(statuses, 200), of(statuses, 402)]).toEqual([PAID, AT_ONCE - PAID]);
      expect(await bank.state(id)).toMatchObject({ spent_usd: LIMIT, reserved_usd: 0 });
    }
    tell({ row: "M3", what: `times that ${AT_ONCE} at once spent what there was, to the cent`, value: ROUNDS });
  });

  test(`that are streams are answered the same, ${ROUNDS} times`, async () => {
    bank = await openBank();
    for (let round = 0; round < ROUNDS; round++) {
      const { id } = await bank.budget({ scope: "tag", scope_id: `round-${round}`, limit_usd: LIMIT });
      const statuses = await storm(AT_ONCE, () => chat(100, { stream: true, tags: [`round-${round}`] }));
      expect([of(statuses, 200), of(statuses, 402)]).toEqual([PAID, AT_ONCE - PAID]);
      expect(await bank.state(id)).toMatchObject({ spent_usd: LIMIT, reserved_usd: 0 });
    }
  });

  test(`are held by the least of what a key, its team and all of them together may spend, ${ROUNDS} times`, async () => {
    bank = await openBank();
    const { id: gateway } = await bank.budget({ scope: "gateway", limit_usd: 1000 });
    for (let round = 0; round < ROUNDS; round++) {
      const { body: team } = await bank.admin("POST", "/admin/teams", { name: `team ${round}` });
      const keys = await Promise.all(
        [0, 1].map(async (nth) => {
          const { body: key } = await bank.admin("POST", "/admin/keys", { name: `${nth}`, team: team.id });
          const { id } = await bank.budget({ scope: "key", scope_id: key.id, limit_usd: cents(PAID * 0.75) });
          return { ...key, budget: id };
        }),
      );
      const { id } = await bank.budget({ scope: "team", scope_id: team.id, limit_usd: LIMIT });
      const statuses = await Promise.all(
        Array.from({ length: AT_ONCE }, async (_, nth) => {
          const authorization = `Bearer ${keys[nth % 2].key}`;
          const reply = await bank.gateway.post("/v1/chat/completions", chat(100), { authorization });
          await reply.text();
          return reply.status;
        }),
      );
      expect([of(statuses, 200), of(statuses, 402)]).toEqual([PAID, AT_ONCE - PAID]);
      expect(await bank.state(id)).toMatchObject({ spent_usd: LIMIT, reserved_usd: 0 });
      const spent = await Promise.all(keys.map(async ({ budget }) => await bank.state(budget)));
      expect(Math.round(100 * spent.reduce((sum, { spent_usd }) => sum + spent_usd, 0))).toBe(PAID);
      for (const { spent_usd, reserved_usd } of spent) {
        expect(reserved_usd).toBe(0);
        expect(spent_usd).toBeLessThanOrEqual(cents(PAID * 0.75));
      }
      expect(await bank.state(gateway)).toMatchObject({ spent_usd: cents(PAID * (round + 1)), reserved_usd: 0 });
    }
  });

  test("are held by the least of nested budgets", async () => {
    bank = await openBank();
    const gateway = await bank.budget({ scope: "gateway", limit_usd: cents(PAID * 2) });
    const user = await bank.budget({ scope: "user", scope_id: "*", limit_usd: LIMIT });
    const key = await bank.budget({ ...KEY_BUDGET, limit_usd: cents(PAID * 1.5) });
    const statuses = await storm(AT_ONCE, (nth) => chat(100, { user: nth % 2 === 0 ? "ann" : "bob" }));
    expect([of(statuses, 200), of(statuses, 402)]).toEqual([PAID * 1.5, AT_ONCE - PAID * 1.5]);
    for (const { id } of [gateway, key])
      expect(await bank.state(id)).toMatchObject({ spent_usd: cents(PAID * 1.5), reserved_usd: 0 });
    expect((await bank.state(user.id)).limit_usd).toBe(LIMIT);
  });

  test("fifty of whom nobody has heard before have a budget each", async () => {
    bank = await openBank();
    await bank.budget({ scope: "entity", scope_id: "*", limit_usd: 0.02 });
    const statuses = await storm(AT_ONCE, (nth) =>
      chat(100, { providerOptions: { gateway: { quotaEntityId: `new-${nth % 50}` } } }),
    );
    expect([of(statuses, 200), of(statuses, 402)]).toEqual([100, AT_ONCE - 100]);
  });

  test("fifty new keys have the budget of every new key, and not one cent together", async () => {
    bank = await openBank();
    await bank.budget({ scope: "key", scope_id: "*", limit_usd: 0.02 });
    const keys = await Promise.all(
      Array.from(
        { length: 50 },
        async (_, nth) => (await bank.admin("POST", "/admin/keys", { name: `new ${nth}` })).body,
      ),
    );
    const statuses = await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, nth) => {
        const authorization = `Bearer ${keys[nth % 50].key}`;
        const reply = await bank.gateway.post("/v1/chat/completions", chat(100), { authorization });
        await reply.text();
        return reply.status;
      }),
    );
    expect([of(statuses, 200), of(statuses, 402)]).toEqual([100, AT_ONCE - 100]);
  });

  test("some of which fail leave no gap: what they had reserved is used by others", async () => {
    bank = await openBank();
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: LIMIT });
    const failing = { ...say("[sim status=400 delay=5ms]"), max_tokens: 100 };
    const statuses = await storm(AT_ONCE, (nth) => (nth % 2 === 0 ? failing : chat(100)));
    expect(of(statuses, 200)).toBe(PAID);
    expect(await bank.state(id)).toMatchObject({ spent_usd: LIMIT, reserved_usd: 0 });
  });
});

describe("a provider that charges twice what was reserved", () => {
  test("overspends by no more than what was under way, which is noted, and the next request is refused", async () => {
    bank = await openBank();
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 0.1 });
    const usage = { prompt_tokens: 1, completion_tokens: 200, total_tokens: 201 };
    const asked = { ...say(`[sim tokens=100 every=0 patch='${JSON.stringify({ usage })}']`), max_tokens: 100 };
    const statuses = await storm(30, () => asked);
    const served = of(statuses, 200);
    expect(served).toBeGreaterThan(0);
    expect(served + of(statuses, 402)).toBe(30);
    const { spent_usd: spent, reserved_usd: reserved } = await bank.state(id);
    expect(reserved).toBe(0);
    expect(spent).toBe(cents(served * 2));
    // Ten were under way at the most, each for a cent more than was reserved for it.
    expect(spent).toBeLessThanOrEqual(0.2);
    expect((await bank.gateway.post("/v1/chat/completions", chat(1))).status).toBe(402);
    const { body } = await bank.admin("GET", "/admin/alarms");
    expect(body.data).toMatchObject([{ kind: "budget.overspent", target: id, detail: { limit_usd: "0.1" } }]);
  });
});
