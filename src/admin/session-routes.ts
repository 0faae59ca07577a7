import { cookie, cookieIn } from "../access/cookie.ts";
import { mustBeNoOtherPage } from "../access/origin.ts";
import { type BegunSession, LINK_MS, LONGEST_MS, type Session } from "../access/sessions.ts";
import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import type { Statement } from "../store/database.ts";
import type { Place } from "./caller.ts";
import type { AdminRole, MadeSignInLink, ShownSession, SignInWays } from "./contract.ts";
import { invalid } from "./key-told.ts";
import type { AdminCall, Route } from "./routes.ts";
import { actorOf, COOKIE, sessionTold } from "./session-told.ts";
import { ok, type Told } from "./told.ts";

const SESSION = "/admin/session";
const SIGN_ON = "/admin/sign-in/oidc";
/** What is to be told on the page where one signs in, once one is back there. */
const FAULT_COOKIE = "headgate_sign_in_fault";
/** What a browser has to bring back from single sign-on. */
const SIGN_ON_COOKIE = "headgate_sign_on";
/** So long may somebody take to sign on elsewhere. */
const SIGN_ON_SECONDS = 600;
const LONGEST_NAME = 100;

/** Who comes in to the dashboard, and out again. */
export const SESSION_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/admin/sign-in",
    role: "anyone",
    takesBody: false,
    answer: ({ admin: { signOn }, place }) => {
      const oidc = signOn === undefined ? null : { path: SIGN_ON, title: signOn.title };
      const fault = signOn?.wordsOf(cookieIn(place.headers, FAULT_COOKIE, place.secure)) ?? null;
      const told = ok({ object: "sign_in", oidc, fault } satisfies SignInWays);
      return fault === null ? told : { ...told, cookies: [gone(place, FAULT_COOKIE, "/admin/sign-in")] };
    },
  },
  { method: "POST", path: SESSION, role: "anyone", takesBody: true, answer: begun },
  {
    method: "GET",
    path: SESSION,
    role: "viewer",
    takesBody: false,
    answer: ({ caller, admin }) => ok(shown(caller.session, admin.isLocked)),
  },
  {
    method: "DELETE",
    path: SESSION,
    role: "viewer",
    takesBody: false,
    harmless: true,
    async answer({ admin, caller, place, log }) {
      const token = cookieIn(place.headers, COOKIE, place.secure);
      if (caller.session === undefined || token === undefined)
        throw invalid("", "There is no session to end: you show the admin token with each request.");
      await admin.sessions.end(token, log("session.end", caller.session.id));
      return { ...ok({ object: "session", id: caller.session.id, ended: true }), cookies: [gone(place, COOKIE)] };
    },
  },
  {
    method: "GET",
    path: "/admin/sessions",
    role: "viewer",
    takesBody: false,
    async answer({ admin }) {
      const data = (await admin.sessions.all()).map((one) => shown(one, admin.isLocked));
      return ok({ object: "list", data, has_more: false, next: null });
    },
  },
  {
    method: "DELETE",
    path: "/admin/sessions",
    role: "admin",
    takesBody: false,
    harmless: true,
    async answer({ admin, log, place }) {
      await admin.sessions.endAll(log("session.end_all", "sessions"));
      const isSignedIn = cookieIn(place.headers, COOKIE, place.secure) !== undefined;
      return {
        ...ok({ object: "list", data: [], ended: true }),
        ...(isSignedIn ? { cookies: [gone(place, COOKIE)] } : {}),
      };
    },
  },
  {
    method: "DELETE",
    path: "/admin/sessions/{id}",
    role: "admin",
    takesBody: false,
    harmless: true,
    async answer({ admin, id, log }) {
      if (!(await admin.sessions.endOne(id, log("session.end", id))))
        throw new GatewayError("not_found", `There is no session ${JSON.stringify(id.slice(0, 80))}.`);
      return ok({ object: "session", id, ended: true });
    },
  },
  {
    method: "POST",
    path: "/admin/sign-in-links",
    role: "admin",
    takesBody: true,
    harmless: true,
    async answer({ admin, body, caller, log }) {
      const { role, name } = linkTold(body);
      const along = log("sign_in_link.create", name ?? role, { role });
      const { token, expiresAt } = await admin.sessions.link({ role, name }, LINK_MS, along, caller.session);
      const made = { object: "sign_in_link", role, name, path: `/#sign-in=${token}` } as const;
      return {
        ...ok({ ...made, expires_at: new Date(expiresAt).toISOString() } satisfies MadeSignInLink),
        status: 201,
      };
    },
  },
  {
    method: "GET",
    path: SIGN_ON,
    role: "anyone",
    takesBody: false,
    async answer(call) {
      const { signOn } = call.admin;
      if (signOn === undefined) throw noSignOn();
      const { origin, secure } = call.place;
      try {
        const { location, kept } = await signOn.begin(`${origin}${SIGN_ON}/callback`);
        const way = { secure, maxAge: SIGN_ON_SECONDS, lax: true, path: SIGN_ON } as const;
        return led(location, [cookie(SIGN_ON_COOKIE, kept, way)]);
      } catch (thrown) {
        return failed(call, signOn.codeOf(thrown, call.requestId));
      }
    },
  },
  {
    method: "GET",
    path: `${SIGN_ON}/callback`,
    role: "anyone",
    takesBody: false,
    async answer(call) {
      const { admin, place, query } = call;
      const { signOn } = admin;
      if (signOn === undefined) throw noSignOn();
      const kept = cookieIn(place.headers, SIGN_ON_COOKIE, place.secure);
      admin.attempts.mustBeFew(place.address, call.atMs);
      // Beforehand: else as many as come at once have the issuer asked.
      admin.attempts.failed(place.address, call.atMs);
      try {
        const who = await signOn.finish({ query, kept, redirect: `${place.origin}${SIGN_ON}/callback` });
        const { token } = await admin.sessions.begin({ ...who, how: "oidc" }, alongOf(call));
        admin.attempts.succeeded(place.address);
        return led("/", [gone(place, SIGN_ON_COOKIE, SIGN_ON), sessionCookie(token, place.secure)]);
      } catch (thrown) {
        return failed(call, signOn.codeOf(thrown, call.requestId));
      }
    },
  },
];

/** By the token of a link, or the admin token. @throws GatewayError `sign_in_refused`, `cross_origin`, `rate_limit_exceeded`, `invalid_request` */
async function begun(call: AdminCall): Promise<Told> {
  const { admin, body, place, gateway, atMs } = call;
  mustBeNoOtherPage(place.headers, admin.url);
  const { link, token, ...others } = body;
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) throw invalid(stranger, "There is nothing to sign in by but `link` or `token`.");
  if ((link === undefined) === (token === undefined)) throw invalid("link", "Either `link` or `token` must be there.");
  const secret = link ?? token;
  if (typeof secret !== "string") throw invalid(link === undefined ? "token" : "link", "It must be a text.");
  let begun: BegunSession;
  try {
    if (link !== undefined) begun = await admin.sessions.beginByLink(secret, alongOf(call));
    else if (gateway.snapshot.keys.isAdmin(secret))
      begun = await admin.sessions.begin({ role: "admin", name: null, how: "token" }, alongOf(call));
    else throw new GatewayError("sign_in_refused", "This is not the admin token.");
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === "sign_in_refused") {
      call.refused();
      admin.attempts.mustBeFew(place.address, atMs);
      admin.attempts.failed(place.address, atMs);
    }
    throw thrown;
  }
  const { session } = begun;
  return {
    status: 201,
    body: shown(session, admin.isLocked),
    cookies: [sessionCookie(begun.token, place.secure)],
  };
}

/** What writes down that somebody has come in. */
function alongOf({ admin, atMs }: AdminCall): (session: Session) => readonly Statement[] {
  return (session) => {
    const { id, role, how } = session;
    return [admin.audit.line({ action: "session.begin", target: id, detail: { role, how } }, actorOf(session), atMs)];
  };
}

function shown(session: Session | undefined, isLocked: boolean): JsonObject & ShownSession {
  return { ...sessionTold(session), is_locked: isLocked };
}

function sessionCookie(token: string, secure: boolean): string {
  return cookie(COOKIE, token, { secure, maxAge: LONGEST_MS / 1000 });
}

/** Takes a cookie away again. */
function gone({ secure }: Place, name: string, path?: string): string {
  return cookie(name, "", { secure, maxAge: 0, ...(path === undefined ? {} : { path }) });
}

function led(location: string, cookies: readonly string[]): Told {
  return { status: 303, body: {}, fields: { location }, cookies };
}

/** Back to where one signs in, with a word of why. */
function failed({ place }: AdminCall, code: string): Told {
  const way = { secure: place.secure, maxAge: 60, path: "/admin/sign-in" };
  return led("/", [gone(place, SIGN_ON_COOKIE, SIGN_ON), cookie(FAULT_COOKIE, code, way)]);
}

function noSignOn(): GatewayError {
  return new GatewayError("not_found", "No single sign-on is configured here (`dashboard.oidc`).");
}

function linkTold(body: JsonObject): { role: AdminRole; name: string | null } {
  const { role = "admin", name, ...others } = body;
  const [stranger] = Object.keys(others);
  if (stranger !== undefined)
    throw invalid(stranger, `There is no ${JSON.stringify(stranger.slice(0, 80))}: only \`role\` and \`name\`.`);
  if (role !== "admin" && role !== "viewer") throw invalid("role", '"role" must be admin or viewer.');
  if (name === undefined) return { role, name: null };
  if (typeof name !== "string" || !isName(name))
    throw invalid("name", `"name" must be a text of 1 to ${LONGEST_NAME} printable characters.`);
  return { role, name };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffd]/;

function isName(name: string): boolean {
  return name.trim() !== "" && name.length <= LONGEST_NAME && name.isWellFormed() && !UNPRINTABLE.test(name);
}
