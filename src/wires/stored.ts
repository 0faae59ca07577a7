import type { Ask, GatewayFields } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import { isObject } from "../core/json.ts";

/**
 * What a provider keeps lies in an account that all clients of the gateway share: who names it by the provider's id might
 * name what is somebody else's. Only who brings an account of its own may, and is then served by no other.
 * @param named path of the member that does, if any does
 * @returns what of an ask says so
 * @throws GatewayError `unsupported`
 */
export function ownStored(named: string | undefined, { options }: GatewayFields): Pick<Ask, "stored"> {
  if (named === undefined) return {};
  if (isObject(options.byok)) return { stored: named };
  throw sharedStored(named);
}

/** It lies where others may look as well. */
export function sharedStored(named: string): GatewayError {
  const why =
    "What a provider keeps under an id of its own belongs to an account that is shared here: send the content itself.";
  return new GatewayError("unsupported", `${JSON.stringify(named)} is not supported. ${why}`, { param: named });
}
