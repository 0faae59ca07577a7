import { afterAll, beforeAll, expect, test } from "bun:test";
import { aroundToday } from "../support/days.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { Issuer } from "../support/issuer.ts";
import { ask, chat, post, TOKEN } from "./keys.ts";

let issuer: Issuer;
let gateway: RunningGateway;
beforeAll(async () => {
  issuer = new Issuer();
  const rule = { name: "ci", issuer: issuer.url, audience: "headgate", subjects: ["repo:acme/*"] };
  const teamed = { ...rule, name: "teamed", subjects: ["repo:teamed/*"], team: "team_of_ci" };
  const owned = { ...rule, name: "owned", subjects: ["repo:owned/*"], team_from: "owner" };
  gateway = await startGateway({ config: { admin_token: TOKEN, oidc: [rule, teamed, owned] } });
});
afterAll(async () => {
  await gateway.stop();
  await issuer.stop();
});

const guest = (sub: string) => issuer.token({ sub });
const statusOf = async (token: string) => (await post(gateway, token)).status;

async function budget(scope: string, scope_id: string, limit_usd = 0): Promise<string> {
  const reply = await ask(gateway, "POST", "/admin/budgets", { scope, scope_id, limit_usd });
  expect(reply.status).toBe(201);
  return (await jsonOf(reply)).id;
}
const without = async (id: string) => expect((await ask(gateway, "DELETE", `/admin/budgets/${id}`)).ok).toBe(true);

test("a guest has a budget as a key has, by its identity, whichever token it shows", async () => {
  const id = await budget("key", "oidc:ci:repo:acme/app");
  const reply = await post(gateway, guest("repo:acme/app"));
  expect(reply.status).toBe(402);
  expect((await jsonOf(reply)).error.message).toContain("repo:acme/app");
  expect(await statusOf(issuer.token({ sub: "repo:acme/app", jti: "another" }))).toBe(402);
  expect(await statusOf(guest("repo:acme/other"))).toBe(200);
  await without(id);
  expect(await statusOf(guest("repo:acme/app"))).toBe(200);
});

test("a budget of each key is one of each guest as well", async () => {
  const id = await budget("key", "*");
  expect(await statusOf(guest("repo:acme/new"))).toBe(402);
  await without(id);
});

test("guests of a team spend of its budget, however many they are", async () => {
  const id = await budget("team", "team_of_ci");
  for (const name of ["one", "two"]) expect(await statusOf(guest(`repo:teamed/${name}`))).toBe(402);
  expect(await statusOf(guest("repo:acme/app"))).toBe(200);
  await without(id);
});

test("guests whose claim names their team spend of its budget, and of nobody's who was named here", async () => {
  const { id: made } = await jsonOf(await ask(gateway, "POST", "/admin/teams", { name: "rich" }));
  const of = (owner: unknown, sub = "repo:owned/app") => statusOf(issuer.token({ sub, owner }));
  const id = await budget("team", "oidc:owned:acme");
  expect([await of("acme"), await of("acme", "repo:owned/other"), await of("foe")]).toEqual([402, 402, 200]);
  const other = await budget("team", made);
  // The team of that id is another: its budget is not theirs to spend.
  expect([await of(made), await of("team_of_ci")]).toEqual([200, 200]);
  for (const owner of [undefined, "", 5, ["acme"], { a: 1 }, "x".repeat(201), "a\nb"])
    expect(await of(owner)).toBe(401);
  await without(id);
  await without(other);
});

test("what a guest spends is charged to it, and told to it and to nobody else", async () => {
  const id = await budget("key", "oidc:ci:repo:acme/spender", 1);
  const token = guest("repo:acme/spender");
  const { usage } = await jsonOf(await post(gateway, token, chat("openai/gpt-4o")));
  expect(usage.cost).toBeGreaterThan(0);
  const told = await jsonOf(await ask(gateway, "GET", `/admin/budgets/${id}`));
  expect(Number(told.spent_usd)).toBeCloseTo(usage.cost, 9);
  expect(Number(told.reserved_usd)).toBe(0);
  const [from, to] = aroundToday();
  const report = async (of: string) => {
    const reply = await gateway.get(`/v1/report?start_date=${from}&end_date=${to}`, {
      authorization: `Bearer ${of}`,
    });
    expect(reply.status).toBe(200);
    return JSON.stringify(await reply.json());
  };
  expect(await report(token)).toContain(String(usage.cost));
  expect(await report(guest("repo:acme/stranger"))).not.toContain(String(usage.cost));
  await without(id);
});
