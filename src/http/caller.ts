import { admitAdmin, showsKey } from "../access/authenticate.ts";
import { cookieIn } from "../access/cookie.ts";
import { mustBeOwnPage } from "../access/origin.ts";
import { ADMIN } from "../admin/audit.ts";
import type { Caller, Place } from "../admin/caller.ts";
import type { Admin } from "../admin/routes.ts";
import { actorOf, COOKIE } from "../admin/session-told.ts";
import { GatewayError } from "../core/error.ts";
import type { Gateway } from "../gateway/gateway.ts";

export interface CallerParts {
  readonly gateway: Gateway;
  readonly admin: Admin;
  readonly request: Request;
  /** Hears of who shows what is no admin token; who shows nothing has only come by. */
  readonly refused: () => void;
}

/**
 * Who calls the admin API: whoever shows the admin token in a header field, or else who has the cookie of a session that is not over. A page
 * of another origin has the cookie sent as well: with it nothing is changed but from our own.
 * @throws GatewayError `invalid_api_key`, `signed_out`, `cross_origin`
 */
export async function callerOf({ gateway, admin, request, refused }: CallerParts): Promise<Caller> {
  const { headers, method } = request;
  const shows = showsKey(headers);
  const token = shows && !isOfProxy(headers) ? undefined : cookieIn(headers, COOKIE, isSecure(request, admin));
  if (token === undefined) {
    try {
      admitAdmin(gateway.snapshot.keys, headers);
    } catch (thrown) {
      if (shows) refused();
      throw thrown;
    }
    return { actor: ADMIN, role: "admin", isStillIn: async () => true };
  }
  const session = await admin.sessions.find(token);
  if (session === undefined) throw new GatewayError("signed_out", "Your session is over: sign in again.");
  const changes = method !== "GET" && method !== "HEAD";
  mustBeOwnPage(headers, changes, admin.url);
  const isStillIn = () => admin.sessions.holds(token);
  return { actor: actorOf(session), role: session.role, session, isStillIn };
}

/** Whether all that is shown is what a proxy in front of us asks people for (RFC 7617), which browsers then send us along. */
function isOfProxy(headers: Headers): boolean {
  return (
    /^Basic /i.test(headers.get("authorization") ?? "") &&
    !headers.get("x-api-key") &&
    !headers.get("x-ai-gateway-api-key")
  );
}

const LONGEST_ADDRESS = 60;

/** Whether the browser came by TLS. What a proxy says of that is believed: who lies about it has cookies that come by TLS alone. */
function isSecure({ url, headers }: Request, { url: own }: Pick<Admin, "url">): boolean {
  if (own !== undefined) return own.startsWith("https:");
  const forwarded = headers.get("x-forwarded-proto")?.split(",")[0]?.trim().toLowerCase();
  return forwarded === "https" || url.startsWith("https:");
}

/** From where somebody calls. */
export function placeOf(request: Request, address: string, { url: own }: Pick<Admin, "url">): Place {
  const { headers } = request;
  const secure = isSecure(request, { url: own });
  const origin = own ?? `${secure ? "https" : "http"}://${headers.get("host") ?? ""}`;
  // What a proxy adds stands last. Whoever lies about it is told apart from nobody but themselves.
  const behind = headers.get("x-forwarded-for")?.split(",").at(-1)?.replace(/\s+/g, "").slice(0, LONGEST_ADDRESS);
  return { headers, address: behind ? `${address} ${behind}` : address, origin, secure };
}
