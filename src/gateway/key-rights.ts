import { type KeyPolicy, mayAskFor } from "../access/key-policy.ts";
import type { Key } from "../access/keys.ts";
import type { Model } from "../catalog/model.ts";
import type { Ask } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import { present } from "../core/json.ts";
import { OPTIONS } from "../routing/option.ts";
import type { Moment, Skipped } from "../routing/plan.ts";
import type { Policy } from "../routing/policy.ts";
import type { Preferences } from "../routing/preferences.ts";
import { isAsked } from "./allowed.ts";
import type { Snapshot } from "./gateway.ts";

const NOT_FOR_KEY = "not for this key";

/** What is demanded of whoever serves this key; `undefined` for nothing. */
export function demandsOf({ zero_data_retention, no_training, hipaa }: KeyPolicy): Policy | undefined {
  if (zero_data_retention !== true && no_training !== true && hipaa !== true) return undefined;
  return { zeroDataRetention: zero_data_retention === true, noTraining: no_training === true, hipaa, of: "key" };
}

/** What a plan must keep to, in the names that providers have here. */
export function momentOf({ choice }: Snapshot, policy: KeyPolicy | undefined): Pick<Moment, "policy" | "providers"> {
  if (policy === undefined) return {};
  const { providers } = policy;
  return present({
    policy: demandsOf(policy),
    // A name that nobody knows any more lets nobody in.
    providers: providers === undefined ? undefined : new Set(providers.map((name) => choice.slugs.get(name) ?? name)),
  });
}

/** Whether a key may ask for a model by this name. */
export function mayAsk({ choice }: Snapshot, policy: KeyPolicy, name: string): boolean {
  const meant = (own: string) => (choice.endpoints.has(own) ? own : (choice.byOwnName.get(own)?.[0]?.model ?? own));
  return mayAskFor(policy, name, meant);
}

/** @throws GatewayError `denied_to_key` for a model that the key may not ask for */
export function mustMayAsk(snapshot: Snapshot, policy: KeyPolicy | undefined, name: string): void {
  if (policy?.models === undefined || mayAsk(snapshot, policy, name)) return;
  const names = policy.models.slice(0, 20).join(", ") + (policy.models.length > 20 ? ", …" : "");
  throw new GatewayError(
    "denied_to_key",
    `This key may not ask for ${JSON.stringify(name)}. It may ask for ${names}.`,
    {
      param: "model",
    },
  );
}

/** Models to fall back to without those that a key may not ask for: they are passed over and told. @param asked those that the client named */
export function fallbacksFor(
  snapshot: Snapshot,
  policy: KeyPolicy | undefined,
  models: readonly string[],
  asked: () => readonly string[],
): { models: readonly string[]; skipped: readonly Skipped[] } {
  if (policy?.models === undefined || models.length === 0) return { models, skipped: [] };
  const out = new Set(asked().filter((name) => !mayAsk(snapshot, policy, name)));
  if (out.size === 0) return { models, skipped: [] };
  return {
    models: models.filter((name) => !out.has(name)),
    skipped: [...out].map((model) => ({ model, reason: NOT_FOR_KEY })),
  };
}

/**
 * The request without a wish for the fast variant of its model, where the key may not ask for that: then the base model answers at its own speed.
 * What the operator's virtual models wish is the operator's affair.
 * @param asked the request as the client made it @throws GatewayError `denied_to_key` where only the fast variant would do
 */
export function atOwnSpeed(
  snapshot: Snapshot,
  policy: KeyPolicy | undefined,
  ask: Ask,
  asked: Ask,
): { ask: Ask; skipped: readonly Skipped[] } {
  const fast = `${ask.model}-fast`;
  if (policy?.models === undefined || asked.gateway.options.speed !== "fast" || mayAsk(snapshot, policy, fast))
    return { ask, skipped: [] };
  const { speed, ...options } = ask.gateway.options;
  if (speed !== "fast") return { ask, skipped: [] };
  if (options.allowFallbackFromFast === false) mustMayAsk(snapshot, policy, fast);
  return {
    ask: { ...ask, gateway: { ...ask.gateway, options } },
    skipped: [{ model: fast, reason: NOT_FOR_KEY }],
  };
}

/** Preferences as a key has them: what it fixes takes the place of what the request says. @throws GatewayError `invalid_request` for what it must say */
export function boundBy(policy: KeyPolicy | undefined, told: Preferences): Preferences {
  if (policy === undefined) return told;
  const hedge = policy.hedge === false ? false : (told.hedge ?? policy.hedge);
  const user = policy.user?.fixed ?? told.user;
  if (policy.user?.required === true && user === undefined)
    throw wanting(`${OPTIONS}.user`, "This key wants each request to tell its end user");
  const entity = policy.entity?.fixed ?? told.entity;
  if (policy.entity?.required === true && entity === undefined)
    throw wanting(`${OPTIONS}.quotaEntityId`, "This key wants each request to tell whose budget it is for");
  const tags = tagsOf(policy.tags, told.tags);
  return { ...told, user, ...present({ entity, hedge }), tags };
}

function tagsOf(bounds: KeyPolicy["tags"], told: readonly string[]): readonly string[] {
  if (bounds === undefined) return told;
  const { fixed = [], allowed, most, required } = bounds;
  const own = told.filter((tag) => !fixed.includes(tag));
  const stranger = allowed === undefined ? undefined : own.find((tag) => !allowed.includes(tag));
  if (stranger !== undefined)
    throw wanting(TAGS, `This key may not use the tag ${JSON.stringify(stranger)}, only ${allowed!.join(", ")}`);
  if (most !== undefined && own.length > most)
    throw wanting(TAGS, `This key may use ${most} ${most === 1 ? "tag" : "tags"} a request`);
  const tags = [...fixed, ...own];
  if (required === true && tags.length === 0) throw wanting(TAGS, "This key wants each request to have a tag");
  return tags;
}

const TAGS = `${OPTIONS}.tags`;

function wanting(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", `${message} (${JSON.stringify(param)}).`, { param });
}

/** Who can be asked for a key, or for anybody, as far as that can be known before a request. */
export interface Reach {
  /** Whether somebody can serve the model. */
  isServed(model: Model): boolean;
  /** Whether this provider can be asked. */
  isServedBy(provider: string): boolean;
}

export function reachOf(snapshot: Snapshot, key: Key | undefined): Reach {
  const { providers, policy: demands } = momentOf(snapshot, key?.policy);
  const isServedBy = (provider: string) =>
    (providers === undefined || providers.has(provider)) && isAsked(snapshot.choice, provider, demands);
  const policy = key?.policy;
  return {
    isServedBy,
    isServed: ({ id, offers }) =>
      (policy === undefined || mayAsk(snapshot, policy, id)) && offers.some(({ provider }) => isServedBy(provider)),
  };
}
