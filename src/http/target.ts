import { GatewayError } from "../core/error.ts";

export interface Target {
  /** As the runtime gives it: dot segments resolved and backslashes turned, but slashes kept and nothing else decoded. */
  readonly path: string;
  /** Behind the question mark; empty where there is none. */
  readonly query: string;
}

/** One name or address, perhaps with a port. Two `Host` fields arrive joined by a comma, which is neither. */
const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/** Clients of one gateway call it by one name. */
let lastGood: string | null = null;

/**
 * What a request is aimed at, read by hand: whatever was sent, the one path that is routed is the one that is checked.
 * @throws GatewayError `invalid_request` for a host that is missing, doubled or no host
 */
export function targetOf(request: Request): Target {
  const host = request.headers.get("host");
  if (host !== lastGood && (host === null || !HOST.test(host)))
    throw new GatewayError("invalid_request", "Send one Host header with the name of the gateway.");
  lastGood = host;
  const { url } = request;
  const slash = url.indexOf("/", url.indexOf("://") + 3);
  const target = slash < 0 ? "/" : url.slice(slash);
  const mark = target.indexOf("?");
  return mark < 0 ? { path: target, query: "" } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}
