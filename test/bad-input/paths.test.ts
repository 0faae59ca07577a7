import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { ROUTES } from "../../src/admin/routes.ts";
import { tell } from "../support/figures.ts";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { CHAT, EMBEDDINGS, GOOD, headOf, mustStillServe, talk } from "./client.ts";

const TOKEN = "an-admin-token-of-the-operator";
/** What was aimed at, as written. */
const aimedAt = new Set<string>();

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      admin_token: TOKEN,
      providers: {
        mine: {
          wire: "openai-chat",
          base_url: "http://127.0.0.1:1/v1",
          api_key: "k",
          models: [{ id: "me/own", upstream: "../../other?x=1#y" }],
        },
      },
    },
  });
});
afterAll(async () => {
  tell({ row: "H6", what: "targets and hosts", value: aimedAt.size });
  await mustStillServe(gateway);
  await gateway.stop();
});
afterEach(() => gateway.simulator.forget());

/** The status that a target gets, exactly as it is written here: without a key, if none is told. */
async function statusOf(target: string, { method = "GET", host = "gateway", key = "" } = {}): Promise<number> {
  aimedAt.add(`${host} ${target}`);
  const bearer = key === "" ? "" : `Authorization: Bearer ${key}\r\n`;
  const { statuses } = await talk(gateway, `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${bearer}\r\n`);
  expect(statuses).toHaveLength(1);
  return statuses[0]!;
}

const DECORATIONS: ((path: string) => string)[] = [
  (path) => `/${path}`,
  (path) => `${path}/`,
  (path) => `${path}//`,
  (path) => `//gateway${path}`,
  (path) => path.replaceAll("/", "//"),
  (path) => path.replaceAll("/", "%2f"),
  (path) => `/${path.slice(1).replaceAll("/", "%2F")}`,
  (path) => `${path};x`,
  (path) => `${path};/../x`,
  (path) => `${path}#x`,
  (path) => `${path}%00`,
  (path) => `${path}%0d%0aHost:x`,
  (path) => `${path}%20`,
  (path) => `${path}.`,
  (path) => `${path}%2e`,
  (path) => `${path}~`,
  (path) => `${path}.json`,
  (path) => path.toUpperCase(),
  (path) => path.replace(/\w$/, (last) => `%${last.charCodeAt(0).toString(16)}`),
  (path) => path.replace(/\w$/, (last) => `%25${last.charCodeAt(0).toString(16)}`),
  (path) => path.replace(/\w$/, "\u00f8"),
];
const TARGETS = ["/v1/generation", "/healthz", "/admin/health", CHAT];

describe("another spelling of a path is another path", () => {
  test.each(
    TARGETS.flatMap((path) => DECORATIONS.map((decorate) => [decorate(path), path])).filter(
      ([other, path]) => other !== path,
    ),
  )("%s", async (target, path) => {
    const status = await statusOf(target, { method: path === CHAT ? "POST" : "GET" });
    // What is below /admin/ wants the admin token, whatever it is called.
    expect(status).toBeOneOf(target.startsWith("/admin/") ? [400, 401] : [400, 404]);
  });
});

const ways = (path: string) => [
  `/x/..${path}`,
  `/v1/models/..//..${path}`.replace("//", "/"),
  `/%2e%2e${path}`,
  `/x/%2E%2e${path}`,
  `/./${path.slice(1)}`,
  `/x\\..\\${path.slice(1).replaceAll("/", "\\")}`,
  `http://other.example${path}`,
  `http://gateway/x/..${path}`,
  `http://localhost${path}`,
  `/v1/models/%2e%2e/%2e%2e${path}`,
  `${path}?x=/../v1/models`,
  `${path}/../../../${path.slice(1)}`,
];

describe("dots are resolved before anything looks at the path, so that what is checked is what is done", () => {
  test.each(ways("/v1/generation"))("%s wants a key like its plain spelling", async (target) => {
    expect(await statusOf("/v1/generation")).toBe(401);
    expect(await statusOf(target)).toBeOneOf([400, 401, 404]);
  });

  test.each(ways(CHAT))("%s wants a key before it looks at the body", async (target) => {
    expect(await statusOf(target, { method: "POST" })).toBeOneOf([400, 401, 404]);
    expect(gateway.simulator.requests).toHaveLength(0);
  });
});

describe("the admin API, called by a name that it has", () => {
  const HOSTS = ["localhost", "127.0.0.1:8787"];
  const guarded = ROUTES.filter(({ role }) => role === "admin");
  const paths = [...new Set(guarded.map(({ path }) => path.replace(/\{\w+\}/g, "x")))];

  test("is there, for whoever has its token", async () => {
    expect(await statusOf("/admin/health", { host: "localhost", key: TOKEN })).toBe(200);
    expect(await statusOf("/x/../admin/health", { host: "localhost", key: TOKEN })).toBe(200);
  });

  test.each(paths)("%s lets nobody in without it, however it is spelled", async (path) => {
    const letIn: string[] = [];
    for (const target of new Set([path, ...ways(path), ...DECORATIONS.map((decorate) => decorate(path))]))
      for (const host of HOSTS)
        for (const key of ["", KEY, `${TOKEN}x`, TOKEN.slice(0, -1), TOKEN.toUpperCase()])
          for (const method of ["GET", "DELETE"])
            if ((await statusOf(target, { host, key, method })) < 400) letIn.push(`${method} ${target}`);
    expect(letIn).toEqual([]);
    expect([path, await statusOf(path, { host: "localhost" })]).toEqual([path, 401]);
  });
});

describe("a target that is no path", () => {
  test.each(["*", "healthz", "\\healthz", "?x", "#x", "http:healthz", "gateway:80", "%2fhealthz", "", "https://"])(
    "%j is refused",
    async (target) => {
      const { statuses } = await talk(gateway, `GET ${target} HTTP/1.1\r\nHost: gateway\r\n\r\n`);
      expect(statuses).toHaveLength(1);
      expect(statuses[0]).toBeOneOf([400, 404, 505]);
    },
  );

  test("nor is a tunnel dug", async () => {
    for (const line of [
      "CONNECT 203.0.113.7:80",
      "CONNECT gateway:443",
      "TRACE /healthz",
      "TRACK /healthz",
      "DEBUG /",
    ]) {
      const bytes = `${line} HTTP/1.1\r\nHost: gateway\r\nX-Secret: canary\r\n\r\n`;
      const { statuses, text, closed } = await talk(gateway, bytes);
      // Methods that the runtime does not know end the connection without a word.
      if (/^TRACK|^DEBUG/.test(line)) expect(statuses).toEqual([]);
      else expect(statuses).toEqual([405]);
      if (!line.startsWith("TRACE")) expect(closed).toBe(true);
      // What TRACE would do.
      expect(text).not.toContain("canary");
    }
  });
});

describe("a host that is none", () => {
  const body = JSON.stringify(GOOD[CHAT]);
  const post = (...hosts: string[]) =>
    [
      `POST ${CHAT} HTTP/1.1`,
      ...hosts.map((host) => `Host: ${host}`),
      `Authorization: Bearer ${KEY}`,
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
      "",
      body,
    ].join("\r\n");

  test.each([
    [["gateway", "other"]],
    [["gateway", "gateway"]],
    [["gateway", ""]],
    [[""]],
    [["gateway, other"]],
    [["gateway/v1"]],
    [["gateway?x"]],
    [["gateway#x"]],
    [["user@gateway"]],
    [["user:pass@gateway"]],
    [["gateway:port"]],
    [["gateway:80:80"]],
    [["gateway:999999"]],
    [["[::1"]],
    [["gate way"]],
    [["gateway\\other"]],
    [["http://gateway"]],
    [["gateway%00"]],
    [["<script>"]],
  ])("%j is refused in the usual shape, and nothing is sent", async (hosts) => {
    const { statuses, text } = await talk(gateway, post(...hosts));
    expect(statuses).toEqual([400]);
    expect(text).toContain("Send one Host header with the name of the gateway.");
    expect(text).toContain('"code":"invalid_request"');
    expect(text).not.toContain("<script>");
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("is not needed for an answer by any name", async () => {
    for (const host of ["gateway", "GATEWAY:8787", "127.0.0.1", "[::1]:80", "a-b_c.example"])
      expect((await talk(gateway, post(host))).statuses).toEqual([200]);
  });
});

describe("a name that a client chooses does not change where a request goes", () => {
  const NAMES = [
    "../x",
    "a/../../b",
    "a/%2e%2e",
    "a/b?x=1",
    "a/b#x",
    "a/b/c",
    "//evil.example",
    "a\\b",
    "http://evil.example/a",
    "a/b%2f..",
    "__proto__/x",
    "constructor/prototype",
    "a/b;c",
    " a/b",
    "a/b\n",
  ];

  test.each(NAMES)("model %j", async (model) => {
    const reply = await gateway.post(CHAT, { ...GOOD[CHAT], model });
    expect(reply.status).toBe(404);
    expect((await jsonOf(reply)).error.code).toBe("model_not_found");
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test.each(NAMES)("model %j looked up", async (model) => {
    for (const end of ["", "/endpoints"]) {
      const status = await statusOf(`/v1/models/${encodeURIComponent(model)}${end}`);
      expect(status).toBeOneOf([400, 404]);
    }
  });

  test.each(NAMES)("generation %j looked up", async (id) => {
    expect((await gateway.get(`/v1/generation?id=${encodeURIComponent(id)}`)).status).toBe(400);
  });

  test.each(NAMES)("provider %j", async (name) => {
    for (const option of ["order", "only"]) {
      const reply = await gateway.post(CHAT, { ...GOOD[CHAT], providerOptions: { gateway: { [option]: [name] } } });
      expect(reply.status).toBe(400);
      expect((await jsonOf(reply)).error.param).toBe(`providerOptions.gateway.${option}`);
    }
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("nor do addresses in the body", async () => {
    const elsewhere = {
      base_url: gateway.simulator.url,
      api_base: "http://127.0.0.1:1",
      baseURL: "http://127.0.0.1:1",
    };
    for (const path of [CHAT, EMBEDDINGS] as const) {
      for (const told of [elsewhere, { providerOptions: { openai: elsewhere } }]) {
        const reply = await gateway.post(path, { ...GOOD[path], ...told });
        expect(reply.status).toBe(400);
        expect((await jsonOf(reply)).error.param).toEndWith("base_url");
      }
    }
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("a path that the operator's own model is called by stands in the body and nowhere else", async () => {
    const { statuses } = await talk(
      gateway,
      headOf(`POST ${CHAT} HTTP/1.1`, `Content-Length: ${JSON.stringify({ ...GOOD[CHAT], model: "me/own" }).length}`) +
        JSON.stringify({ ...GOOD[CHAT], model: "me/own" }),
    );
    // Nobody listens there.
    expect(statuses).toEqual([503]);
  });
});
