import { GatewayError } from "../core/error.ts";
import type { HeaderFields } from "../core/headers.ts";
import type { Soon } from "../store/database.ts";
import type { Guests, Key, KeyRing } from "./keys.ts";

const TOKEN = /^Bearer +(\S+)$/i;
const BARE = /^(?:Bearer +)?(\S+)$/i;

/**
 * The key that a request shows. The first of these that is there counts: `x-ai-gateway-api-key`, for clients whose
 * `Authorization` belongs to a provider (contract 7.1); `Authorization: Bearer …`; `x-api-key`, as Anthropic's clients send it.
 * A guest's, whom an issuer vouches for, may come later: the issuer's keys are fetched. A key beats the token of a guest, whatever it is worth.
 * @throws GatewayError `invalid_api_key`: the same words for a key that is unknown, disabled or expired; and what guests are refused with
 */
export function authenticate(keys: KeyRing, headers: HeaderFields): Soon<Key> {
  const { guests } = keys;
  const token = tokenOf(headers, guests);
  const key = guests?.known(token) ?? keys.find(token);
  if (key === undefined && guests?.isToken(token)) return guests.find(token);
  if (key === undefined || key.disabled || isOver(key, keys)) throw refused("Invalid API key");
  return key;
}

function isOver({ expiresAt }: Key, { now }: KeyRing): boolean {
  return expiresAt !== undefined && now() >= expiresAt;
}

/** Lets in whoever may see what the gateway counts, which is every key, and the admin token. @returns the key, or nothing for the token @throws GatewayError `invalid_api_key` */
export async function admitReader(keys: KeyRing, headers: HeaderFields): Promise<Key | undefined> {
  if (keys.isAdmin(tokenOf(headers, keys.guests))) return undefined;
  return await authenticate(keys, headers);
}

/** Lets in whoever has the admin token, and no key. @throws GatewayError `invalid_api_key` */
export function admitAdmin(keys: KeyRing, headers: HeaderFields): void {
  if (!keys.isAdmin(tokenOf(headers)))
    throw refused("The admin API wants the admin token, as `Authorization: Bearer <token>`; no key opens it.");
}

function tokenOf(headers: HeaderFields, guests?: Guests): string {
  const own = shownIn(headers, "x-ai-gateway-api-key");
  if (own !== undefined) {
    const token = BARE.exec(own)?.[1];
    if (token === undefined) throw refused("The x-ai-gateway-api-key header must be the key, once.");
    return token;
  }
  const bearer = shownIn(headers, "authorization");
  if (bearer !== undefined) {
    const token = TOKEN.exec(bearer)?.[1];
    if (token === undefined) throw refused("The authorization header must be `Bearer <key>`, once.");
    if (guests?.isToken(token) !== true || shownIn(headers, "x-api-key") === undefined) return token;
  }
  const bare = shownIn(headers, "x-api-key");
  if (bare === undefined)
    throw refused("Missing API key. Send it as `Authorization: Bearer <key>`, or as `x-api-key: <key>`.");
  if (/\s/.test(bare)) throw refused("The x-api-key header must be the key, once.");
  return bare;
}

/** A secret of a provider's that a client has beside its key, and the header field that it stands in. */
export interface BroughtSecret {
  readonly field: "authorization" | "x-api-key";
  readonly token: string;
}

/** What else a request shows that shows its key in the field made for that (contract 2.5); `undefined` for nothing. */
export function broughtSecret(headers: HeaderFields): BroughtSecret | undefined {
  if (shownIn(headers, "x-ai-gateway-api-key") === undefined) return undefined;
  const bearer = TOKEN.exec(shownIn(headers, "authorization") ?? "")?.[1];
  if (bearer !== undefined) return { field: "authorization", token: bearer };
  const token = shownIn(headers, "x-api-key");
  return token === undefined ? undefined : { field: "x-api-key", token };
}

/** Empty is as good as absent: clients send an empty field where a variable is not set. */
function shownIn(headers: HeaderFields, name: string): string | undefined {
  return headers.get(name) || undefined;
}

/** Whether a request shows a key at all, of whatever worth. */
export function showsKey(headers: HeaderFields): boolean {
  return ["x-ai-gateway-api-key", "authorization", "x-api-key"].some((name) => shownIn(headers, name) !== undefined);
}

function refused(message: string): GatewayError {
  return new GatewayError("invalid_api_key", message);
}
