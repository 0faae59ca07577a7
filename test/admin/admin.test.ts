import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROUTES } from "../../src/admin/routes.ts";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../support/gateway.ts";

const TOKEN = "an-admin-token-of-the-operator";
const RULES = "/admin/routing-rules";
const VIRTUAL = "/admin/virtual-models";
const MODEL = "openai/gpt-5";
const OTHER = "anthropic/claude-sonnet-4.5";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({
    remembers: true,
    config: {
      admin_token: TOKEN,
      admin_hosts: ["admin.example"],
      routing_rules: [{ id: "fixed", type: "deny", model: "openai/gpt-4.1" }],
      virtual_models: { "vmc/fixed": { model: MODEL } },
      providers: {
        groq: { credentials: [{ name: "blue", api_key: "sk-blue-secret" }], base_url: "http://127.0.0.1:9/v1" },
      },
    },
  });
});
afterAll(async () => {
  await gateway.stop();
});
beforeEach(() => gateway.simulator.forget());
afterEach(async () => {
  for (const path of [RULES, VIRTUAL])
    for (const { id, read_only } of (await jsonOf(await ask("GET", path))).data)
      if (read_only === false) expect((await ask("DELETE", `${path}/${id}`)).status).toBe(200);
});

interface Asked {
  body?: unknown;
  headers?: Record<string, string>;
}

function ask(method: string, path: string, { body, headers }: Asked = {}, at = gateway): Promise<Response> {
  return fetch(at.url + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

const chat = (model: string, more: object = {}, text = "[sim every=0]") => ({
  model,
  messages: [{ role: "user", content: text }],
  ...more,
});
const asked = () => gateway.simulator.requests.map(({ text }) => JSON.parse(text).model);
const statusOf = async (model: string) => (await gateway.post("/v1/chat/completions", chat(model))).status;

/** A path with names in it. */
const filled = (path: string, id: string) => path.replace(/\{id\}$/, id).replace(/\{\w+\}/g, "x");
/** What the admin token is for: `test/access/matrix.test.ts` has the rest. */
const GUARDED = ROUTES.filter(({ role }) => role === "admin");
const EVERY = GUARDED.map(({ method, path }) => [method, filled(path, "vmc/x")] as const);

describe.each(EVERY)("%s %s", (method, path) => {
  test("wants the admin token, and no key", async () => {
    for (const authorization of ["", `Bearer ${KEY}`, "Bearer x", `Bearer ${TOKEN}x`, `Basic ${TOKEN}`]) {
      const reply = await ask(method, path, { headers: { authorization } });
      expect([authorization, reply.status]).toEqual([authorization, 401]);
      expect(reply.headers.get("www-authenticate")).toBe("Bearer");
      expect((await jsonOf(reply)).error.code).toBe("invalid_api_key");
    }
  });

  test("is not called by a stranger's name, and is by one that is listed", async () => {
    const refused = await ask(method, path, { headers: { host: "evil.example" } });
    expect([refused.status, (await jsonOf(refused)).error.message]).toEqual([
      400,
      expect.stringContaining("admin_hosts"),
    ]);
    const body = method === "GET" || method === "DELETE" ? {} : { body: "{" };
    const reply = await ask(method, path, { ...body, headers: { host: "admin.example:8787" } });
    expect((await jsonOf(reply)).error?.message ?? "").not.toContain("admin_hosts");
  });

  test("may be read by no other origin, and is kept by nobody", async () => {
    for (const headers of [{}, { authorization: "" }, { host: "evil.example" }]) {
      const reply = await ask(method, path, { headers: { origin: "https://evil.example", ...headers } });
      expect([...reply.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
      expect(reply.headers.get("cache-control")).toBe("no-store");
      expect(reply.headers.get("content-type")).toBe("application/json");
      expect(reply.headers.get("x-request-id")).toStartWith("gen_");
      await reply.arrayBuffer();
    }
  });
});

describe.each(
  ROUTES.filter(({ takesBody }) => takesBody).map(({ method, path }) => [method, filled(path, "vmc/fixed")] as const),
)("the body of %s %s", (method, path) => {
  test.each([
    ["", 400, "invalid_json"],
    ["{", 400, "invalid_json"],
    ["[]", 400, "invalid_json"],
    ['{"id":"a","id":"b"}', 400, "invalid_json"],
  ])("%p is refused", async (body, status, code) => {
    const reply = await ask(method, path, { body });
    expect([reply.status, (await jsonOf(reply)).error.code]).toEqual([status, code]);
  });

  test("is at most 64 KB, but for one that a client might send", async () => {
    const reply = await ask(method, path, { body: { description: "x".repeat(65_536) } });
    const { takesMuch } = ROUTES.find((one) => one.method === method && filled(one.path, "vmc/fixed") === path)!;
    expect([reply.status, (await jsonOf(reply)).error.code]).toEqual(
      takesMuch === true ? [400, "invalid_request"] : [413, "request_too_large"],
    );
  });

  test("must be JSON by its type, too", async () => {
    const reply = await ask(method, path, { body: "{}", headers: { "content-type": "text/plain" } });
    expect([reply.status, (await jsonOf(reply)).error.code]).toEqual([415, "unsupported_media_type"]);
  });
});

describe("a path or a method that there is not", () => {
  test.each([
    "/admin/",
    "/admin/key",
    "/admin/health/",
    "/admin/health/x",
    "/admin/routing-rules/",
    "/admin/routing-rules/%",
  ])("%s is a 404", async (path) => {
    const reply = await ask("GET", path);
    expect([reply.status, (await jsonOf(reply)).error.code]).toEqual([404, "not_found"]);
  });

  test("that is near one is told which was meant", async () => {
    const { error } = await jsonOf(await ask("GET", "/admin/routing-rule"));
    expect(error.message).toEndWith('Did you mean "/admin/routing-rules"?');
  });

  test.each([
    ["POST", "/admin/health", "GET, HEAD"],
    ["OPTIONS", RULES, "GET, HEAD, POST"],
    ["DELETE", VIRTUAL, "GET, HEAD, POST"],
    ["POST", `${RULES}/x`, "GET, HEAD, PUT, PATCH, DELETE"],
  ])("%s %s is a 405 that says which there are", async (method, path, allow) => {
    const reply = await ask(method, path);
    expect([reply.status, reply.headers.get("allow")]).toEqual([405, allow]);
    expect((await jsonOf(reply)).error.code).toBe("method_not_allowed");
  });

  test("HEAD is GET without the body", async () => {
    const reply = await ask("HEAD", RULES);
    expect([reply.status, await reply.text()]).toEqual([200, ""]);
  });
});

describe("a rule that is made", () => {
  test("is followed by the next request, until it is taken away", async () => {
    expect(await statusOf(MODEL)).toBe(200);
    const made = await ask("POST", RULES, { body: { id: "no", type: "deny", model: MODEL, reason: "Not now." } });
    expect([made.status, await jsonOf(made)]).toMatchObject([201, { id: "no", source: "api", read_only: false }]);
    const denied = await gateway.post("/v1/chat/completions", chat(MODEL));
    expect([denied.status, (await jsonOf(denied)).error.param]).toEqual([403, { ruleId: "no" }]);
    const names = async () => (await jsonOf(await gateway.get("/v1/models"))).data.map(({ id }: { id: string }) => id);
    expect(await names()).not.toContain(MODEL);
    expect((await ask("PATCH", `${RULES}/no`, { body: { enabled: false } })).status).toBe(200);
    expect(await statusOf(MODEL)).toBe(200);
    const gone = await ask("DELETE", `${RULES}/no`);
    expect([gone.status, await jsonOf(gone)]).toEqual([200, { id: "no", deleted: true }]);
    expect(await names()).toContain(MODEL);
    expect((await ask("GET", `${RULES}/no`)).status).toBe(404);
  });

  test("leads to a virtual model that is made, whose name may be written both ways", async () => {
    await ask("POST", VIRTUAL, { body: { id: "vmc/team", model: OTHER } });
    const made = await jsonOf(await ask("POST", RULES, { body: { type: "rewrite", model: MODEL, to: "vmc/team" } }));
    expect(made.id).toMatch(/^rule_[0-9A-Z]{26}$/);
    expect(await statusOf(MODEL)).toBe(200);
    expect((await jsonOf(await ask("GET", `${VIRTUAL}/vmc%2Fteam`))).model).toBe(OTHER);
    expect((await ask("PUT", `${VIRTUAL}/vmc/team`, { body: { model: "openai/gpt-5-mini" } })).status).toBe(200);
    expect(await statusOf(MODEL)).toBe(200);
    expect(asked()).toEqual(["claude-sonnet-4-5-20250929", "gpt-5-mini"]);
    const listed = await jsonOf(await gateway.get("/v1/models/vmc/team"));
    expect(listed.id).toBe("vmc/team");
  });

  test("is not known to a request on its way, which falls back as it was planned", async () => {
    // A provider that fails, but not before it is told to.
    const { promise: met, resolve: meet } = Promise.withResolvers<void>();
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    const held = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch() {
        meet();
        await told;
        return new Response("{}", { status: 500 });
      },
    });
    const running = await startGateway({
      config: {
        admin_token: TOKEN,
        providers: { groq: { api_key: "k", base_url: `http://127.0.0.1:${held.port}/v1` } },
      },
    });
    try {
      const body = chat("groq/llama-3.3-70b-versatile", { models: [OTHER] });
      const reply = running.post("/v1/chat/completions", body);
      await met;
      const made = await ask("POST", RULES, { body: { id: "no", type: "deny", model: "*" } }, running);
      expect(made.status).toBe(201);
      tell();
      const answered = await reply;
      expect([answered.status, (await jsonOf(answered)).model]).toEqual([200, OTHER]);
      expect((await running.post("/v1/chat/completions", body)).status).toBe(403);
    } finally {
      await running.stop();
      await held.stop(true);
    }
  });

  test("survives a restart, in its order", async () => {
    const data = await mkdtemp(join(tmpdir(), "headgate-admin-"));
    try {
      const config = { admin_token: TOKEN, data };
      let running = await startGateway({ config });
      await ask("POST", VIRTUAL, { body: { id: "vmc/kept", model: OTHER } }, running);
      for (const id of ["b", "a"])
        await ask("POST", RULES, { body: { id, type: "rewrite", model: MODEL, to: "vmc/kept" } }, running);
      const before = (await jsonOf(await ask("GET", RULES, {}, running))).data;
      await running.stop();
      running = await startGateway({ config });
      expect((await jsonOf(await ask("GET", RULES, {}, running))).data).toEqual(before);
      expect(before.map(({ id }: { id: string }) => id)).toEqual(["b", "a"]);
      const reply = await running.post("/v1/chat/completions", chat(MODEL));
      expect((await jsonOf(reply)).model).toBe(OTHER);
      await running.stop();
    } finally {
      rmSync(data, { recursive: true });
    }
  });
});

describe("what is wrong is a 400 that says where, and changes nothing", () => {
  test.each([
    [RULES, { type: "deny", model: MODEL, reasn: "x" }, "reasn", /did you mean "reason"/],
    [RULES, { type: "deny" }, "model", /model/],
    [RULES, { id: 5, type: "deny", model: MODEL }, "id", /a text/],
    [RULES, { id: "fixed", type: "deny", model: MODEL }, "id", /already/],
    [RULES, { id: "..", type: "deny", model: MODEL }, "id", /can be called/],
    [RULES, { id: ".", type: "deny", model: MODEL }, "id", /can be called/],
    [VIRTUAL, { id: "vmc/..", model: MODEL }, "id", /creator\/name/],
    [RULES, { id: "x", type: "rewrite", model: MODEL, to: "openai/gpt-55" }, "to", /did you mean/],
    [VIRTUAL, { model: MODEL }, "id", /its name/],
    [VIRTUAL, { id: "vmc/fixed", model: MODEL }, "id", /already/],
    [VIRTUAL, { id: "vmc/x", model: "nobody/knows" }, "model", /nobody knows a model/],
    [VIRTUAL, { id: "__proto__/x", candidates: [] }, "candidates", /candidates/],
  ])("%s %p", async (path, body, param, message) => {
    const before = await (await ask("GET", path)).text();
    const reply = await ask("POST", path, { body });
    const { error } = await jsonOf(reply);
    expect([reply.status, error.code, error.param]).toEqual([400, "invalid_request", param]);
    expect(error.message).toMatch(message);
    expect(await (await ask("GET", path)).text()).toBe(before);
    expect(await statusOf(MODEL)).toBe(200);
  });

  test("rules that lead on to each other", async () => {
    const rule = (id: string, model: string, to: string) => ({ body: { id, type: "rewrite", model, to } });
    expect((await ask("POST", RULES, rule("one", MODEL, "openai/gpt-5-mini"))).status).toBe(201);
    const reply = await ask("POST", RULES, rule("two", "openai/gpt-5-mini", MODEL));
    expect([reply.status, (await jsonOf(reply)).error.message]).toEqual([
      400,
      expect.stringMatching(/one → two|two → one/),
    ]);
  });

  test("what stands in the configuration, changed or taken away", async () => {
    for (const method of ["PUT", "PATCH", "DELETE"]) {
      const body = method === "DELETE" ? {} : { body: { model: OTHER } };
      const reply = await ask(method, `${VIRTUAL}/vmc/fixed`, body);
      expect([reply.status, (await jsonOf(reply)).error.message]).toEqual([
        400,
        expect.stringContaining("stands in the configuration"),
      ]);
    }
  });

  test("another name than that of the path", async () => {
    await ask("POST", RULES, { body: { id: "mine", type: "deny", model: OTHER } });
    const reply = await ask("PATCH", `${RULES}/mine`, { body: { id: "yours" } });
    expect([reply.status, (await jsonOf(reply)).error.param]).toEqual([400, "id"]);
  });
});

describe("health", () => {
  const health = async () => await jsonOf(await ask("GET", "/admin/health"));
  const entry = async (endpoint: RegExp) =>
    (await health()).data.find((one: { endpoint: string }) => endpoint.test(one.endpoint));

  test("tells how those do who were asked, and nothing of others", async () => {
    gateway.headgate.gateway.health.forget();
    expect(await health()).toEqual({
      object: "health",
      simulated: false,
      mode: { worker: null, database: "sqlite", redis: null, limits: "here", key_changes: "here" },
      requests_in_flight: 0,
      streams_open: 0,
      ledger_lag: 0,
      rows_waiting: 0,
      rows_in_memory: 0,
      missing: [],
      data: [],
    });
    await (await gateway.post("/v1/chat/completions", chat(MODEL, { stream: true }))).text();
    const { data } = await health();
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({
      provider: "openai",
      model: MODEL,
      upstream_model: "gpt-5",
      credential: null,
      circuit: "closed",
      left_alone: null,
      requests_last_15m: { worked: 1, failed: 0 },
      uptime_last_15m: 100,
      latency_last_1h: { p50: expect.any(Number), p95: expect.any(Number) },
    });
  });

  test("tells who is left alone, why and until when, by the name of the credential; what was learned survives a new rule", async () => {
    gateway.headgate.gateway.health.forget();
    const limited = chat(MODEL, {}, '[sim status=429 retry-after=60 message="secret words"]');
    await gateway.post("/v1/chat/completions", limited);
    await gateway.post("/v1/chat/completions", chat("groq/llama-3.3-70b-versatile"));
    await ask("POST", RULES, { body: { id: "x", type: "deny", model: OTHER } });
    const text = await (await ask("GET", "/admin/health")).text();
    for (const secret of ["secret words", "sk-test", "sk-blue"]) expect(text).not.toContain(secret);
    const one = await entry(/gpt-5/);
    expect(one).toMatchObject({
      circuit: "open",
      left_alone: { error: "upstream_rate_limited", status: 429, told_by_provider: true, probing: false },
      requests_last_15m: { worked: 0, failed: 1 },
    });
    const wait = Date.parse(one.left_alone.until) - Date.now();
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60_000);
    expect(await entry(/groq/)).toMatchObject({ credential: "blue", requests_last_15m: { worked: 0 } });
  });
});
