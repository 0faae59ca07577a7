import { afterEach, beforeEach, describe, expect, setSystemTime, test } from "bun:test";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../support/gateway.ts";

const TOKEN = "an-admin-token-of-the-operator";
const RULES = "/admin/routing-rules";

let gateway: RunningGateway;
beforeEach(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN } });
});
afterEach(() => gateway.stop());

function ask(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const entries = async (query = "") => await jsonOf(await ask("GET", `/admin/audit${query}`));
const deny = (id: string, more: object = {}) => ({ id, type: "deny", model: "openai/gpt-5", ...more });

describe("what is done is told", () => {
  test("by whom, to what, when and with what, the latest first", async () => {
    const began = Date.now();
    await ask("POST", RULES, deny("one"));
    await ask("PATCH", `${RULES}/one`, { enabled: false });
    await ask("DELETE", `${RULES}/one`);
    const { object, data, has_more, next } = await entries();
    expect([object, has_more, next]).toEqual(["list", false, null]);
    expect(data.map(({ action, target, actor }: Record<string, string>) => [actor, action, target])).toEqual([
      ["admin", "routing_rule.remove", "one"],
      ["admin", "routing_rule.change", "one"],
      ["admin", "routing_rule.create", "one"],
    ]);
    expect(data[1].detail).toMatchObject({ before: { enabled: true }, after: { enabled: false } });
    expect(data[0].detail).toMatchObject({ before: { enabled: false } });
    expect(data[2].id).toMatch(/^audit_[0-9A-Z]{26}$/);
    expect(Date.parse(data[2].created_at)).toBeWithin(began, Date.now() + 1);
  });

  test("where nothing changed there is nothing to tell", async () => {
    await ask("POST", RULES, { type: "deny" });
    await ask("DELETE", `${RULES}/nobody`);
    await ask("GET", RULES);
    expect((await entries()).data).toEqual([]);
  });

  test("of what is longer than anybody reads, that which is another now", async () => {
    const models = (n: number) => Array.from({ length: 400 }, (_, i) => `creator-${n}/a-model-with-a-long-name-${i}`);
    const { id } = await jsonOf(await ask("POST", "/admin/keys", { name: "x", models: models(1), owner: "ada" }));
    await ask("PATCH", `/admin/keys/${id}`, { models: models(2), owner: "bob" });
    const { data } = await entries(`?target=${id}`);
    const { before, after, cut } = data[0].detail;
    expect(cut).toBe(true);
    expect(before).toEqual({
      owner: "ada",
      models: expect.stringMatching(/^\["creator-1\/a.{480,}…$/),
      updated_at: null,
    });
    expect(Object.keys(after).sort()).toEqual(["models", "owner", "updated_at"]);
    expect(after.owner).toBe("bob");
    expect(JSON.stringify(data).length).toBeLessThan(6000);
  });

  test("what looks like a secret is not", async () => {
    const secret = "sk-proj-0123456789abcdefghij";
    await ask("POST", RULES, deny("one", { reason: `because of ${secret}` }));
    const text = JSON.stringify(await entries());
    expect(text).toContain("because of [redacted]");
    expect(text).not.toContain(secret);
  });
});

describe("who has not the admin token", () => {
  afterEach(() => setSystemTime());
  const come = async (token: string) => {
    const reply = await fetch(`${gateway.url}/admin/keys`, { headers: { authorization: `Bearer ${token}` } });
    expect(reply.status).toBe(401);
  };

  test("is written down once a minute, with how many there were, and never what was shown", async () => {
    for (const token of ["guess-one", KEY, "guess-two"]) await come(token);
    const { data } = await entries();
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({
      actor: "anyone",
      action: "admin.refused",
      target: "GET /admin/keys",
      detail: { count: 1 },
    });
    setSystemTime(new Date(Date.now() + 60_000));
    await come("guess-three");
    const later = await (await ask("GET", "/admin/audit")).text();
    expect(JSON.parse(later).data.map((one: { detail: object }) => one.detail)).toEqual([{ count: 3 }, { count: 1 }]);
    expect(later).not.toMatch(/guess|test-key/);
  });

  test("is not, where nothing is shown, or a model is asked for", async () => {
    await fetch(`${gateway.url}/admin/keys`);
    await gateway.get("/v1/credits", { authorization: "Bearer guess" });
    expect((await entries()).data).toEqual([]);
  });
});

describe("asked for", () => {
  beforeEach(async () => {
    for (const id of ["a", "b", "c"]) await ask("POST", RULES, deny(id));
    await ask("DELETE", `${RULES}/a`);
  });
  const targets = async (query: string) => (await entries(query)).data.map((one: { target: string }) => one.target);

  test("page by page", async () => {
    const { data, has_more, next } = await entries("?limit=3");
    expect([data.length, has_more]).toEqual([3, true]);
    expect(await targets(`?limit=3&before=${next}`)).toEqual(["a"]);
  });

  test("by what it was done to, and what: literally", async () => {
    expect(await targets("?target=%25")).toEqual([]);
    expect(await targets("?target=b")).toEqual(["b"]);
    expect(await targets(`?action=${encodeURIComponent("routing_rule.create")}`)).toEqual(["c", "b", "a"]);
    expect(await targets("?actor=nobody")).toEqual([]);
  });

  test.each([
    ["limit=0", "limit"],
    ["limit=501", "limit"],
    ["limit=1.5", "limit"],
    ["limit=-1", "limit"],
    ["limit=NaN", "limit"],
    ["limit=1&limit=2", "limit"],
    ["offset=1", "offset"],
  ])("%s is refused", async (query, param) => {
    const reply = await ask("GET", `/admin/audit?${query}`);
    expect([reply.status, (await jsonOf(reply)).error.param]).toEqual([400, param]);
  });
});
