import type { Key } from "../access/keys.ts";
import { ANYONE, audit, type Log, type Note } from "../admin/audit.ts";
import type { Caller } from "../admin/caller.ts";
import { listOf } from "../admin/feed.ts";
import { type Admin, type Line, type Onlooker, ROUTES, type Route, routesAt } from "../admin/routes.ts";
import { GatewayError } from "../core/error.ts";
import { type JsonObject, stringAt } from "../core/json.ts";
import { nearest } from "../core/near.ts";
import { errorOf } from "../gateway/defect.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { openaiChat } from "../wires/openai-chat/index.ts";
import { type BodyLimits, mustKeep, readJson } from "./body.ts";
import { callerOf, placeOf } from "./caller.ts";
import { json, packedJson, refusal, respond } from "./respond.ts";
import type { Load } from "./uploads.ts";

export interface AdminRequest {
  readonly id: string;
  readonly path: string;
  /** Behind the question mark. */
  readonly query: string;
  readonly request: Request;
  /** Of the connection. */
  readonly address: string;
  readonly gateway: Gateway;
  readonly admin: Admin;
  readonly limits: BodyLimits;
  /** Requests whose reply is not over. */
  readonly inFlight: number;
  readonly atMs: number;
  readonly line: Line;
  /** Has it served as a client's request, for this key. @throws GatewayError */
  infer(key: Key, onlooker: Onlooker): Promise<Response>;
  /** Counts what comes of its body among all that is large. */
  hold(): Load;
}

const NOBODY: Caller = { actor: ANYONE, isStillIn: async () => true };

/** What is told here is looked at for every request, and kept in memory. */
const LARGEST = 64 * 1024;

/** Answers a request to the admin API. No page of another origin may read it. Never throws. */
export async function administer(asked: AdminRequest): Promise<Response> {
  const reply = await answer(asked);
  reply.headers.delete("access-control-allow-origin");
  reply.headers.delete("access-control-expose-headers");
  // What clients have said stands in some: no browser is to take it for a page.
  reply.headers.set("x-content-type-options", "nosniff");
  // A page at another port of the same name has our cookies sent: it is not to have the answer drawn, run or framed, not even to see how large it is.
  reply.headers.set("cross-origin-resource-policy", "same-origin");
  reply.headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  return reply;
}

async function answer({
  id,
  path,
  query,
  request,
  address,
  gateway,
  admin,
  limits,
  inFlight,
  atMs,
  line,
  infer,
  hold,
}: AdminRequest): Promise<Response> {
  let load: Load | undefined;
  const refuse = (error: GatewayError, also?: Record<string, string>) =>
    refusal(id, error, openaiChat.inbound!.encodeError(error, id), also);
  try {
    const { routes, params } = routesAt(path);
    const method = request.method === "HEAD" ? "GET" : request.method;
    const route = routes.find((one) => one.method === method);
    const isOpen = route === undefined ? isForAnyone(routes) : route.role === "anyone";
    // What others than operators are led to is called by any name.
    if ((!isOpen || path.startsWith("/admin")) && !admin.isHost(request.headers.get("host") ?? ""))
      throw new GatewayError(
        "invalid_request",
        "The admin API is not called so: use localhost or an address, or list the name in `admin_hosts`.",
      );
    // Nobody waits for it: a database that does not answer would tell who tries tokens that it is down.
    const refused = () => void written(() => admin.audit.refused(`${request.method} ${path}`, atMs), gateway, id);
    const caller = isOpen ? NOBODY : await callerOf({ gateway, admin, request, refused });
    if (routes.length === 0) throw nothingAt(path);
    if (route === undefined) {
      const allow = routes.map((one) => (one.method === "GET" ? "GET, HEAD" : one.method)).join(", ");
      const message = `${path.slice(0, 200)} wants one of ${allow}, not ${method.slice(0, 20)}.`;
      const error = new GatewayError("method_not_allowed", message);
      gateway.metrics.failed(error.code);
      return refuse(error, { allow });
    }
    if (caller.role === "viewer" && route.role === "admin")
      throw new GatewayError(
        "denied_to_viewer",
        "You are signed in as a viewer, who sees and changes nothing: ask an admin for it, or for a link as one.",
      );
    if (admin.isLocked && route.method !== "GET" && route.harmless !== true && route.role === "admin")
      throw new GatewayError(
        "admin_locked",
        "Nothing is changed by way of the admin API here: `admin` is `locked` in the configuration.",
      );
    if (route.takesMuch === true) {
      load = hold();
      load.belongsTo(caller.actor);
    }
    const most = load === undefined ? { ...limits, bytes: Math.min(limits.bytes, LARGEST) } : limits;
    const body = route.takesBody ? await readJson(request, most, load) : {};
    mustKeep(body);
    const notes: Note[] = [];
    const asked = new URLSearchParams(query);
    const { actor } = caller;
    const logged: string[] = [];
    const log: Log = (action, target, detail) => {
      logged.push(action);
      return [admin.audit.line({ action, target, detail }, actor, atMs)];
    };
    const facts = { requestId: id, caller, place: placeOf(request, address, admin), refused };
    const call = {
      ...facts,
      gateway,
      admin,
      inFlight,
      line,
      infer,
      atMs,
      id: params.id ?? "",
      params,
      query: asked,
      log,
      notes,
      body,
    };
    try {
      const { status, body: told, text, reply: whole, fields, cookies } = await route.answer(call);
      admin.feed.changed(logged.flatMap((action) => listOf(action) ?? []));
      // Of what anyone may ask only what it led to is written down.
      const isNoted =
        logged.length > 0 || notes.length > 0 || method === "GET" || route.harmless === true || route.role === "anyone";
      if (!isNoted) audit(call, `${method} ${route.path}`, nameOf(params, told), body);
      if (whole !== undefined) return whole;
      // Lists of all models, and of many requests, go to phones as well.
      if (method === "GET" && text === undefined && fields === undefined && cookies === undefined)
        return packedJson(id, told, status, request.headers.get("accept-encoding"));
      const reply =
        text === undefined
          ? json(id, told, status, fields)
          : respond(id, text.type, text.content, { status, more: fields });
      for (const cookie of cookies ?? []) reply.headers.append("set-cookie", cookie);
      return reply;
    } finally {
      // What was done is done, and told, also where nobody can write it down.
      if (notes.length > 0) await written(() => admin.audit.write(notes, actor, atMs), gateway, id);
    }
  } catch (thrown) {
    return refuse(errorOf(gateway, id, thrown));
  } finally {
    load?.end();
  }
}

async function written(write: () => unknown, gateway: Gateway, id: string): Promise<void> {
  try {
    await write();
  } catch (thrown) {
    gateway.complain(id, thrown);
  }
}

/** Whether what stands at a path is for anyone; at a path where nothing stands, nobody is told so who has not the token. */
function isForAnyone(routes: readonly Route[]): boolean {
  return routes.length > 0 && routes.every(({ role }) => role === "anyone");
}

/** What something was done to, as its path or the reply names it. */
function nameOf(params: Readonly<Record<string, string>>, told: JsonObject): string {
  const names = Object.values(params);
  return names.length > 0 ? names.join("/") : (stringAt(told.id) ?? "");
}

function nothingAt(path: string): GatewayError {
  const near = nearest(
    path,
    ROUTES.map((route) => route.path),
  );
  const hint = near === undefined ? "" : ` Did you mean ${JSON.stringify(near)}?`;
  return new GatewayError("not_found", `There is nothing at ${JSON.stringify(path.slice(0, 200))}.${hint}`);
}
