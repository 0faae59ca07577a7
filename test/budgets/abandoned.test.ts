import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { jsonOf } from "../support/gateway.ts";
import { type Bank, BOTH, KEY, KEY_BUDGET, openBank, say } from "./support.ts";

let bank: Bank;
let budget: { id: string };
beforeEach(async () => {
  bank = await openBank();
  budget = await bank.budget({ ...KEY_BUDGET, limit_usd: 100 });
});
afterEach(() => bank.stop());

/** Ten thousand tokens, a dollar's worth. */
const LONG = "word ".repeat(8000);

const state = () => bank.state(budget.id);
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function leave(act: string, stream: boolean): Promise<void> {
  const leaver = new AbortController();
  const asked = fetch(`${bank.gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ ...say(`${act} ${LONG}`, BOTH), stream, max_tokens: 100 }),
    signal: leaver.signal,
  }).catch(() => {});
  while (bank.lab.requests.length === 0) await turn();
  leaver.abort();
  await asked;
  while ((await state()).reserved_usd > 0) await turn();
}

describe("who leaves before the answer pays for what the provider has read", () => {
  test.each([
    ["a plain request", "[sim silence]", false],
    ["a stream that was not answered", "[sim silence]", true],
    ["a stream that has not said anything", "[sim silence=0]", true],
  ])("%s", async (_, act, stream) => {
    await leave(act, stream);
    const { spent_usd: spent } = await state();
    expect(spent).toBeGreaterThan(0.99);
    expect(spent).toBeLessThan(1.1);
    const [row] = (await bank.admin("GET", "/admin/generations")).body.data;
    expect(row).toMatchObject({ error: "client_closed", estimated: true });
    const { data } = await jsonOf(await bank.gateway.get(`/v1/generation?id=${row.id}`));
    expect(data.attempts).toMatchObject([{ maybe_billed: true, cost: Math.round(spent * 1e9) }]);
  });
});

describe("who would not wait as long as the provider takes", () => {
  const impatient = { providerOptions: { gateway: { providerTimeouts: { lab: 1000 } } } };

  test("pays for what it has read", async () => {
    const reply = await bank.gateway.post("/v1/chat/completions", {
      ...say(`[sim silence] ${LONG}`, BOTH),
      ...impatient,
    });
    expect(reply.status).toBe(504);
    const { spent_usd: spent, reserved_usd: reserved } = await state();
    expect([spent > 0.99, spent < 1.1, reserved]).toEqual([true, true, 0]);
  });
});

describe("who is failed by a provider pays nothing", () => {
  test.each([
    ["that refuses", "[sim status=500]", {}],
    ["that breaks off", "[sim reset]", {}],
    ["that is refused for good", "[sim status=400]", {}],
  ])("%s", async (_, act) => {
    const reply = await bank.gateway.post("/v1/chat/completions", say(`${act} ${LONG}`, BOTH));
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(await state()).toMatchObject({ spent_usd: 0, reserved_usd: 0 });
  });
});
