import type { Ask } from "../../core/ask.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt } from "../../core/json.ts";
import type { Dropped } from "../../core/request.ts";
import { markMessages } from "../auto-caching.ts";
import { fitCap } from "../limits.ts";
import { addOptions } from "../provider-options.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";
import { type Wishes, wishesOf } from "../wishes.ts";
import { headersOf } from "./betas.ts";
import { encodeTier } from "./encode-request.ts";
import { holds, isSealed, without } from "./reasoning.ts";
import { beginsThoughtless, LEAST_BUDGET } from "./thinking.ts";

/** The gateway's own members of a messages body: they never reach a provider. */
const OWN = ["models", "provider", "providerOptions", "tags"] as const;

/**
 * A client's body as this endpoint shall get it: what is not named here stays as the client wrote it. Thinking that
 * Claude did not sign would be refused, so it stays behind.
 */
export function relayRequest(ask: Ask, leg: LegFacts): EncodedRequest {
  const dropped = new Set<Dropped>();
  const body: JsonObject = { ...ask.body, model: leg.upstreamModel };
  for (const name of OWN) delete body[name];
  fitCap(body, ask, leg);
  fitBudget(body, ask.body);
  const messages = arrayAt(body.messages);
  if (messages?.some((message) => holds(message, isForeign)) === true) {
    body.messages = messages.flatMap((message) => without(message, isForeign));
    dropped.add("thinking");
  }
  const told = arrayAt(body.messages);
  if (told?.some((message) => holds(message, isForeignSearch)) === true) {
    body.messages = told.flatMap((message) => without(message, isForeignSearch));
    dropped.add("server_tool_use");
  }
  if (told?.some(citesForeign) === true) {
    body.messages = (arrayAt(body.messages) ?? []).map(withoutForeignCitations);
    dropped.add("citations");
  }
  if (objectAt(body.thinking)?.type === "enabled" && beginsThoughtless(body.messages)) {
    delete body.thinking;
    dropped.add("thinking");
  }
  if (leg.quirks.has("never-thinks")) leaveThinking(body, dropped);
  grant(body, wishesOf(ask), dropped);
  const options = objectAt(ask.body.providerOptions);
  if (leg.maker !== undefined) addOptions(body, options, leg.maker, dropped);
  addOptions(body, options, leg.provider, dropped);
  const headers = headersOf(ask.headers, leg, dropped);
  const encoded = { body, dropped: [...dropped] };
  return headers === undefined ? encoded : { ...encoded, headers };
}

/** Of a model that does not think any word of it is refused; to think nothing is what it does. */
function leaveThinking(body: JsonObject, dropped: Set<Dropped>): void {
  const type = objectAt(body.thinking)?.type;
  if (type !== undefined && type !== "disabled") dropped.add("thinking");
  delete body.thinking;
  const { effort, ...output } = objectAt(body.output_config) ?? {};
  if (effort === undefined) return;
  dropped.add("output_config.effort");
  if (Object.keys(output).length === 0) delete body.output_config;
  else body.output_config = output;
}

/** Thinking must leave room for an answer where the cap was made smaller: what the client itself wrote stays. */
function fitBudget(body: JsonObject, asked: JsonObject): void {
  const thinking = objectAt(body.thinking);
  const { max_tokens: cap } = body;
  if (cap === asked.max_tokens || typeof cap !== "number" || typeof thinking?.budget_tokens !== "number") return;
  if (thinking.budget_tokens >= cap) body.thinking = { ...thinking, budget_tokens: Math.max(cap - 1, LEAST_BUDGET) };
}

/** What the client asks of the gateway and this provider does. A name of its own for the end user wins. */
function grant(body: JsonObject, wishes: Wishes | undefined, dropped: Set<Dropped>): void {
  if (wishes === undefined) return;
  const { caching, serviceTier, safetyIdentifier } = wishes;
  if (caching) markMessages(body, wishes);
  const tier = encodeTier(serviceTier, dropped);
  if (tier !== undefined) body.service_tier = tier;
  if (safetyIdentifier !== undefined) body.metadata = { user_id: safetyIdentifier, ...objectAt(body.metadata) };
}

function isForeign(block: JsonValue): boolean {
  if (!isObject(block)) return false;
  if (block.type === "thinking") return (block.signature ?? "") === "" || isSealed(block.signature);
  return block.type === "redacted_thinking" && isSealed(block.data);
}

/** A search that another provider did: Anthropic's own ids begin so, and want the results behind them. */
function isForeignSearch(block: JsonValue): boolean {
  return isObject(block) && block.type === "server_tool_use" && !String(block.id).startsWith("srvtoolu_");
}

/** A page that another provider cited: the proof that Anthropic wants beside it is empty (`citation.ts`). */
function isForeignCitation(citation: JsonValue): boolean {
  return isObject(citation) && citation.encrypted_index === "";
}

function citesForeign(message: JsonValue): boolean {
  return holds(message, (block) => arrayAt(objectAt(block)?.citations)?.some(isForeignCitation) === true);
}

function withoutForeignCitations(message: JsonValue): JsonValue {
  if (!citesForeign(message)) return message;
  const content = arrayAt(objectAt(message)?.content)!.map((block) => {
    const cited = arrayAt(objectAt(block)?.citations);
    if (cited === undefined) return block;
    const { citations: _, ...rest } = objectAt(block)!;
    const own = cited.filter((citation) => !isForeignCitation(citation));
    return own.length === 0 ? rest : { ...rest, citations: own };
  });
  return { ...objectAt(message), content };
}
