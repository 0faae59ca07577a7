import { GatewayError } from "../core/error.ts";
import type { HeaderFields } from "../core/headers.ts";
import type { Key, KeyRing } from "./keys.ts";

const TOKEN = /^Bearer +(\S+)$/i;

/**
 * The key that a request shows, as `Authorization: Bearer …`.
 * @throws GatewayError `invalid_api_key`: the same words for a key that is unknown and one that is disabled
 */
export function authenticate(keys: KeyRing, headers: HeaderFields): Key {
  const shown = headers.get("authorization");
  if (shown === null || shown === "") throw refused("Missing API key. Send it as `Authorization: Bearer <key>`.");
  const token = TOKEN.exec(shown)?.[1];
  if (token === undefined) throw refused("The authorization header must be `Bearer <key>`, once.");
  const key = keys.find(token);
  if (key === undefined || key.disabled) throw refused("Invalid API key");
  return key;
}

function refused(message: string): GatewayError {
  return new GatewayError("invalid_api_key", message);
}
