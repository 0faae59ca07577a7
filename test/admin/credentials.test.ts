import { Database } from "bun:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

const TOKEN = "an-admin-token-of-the-operator";
const SECRET = "sk-entered-0123456789abcdefghij";
const OTHER = "sk-another-9876543210jihgfedcba";
const MODEL = "groq/llama-3.3-70b-versatile";
const GROQ = "/admin/providers/groq/credentials";

/** A provider that remembers who was shown to it. */
class Upstream {
  readonly shown: string[] = [];
  status = 200;
  private readonly server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      this.shown.push(request.headers.get("authorization") ?? "");
      const { model } = (await request.json()) as { model: string };
      if (this.status !== 200)
        return Response.json(
          { error: { message: `no: ${request.headers.get("authorization")}`, type: "auth" } },
          { status: this.status },
        );
      const choices = [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }];
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
      return Response.json({ id: "x", object: "chat.completion", created: 1, model, choices, usage });
    },
  });
  readonly url = `http://127.0.0.1:${this.server.port}/v1`;
  stop = () => this.server.stop(true);
}

let here: Upstream;
let there: Upstream;
let gateway: RunningGateway;
beforeAll(() => {
  here = new Upstream();
  there = new Upstream();
});
afterAll(async () => {
  await here.stop();
  await there.stop();
});

/** Groq is where the test says, and nobody has a credential for it. */
const config = (more: object = {}) => ({
  admin_token: TOKEN,
  providers: { groq: { base_url: here.url }, mistral: { api_key: "sk-fixed-mistral-0123456789", base_url: here.url } },
  ...more,
});

beforeEach(async () => {
  here.shown.length = 0;
  there.shown.length = 0;
  here.status = 200;
  gateway = await startGateway({ config: config() });
});
afterEach(() => gateway.stop());

function ask(method: string, path: string, body?: unknown, at = gateway): Promise<Response> {
  return fetch(at.url + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}
const chat = (model = MODEL, at = gateway) =>
  at.post("/v1/chat/completions", { model, messages: [{ role: "user", content: "Hi" }] });

describe("a credential that is entered", () => {
  test("asks from the next request on, until it is taken away; nobody is shown it", async () => {
    expect((await chat()).status).not.toBe(200);
    const made = await ask("POST", GROQ, { name: "blue", api_key: SECRET, no_training: true, weight: 3 });
    const text = await made.text();
    expect(made.status).toBe(201);
    expect(JSON.parse(text)).toMatchObject({
      provider: "groq",
      name: "blue",
      source: "api",
      read_only: false,
      weight: 3,
      no_training: true,
      zero_data_retention: false,
      hint: "…ghij",
    });
    expect((await chat()).status).toBe(200);
    expect(here.shown).toEqual([`Bearer ${SECRET}`]);
    const told = [text];
    for (const path of [
      "/admin/providers",
      "/admin/providers/groq",
      GROQ,
      `${GROQ}/blue`,
      "/admin/audit",
      "/admin/health",
    ])
      told.push(await (await ask("GET", path)).text());
    told.push(await (await gateway.get("/metrics")).text());
    expect(told.filter((one) => one.includes(SECRET))).toEqual([]);
    const gone = await ask("DELETE", `${GROQ}/blue`);
    expect([gone.status, await jsonOf(gone)]).toEqual([200, { provider: "groq", name: "blue", deleted: true }]);
    expect((await chat()).status).not.toBe(200);
    expect(here.shown).toHaveLength(1);
  });

  test("goes by the name that it is given, or by a free one; with its weight before or behind others", async () => {
    for (const name of ["api-1", "api-2"])
      expect(await jsonOf(await ask("POST", GROQ, { api_key: SECRET }))).toMatchObject({ name });
    await ask("PATCH", `${GROQ}/api-2`, { weight: 0 });
    await ask("PATCH", `${GROQ}/api-1`, { api_key: OTHER });
    await chat();
    expect(here.shown).toEqual([`Bearer ${OTHER}`]);
  });

  test("stands beside one of the configuration, which is listed and stays as it is", async () => {
    const at = "/admin/providers/mistral/credentials";
    expect((await jsonOf(await ask("GET", at))).data).toMatchObject([
      { name: "default", source: "configuration", read_only: true },
    ]);
    await ask("POST", at, { name: "more", api_key: SECRET, weight: 0 });
    await chat("mistral/codestral");
    expect(here.shown).toEqual(["Bearer sk-fixed-mistral-0123456789"]);
    for (const [method, body] of [
      ["PATCH", { weight: 2 }],
      ["DELETE", undefined],
    ] as const) {
      const reply = await ask(method, `${at}/default`, body);
      expect([reply.status, (await jsonOf(reply)).error.message]).toEqual([
        400,
        expect.stringContaining("stands in the configuration"),
      ]);
    }
    expect((await ask("POST", at, { name: "default", api_key: SECRET })).status).toBe(400);
  });

  test("keeps its connections and what was learned of it while others come and go", async () => {
    await ask("POST", GROQ, { name: "blue", api_key: SECRET });
    const of = (name: string) =>
      gateway.headgate.gateway.snapshot.choice.credentials.get("groq")?.find((one) => one.name === name);
    const [blue, fixed] = [of("blue"), gateway.headgate.gateway.snapshot.choice.credentials.get("mistral")];
    await chat();
    expect(blue?.pool.size).toBe(1);
    await ask("POST", GROQ, { name: "green", api_key: OTHER });
    const green = of("green");
    await ask("POST", "/admin/routing-rules", { id: "r", type: "deny", model: "openai/gpt-5" });
    expect(of("blue")).toBe(blue!);
    expect(of("green")).toBe(green!);
    await ask("DELETE", `${GROQ}/green`);
    expect(of("blue")).toBe(blue!);
    expect(gateway.headgate.gateway.snapshot.choice.credentials.get("mistral")).toEqual(fixed!);
    await ask("DELETE", `${GROQ}/blue`);
    expect(blue?.pool.size).toBe(0);
  });
});

describe("the secret is for one address", () => {
  beforeEach(async () => {
    await ask("POST", GROQ, { name: "blue", api_key: SECRET, base_url: here.url });
  });

  test("where that is changed, it is dropped; told again, it is for the new one", async () => {
    const changed = await jsonOf(await ask("PATCH", `${GROQ}/blue`, { base_url: there.url }));
    expect(changed).toMatchObject({ hint: null, problem: expect.stringContaining("dropped") });
    expect((await chat()).status).not.toBe(200);
    // Nor does it come back with the address.
    await ask("PATCH", `${GROQ}/blue`, { base_url: here.url });
    expect((await chat()).status).not.toBe(200);
    expect([...here.shown, ...there.shown]).toEqual([]);
    await ask("PATCH", `${GROQ}/blue`, { base_url: there.url, api_key: OTHER });
    expect((await chat()).status).toBe(200);
    expect([here.shown, there.shown]).toEqual([[], [`Bearer ${OTHER}`]]);
  });

  test("another path is another address: behind one name there may be many tenants", async () => {
    await ask("PATCH", `${GROQ}/blue`, { api_key: SECRET, base_url: `${here.url}/acme/` });
    // It is the same without its slash.
    expect((await jsonOf(await ask("PATCH", `${GROQ}/blue`, { base_url: `${here.url}/acme` }))).hint).toBe("…ghij");
    for (const path of ["/acme/more", "/Acme", "/foe", ""]) {
      const told = await jsonOf(await ask("PATCH", `${GROQ}/blue`, { base_url: `${here.url}${path}` }));
      expect([path, told.hint, told.problem]).toEqual([path, null, expect.stringContaining("dropped")]);
      await ask("PATCH", `${GROQ}/blue`, { base_url: `${here.url}/acme`, api_key: SECRET });
    }
    await chat();
    expect(here.shown).toEqual([`Bearer ${SECRET}`]);
  });

  test("a change of anything else keeps it, and so does the same address told again", async () => {
    for (const change of [{ weight: 2 }, { base_url: here.url }, { zero_data_retention: true }, { weight: null }])
      expect((await ask("PATCH", `${GROQ}/blue`, change)).status).toBe(200);
    expect((await chat()).status).toBe(200);
    expect(here.shown).toEqual([`Bearer ${SECRET}`]);
  });

  test("the secret alone may be taken away", async () => {
    expect(await jsonOf(await ask("PATCH", `${GROQ}/blue`, { api_key: null }))).toMatchObject({ hint: null });
    expect((await chat()).status).not.toBe(200);
  });
});

describe("after a restart", () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), "headgate-credentials-"));
  });
  afterEach(() => rmSync(data, { recursive: true }));
  const restarted = async (then: (at: RunningGateway) => Promise<void>, more: object = {}) => {
    const running = await startGateway({ config: config({ data, ...more }) });
    await then(running);
    const { complaints } = running;
    await running.stop().catch(() => {});
    return complaints.map(String);
  };
  const enter = () => restarted(async (at) => void (await ask("POST", GROQ, { name: "blue", api_key: SECRET }, at)));

  test("it holds, and lies on the disk in no readable form", async () => {
    await enter();
    const files = readdirSync(data).map((name) => readFileSync(join(data, name)));
    expect(files.length).toBeGreaterThanOrEqual(2);
    expect(files.filter((bytes) => bytes.includes(SECRET) || bytes.includes(btoa(SECRET).slice(0, 30)))).toEqual([]);
    expect(await restarted(async (at) => void expect((await chat(MODEL, at)).status).toBe(200))).toEqual([]);
    expect(here.shown).toEqual([`Bearer ${SECRET}`]);
  });

  test("where the configuration leads its provider elsewhere, it is not shown there, and is told so", async () => {
    await enter();
    const told = await restarted(
      async (at) => {
        expect((await chat(MODEL, at)).status).not.toBe(200);
        const [one] = (await jsonOf(await ask("GET", GROQ, undefined, at))).data;
        expect(one.problem).toContain("sealed for something else");
        expect((await ask("PATCH", `${GROQ}/blue`, { api_key: OTHER }, at)).status).toBe(200);
        expect((await chat(MODEL, at)).status).toBe(200);
      },
      { providers: { groq: { base_url: there.url } } },
    );
    expect(told).toEqual([expect.stringContaining("the credential blue of groq is not asked")]);
    expect([here.shown, there.shown]).toEqual([[], [`Bearer ${OTHER}`]]);
  });

  const MOVED: [string, string][] = [
    [
      "into another row of its provider",
      "UPDATE credentials SET sealed = (SELECT sealed FROM credentials WHERE name = 'blue') WHERE name = 'red'",
    ],
    [
      "into a row of another provider",
      "UPDATE credentials SET provider = 'mistral', name = 'blue' WHERE name = 'blue'",
    ],
    ["beside another name", "UPDATE credentials SET name = 'green' WHERE name = 'blue'"],
    [
      "beside another address",
      "UPDATE credentials SET settings = json_set(settings, '$.base_url', :there) WHERE name = 'blue'",
    ],
    [
      "beside another region",
      "UPDATE credentials SET settings = json_set(settings, '$.region', 'eu') WHERE name = 'blue'",
    ],
    [
      "and changed by a letter",
      "UPDATE credentials SET sealed = substr(sealed, 1, 40) || CASE substr(sealed, 41, 1) WHEN 'A' THEN 'B' ELSE 'A' END || substr(sealed, 42) WHERE name = 'blue'",
    ],
  ];
  test.each(MOVED)("where somebody who can write in the database has put it %s, it opens nowhere", async (_, sql) => {
    await restarted(async (at) => {
      await ask("POST", GROQ, { name: "blue", api_key: SECRET }, at);
      await ask("POST", GROQ, { name: "red", api_key: OTHER }, at);
      await ask("PATCH", `${GROQ}/red`, { weight: 2 }, at);
    });
    const file = new Database(join(data, "headgate.db"));
    const { changes } = file.query(sql).run(sql.includes(":there") ? { ":there": there.url } : {});
    expect(changes).toBe(1);
    file.close();
    const told = await restarted(async (at) => {
      for (let n = 0; n < 5; n++) await chat(MODEL, at);
      for (const path of ["groq", "mistral"]) {
        const { data: all } = await jsonOf(await ask("GET", `/admin/providers/${path}/credentials`, undefined, at));
        for (const { name, problem } of all as { name: string; problem?: string }[]) {
          const reply = await ask("POST", `/admin/providers/${path}/credentials/${name}/test`, undefined, at);
          expect(reply.status).toBe(problem === undefined ? 200 : 400);
        }
      }
    });
    expect(told).toEqual([expect.stringContaining("is not asked: it was sealed for something else, or was changed")]);
    const isMoved = sql.includes("'red'");
    expect(here.shown).not.toContain(`Bearer ${isMoved ? OTHER : SECRET}`);
    expect(there.shown).toEqual([]);
  });

  test("where the configuration does not know its provider any more, it can be taken away", async () => {
    const own = { wire: "openai-chat", base_url: here.url, api_key: "none" };
    const at = "/admin/providers/mine/credentials";
    await restarted(
      async (running) =>
        void expect((await ask("POST", at, { name: "blue", api_key: SECRET }, running)).status).toBe(201),
      { providers: { mine: own } },
    );
    await restarted(async (running) => {
      const [one] = (await jsonOf(await ask("GET", at, undefined, running))).data;
      expect(one).toMatchObject({ name: "blue", problem: expect.stringContaining("nobody knows a provider") });
      const change = await ask("PATCH", `${at}/blue`, { weight: 2 }, running);
      expect([change.status, (await jsonOf(change)).error.message]).toEqual([
        400,
        expect.stringContaining("nobody knows a provider"),
      ]);
      expect((await ask("DELETE", `${at}/blue`, undefined, running)).status).toBe(200);
      expect((await ask("GET", at, undefined, running)).status).toBe(404);
    });
  });

  test("where the configuration has one of that name by now, that one holds", async () => {
    await enter();
    const credentials = [{ name: "blue", api_key: OTHER }];
    await restarted(
      async (at) => {
        await chat(MODEL, at);
        const { data: all } = await jsonOf(await ask("GET", GROQ, undefined, at));
        expect(all.map((one: { problem?: string }) => one.problem)).toEqual([
          undefined,
          "the configuration has one of that name",
        ]);
      },
      { providers: { groq: { base_url: here.url, credentials } } },
    );
    expect(here.shown).toEqual([`Bearer ${OTHER}`]);
  });
});

describe("of each provider is told what to enter", () => {
  test.each([
    ["mistral", { authentication: "key", needs_base_url: false, usual_region: null }],
    ["azure", { authentication: "key", needs_base_url: true, usual_region: null }],
    ["bedrock", { authentication: "aws", needs_base_url: false, usual_region: "us-east-1" }],
    ["vertex", { authentication: "google_cloud", needs_base_url: false, usual_region: null }],
    ["ollama", { authentication: "none", needs_base_url: true, usual_region: null }],
  ])("%s", async (name, told) => {
    expect(await jsonOf(await ask("GET", `/admin/providers/${name}`))).toMatchObject(told);
  });

  test("its own variables, and no address where the configuration tells one", async () => {
    const { variables } = await jsonOf(await ask("GET", "/admin/providers/mistral"));
    expect(variables).toEqual(["MISTRAL_API_KEY"]);
    const placed = await startGateway({ config: config({ providers: { ollama: { base_url: here.url } } }) });
    const told = await jsonOf(await ask("GET", "/admin/providers/ollama", undefined, placed));
    await placed.stop();
    expect(told.needs_base_url).toBe(false);
  });

  test("a server that wants no key is asked without one, at the address that is entered", async () => {
    const made = await ask("POST", "/admin/providers/ollama/credentials", { api_key: "none", base_url: here.url });
    const { name, problem } = await jsonOf(made);
    expect([made.status, problem]).toEqual([201, undefined]);
    // The catalogue has no models of it: what runs there is the operator's to say.
    const test = await ask("POST", `/admin/providers/ollama/credentials/${name}/test`);
    expect([test.status, (await jsonOf(test)).error.message]).toEqual([400, "It has no model that could be asked."]);
  });
});

describe("accounts of clouds", () => {
  const AWS = "/admin/providers/bedrock/credentials";
  const GOOGLE = "/admin/providers/vertex/credentials";

  test("an access key is entered as a whole, for one region", async () => {
    const key = { access_key_id: "AKIA0123456789ABCDEF", secret_access_key: SECRET };
    const made = await jsonOf(await ask("POST", AWS, { name: "eu", region: "eu-central-1", ...key }));
    expect(made).toMatchObject({ region: "eu-central-1", hint: "…CDEF" });
    expect(made.problem).toBeUndefined();
    expect((await ask("POST", AWS, { secret_access_key: SECRET })).status).toBe(400);
    expect((await ask("POST", AWS, { ...key, api_key: SECRET })).status).toBe(400);
    // Half of another key is not put to half of this one.
    expect((await ask("PATCH", `${AWS}/eu`, { secret_access_key: OTHER })).status).toBe(400);
    expect(await jsonOf(await ask("PATCH", `${AWS}/eu`, { region: "us-east-1" }))).toMatchObject({
      hint: null,
      problem: expect.stringContaining("dropped"),
    });
  });

  test("a service account is entered as the text of its key, and asks nobody else for its token", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" });
    const file = { type: "service_account", client_email: "a@b.iam.gserviceaccount.com", private_key: pem };
    const text = JSON.stringify({ ...file, project_id: "p-1", token_uri: `${there.url}/token` });
    const made = await (await ask("POST", GOOGLE, { name: "one", credentials_json: text })).text();
    expect(JSON.parse(made)).toMatchObject({ name: "one", hint: "service account" });
    expect(made).not.toContain("PRIVATE KEY");
    expect(there.shown).toEqual([]);
    for (const wrong of ["{}", "no JSON", JSON.stringify({ ...file, private_key: SECRET })]) {
      const reply = await ask("POST", GOOGLE, { credentials_json: wrong });
      expect([reply.status, (await reply.text()).includes(SECRET)]).toEqual([400, false]);
    }
    expect((await ask("POST", GROQ, { credentials_json: text })).status).toBe(400);
  });
});

describe("tried", () => {
  test("it is asked for a few tokens of its cheapest model", async () => {
    await ask("POST", GROQ, { name: "blue", api_key: SECRET });
    const reply = await ask("POST", `${GROQ}/blue/test`);
    expect([reply.status, await jsonOf(reply)]).toEqual([
      200,
      { ok: true, model: expect.stringContaining("/"), status: 200, duration_ms: expect.any(Number), error: null },
    ]);
    expect(here.shown).toEqual([`Bearer ${SECRET}`]);
    const named = await jsonOf(await ask("POST", `${GROQ}/blue/test?model=meta/llama-3.3-70b`));
    expect(named).toMatchObject({ ok: true, model: "meta/llama-3.3-70b" });
    expect((await ask("POST", `${GROQ}/blue/test?model=openai/nothing`)).status).toBe(400);
  });

  test("what it is refused with is told, without the secret that the provider repeats", async () => {
    await ask("POST", GROQ, { name: "blue", api_key: SECRET });
    here.status = 401;
    const text = await (await ask("POST", `${GROQ}/blue/test`)).text();
    expect(JSON.parse(text)).toMatchObject({ ok: false, status: 401, error: { code: "upstream_auth" } });
    expect(text).not.toContain(SECRET);
  });

  test("where nobody is, that is told", async () => {
    await ask("POST", GROQ, { name: "blue", api_key: SECRET, base_url: "http://127.0.0.1:9/v1" });
    expect(await jsonOf(await ask("POST", `${GROQ}/blue/test`))).toMatchObject({ ok: false, status: null });
  });

  test("one of the configuration as well, and one without a secret not", async () => {
    expect(await jsonOf(await ask("POST", "/admin/providers/mistral/credentials/default/test"))).toMatchObject({
      ok: true,
    });
    await ask("POST", GROQ, { name: "blue", api_key: SECRET });
    await ask("PATCH", `${GROQ}/blue`, { api_key: null });
    expect((await ask("POST", `${GROQ}/blue/test`)).status).toBe(400);
  });
});

describe("what is wrong is a 4xx that says where, repeats no secret and changes nothing", () => {
  test.each([
    [{}, ""],
    [{ api_key: "" }, "api_key"],
    [{ api_key: `${SECRET}\r\nx: y` }, "api_key"],
    [{ api_key: 5 }, "api_key"],
    [{ api_key: SECRET, api_key_file: "/etc/passwd" }, "api_key_file"],
    [{ credentials_file: "/etc/passwd" }, "credentials_file"],
    [{ api_key: SECRET, weight: -1 }, "weight"],
    [{ api_key: SECRET, weight: "NaN" }, "weight"],
    [{ api_key: SECRET, weight: 1e9 }, "weight"],
    [{ api_key: SECRET, name: "a b" }, "name"],
    [{ api_key: SECRET, name: "." }, "name"],
    [{ api_key: SECRET, name: ".." }, "name"],
    [{ api_key: "x", name: "sk-proj-0123456789abcdef" }, "name"],
    [{ api_key: SECRET, base_url: "ftp://example.com" }, "base_url"],
    [{ api_key: SECRET, base_url: `http://u:${SECRET}@127.0.0.1` }, ""],
    [{ api_key: SECRET, base_url: "${HOME}" }, "base_url"],
    [{ api_key: SECRET, region: "eu.evil.example/" }, "region"],
    [{ api_key: SECRET, id: "cred_1" }, "id"],
    [{ api_key: SECRET, hint: "…" }, "hint"],
    [{ api_key: SECRET, source: "configuration" }, "source"],
    [{ api_key: SECRET, headers: { "x-y": "z" } }, "headers"],
    [{ api_key: SECRET, apikey: OTHER }, "apikey"],
    [{ access_key_id: "AKIA0123456789ABCDEF", secret_access_key: SECRET }, ""],
  ])("%p", async (body, param) => {
    const before = await (await ask("GET", "/admin/providers")).text();
    const reply = await ask("POST", GROQ, body);
    const text = await reply.text();
    const { error } = JSON.parse(text);
    expect([reply.status, error.code, error.param ?? ""]).toEqual([400, "invalid_request", param]);
    expect([text.includes(SECRET), text.includes(OTHER)]).toEqual([false, false]);
    expect(await (await ask("GET", "/admin/providers")).text()).toBe(before);
    expect((await jsonOf(await ask("GET", "/admin/audit"))).data).toEqual([]);
  });

  test("a provider or a name that there is not, a name that is taken, another name", async () => {
    await ask("POST", GROQ, { name: "blue", api_key: SECRET });
    for (const [method, path, status, body] of [
      ["GET", "/admin/providers/nobody", 404],
      ["GET", "/admin/providers/__proto__", 404],
      ["GET", "/admin/providers/nobody/credentials", 404],
      ["POST", "/admin/providers/nobody/credentials", 404, { api_key: SECRET }],
      ["GET", `${GROQ}/green`, 404],
      ["PATCH", `${GROQ}/green`, 404, {}],
      ["DELETE", `${GROQ}/green`, 404],
      ["POST", `${GROQ}/green/test`, 404],
      ["DELETE", `${GROQ}/%25`, 404],
      ["POST", GROQ, 400, { name: "blue", api_key: OTHER }],
      ["PATCH", `${GROQ}/blue`, 400, { name: "a b" }],
      ["PATCH", `${GROQ}/blue`, 400, { hint: "x" }],
      ["PATCH", `${GROQ}/blue`, 400, { base_url: "nowhere" }],
    ] as const) {
      const reply = await ask(method, path, body);
      expect([method, path, reply.status]).toEqual([method, path, status]);
      await reply.arrayBuffer();
    }
    await chat();
    expect(here.shown).toEqual([`Bearer ${SECRET}`]);
  });

  test("there are at most a hundred at a provider", async () => {
    for (let n = 0; n < 100; n++) expect((await ask("POST", GROQ, { api_key: SECRET })).status).toBe(201);
    expect((await ask("POST", GROQ, { api_key: SECRET })).status).toBe(400);
  });
});

describe("a credential that is given another name", () => {
  test("is asked by its secret as before, and found by that name only", async () => {
    await ask("POST", GROQ, { name: "blue", api_key: SECRET, weight: 3 });
    const reply = await ask("PATCH", `${GROQ}/blue`, { name: "green", weight: 2 });
    const told = await jsonOf(reply);
    expect([reply.status, told.name, told.weight, told.hint, told.problem]).toEqual([
      200,
      "green",
      2,
      "…ghij",
      undefined,
    ]);
    expect((await ask("GET", `${GROQ}/blue`)).status).toBe(404);
    await chat();
    expect(here.shown).toEqual([`Bearer ${SECRET}`]);
    const { data } = await jsonOf(await ask("GET", "/admin/audit?target=groq/blue"));
    expect(data[0]).toMatchObject({ action: "credential.change", detail: { after: { name: "green" } } });
  });

  test("in the same breath as another address loses its secret all the same", async () => {
    await ask("POST", GROQ, { name: "blue", api_key: SECRET });
    const told = await jsonOf(await ask("PATCH", `${GROQ}/blue`, { name: "green", base_url: there.url }));
    expect([told.name, told.hint]).toEqual(["green", null]);
    expect(told.problem).toContain("dropped");
    await chat();
    expect([here.shown, there.shown]).toEqual([[], []]);
  });

  test("cannot have that of another, nor none", async () => {
    await ask("POST", GROQ, { name: "blue", api_key: SECRET });
    await ask("POST", GROQ, { name: "green", api_key: OTHER });
    const before = await (await ask("GET", GROQ)).text();
    for (const name of ["green", "", null, 5, "a b", SECRET]) {
      const reply = await ask("PATCH", `${GROQ}/blue`, { name });
      expect([name, reply.status, (await jsonOf(reply)).error.param]).toEqual([name, 400, "name"]);
    }
    expect(await (await ask("GET", GROQ)).text()).toBe(before);
  });
});

test("those that are made in one moment stay in their order", async () => {
  const names = Array.from({ length: 12 }, (_, i) => `n${11 - i}`);
  for (const name of names) await ask("POST", GROQ, { name, api_key: SECRET });
  const listed = async () =>
    (await jsonOf(await ask("GET", GROQ))).data.flatMap(({ name }: { name: string }) =>
      /^n/.test(name) ? [name] : [],
    );
  expect(await listed()).toEqual(names);
  // All of them are read anew.
  await ask("PATCH", `${GROQ}/n3`, { weight: 2 });
  expect(await listed()).toEqual(names);
});

test("what is done is told, without the secret", async () => {
  await ask("POST", GROQ, { name: "blue", api_key: SECRET });
  await ask("PATCH", `${GROQ}/blue`, { weight: 2, api_key: OTHER });
  await ask("POST", `${GROQ}/blue/test`);
  await ask("DELETE", `${GROQ}/blue`);
  const text = await (await ask("GET", "/admin/audit")).text();
  const { data } = JSON.parse(text);
  expect(data.map(({ action, target }: Record<string, string>) => [action, target])).toEqual([
    ["credential.remove", "groq/blue"],
    ["credential.test", "groq/blue"],
    ["credential.change", "groq/blue"],
    ["credential.create", "groq/blue"],
  ]);
  expect(data[2].detail).toMatchObject({ changed: ["weight", "api_key"], before: { weight: 1 }, after: { weight: 2 } });
  expect([text.includes(SECRET), text.includes(OTHER)]).toEqual([false, false]);
});

test("two at the same moment do not lose one another", async () => {
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, n) => ask("POST", GROQ, { api_key: SECRET, name: `n${n % 10}` })),
  );
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(10);
  expect((await jsonOf(await ask("GET", GROQ))).data).toHaveLength(10);
});

test("after a restart the simulator stands in for nobody who was entered", async () => {
  const data = await mkdtemp(join(tmpdir(), "headgate-credentials-"));
  const none = Object.fromEntries(["openai", "anthropic", "groq", "mistral", "deepseek"].map((name) => [name, {}]));
  const all = { ...none, groq: { base_url: here.url } };
  const start = () => startGateway({ config: { admin_token: TOKEN, data, providers: all } });
  try {
    const first = await start();
    await ask("POST", "/admin/routing-rules", { id: "r", type: "deny", model: "openai/gpt-5" }, first);
    await ask("POST", GROQ, { name: "blue", api_key: SECRET }, first);
    await first.stop();
    const second = await start();
    const reply = await chat(MODEL, second);
    expect([reply.status, reply.headers.get("x-headgate-simulated")]).toEqual([200, null]);
    expect(here.shown).toEqual([`Bearer ${SECRET}`]);
    expect((await chat("openai/gpt-5", second)).status).toBe(403);
    await second.stop();
  } finally {
    rmSync(data, { recursive: true });
  }
});

test("where the simulator stands in for want of a credential, the first that is entered takes its place", async () => {
  const none = Object.fromEntries(["openai", "anthropic", "groq", "mistral", "deepseek"].map((name) => [name, {}]));
  const alone = await startGateway({
    config: { admin_token: TOKEN, providers: { ...none, groq: { base_url: here.url } } },
  });
  try {
    const simulated = async () => (await chat(MODEL, alone)).headers.get("x-headgate-simulated");
    await ask("POST", "/admin/routing-rules", { id: "r", type: "deny", model: "openai/gpt-5" }, alone);
    expect(await simulated()).toBe("true");
    await ask("POST", GROQ, { name: "blue", api_key: SECRET }, alone);
    expect(await simulated()).toBeNull();
    expect(here.shown).toEqual([`Bearer ${SECRET}`]);
    expect((await chat("openai/gpt-5", alone)).status).toBe(403);
    await ask("DELETE", `${GROQ}/blue`, undefined, alone);
    expect(await simulated()).toBe("true");
    expect((await chat("openai/gpt-5", alone)).status).toBe(403);
  } finally {
    await alone.stop();
  }
});

describe("a server of the operator's own", () => {
  const OLLAMA = "/admin/providers/ollama/credentials";
  const asked: string[] = [];
  let told: () => Response;
  let server: ReturnType<typeof Bun.serve>;
  beforeEach(() => {
    asked.length = 0;
    told = () => Response.json({ object: "list", data: [{ id: "qwen3:8b" }, { id: "Qwen/Qwen3-32B" }] });
    server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        const { pathname } = new URL(request.url);
        asked.push(`${request.method} ${pathname} ${request.headers.get("authorization") ?? "-"}`);
        if (request.method === "GET") return told();
        const { model } = (await request.json()) as { model: string };
        const choices = [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }];
        const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
        return Response.json({ id: "x", object: "chat.completion", created: 1, model, choices, usage });
      },
    });
  });
  afterEach(() => server.stop(true));
  const entered = (body: object = {}) =>
    ask("POST", OLLAMA, { name: "here", base_url: `http://127.0.0.1:${server.port}/v1/`, api_key: "none", ...body });

  test("is asked for its models, which can then be offered by a name of their own", async () => {
    expect((await entered()).status).toBe(201);
    const look = await ask("POST", `${OLLAMA}/here/models`);
    expect([look.status, await jsonOf(look)]).toEqual([
      200,
      { object: "list", data: [{ id: "qwen3:8b" }, { id: "Qwen/Qwen3-32B" }], has_more: false, next: null },
    ]);
    expect(asked).toEqual(["GET /v1/models -"]);
    const relay = { base_url: `http://127.0.0.1:${server.port}/v1`, upstream: "Qwen/Qwen3-32B" };
    expect((await ask("POST", "/admin/virtual-models", { id: "ollama/Qwen3-32B", relay })).status).toBe(201);
    const reply = await gateway.post("/v1/chat/completions", {
      model: "ollama/Qwen3-32B",
      messages: [{ role: "user", content: "Hi" }],
    });
    expect([reply.status, (await jsonOf(reply)).model]).toEqual([200, "ollama/Qwen3-32B"]);
    expect(asked.at(-1)).toBe("POST /v1/chat/completions -");
    const { data } = await jsonOf(await ask("GET", "/admin/audit?action=credential.look"));
    expect(data).toMatchObject([{ target: "ollama/here", detail: { models: 2 } }]);
  });

  test("that lists none, or leads elsewhere, is told of in words; what no name is, is left out", async () => {
    await entered();
    const at = `${OLLAMA}/here/models`;
    const answers = [
      () => new Response("no", { status: 500 }),
      () => new Response("<html>"),
      () => Response.json({ models: [] }),
      () => new Response(null, { status: 302, headers: { location: `http://127.0.0.1:${server.port}/elsewhere` } }),
      () => new Response("x".repeat(600 * 1024)),
    ];
    for (const answer of answers) {
      told = answer;
      const { error } = await jsonOf(await ask("POST", at));
      expect([error.code, error.message]).toEqual(["upstream_unreachable", expect.stringContaining("/v1/models")]);
    }
    expect(asked.filter((one) => one.includes("elsewhere"))).toEqual([]);
    told = () =>
      Response.json({
        data: [{ id: 5 }, { id: "a b" }, { id: "x".repeat(201) }, {}, null, { id: "ok" }, { id: "ok" }],
      });
    expect((await jsonOf(await ask("POST", at))).data).toEqual([{ id: "ok" }]);
  });

  test("and nobody else is asked: a vendor's models are in the catalogue", async () => {
    await ask("POST", GROQ, { name: "blue", api_key: SECRET });
    for (const path of [`${GROQ}/blue/models`, `/admin/providers/mistral/credentials/default/models`])
      expect((await ask("POST", path)).status).toBe(400);
    expect((await ask("POST", `${OLLAMA}/nobody/models`)).status).toBe(404);
    expect(here.shown).toEqual([]);
  });
});
