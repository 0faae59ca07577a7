import { afterEach, beforeEach, expect, test } from "bun:test";
import { chunksOf } from "../support/gateway.ts";
import { type Bank, chat, openBank, say } from "./support.ts";

/** A team is taken away: its budgets go with it, and what its last key had under way does not go on without end. */

let bank: Bank;
beforeEach(async () => {
  bank = await openBank({ config: { budgets: { wait_ms: 60_000 } } });
});
afterEach(() => bank.stop());

const CENT = { limit_usd: 0.01, period: "total" };

async function teamWith(...budgets: object[]): Promise<{ team: string; ids: string[] }> {
  const { id: team } = (await bank.admin("POST", "/admin/teams", { name: "blue" })).body;
  const ids: string[] = [];
  for (const told of budgets) ids.push((await bank.budget({ scope: "team", scope_id: team, ...told })).id);
  return { team, ids };
}

const budgets = async () => (await bank.admin("GET", "/admin/budgets")).body.data.map(({ id }: { id: string }) => id);

test("its budgets go with it, each of which is written down; those of others stay", async () => {
  const { team, ids } = await teamWith(CENT, { limit_usd: 5, period: "daily" });
  const kept = await teamWith(CENT);
  const { id: each } = await bank.budget({ scope: "team", scope_id: "*", limit_usd: 7 });
  expect((await bank.admin("DELETE", `/admin/teams/${team}`)).body).toEqual({ id: team, deleted: true });
  expect((await budgets()).toSorted()).toEqual([...kept.ids, each].toSorted());
  const { data } = (await bank.admin("GET", "/admin/audit?limit=3")).body;
  expect(data.map(({ action, target }: { action: string; target: string }) => [action, target]).toSorted()).toEqual([
    ...ids.map((id) => ["budget.remove", id]).toSorted(),
    ["team.remove", team],
  ]);
  const { spent_usd: again } = await bank.budget({ scope: "team", scope_id: kept.team, limit_usd: 1, period: "daily" });
  expect(again).toBe(0);
});

test("as long as a key belongs to it both stay, and hold", async () => {
  const { team, ids } = await teamWith(CENT);
  const { key } = (await bank.admin("POST", "/admin/keys", { name: "k", team })).body;
  const { status, body } = await bank.admin("DELETE", `/admin/teams/${team}`);
  expect([status, body.error.message]).toEqual([400, expect.stringContaining("Keys belong to the team")]);
  expect(await budgets()).toEqual(ids);
  const reply = await bank.gateway.post("/v1/chat/completions", chat(200), { authorization: `Bearer ${key}` });
  expect(reply.status).toBe(402);
});

test("a stream of its last key, which is revoked, stays within its budget", async () => {
  const { team } = await teamWith(CENT);
  const { id, key } = (await bank.admin("POST", "/admin/keys", { name: "k", team })).body;
  const stream = { ...say("[sim tokens=endless every=1ms]"), stream: true };
  const reply = await bank.gateway.post("/v1/chat/completions", stream, { authorization: `Bearer ${key}` });
  expect((await bank.admin("DELETE", `/admin/keys/${id}`)).status).toBe(200);
  expect((await bank.admin("DELETE", `/admin/teams/${team}`)).status).toBe(200);
  expect(await budgets()).toEqual([]);
  const { error } = chunksOf(await reply.text()).at(-1);
  expect(error.code).toBe("quota_for_entity_exceeded");
});
