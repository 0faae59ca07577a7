import type { Ask } from "../../core/ask.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt } from "../../core/json.ts";
import type { Dropped } from "../../core/request.ts";
import { addOptions } from "../provider-options.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";
import { isSealed } from "./reasoning.ts";

/** The gateway's own members of a messages body: they never reach a provider. */
const OWN = ["models", "providerOptions", "tags"] as const;

/**
 * A client's body as this endpoint shall get it: what is not named here stays as the client wrote it. Thinking that
 * Claude did not sign would be refused, so it stays behind.
 */
export function relayRequest(ask: Ask, leg: LegFacts): EncodedRequest {
  const dropped = new Set<Dropped>();
  const body: JsonObject = { ...ask.body, model: leg.upstreamModel };
  for (const name of OWN) delete body[name];
  const messages = arrayAt(body.messages);
  if (messages?.some(hasForeign) === true) body.messages = messages.flatMap((message) => ownOnly(message, dropped));
  addOptions(body, objectAt(ask.body.providerOptions), leg.provider, dropped);
  const headers = headersOf(ask.headers, leg, dropped);
  const encoded = { body, dropped: [...dropped] };
  return headers === undefined ? encoded : { ...encoded, headers };
}

function hasForeign(message: JsonValue): boolean {
  return arrayAt(objectAt(message)?.content)?.some(isForeign) === true;
}

function isForeign(block: JsonValue): boolean {
  if (!isObject(block)) return false;
  if (block.type === "thinking") return (block.signature ?? "") === "" || isSealed(block.signature);
  return block.type === "redacted_thinking" && isSealed(block.data);
}

function ownOnly(message: JsonValue, dropped: Set<Dropped>): JsonValue[] {
  const content = arrayAt(objectAt(message)?.content);
  if (content === undefined || !content.some(isForeign)) return [message];
  dropped.add("thinking");
  const own = content.filter((block) => !isForeign(block));
  // A turn of nothing is refused.
  return own.length === 0 ? [] : [{ ...objectAt(message), content: own }];
}

const BETA = "anthropic-beta";

/** What the client asked for in header fields, as far as this provider takes it. */
function headersOf(
  told: Ask["headers"],
  { betas }: LegFacts,
  dropped: Set<Dropped>,
): Record<string, string> | undefined {
  const asked = told?.[BETA];
  if (asked === undefined) return undefined;
  const names = asked.split(",").map((name) => name.trim());
  const taken = names.filter((name) => betas === undefined || betas.includes(name));
  for (const name of names) if (!taken.includes(name)) dropped.add(`${BETA}: ${name}`);
  return taken.length === 0 ? undefined : { [BETA]: taken.join(",") };
}
