import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ROUTES } from "../../src/admin/routes.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

const TOKEN = "an-admin-token-of-the-operator";

let gateway: RunningGateway;
beforeAll(async () => {
  const config = {
    admin_token: TOKEN,
    admin: "locked",
    routing_rules: [{ id: "x", type: "deny", model: "openai/gpt-5" }],
  };
  gateway = await startGateway({ config });
});
afterAll(() => gateway.stop());

function ask(method: string, path: string, token = TOKEN): Promise<Response> {
  return fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(method === "GET" || method === "DELETE" ? {} : { body: "{}" }),
  });
}

const GUARDED = ROUTES.filter((route) => !("role" in route) || route.role === "admin");
const WRITES = GUARDED.filter(({ method, harmless }) => method !== "GET" && harmless !== true);

describe.each(WRITES.map(({ method, path }) => [method, path.replace(/\{\w+\}/g, "x")] as const))(
  "%s %s",
  (method, path) => {
    test("is refused, with the reason, to whoever has the token", async () => {
      const reply = await ask(method, path);
      const { error } = await jsonOf(reply);
      expect([reply.status, error.code, error.message]).toEqual([
        403,
        "admin_locked",
        expect.stringContaining("`locked`"),
      ]);
      expect((await ask(method, path, "nobody-knows-this-token")).status).toBe(401);
    });
  },
);

test("a key that was found by others is shut all the same, and that is written down", async () => {
  const { key } = gateway.headgate.fresh!;
  const asked = { model: "openai/gpt-5-mini", messages: [{ role: "user", content: "Hi" }] };
  const statusOf = async () =>
    (await gateway.post("/v1/chat/completions", asked, { authorization: `Bearer ${key}` })).status;
  expect(await statusOf()).toBe(200);
  const report = { method: "POST", headers: { "content-type": "application/json" } };
  const body = JSON.stringify({ secret: { api_key: key } });
  expect((await fetch(`${gateway.url}/external/compromised_secret`, { ...report, body })).status).toBe(200);
  expect(await statusOf()).toBe(401);
  const { data } = await jsonOf(await ask("GET", "/admin/audit?action=key.leak"));
  expect(data).toMatchObject([{ actor: "anyone", detail: { what: "key" } }]);
});

test("what there is may be seen, and a credential tried; nothing was written down", async () => {
  for (const path of ["/admin/health", "/admin/routing-rules", "/admin/providers"])
    expect((await ask("GET", path)).status).toBe(200);
  expect(await jsonOf(await ask("POST", "/admin/providers/groq/credentials/default/test"))).toMatchObject({ ok: true });
  const { data } = await jsonOf(await ask("GET", "/admin/audit?actor=admin"));
  expect(data.map(({ action }: { action: string }) => action)).toEqual(["credential.test"]);
});
