import { GatewayError } from "../core/error.ts";
import type { Part, Turn } from "../core/request.ts";
import type { LegFacts } from "./wire.ts";

/**
 * Refuses files that are named by an address which a provider opens with the rights of the account that asks (a bucket, its store of
 * uploads): on the gateway's account a client could read what it has no right to.
 * @throws GatewayError `unsupported`
 */
export function mustBeOpen(turns: readonly Turn[], { own }: LegFacts, isKept: (url: string) => boolean): void {
  if (own === true) return;
  const look = (part: Part): void => {
    if (part.kind === "tool-result") part.parts.forEach(look);
    else if ("source" in part && part.source.from === "url" && isKept(part.source.url)) throw kept();
  };
  for (const { parts } of turns) parts.forEach(look);
}

function kept(): GatewayError {
  const why =
    "it would be read with the rights of the gateway's account. Send the file itself, or bring an account of your own";
  const message = `A file in a provider's own store cannot be named by its address: ${why} (providerOptions.gateway.byok).`;
  return new GatewayError("unsupported", message, { param: "messages" });
}
