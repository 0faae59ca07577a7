import { GatewayError } from "../core/error.ts";

/**
 * What a provider keeps lies in an account that all clients of the gateway share: who names it by the provider's id might
 * name what is somebody else's.
 * @param named path of the member that does, if any does @throws GatewayError `unsupported`
 */
export function refuseStored(named: string | undefined): void {
  if (named === undefined) return;
  const why =
    "What a provider keeps under an id of its own belongs to an account that is shared here: send the content itself.";
  throw new GatewayError("unsupported", `${JSON.stringify(named)} is not supported. ${why}`, { param: named });
}
