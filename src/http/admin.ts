import { admitAdmin, showsKey } from "../access/authenticate.ts";
import { ADMIN, ANYONE, audit, type Log, type Note } from "../admin/audit.ts";
import { type Admin, ROUTES, type Route, routesAt } from "../admin/routes.ts";
import { GatewayError } from "../core/error.ts";
import { type JsonObject, stringAt } from "../core/json.ts";
import { nearest } from "../core/near.ts";
import { errorOf } from "../gateway/defect.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { openaiChat } from "../wires/openai-chat/index.ts";
import { type BodyLimits, mustKeep, readJson } from "./body.ts";
import { json, refusal, respond } from "./respond.ts";

export interface AdminRequest {
  readonly id: string;
  readonly path: string;
  /** Behind the question mark. */
  readonly query: string;
  readonly request: Request;
  readonly gateway: Gateway;
  readonly admin: Admin;
  readonly limits: BodyLimits;
  /** Requests whose reply is not over. */
  readonly inFlight: number;
  readonly atMs: number;
}

/** What is told here is looked at for every request, and kept in memory. */
const LARGEST = 64 * 1024;

/** Answers a request to the admin API. No page of another origin may read it. Never throws. */
export async function administer(asked: AdminRequest): Promise<Response> {
  const reply = await answer(asked);
  reply.headers.delete("access-control-allow-origin");
  reply.headers.delete("access-control-expose-headers");
  return reply;
}

async function answer({
  id,
  path,
  query,
  request,
  gateway,
  admin,
  limits,
  inFlight,
  atMs,
}: AdminRequest): Promise<Response> {
  const refuse = (error: GatewayError, also?: Record<string, string>) =>
    refusal(id, error, openaiChat.inbound!.encodeError(error, id), also);
  try {
    const { routes, params } = routesAt(path);
    if (!isForAnyone(routes)) {
      if (!admin.isHost(request.headers.get("host") ?? ""))
        throw new GatewayError(
          "invalid_request",
          "The admin API is not called so: use localhost or an address, or list the name in `admin_hosts`.",
        );
      mustBeAdmin(gateway, admin, request, `${request.method} ${path}`, id, atMs);
    }
    if (routes.length === 0) throw nothingAt(path);
    const method = request.method === "HEAD" ? "GET" : request.method;
    const route = routes.find((one) => one.method === method);
    if (route === undefined) {
      const allow = routes.map((one) => (one.method === "GET" ? "GET, HEAD" : one.method)).join(", ");
      const message = `${path.slice(0, 200)} wants one of ${allow}, not ${method.slice(0, 20)}.`;
      const error = new GatewayError("method_not_allowed", message);
      gateway.metrics.failed(error.code);
      return refuse(error, { allow });
    }
    if (admin.isLocked && route.method !== "GET" && route.harmless !== true && route.role === "admin")
      throw new GatewayError(
        "admin_locked",
        "Nothing is changed by way of the admin API here: `admin` is `locked` in the configuration.",
      );
    const body = route.takesBody ? await readJson(request, { ...limits, bytes: Math.min(limits.bytes, LARGEST) }) : {};
    mustKeep(body);
    const notes: Note[] = [];
    const asked = new URLSearchParams(query);
    const actor = route.role === "anyone" ? ANYONE : ADMIN;
    let isLogged = false;
    const log: Log = (action, target, detail) => {
      isLogged = true;
      return [admin.audit.line({ action, target, detail }, actor, atMs)];
    };
    const call = { gateway, admin, inFlight, atMs, id: params.id ?? "", params, query: asked, log, notes, body };
    try {
      const { status, body: told, text } = await route.answer(call);
      // Of what anyone may ask only what it led to is written down.
      const isNoted = isLogged || notes.length > 0 || method === "GET" || route.role === "anyone";
      if (!isNoted) audit(call, `${method} ${route.path}`, nameOf(params, told), body);
      return text === undefined ? json(id, told, status) : respond(id, text.type, text.content, { status });
    } finally {
      // What was done is done, and told, also where nobody can write it down.
      if (notes.length > 0) await written(() => admin.audit.write(notes, actor, atMs), gateway, id);
    }
  } catch (thrown) {
    return refuse(errorOf(gateway, id, thrown));
  }
}

/** Whoever shows what is no admin token is remembered; who shows nothing has only come by. @throws GatewayError `invalid_api_key` */
function mustBeAdmin(
  gateway: Gateway,
  admin: Admin,
  { headers }: Request,
  what: string,
  id: string,
  atMs: number,
): void {
  try {
    admitAdmin(gateway.snapshot.keys, headers);
  } catch (thrown) {
    // Nobody waits for it: a database that does not answer would tell who tries tokens that it is down.
    if (showsKey(headers)) void written(() => admin.audit.refused(what, atMs), gateway, id);
    throw thrown;
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
