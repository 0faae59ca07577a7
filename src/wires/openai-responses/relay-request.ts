import type { Ask } from "../../core/ask.ts";
import { GatewayError } from "../../core/error.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from "../../core/json.ts";
import type { Dropped } from "../../core/request.ts";
import { fitCap } from "../limits.ts";
import { addOptions } from "../provider-options.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";
import { soldTier, wishesOf } from "../wishes.ts";
import { isForeign, isMinted } from "./reasoning.ts";

/** The gateway's own members of a responses body: they never reach a provider. */
const OWN = ["models", "provider", "providerOptions", "tags", "caching", "cache_anchor_items", "cache_ttl"] as const;

/** Of these a provider can make nothing, and the client is told so. */
const ASKED_OF_US: ReadonlySet<string> = new Set(["cache_anchor_items", "cache_ttl"]);

/** A client's body as this endpoint shall get it: what the edits do not name stays as the client wrote it. */
export function relayRequest(ask: Ask, leg: LegFacts): EncodedRequest {
  const dropped = new Set<Dropped>();
  const body: JsonObject = { ...ask.body, model: leg.upstreamModel };
  fitCap(body, ask, leg);
  for (const name of OWN) {
    if (ASKED_OF_US.has(name) && body[name] !== undefined && body[name] !== null) dropped.add(name);
    delete body[name];
  }
  const wishes = wishesOf(ask);
  if (wishes?.serviceTier !== undefined) {
    const tier = soldTier(wishes.serviceTier, leg, dropped);
    if (tier === undefined) delete body.service_tier;
    else body.service_tier = tier;
  }
  if (wishes?.safetyIdentifier !== undefined) body.safety_identifier ??= wishes.safetyIdentifier;
  if (leg.quirks.has("keeps-nothing")) keepNothing(body, dropped);
  if (leg.quirks.has("never-thinks")) leaveReasoning(body, dropped);
  const items = arrayAt(body.input);
  if (items !== undefined) body.input = items.flatMap((item) => editItem(item, dropped));
  addResponseOptions(body, objectAt(ask.body.providerOptions), leg.provider, dropped);
  return { body, dropped: [...dropped] };
}

/** Of a model that does not think any word of it is refused, that its seals are wanted too (Codex says so with every request); to think nothing is what it does. */
function leaveReasoning(body: JsonObject, dropped: Set<Dropped>): void {
  const { reasoning, include } = body;
  const { effort, ...more } = objectAt(reasoning) ?? {};
  const isAsked = effort !== "none" && [effort, ...Object.values(more)].some((one) => (one ?? null) !== null);
  if (isAsked) dropped.add("reasoning");
  delete body.reasoning;
  if (!Array.isArray(include)) return;
  body.include = include.filter((one) => one !== "reasoning.encrypted_content");
}

/** Unheeded, the one would lose the conversation and the other promise what is not done. @throws GatewayError `unsupported` */
function keepNothing(body: JsonObject, dropped: Set<Dropped>): void {
  const param = "previous_response_id";
  if (typeof body[param] === "string") {
    const message = `${param}: this provider keeps no responses. Send the conversation in \`input\`.`;
    throw new GatewayError("unsupported", message, { param });
  }
  if (body.store !== true) return;
  body.store = false;
  dropped.add("store");
}

/** Options that stand one level deeper here than the AI SDK writes them, and under which name. */
const DEEPER: Readonly<Record<string, readonly [object: string, member: string]>> = {
  reasoning_effort: ["reasoning", "effort"],
  reasoning_summary: ["reasoning", "summary"],
  text_verbosity: ["text", "verbosity"],
  verbosity: ["text", "verbosity"],
};

/** Lays the options for this provider over a body of this wire. */
export function addResponseOptions(
  body: JsonObject,
  providerOptions: JsonObject | undefined,
  provider: string,
  dropped: Set<Dropped>,
): void {
  const included = arrayAt(body.include);
  addOptions(body, providerOptions, provider, dropped);
  // What is asked for beside is asked for as well: sealed thinking, without which the next turn has none.
  const wanted = arrayAt(body.include);
  if (included !== undefined && wanted !== undefined) body.include = [...new Set([...included, ...wanted])];
  for (const [name, [object, member]] of Object.entries(DEEPER)) {
    const value = body[name];
    if (value === undefined) continue;
    delete body[name];
    body[object] = { ...objectAt(body[object]), [member]: value };
  }
}

/** Ids that the gateway made up are nobody's, and thinking that another wire has sealed is worthless here. */
function editItem(item: JsonValue, dropped: Set<Dropped>): JsonValue[] {
  if (!isObject(item)) return [item];
  const minted = isMinted(stringAt(item.id) ?? "");
  if (item.type === "reasoning" && (minted || isForeign(item))) {
    dropped.add("reasoning");
    return [];
  }
  if (!minted) return [item];
  // What another provider did for itself: without an id it is refused, and ours is nobody's.
  if (item.type === "web_search_call" || item.type === "image_generation_call") {
    dropped.add(item.type);
    return [];
  }
  const { id: _, ...rest } = item;
  return [rest];
}
