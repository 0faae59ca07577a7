import { GatewayError } from "../core/error.ts";
import { type JsonObject, objectAt } from "../core/json.ts";

/**
 * Where requests go is the operator's to say: a provider that is itself a gateway would obey these, and send what it holds of
 * ours to an address of the client's choosing.
 */
const ADDRESSES = ["base_url", "baseUrl", "baseURL", "api_base", "apiBase"] as const;

/** Only where a gateway would look: elsewhere, as in the schema of a tool, they are words like others. @throws GatewayError */
export function refuseAddresses(body: JsonObject): void {
  refuseAddress(body, "");
  const options = objectAt(body.providerOptions);
  for (const provider in options) {
    const told = objectAt(options[provider]);
    if (told !== undefined && provider !== "gateway") refuseAddress(told, `providerOptions.${provider}.`);
  }
}

function refuseAddress(members: JsonObject, at: string): void {
  for (const name of ADDRESSES) {
    if (members[name] === undefined) continue;
    const param = `${at}${name}`;
    const message = `${JSON.stringify(param)} is not for a request to say: providers and their addresses are configured here.`;
    throw new GatewayError("invalid_request", message, { param });
  }
}
