import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkConfig } from "../../src/config/load.ts";
import { signOnOf } from "../../src/gateway/sign-on.ts";
import { unavailable } from "../../src/store/outage.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { type Claims, signingKey } from "../support/issuer.ts";
import { SignOnIssuer } from "../support/sign-on-issuer.ts";
import { cookiesOf } from "../support/signed-in.ts";
import { ask, TOKEN } from "./keys.ts";

const SECRET = "the-secret-of:a registration";
const SIGN_ON = "/admin/sign-in/oidc";

let issuer: SignOnIssuer;
let gateway: RunningGateway;
let nowMs: number;
/** Where the dashboard would be. */
const folder = mkdtempSync(join(tmpdir(), "headgate-sign-on-"));
writeFileSync(join(folder, "index.html"), "<head><title>Headgate</title></head>");
afterAll(() => rmSync(folder, { recursive: true }));
const start = async (more: object = {}, url?: string) =>
  startGateway({
    now: () => nowMs,
    dashboard: folder,
    config: {
      admin_token: TOKEN,
      dashboard: {
        ...(url === undefined ? {} : { url }),
        oidc: {
          issuer: issuer.url,
          client_id: "headgate",
          client_secret: SECRET,
          title: "Example",
          admins: [{ claims: { groups: ["ops", "root"] } }],
          viewers: [{ claims: { email: ["*@example.com"] } }],
          ...more,
        },
      },
    },
  });
beforeEach(async () => {
  nowMs = Date.now();
  issuer = new SignOnIssuer();
  gateway = await start();
});
afterEach(async () => {
  // Why somebody did not come in is told to the log.
  gateway.complaints.length = 0;
  await gateway.stop();
  await issuer.stop();
});

const get = (path: string, cookie = "") =>
  fetch(new URL(path, gateway.url), { headers: { cookie }, redirect: "manual" });

/** The whole way there and back. @returns the last reply, which leads to the dashboard */
async function signOn(change: (back: string) => string = (back) => back): Promise<Response> {
  const begun = await get(SIGN_ON);
  return await get(change(issuer.agree(begun.headers.get("location")!)), cookiesOf(begun));
}

/** What the page says where one is back at without having come in, and why by the log. */
async function faultAfter(reply: Response): Promise<[words: string | null, log: string]> {
  expect([reply.status, reply.headers.get("location")]).toEqual([303, "/"]);
  expect(cookiesOf(reply)).not.toContain("headgate_session");
  const { fault } = await jsonOf(await get("/admin/sign-in", cookiesOf(reply)));
  return [fault, String(gateway.complaints.splice(0).at(-1))];
}

describe("single sign-on", () => {
  test("lets in whom a rule names, as whom it says, by the name that they have", async () => {
    const reply = await signOn();
    expect([reply.status, reply.headers.get("location")]).toEqual([303, "/"]);
    const session = await jsonOf(await get("/admin/session", cookiesOf(reply)));
    expect(session).toMatchObject({ role: "admin", name: "ada@example.com", how: "oidc" });
    expect(reply.headers.getSetCookie().find((one) => one.startsWith("headgate_session="))).toMatch(
      /; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/,
    );
    const { data } = await jsonOf(await ask(gateway, "GET", "/admin/audit"));
    expect(data).toMatchObject([{ actor: "session:ada@example.com", action: "session.begin" }]);
  });

  test("who is no admin may be a viewer", async () => {
    issuer.person = { sub: "bob", email: "bob@example.com", groups: ["dev"] };
    const session = await jsonOf(await get("/admin/session", cookiesOf(await signOn())));
    expect(session).toMatchObject({ role: "viewer", name: "bob@example.com" });
  });

  test("nobody goes by an address that is not theirs, as far as the issuer knows", async () => {
    const claims = { sub: "eve", email: "boss@example.com", email_verified: false, groups: ["ops"], name: "Eve" };
    issuer.person = claims;
    expect(await jsonOf(await get("/admin/session", cookiesOf(await signOn())))).toMatchObject({ name: "Eve" });
    issuer.person = { ...claims, email_verified: true };
    expect(await jsonOf(await get("/admin/session", cookiesOf(await signOn())))).toMatchObject({
      name: "boss@example.com",
    });
  });

  test("is told with its name to whoever comes by", async () => {
    expect(await jsonOf(await get("/admin/sign-in"))).toEqual({
      object: "sign_in",
      oidc: { path: SIGN_ON, title: "Example" },
      fault: null,
    });
  });

  test("asks for a code, with a proof that nobody else can give and a state that only this browser has", async () => {
    const begun = await get(SIGN_ON);
    const asked = new URL(begun.headers.get("location")!);
    expect([asked.origin + asked.pathname, asked.searchParams.get("tenant")]).toEqual([`${issuer.url}/authorize`, "a"]);
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      response_type: "code",
      client_id: "headgate",
      redirect_uri: `${gateway.url}${SIGN_ON}/callback`,
      scope: "openid email profile",
      code_challenge_method: "S256",
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    const [set] = begun.headers.getSetCookie();
    expect(set).toMatch(/; Path=\/admin\/sign-in\/oidc; Max-Age=600; HttpOnly; SameSite=Lax$/);
    expect(asked.href).not.toContain(set!.split(";")[0]!.split(".")[2]!);
    const other = new URL((await get(SIGN_ON)).headers.get("location")!);
    expect(other.searchParams.get("state")).not.toBe(asked.searchParams.get("state"));
  });

  test("shows the registration's secret as the issuer wants it, and to nobody but it", async () => {
    const begun = await get(SIGN_ON);
    expect(begun.headers.get("location")).not.toContain("secret");
    await signOn();
    const [{ form, authorization }] = issuer.exchanges as [(typeof issuer.exchanges)[number]];
    expect(Buffer.from(authorization!.replace("Basic ", ""), "base64").toString()).toBe(
      `headgate:${encodeURIComponent(SECRET)}`,
    );
    expect(form).toMatchObject({ grant_type: "authorization_code", redirect_uri: `${gateway.url}${SIGN_ON}/callback` });
    expect(form).not.toHaveProperty("client_secret");
  });

  test("in the form, where that is what it takes", async () => {
    issuer.more = { token_endpoint_auth_methods_supported: ["client_secret_post"] };
    await signOn();
    expect(issuer.exchanges[0]).toMatchObject({
      authorization: null,
      form: { client_id: "headgate", client_secret: SECRET },
    });
  });

  test("needs none of a public registration", async () => {
    await gateway.stop();
    gateway = await start({ client_secret: undefined });
    expect(cookiesOf(await signOn())).toContain("headgate_session=");
    expect(issuer.exchanges[0]?.form).toMatchObject({ client_id: "headgate" });
  });

  test("behind a proxy goes by the address that was told", async () => {
    await gateway.stop();
    gateway = await start({}, "https://gate.example.com/");
    const begun = await get(SIGN_ON);
    const asked = new URL(begun.headers.get("location")!).searchParams;
    expect(asked.get("redirect_uri")).toBe(`https://gate.example.com${SIGN_ON}/callback`);
    const back = new URL(issuer.agree(begun.headers.get("location")!));
    const headers = { cookie: cookiesOf(begun), host: "gate.example.com" };
    const reply = await fetch(gateway.url + back.pathname + back.search, { headers, redirect: "manual" });
    expect(reply.headers.getSetCookie().find((one) => one.startsWith("__Host-headgate_session="))).toMatch(
      /; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict; Secure$/,
    );
    expect(begun.headers.getSetCookie()[0]).toMatch(
      /^__Host-headgate_sign_on=[^;]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
    );
    // What a server of a name beside ours may set is not looked at.
    const tossed = await fetch(gateway.url + back.pathname + back.search, {
      headers: { ...headers, cookie: headers.cookie.replace("__Host-", "") },
      redirect: "manual",
    });
    expect(cookiesOf(tossed)).not.toContain("headgate_session");
  });
});

describe("nobody comes in, and is told why,", () => {
  const REFUSED = "you are not let in here";

  test.each([
    ["whom no rule names", { groups: ["dev"], email: "eve@elsewhere.example" }, "is let in"],
    ["whose address is not verified", { groups: [], email_verified: false }, "not verified"],
    ["with a token for another", { aud: "another" }, "another audience"],
    ["with a token for several that is not ours", { aud: ["headgate", "x"] }, "another client"],
    ["with a token for another party", { azp: "x" }, "another client"],
    ["with a token of another sign-in", { nonce: "x" }, "another sign-in"],
    ["with a token that is over", { exp: 1 }, "expired"],
    ["with a token of another issuer", { iss: "https://elsewhere.example" }, "issuer"],
  ] satisfies [string, Claims, string][])("%s", async (_, claims, why) => {
    issuer.person = { ...issuer.person, ...claims };
    const [words, log] = await faultAfter(await signOn());
    expect([words, log]).toEqual([expect.stringContaining(REFUSED), expect.stringContaining(why)]);
  });

  test("with a token that somebody else has signed", async () => {
    const stranger = signingKey();
    issuer.told = () => Response.json({ id_token: issuer.token({ nonce: "x", groups: ["ops"] }, {}, stranger) });
    expect(await faultAfter(await signOn())).toEqual([
      expect.stringContaining(REFUSED),
      expect.stringContaining("no such key"),
    ]);
  });

  test.each([false, "false", "False", 0, null, "", "no", {}])(
    "whose address is called verified by %p",
    async (verified) => {
      issuer.person = { sub: "eve", email: "eve@example.com", email_verified: verified, groups: [] };
      expect(await faultAfter(await signOn())).toEqual([
        expect.stringContaining(REFUSED),
        expect.stringContaining("not verified"),
      ]);
      for (const good of [true, "true", "True", undefined]) {
        issuer.person = { ...issuer.person, email_verified: good };
        expect(cookiesOf(await signOn())).toContain("headgate_session=");
      }
    },
  );

  test("from another browser, or twice", async () => {
    const begun = await get(SIGN_ON);
    const back = issuer.agree(begun.headers.get("location")!);
    for (const cookie of ["", cookiesOf(await get(SIGN_ON))])
      expect((await faultAfter(await get(back, cookie)))[0]).toContain("another browser");
    expect(cookiesOf(await get(back, cookiesOf(begun)))).toContain("headgate_session=");
    // The code is used up.
    expect(await faultAfter(await get(back, cookiesOf(begun)))).toEqual([
      expect.stringContaining("cannot be asked just now"),
      expect.stringContaining("invalid_grant"),
    ]);
  });

  test("who was refused elsewhere", async () => {
    const denied = (back: string) => back.replace(/code=[^&]+/, "error=access_denied&error_description=%3Cscript%3E");
    const [words, log] = await faultAfter(await signOn(denied));
    expect(words).toContain("access was denied");
    expect(words! + log).not.toContain("script");
  });

  test("in the name of another issuer", async () => {
    const [, log] = await faultAfter(
      await signOn((back) => back.replace(/iss=[^&]+/, "iss=https://elsewhere.example")),
    );
    expect(log).toContain("another issuer has answered");
  });

  test.each([
    ["whose issuer is away", () => new Response(null, { status: 503 }), "status 503"],
    [
      "whose issuer refuses this gateway",
      () => Response.json({ error: "invalid_client" }, { status: 401 }),
      "invalid_client",
    ],
    ["whose issuer sends us elsewhere", () => Response.redirect("http://127.0.0.1:1/"), "status 302"],
    ["whose issuer has no token", () => Response.json({ access_token: "x" }), "without an id_token"],
    ["whose issuer says what is no JSON", () => new Response("<html>"), "not JSON"],
  ] satisfies [string, () => Response, string][])("%s", async (_, told, why) => {
    issuer.told = told;
    expect(await faultAfter(await signOn())).toEqual([
      expect.stringContaining("cannot be asked just now"),
      expect.stringContaining(why),
    ]);
  });

  test.each([
    ["of another issuer", { issuer: "https://elsewhere.example" }],
    ["that leads nowhere", { authorization_endpoint: "nowhere" }],
    ["that leads to a script", { authorization_endpoint: "javascript:alert(1)" }],
    ["that has a password in an address", { token_endpoint: "https://a:b@elsewhere.example/" }],
  ])("by what an issuer says of itself %s", async (_, more) => {
    issuer.more = more;
    const [words] = await faultAfter(await get(SIGN_ON));
    expect(words).toContain("cannot be asked just now");
  });

  test("until the issuer is back, whatever the clock says by then", async () => {
    nowMs += 365 * 86_400_000;
    issuer.more = { issuer: "x" };
    await faultAfter(await get(SIGN_ON));
    issuer.more = {};
    // It stood wrong, and is set right.
    nowMs -= 365 * 86_400_000;
    expect(new URL((await get(SIGN_ON)).headers.get("location")!).pathname).toBe("/authorize");
  });

  test("while the database is away", () => {
    const complaints: unknown[] = [];
    const config = checkConfig(
      { dashboard: { oidc: { issuer: issuer.url, client_id: "x", admins: [{ claims: { sub: ["a"] } }] } } },
      "test",
    );
    const sign = signOnOf(config.dashboard, { complain: (_, cause) => complaints.push(cause) })!;
    expect(sign.wordsOf(sign.codeOf(unavailable(new Error("no answer")), "x"))).toContain("database does not answer");
    expect(complaints).toHaveLength(1);
  });

  test("and the words are told once, and only those that we have", async () => {
    issuer.more = { issuer: "x" };
    const reply = await get(SIGN_ON);
    const told = await get("/admin/sign-in", cookiesOf(reply));
    expect(told.headers.getSetCookie()).toEqual([
      "headgate_sign_in_fault=; Path=/admin/sign-in; Max-Age=0; HttpOnly; SameSite=Strict",
    ]);
    const forged = await jsonOf(await get("/admin/sign-in", "headgate_sign_in_fault=call-this-number"));
    expect(forged.fault).toBeNull();
    for (const name of ["toString", "__proto__", "constructor"])
      expect((await jsonOf(await get("/admin/sign-in", `headgate_sign_in_fault=${name}`))).fault).toBeNull();
  });
});

test("whoever comes back in vain over and over waits, and fills no log", async () => {
  const statuses = [];
  for (let i = 0; i < 12; i++) statuses.push((await get(`${SIGN_ON}/callback?code=x&state=y`)).status);
  expect(statuses).toEqual([...Array(10).fill(303), 429, 429]);
  expect(gateway.complaints).toHaveLength(1);
  const told = await fetch(`${gateway.url}${SIGN_ON}/callback?code=x&state=y`, {
    headers: { accept: "text/html,*/*" },
  });
  expect([told.status, told.headers.get("content-type")]).toEqual([429, "text/html; charset=utf-8"]);
  expect(Number(told.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await told.text()).toContain(
    '<p class="break-words text-muted">Your address has tried to sign in 10 times in vain: wait a minute.</p>',
  );
});

test("of many who come back at once with a code that is none, few have the issuer asked; who is behind the same proxy comes in", async () => {
  const from = (address: string) => ({ "x-forwarded-for": address });
  const begun = await get(SIGN_ON);
  const cookie = cookiesOf(begun);
  const state = new URL(begun.headers.get("location")!).searchParams.get("state");
  const forged = `${gateway.url}${SIGN_ON}/callback?code=x&state=${state}`;
  const replies = await Promise.all(
    Array.from({ length: 40 }, () => fetch(forged, { headers: { cookie, ...from("192.0.2.1") }, redirect: "manual" })),
  );
  expect(replies.filter(({ status }) => status === 429)).toHaveLength(30);
  expect(issuer.exchanges).toHaveLength(10);
  const back = issuer.agree(begun.headers.get("location")!);
  const honest = await fetch(back, { headers: { cookie, ...from("192.0.2.2") }, redirect: "manual" });
  expect(cookiesOf(honest)).toContain("headgate_session=");
});

test("where none is configured there is none", async () => {
  await gateway.stop();
  gateway = await startGateway({ config: { admin_token: TOKEN } });
  expect((await jsonOf(await get("/admin/sign-in"))).oidc).toBeNull();
  for (const path of [SIGN_ON, `${SIGN_ON}/callback?code=x&state=y`]) expect((await get(path)).status).toBe(404);
});
