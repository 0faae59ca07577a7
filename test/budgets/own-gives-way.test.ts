import { afterEach, beforeEach, expect, test } from "bun:test";
import { chunksOf } from "../support/gateway.ts";
import { type Bank, openBank, say } from "./support.ts";

/** Somebody has no budget of their own any more, and the one that each has is of another period: nothing goes on without end. */

let bank: Bank;
beforeEach(async () => {
  bank = await openBank();
});
afterEach(() => bank.stop());

const ENDLESS = { ...say("[sim tokens=endless every=1ms]"), stream: true };

const WAYS: Readonly<Record<string, (id: string, user: string) => Promise<{ status: number }>>> = {
  "is taken away": (id) => bank.admin("DELETE", `/admin/budgets/${id}`),
  "is archived": (id) => bank.admin("PATCH", `/admin/budgets/${id}`, { archived: true }),
  "is taken away as the hosted service has it": (_, user) =>
    bank.admin("DELETE", `/ai-gateway/budgets?scopeType=user&userId=${user}`),
};

for (const [how, act] of Object.entries(WAYS))
  test(`a stream whose budget ${how} ends within it`, async () => {
    await bank.budget({ scope: "user", scope_id: "*", period: "daily", limit_usd: 0.05 });
    const { id } = await bank.budget({ scope: "user", scope_id: "bob", period: "total", limit_usd: 0.02 });
    const reply = await bank.gateway.post("/v1/chat/completions", { ...ENDLESS, user: "bob" });
    expect((await act(id, "bob")).status).toBe(200);
    const { error } = chunksOf(await reply.text()).at(-1);
    expect(error.code).toBe("quota_for_entity_exceeded");
    expect(error.message).toContain("0.02");
    // Who comes by now is held to the other.
    const next = await bank.gateway.post("/v1/chat/completions", { ...ENDLESS, user: "bob" });
    expect(chunksOf(await next.text()).at(-1).error.message).toContain("0.05");
  });

test("of several of one's own the one that is taken away holds nobody, as long as another does", async () => {
  await bank.budget({ scope: "user", scope_id: "*", period: "daily", limit_usd: 0.001 });
  const { id } = await bank.budget({ scope: "user", scope_id: "bob", period: "total", limit_usd: 0.02 });
  await bank.budget({ scope: "user", scope_id: "bob", period: "weekly", limit_usd: 0.04 });
  const reply = await bank.gateway.post("/v1/chat/completions", { ...ENDLESS, user: "bob" });
  expect((await bank.admin("DELETE", `/admin/budgets/${id}`)).status).toBe(200);
  expect(chunksOf(await reply.text()).at(-1).error.message).toContain("0.04");
});
