import type { Ask } from "../../core/ask.ts";
import { type JsonObject, objectAt } from "../../core/json.ts";
import type { Dropped } from "../../core/request.ts";
import { fitCap } from "../limits.ts";
import { setSafety, setStreamOptions } from "../openai-chat/relay-request.ts";
import { addOptions } from "../provider-options.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";
import { soldTier, wishesOf } from "../wishes.ts";

/** The gateway's own members: they never reach a provider. */
const OWN = ["models", "provider", "providerOptions", "tags", "caching"] as const;

/** A client's body as this endpoint shall get it: what is not edited here stays as the client wrote it. */
export function relayRequest(ask: Ask, leg: LegFacts): EncodedRequest {
  const dropped = new Set<Dropped>();
  const body: JsonObject = { ...ask.body, model: leg.upstreamModel };
  for (const name of OWN) delete body[name];
  fitCap(body, ask, leg);
  const { serviceTier, safetyIdentifier } = wishesOf(ask) ?? {};
  const tier = soldTier(serviceTier, leg, dropped);
  if (tier !== undefined) body.service_tier = tier;
  if (safetyIdentifier !== undefined) setSafety(body, safetyIdentifier, leg.quirks, dropped);
  if (leg.quirks.has("no-user") && body.user !== undefined) {
    if (body.user !== null) dropped.add("user");
    delete body.user;
  }
  setStreamOptions(body, leg.quirks);
  addOptions(body, objectAt(ask.body.providerOptions), leg.provider, dropped);
  return { body, dropped: [...dropped] };
}
