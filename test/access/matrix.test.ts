import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { newKey } from "../../src/access/keys.ts";
import { LONGEST_MS } from "../../src/access/sessions.ts";
import { ROUTES, type Route } from "../../src/admin/routes.ts";
import { ROLES, type Role, rowOf, SURFACE } from "../../src/http/surface.ts";
import { aroundToday } from "../support/days.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { Issuer } from "../support/issuer.ts";
import { OWN_PAGE, signedIn } from "../support/signed-in.ts";
import { ask, chat, KEYS, MODEL, made, post, TOKEN } from "./keys.ts";

// Still to come for a long time: routes go by the clock of the machine.
const START = Date.UTC(2100, 0, 1);
let nowMs = START;
let gateway: RunningGateway;
const issuer = new Issuer();

/** Everybody who may come to a door, with what they show; nothing for who shows nothing. */
const WHO = [
  "nobody",
  "stranger",
  "disabled",
  "expired",
  "revoked",
  "rotated",
  "leaked",
  "expired guest",
  "guest of another",
  "guest",
  "other",
  "key",
  "admin",
] as const;
type Who = (typeof WHO)[number];
const shown = new Map<Who, string>();
/** A generation that `key` has asked for. */
let generation = "";

beforeAll(async () => {
  const oidc = [{ name: "ci", issuer: issuer.url, audience: "headgate", subjects: ["repo:acme/*"] }];
  gateway = await startGateway({ config: { admin_token: TOKEN, oidc }, now: () => nowMs });
  const time = { iat: START / 1000, exp: START / 1000 + 3600 };
  shown.set("guest", issuer.token(time)).set("guest of another", issuer.token({ ...time, sub: "repo:other/app" }));
  shown.set("expired guest", issuer.token({ iat: START / 1000 - 3600, exp: START / 1000 - 60 }));
  const of = async (told: object = {}) => made(gateway, told);
  shown.set("stranger", newKey()).set("admin", TOKEN);
  shown.set("disabled", (await of({ disabled: true })).key);
  shown.set("expired", (await of({ expires_at: new Date(START + 1).toISOString() })).key);
  const [revoked, rotated, leaked] = [await of(), await of(), await of()];
  await ask(gateway, "DELETE", `${KEYS}/${revoked.id}`);
  await ask(gateway, "POST", `${KEYS}/${rotated.id}/rotate`, {});
  await ask(gateway, "POST", "/external/compromised_secret", { secret: { api_key: leaked.key } });
  shown.set("revoked", revoked.key).set("rotated", rotated.key).set("leaked", leaked.key);
  shown.set("other", (await of()).key).set("key", (await of()).key);
  nowMs = START + 1;
  generation = (await jsonOf(await post(gateway, shown.get("key")!))).id;
});
afterAll(async () => {
  await gateway.stop();
  await issuer.stop();
});

/** The ways in which a secret is shown. */
const FIELDS: ((secret: string) => Record<string, string>)[] = [
  (secret) => ({ authorization: `Bearer ${secret}` }),
  (secret) => ({ "x-api-key": secret }),
  (secret) => ({ "x-ai-gateway-api-key": secret, authorization: "Bearer sk-ant-of-the-client" }),
];

/** Who is let in, by what a route declares. */
const LET_IN: Readonly<Record<Role | Route["role"], readonly Who[]>> = {
  anyone: WHO,
  key: ["key", "other", "guest"],
  reader: ["key", "other", "guest", "admin"],
  viewer: ["admin"],
  admin: ["admin"],
};

/** Who comes with the cookie of a session, and what the browser says of the page that asks. */
const SESSIONS = {
  "viewer session": { role: "viewer", page: OWN_PAGE },
  "admin session": { role: "admin", page: OWN_PAGE },
  "expired session": { role: "admin", page: OWN_PAGE },
  "another site": { role: "admin", page: { "sec-fetch-site": "cross-site", origin: "https://elsewhere.example" } },
  "another port": { role: "admin", page: { origin: "http://127.0.0.1:1" } },
  "no page": { role: "admin", page: {} },
} as const;
type Visitor = keyof typeof SESSIONS;

async function cookieOf(visitor: Visitor): Promise<string> {
  if (visitor !== "expired session") return await signedIn(gateway, SESSIONS[visitor].role);
  nowMs -= LONGEST_MS;
  const cookie = await signedIn(gateway);
  nowMs += LONGEST_MS;
  return cookie;
}

/** What a visitor is told who is not let in; `undefined` for who is. */
function refusalOf(visitor: Visitor, { method, path, role }: Cell): [status: number, code: string] | undefined {
  const isForeign = visitor === "another site" || visitor === "another port";
  if (role === "anyone") return isForeign && path === "/admin/session" ? [403, "cross_origin"] : undefined;
  // A session opens the admin API and nothing else.
  if (role === "key" || role === "reader") return [401, "invalid_api_key"];
  if (visitor === "expired session") return [401, "signed_out"];
  if (isForeign || (visitor === "no page" && method !== "GET")) return [403, "cross_origin"];
  return visitor === "viewer session" && role === "admin" ? [403, "denied_to_viewer"] : undefined;
}

const messages = { model: MODEL, max_tokens: 5, messages: [{ role: "user", content: "x" }] };
/** What every wire is asked that it answers. */
const BODIES: Readonly<Record<string, object>> = {
  "openai-chat": chat(),
  "anthropic-messages": messages,
  "openai-responses": { model: MODEL, input: "x" },
  "openai-compaction": { model: MODEL, input: "x" },
  "openai-embeddings": { model: "openai/text-embedding-3-small", input: "x" },
  "openai-completions": { model: "openai/gpt-3.5-turbo-instruct", prompt: "x" },
  "openai-moderations": { input: "x" },
  // Nobody reranks here: it is asked in vain.
  "cohere-rerank": { model: "cohere/rerank-v3.5", query: "x" },
  // Without the header that names the model: in vain.
  "ai-sdk-embedding-model": { values: ["x"] },
  "ai-sdk-image-model": { prompt: "x" },
  "ai-sdk-reranking-model": { documents: { type: "text", values: ["x"] }, query: "x" },
  "ai-sdk-speech-model": { text: "x" },
  "ai-sdk-transcription-model": { audio: "eA==", mediaType: "audio/wav" },
};

interface Cell {
  readonly method: string;
  readonly path: string;
  readonly role: Role | Route["role"];
  readonly body?: object;
}

const PATHS = [...Object.keys(SURFACE), `/v1/models/${MODEL}`, `/v1/models/${MODEL}/endpoints`, "/v4/ai/video-model"];
const DOORS: Cell[] = PATHS.map((path) => {
  const { method, door } = rowOf(path)!;
  const role = ROLES[door.kind];
  if (method !== "POST") return { method: "GET", path, role };
  return { method, path, role, body: "wire" in door ? BODIES[door.wire]! : {} };
});
const ADMIN: Cell[] = ROUTES.map(({ method, path, role, takesBody }) => ({
  method,
  path: path.replace(/\{\w+\}/g, "x"),
  role,
  ...(takesBody ? { body: {} } : {}),
}));
const ALL = [...DOORS, ...ADMIN];

test(`every route has its role: ${ALL.length} of them, for ${WHO.length} who come, in ${FIELDS.length} ways`, () => {
  expect(ALL.filter(({ role }) => LET_IN[role] === undefined)).toEqual([]);
  expect(ALL.length * WHO.length * FIELDS.length).toBeGreaterThan(1000);
  // What is for anyone is told by name: nothing becomes so by accident.
  expect(ADMIN.filter(({ role }) => role === "anyone").map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /external/compromised_secret",
    "GET /admin/sign-in",
    "POST /admin/session",
    "GET /admin/sign-in/oidc",
    "GET /admin/sign-in/oidc/callback",
  ]);
  // So is what a viewer may do that is no mere looking, and what there is to look at that is not for one.
  expect(ADMIN.filter(({ method, role }) => role === "viewer" && method !== "GET").map(({ path }) => path)).toEqual([
    "/admin/session",
    "/admin/preview",
  ]);
  expect(ADMIN.filter(({ method, role }) => role === "admin" && method === "GET").map(({ path }) => path)).toEqual([
    "/admin/generations/x/bodies",
  ]);
});

test.each(ALL)("$method $path is for $role", async ({ method, path, role, body }) => {
  const wrong: string[] = [];
  for (const who of WHO) {
    const secret = shown.get(who);
    for (const [at, field] of FIELDS.entries()) {
      if (secret === undefined && at > 0) continue;
      const reply = await fetch(gateway.url + path, {
        method,
        headers: { "content-type": "application/json", ...(secret === undefined ? {} : field(secret)) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const isStream = reply.headers.get("content-type")?.startsWith("text/event-stream") === true;
      const text = isStream ? await reply.body!.cancel().then(() => "") : await reply.text();
      const isLetIn = LET_IN[role].includes(who);
      // Who is let in may ask in vain, for what is not there or is missing in the body: never for want of a key, and nothing breaks.
      const good = isLetIn
        ? reply.status !== 401 && reply.status !== 403 && (reply.status < 500 || reply.status === 501)
        : reply.status === 401 && /invalid_api_key|invalid_token/.test(text);
      if (!good) wrong.push(`${who} (${at}): ${reply.status} ${text.slice(0, 100)}`);
      for (const one of shown.values()) if (text.includes(one)) wrong.push(`${who}: told a secret`);
      // Nobody between may keep what is told to who has shown something, the refusal included.
      if (secret !== undefined && reply.headers.get("cache-control") !== "no-store")
        wrong.push(`${who} (${at}): ${reply.headers.get("cache-control")}`);
    }
  }
  expect(wrong).toEqual([]);
});

test.each(ALL)("$method $path with a session is for $role", async (cell) => {
  const wrong: string[] = [];
  for (const visitor of Object.keys(SESSIONS) as Visitor[]) {
    const cookie = await cookieOf(visitor);
    const headers = { "content-type": "application/json", cookie, ...SESSIONS[visitor].page };
    const { method, path, body } = cell;
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const reply = await fetch(gateway.url + path, { method, headers, ...sent });
    const isStream = reply.headers.get("content-type")?.startsWith("text/event-stream") === true;
    const text = isStream ? await reply.body!.cancel().then(() => "") : await reply.text();
    const refusal = refusalOf(visitor, cell);
    const good =
      refusal === undefined
        ? ![401, 403].includes(reply.status) && (reply.status < 500 || reply.status === 501)
        : reply.status === refusal[0] && text.includes(`"${refusal[1]}"`);
    if (!good) wrong.push(`${visitor}: ${reply.status} ${text.slice(0, 100)}`);
    if (text.includes(cookie.split("=")[1]!)) wrong.push(`${visitor}: told the token`);
    if (cell.role !== "anyone" && reply.headers.get("cache-control") !== "no-store") wrong.push(`${visitor}: kept`);
    // No page of another origin reads what a session opens.
    if (path.startsWith("/admin") && reply.headers.has("access-control-allow-origin")) wrong.push(`${visitor}: shared`);
  }
  expect(wrong).toEqual([]);
});

describe("what belongs to another key is not there", () => {
  const authorization = (who: Who) => ({ authorization: `Bearer ${shown.get(who)}` });

  test("a generation", async () => {
    const path = `/v1/generation?id=${generation}`;
    const statuses = [];
    for (const who of ["key", "other", "admin", "nobody"] as const)
      statuses.push((await fetch(gateway.url + path, { headers: who === "nobody" ? {} : authorization(who) })).status);
    expect(statuses).toEqual([200, 404, 200, 401]);
    const other = await (await gateway.get(path, authorization("other"))).text();
    const none = await (
      await gateway.get("/v1/generation?id=gen_01ARZ3NDEKTSV4RRFFQ69G5FAV", authorization("other"))
    ).text();
    const bare = (text: string) => text.replace(/gen_\w{26}/g, "gen");
    expect(bare(other)).toBe(bare(none));
  });

  test("what a response goes on from", async () => {
    const ask = (who: Who, more: object) =>
      gateway.post("/v1/responses", { model: MODEL, input: "x", ...more }, authorization(who));
    const { id } = await jsonOf(await ask("key", { store: true }));
    const statuses = [];
    for (const who of ["key", "other"] as const) statuses.push((await ask(who, { previous_response_id: id })).status);
    expect(statuses).toEqual([200, 404]);
  });

  test("what was used and cost", async () => {
    const [from, to] = aroundToday();
    const path = `/v1/report?start_date=${from}&end_date=${to}`;
    const countOf = async (who: Who) => {
      const { results } = await jsonOf(await gateway.get(path, authorization(who)));
      return results.reduce((sum: number, one: { request_count: number }) => sum + one.request_count, 0);
    };
    const before = await countOf("other");
    await post(gateway, shown.get("key")!);
    await post(gateway, shown.get("key")!);
    expect(await countOf("other")).toBe(before);
  });
});
