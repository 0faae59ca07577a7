import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { FIRST_LINK_MS, IDLE_MS, LINK_MS, LONGEST_MS } from "../../src/access/sessions.ts";
import { ask, made, TOKEN } from "../access/keys.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { cookiesOf, linked, OWN_PAGE, signedIn, signIn } from "../support/signed-in.ts";

const START = Date.UTC(2027, 0, 1);
let nowMs = START;
let gateway: RunningGateway;
beforeEach(async () => {
  nowMs = START;
  gateway = await startGateway({ config: { admin_token: TOKEN }, now: () => nowMs });
});
afterEach(() => gateway.stop());

const by = (cookie: string, method: string, path: string, fields: Record<string, string> = OWN_PAGE, body?: object) =>
  fetch(gateway.url + path, {
    method,
    headers: { cookie, ...fields },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const codeOf = async (reply: Response) => [reply.status, (await jsonOf(reply)).error?.code];

describe("a link", () => {
  test("signs in once, as whom it was made for", async () => {
    const link = await linked(gateway, { role: "viewer", name: "Ada" });
    const reply = await signIn(gateway, { link });
    const told = await jsonOf(reply);
    expect([reply.status, told]).toEqual([
      201,
      {
        object: "session",
        id: expect.stringMatching(/^session_[0-9A-Z]{26}$/),
        role: "viewer",
        name: "Ada",
        how: "link",
        created_at: new Date(START).toISOString(),
        idle_until: new Date(START + IDLE_MS).toISOString(),
        expires_at: new Date(START + LONGEST_MS).toISOString(),
        is_locked: false,
      },
    ]);
    const cookie = cookiesOf(reply);
    expect(await jsonOf(await by(cookie, "GET", "/admin/session"))).toEqual(told);
    expect(await codeOf(await signIn(gateway, { link }))).toEqual([401, "sign_in_refused"]);
  });

  test("lets in one of many who use it at the same time", async () => {
    const link = await linked(gateway);
    const replies = await Promise.all(Array.from({ length: 8 }, () => signIn(gateway, { link })));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([201, ...Array(7).fill(401)]);
  });

  test("is over after a quarter of an hour", async () => {
    const [first, second] = [await linked(gateway), await linked(gateway)];
    nowMs += LINK_MS - 1;
    expect((await signIn(gateway, { link: first })).status).toBe(201);
    nowMs += 1;
    expect(await codeOf(await signIn(gateway, { link: second }))).toEqual([401, "sign_in_refused"]);
  });

  test("that nobody has made opens nothing, nor does the token of a session or of the admin", async () => {
    const cookie = await signedIn(gateway);
    for (const link of ["", "x", `hgl_${"A".repeat(43)}`, cookie.split("=")[1]!, TOKEN])
      expect(await codeOf(await signIn(gateway, { link }))).toEqual([401, "sign_in_refused"]);
  });

  test("of the first start is good for a day", async () => {
    const { link } = gateway.headgate.fresh!;
    nowMs += FIRST_LINK_MS;
    expect(await codeOf(await signIn(gateway, { link }))).toEqual([401, "sign_in_refused"]);
    nowMs -= 1;
    expect(await jsonOf(await signIn(gateway, { link }))).toMatchObject({ role: "admin", name: null });
  });

  test("is made by admins alone", async () => {
    const viewer = await signedIn(gateway, "viewer");
    expect(await codeOf(await by(viewer, "POST", "/admin/sign-in-links", OWN_PAGE, {}))).toEqual([
      403,
      "denied_to_viewer",
    ]);
    const admin = await signedIn(gateway, "admin");
    expect((await by(admin, "POST", "/admin/sign-in-links", OWN_PAGE, {})).status).toBe(201);
  });
});

describe("the admin token", () => {
  test("signs in an admin", async () => {
    const reply = await signIn(gateway, { token: TOKEN });
    expect([reply.status, await jsonOf(reply)]).toEqual([
      201,
      expect.objectContaining({ role: "admin", how: "token" }),
    ]);
    expect((await by(cookiesOf(reply), "GET", "/admin/keys")).status).toBe(200);
  });

  test("and nothing else does: no key, no other text", async () => {
    const { key } = await made(gateway);
    for (const token of [key, "", `${TOKEN} `, "x".repeat(5000)])
      expect(await codeOf(await signIn(gateway, { token }))).toEqual([401, "sign_in_refused"]);
  });

  test("in a header goes on to work, and says that there is no session", async () => {
    expect(await jsonOf(await ask(gateway, "GET", "/admin/session"))).toMatchObject({ id: null, how: "bearer" });
    expect(await codeOf(await ask(gateway, "DELETE", "/admin/session"))).toEqual([400, "invalid_request"]);
  });
});

test("what is no way to sign in is a 400 that says so", async () => {
  const link = await linked(gateway);
  for (const told of [{}, { link, token: TOKEN }, { link: 5 }, { token: null }, { link, role: "admin" }])
    expect(await codeOf(await signIn(gateway, told))).toEqual([400, "invalid_request"]);
  // None of it has used the link.
  expect((await signIn(gateway, { link })).status).toBe(201);
});

describe("a cookie", () => {
  test("is kept from scripts and other sites, has no domain, and is good for as long as the session", async () => {
    const [set] = (await signIn(gateway, { token: TOKEN })).headers.getSetCookie();
    expect(set).toMatch(/^headgate_session=hgs_[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/);
  });

  test("goes by TLS alone where that is how the browser came", async () => {
    const tls = { "x-forwarded-proto": "https", ...OWN_PAGE };
    const reply = await signIn(gateway, { token: TOKEN }, tls);
    expect(reply.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-headgate_session=[^;]+; Path=\/; .*; SameSite=Strict; Secure$/),
    ]);
    const cookie = cookiesOf(reply);
    expect((await by(cookie, "GET", "/admin/keys", tls)).status).toBe(200);
    const ended = await by(cookie, "DELETE", "/admin/session", tls);
    expect(ended.headers.getSetCookie()).toEqual([
      "__Host-headgate_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure",
    ]);
  });

  test("by TLS is none that a server of a name beside ours may have set", async () => {
    const tls = { "x-forwarded-proto": "https", ...OWN_PAGE };
    const [mine, theirs] = [cookiesOf(await signIn(gateway, { token: TOKEN }, tls)), await signedIn(gateway, "viewer")];
    expect((await by(theirs, "GET", "/admin/session", tls)).status).toBe(401);
    expect(await jsonOf(await by(`${theirs}; ${mine}`, "GET", "/admin/session", tls))).toMatchObject({ role: "admin" });
  });

  test("that stands there twice is none", async () => {
    const cookie = await signedIn(gateway);
    expect((await by(`${cookie}; theme=dark`, "GET", "/admin/keys")).status).toBe(200);
    expect((await by(`${cookie}; ${cookie}`, "GET", "/admin/keys")).status).toBe(401);
  });

  test("counts beside the password of a proxy, and not beside a key or a token, which speak for themselves", async () => {
    const cookie = await signedIn(gateway);
    const { key } = await made(gateway);
    const statusOf = async (fields: Record<string, string>) =>
      (await by(cookie, "GET", "/admin/keys", { ...OWN_PAGE, ...fields })).status;
    expect(await statusOf({ authorization: `Basic ${btoa("ada:secret")}` })).toBe(200);
    expect(await statusOf({ authorization: `Basic ${btoa("ada:secret")}`, "x-api-key": key })).toBe(401);
    expect(await statusOf({ authorization: `Bearer ${key}` })).toBe(401);
    const alone = await fetch(`${gateway.url}/admin/keys`, { headers: { authorization: "Basic YTpi" } });
    expect(alone.status).toBe(401);
  });

  test("opens nothing but the admin API", async () => {
    const cookie = await signedIn(gateway);
    for (const path of ["/metrics", "/v1/credits", "/v1/report?start_date=2027-01-01&end_date=2027-01-02"])
      expect((await by(cookie, "GET", path)).status).toBe(401);
    const chat = { model: "openai/gpt-5", messages: [{ role: "user", content: "x" }] };
    expect((await by(cookie, "POST", "/v1/chat/completions", OWN_PAGE, chat)).status).toBe(401);
  });
});

test("no answer of the admin API is of any use to a page of another origin, at another port of the same name either", async () => {
  const cookie = await signedIn(gateway);
  const paths = ["/admin/session", "/admin/generations?format=csv", "/admin/models", "/admin/nothing", "/v1/api-keys"];
  for (const path of paths)
    for (const fields of [{}, { "sec-fetch-site": "same-site", origin: "http://127.0.0.1:1" }]) {
      const { headers } = await by(cookie, "GET", path, fields);
      expect([path, headers.get("cross-origin-resource-policy")]).toEqual([path, "same-origin"]);
      expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
      expect([headers.get("x-content-type-options"), headers.get("cache-control")]).toEqual(["nosniff", "no-store"]);
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
});

test("whose proxy calls the gateway otherwise than the browser does is told so, where the browser says no more than its origin", async () => {
  const origin = "http://gate.example.lan";
  const bare = await fetch(`${gateway.url}/admin/session`, {
    method: "POST",
    headers: { origin, "content-type": "application/json" },
    body: JSON.stringify({ token: TOKEN }),
  });
  const { error } = await jsonOf(bare);
  expect([bare.status, error.code]).toEqual([403, "cross_origin"]);
  for (const word of [origin, new URL(gateway.url).host, "dashboard.url"]) expect(error.message).toContain(word);
});

describe("a session", () => {
  test("is over when nobody has used it for half a day, and in a week whatever happens", async () => {
    const [used, unused] = [await signedIn(gateway), await signedIn(gateway)];
    const isIn = async (cookie: string) => (await by(cookie, "GET", "/admin/session")).status === 200;
    for (; nowMs < START + LONGEST_MS; nowMs += IDLE_MS - 60_000) expect(await isIn(used)).toBe(true);
    nowMs = START + LONGEST_MS - 1;
    expect([await isIn(used), await isIn(unused)]).toEqual([true, false]);
    nowMs += 1;
    expect(await codeOf(await by(used, "GET", "/admin/session"))).toEqual([401, "signed_out"]);
  });

  test("ends with who signs out, and no other does", async () => {
    const [one, other] = [await signedIn(gateway), await signedIn(gateway)];
    const reply = await by(one, "DELETE", "/admin/session");
    expect([reply.status, reply.headers.getSetCookie()]).toEqual([
      200,
      ["headgate_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"],
    ]);
    expect((await by(one, "GET", "/admin/keys")).status).toBe(401);
    expect((await by(other, "GET", "/admin/keys")).status).toBe(200);
  });

  test("ends with all others when an admin says so; links that nobody used are worth nothing then", async () => {
    const [admin, viewer, link] = [await signedIn(gateway), await signedIn(gateway, "viewer"), await linked(gateway)];
    const { data } = await jsonOf(await by(viewer, "GET", "/admin/sessions"));
    expect(data.map(({ role }: { role: string }) => role).toSorted()).toEqual(["admin", "viewer"]);
    expect(await codeOf(await by(viewer, "DELETE", "/admin/sessions"))).toEqual([403, "denied_to_viewer"]);
    expect((await ask(gateway, "DELETE", "/admin/sessions")).status).toBe(200);
    for (const cookie of [admin, viewer]) expect((await by(cookie, "GET", "/admin/session")).status).toBe(401);
    expect((await signIn(gateway, { link })).status).toBe(401);
    expect((await jsonOf(await ask(gateway, "GET", "/admin/sessions"))).data).toEqual([]);
  });

  test("of somebody else is ended by an admin, by its id, at once", async () => {
    const [admin, viewer] = [await signedIn(gateway), await signedIn(gateway, "viewer", "Eve")];
    const { id } = await jsonOf(await by(viewer, "GET", "/admin/session"));
    expect(await codeOf(await by(viewer, "DELETE", `/admin/sessions/${id}`))).toEqual([403, "denied_to_viewer"]);
    expect((await by(admin, "DELETE", `/admin/sessions/${id}`)).status).toBe(200);
    expect(await codeOf(await by(viewer, "GET", "/admin/session"))).toEqual([401, "signed_out"]);
    expect(await codeOf(await by(admin, "DELETE", `/admin/sessions/${id}`))).toEqual([404, "not_found"]);
    expect((await by(admin, "GET", "/admin/session")).status).toBe(200);
  });

  test("leaves nothing of its token behind", async () => {
    const cookie = await signedIn(gateway, "admin", "Ada");
    const told = await (await ask(gateway, "GET", "/admin/sessions")).text();
    const log = await (await ask(gateway, "GET", "/admin/audit")).text();
    for (const text of [told, log]) {
      expect(text).toContain("Ada");
      expect(text).not.toContain(cookie.split("=")[1]!);
      expect(text).not.toMatch(/hg[sl]_/);
    }
  });

  test("is told by name in the audit log, in what it did and how it came and went", async () => {
    const cookie = await signedIn(gateway, "admin", "Ada");
    await by(cookie, "POST", "/admin/teams", OWN_PAGE, { name: "blue" });
    await by(cookie, "DELETE", "/admin/session");
    const { data } = await jsonOf(await ask(gateway, "GET", "/admin/audit"));
    const said = data.map(({ actor, action }: { actor: string; action: string }) => `${actor} ${action}`);
    expect(said).toEqual([
      "session:Ada session.end",
      "session:Ada team.create",
      "session:Ada session.begin",
      "admin sign_in_link.create",
    ]);
  });
});

test("whoever is locked out of changing may still come in, and go", async () => {
  const locked = await startGateway({ config: { admin_token: TOKEN, admin: "locked" } });
  const cookie = await signedIn(locked);
  const asked = (method: string, path: string, body?: object) =>
    fetch(locked.url + path, {
      method,
      headers: { cookie, ...OWN_PAGE },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  expect(await jsonOf(await asked("GET", "/admin/session"))).toMatchObject({ role: "admin", is_locked: true });
  expect(await codeOf(await asked("POST", "/admin/teams", { name: "x" }))).toEqual([403, "admin_locked"]);
  expect((await asked("DELETE", "/admin/session")).status).toBe(200);
  await locked.stop();
});

describe("who tries in vain too often", () => {
  const inVain = async (fields: Record<string, string> = {}) => {
    for (let i = 0; i < 10; i++) expect((await signIn(gateway, { token: `no-${i}` }, fields)).status).toBe(401);
    return await signIn(gateway, { link: `hgl_${"A".repeat(43)}` }, fields);
  };

  test("waits, and is written down once", async () => {
    const reply = await inVain();
    expect([reply.status, Number(reply.headers.get("retry-after")) > 0]).toEqual([429, true]);
    const { data } = await jsonOf(await ask(gateway, "GET", "/admin/audit?action=admin.refused"));
    expect(data).toMatchObject([{ actor: "anyone", target: "POST /admin/session" }]);
  });

  test("keeps nobody out who has a link or the token: behind a proxy all have one address", async () => {
    expect((await inVain()).status).toBe(429);
    expect((await signIn(gateway, { link: await linked(gateway) })).status).toBe(201);
    expect((await signIn(gateway, { token: TOKEN })).status).toBe(201);
  });

  test("waits for the address that a proxy says it has, and nobody else does", async () => {
    expect((await inVain({ "x-forwarded-for": "192.0.2.9, 192.0.2.1" })).status).toBe(429);
    const other = await signIn(gateway, { token: "no" }, { "x-forwarded-for": "192.0.2.1, 192.0.2.2" });
    expect(other.status).toBe(401);
    expect((await signIn(gateway, { token: "no" })).status).toBe(401);
  });
});
