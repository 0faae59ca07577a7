import { afterAll, beforeAll, expect, test } from "bun:test";
import { ROUTES } from "../../src/admin/routes.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import { ask, chat, made, TOKEN } from "../access/keys.ts";
import { oneOfEach, WRITES } from "../support/admin-writes.ts";
import { sized, tell } from "../support/figures.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

let gateway: RunningGateway;
let pathOf: (route: string) => string;
let generation: string;
beforeAll(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN } });
  ({ pathOf, generation } = await oneOfEach(gateway));
});
afterAll(() => gateway.stop());

/** Names of every column that there is, as SQL and as JSON have them, and what else people try. */
const COLUMNS = [
  ...new Set(
    MIGRATIONS.flat().flatMap((sql) =>
      [...sql.matchAll(/^\s*"?([a-z_]+)"? (?:INTEGER|TEXT)\b|ADD COLUMN "?([a-z_]+)"?/gm)].map(
        ([, column, added]) => column ?? added!,
      ),
    ),
  ),
];
const STRANGE = [
  ...["__proto__", "constructor", "prototype", "toString", "role", "roles", "admin", "is_admin", "isAdmin", "scopes"],
  ...[
    "permissions",
    "rights",
    "policy",
    "secret",
    "key",
    "key_id",
    "keyId",
    "tenant",
    "tenant_id",
    "account",
    "$where",
  ],
  ...["source", "read_only", "status", "object", "hint", "spent_usd", "reserved_usd", "remaining_usd", "budgets", ""],
];
const NAMES = [...new Set([...COLUMNS, ...COLUMNS.map(camelCase), ...STRANGE])];

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

test("every route that is told something is tried", () => {
  const all = ROUTES.filter(({ takesBody, role }) => takesBody && role === "admin");
  expect(all.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(Object.keys(WRITES).sort());
  expect(COLUMNS.length).toBeGreaterThan(80);
  expect(Object.keys(WRITES).length * NAMES.length).toBeGreaterThan(2000);
});

test.each(Object.entries(WRITES))("%s takes what it declares, and nothing else", async (route, { good, takes }) => {
  const [method = ""] = route.split(" ");
  let n = 0;
  const control = await ask(gateway, method, pathOf(route), good(n++));
  expect([control.status < 300, await control.text()]).toEqual([true, expect.any(String)]);
  const state = async () => {
    const lists = ["/admin/keys?limit=500&revoked=true", "/admin/teams", "/admin/budgets", "/admin/routing-rules"];
    const all = [...lists, "/admin/virtual-models", "/admin/providers/groq", `/admin/generations/${generation}`];
    return Promise.all(all.map(async (path) => (await ask(gateway, "GET", path)).text()));
  };
  const before = await state();
  const names = NAMES.filter((name) => !takes.includes(name) && !Object.hasOwn(good(0), name));
  // By default every third, another third for each route.
  const step = sized(3, 1);
  const tried = names.filter((_, i) => i % step === route.length % step);
  const wrong: string[] = [];
  for (const name of tried) {
    const told = JSON.stringify(good(n++)).replace(/}$/, `,${JSON.stringify(name)}:"hg_1"}`);
    const reply = await ask(gateway, method, pathOf(route), told);
    const text = await reply.text();
    if (reply.status !== 400) wrong.push(`${name}: ${reply.status} ${text.slice(0, 120)}`);
  }
  expect(wrong).toEqual([]);
  expect(await state()).toEqual(before);
  tell({ row: "H8", what: `${route}: members that were refused`, value: tried.length });
});

test("what is noted of a key gives it nothing", async () => {
  const rights = { models: ["*"], role: "admin", id: "key_environment", team: "team_x", disabled: false, limits: null };
  const { key } = await made(gateway, { models: ["openai/gpt-5"], owner: "admin", metadata: { ...rights, a: rights } });
  const post = (model: string) => gateway.post("/v1/chat/completions", chat(model), { authorization: `Bearer ${key}` });
  expect([(await post("openai/gpt-5")).status, (await post("anthropic/claude-sonnet-4.5")).status]).toEqual([200, 403]);
  expect((await ask(gateway, "GET", "/admin/keys", undefined, key)).status).toBe(401);
});

test("whose a request is comes from its key alone", async () => {
  const { id: team } = await jsonOf(await ask(gateway, "POST", "/admin/teams", { name: "red" }));
  const { id, key } = await made(gateway, { team, name: "mine" });
  const claims = ["key_id", "keyId", "api_key_id", "apiKeyId", "team", "team_id", "teamId", "owner", "byok", "cost"];
  const rows: unknown[] = [];
  for (const claim of claims) {
    const field = `x-${claim.replaceAll("_", "-").toLowerCase()}`;
    const headers = {
      authorization: `Bearer ${key}`,
      [field]: "key_environment",
      "x-vercel-ai-gateway-team": "team_x",
    };
    // In the body some of them are refused and the others are the provider's affair.
    for (const body of [chat(), chat("openai/gpt-5", claim === "byok" ? {} : { [claim]: "key_environment" })]) {
      const reply = await gateway.post("/v1/chat/completions", body, headers);
      const { id: generation } = await jsonOf(reply);
      if (reply.status !== 200) continue;
      const row = await gateway.headgate.gateway.generations.find(generation, id);
      rows.push([row?.keyId, row?.team, row?.byok]);
    }
    const option = { providerOptions: { gateway: { [claim]: "key_environment" } } };
    expect([claim, (await gateway.post("/v1/chat/completions", chat("openai/gpt-5", option), headers)).status]).toEqual(
      [claim, 400],
    );
  }
  expect(rows.length).toBeGreaterThanOrEqual(claims.length);
  expect(new Set(rows.map((row) => JSON.stringify(row)))).toEqual(new Set([JSON.stringify([id, team, false])]));
});
