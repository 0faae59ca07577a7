import type { HeaderFields } from "../core/headers.ts";
import type { HeadFields } from "../upstream/credentials.ts";

const FIELD = "x-session-affinity";
const PLAIN = /^[\x21-\x7e]{1,200}$/;

/** A client's hint by which a provider keeps one conversation at one cache: passed on as it is, and nothing is decided by it (contract 2.5). */
export function affinityOf(headers: HeaderFields): HeadFields | undefined {
  const hint = headers.get(FIELD);
  return hint !== null && PLAIN.test(hint) ? { [FIELD]: hint } : undefined;
}
