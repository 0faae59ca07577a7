import type { Ask } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import type { Choice, CredentialFacts } from "./choice.ts";
import { type Leg, legsOf } from "./leg.ts";
import type { Policy } from "./policy.ts";
import type { Preferences } from "./preferences.ts";
import { type Question, questionOf } from "./question.ts";
import { healthOf, type Ranked, ranked, sealsDiffer } from "./rank.ts";
import { meantModel, modelNotFound, nobody } from "./refusal.ts";
import { byEndpoint, figureOf, type SortRecord } from "./sort.ts";
import { NEUTRAL, type Standing } from "./standing.ts";
import { drawn } from "./weight.ts";

export type { Choice, CredentialFacts } from "./choice.ts";
export type { Leg } from "./leg.ts";

export interface Skipped {
  readonly model: string;
  /** Absent for a model to fall back to that nobody serves. */
  readonly provider?: string;
  /** Which of the provider's credentials, where it has several. */
  readonly credential?: string;
  readonly reason: string;
}

export interface Plan<C extends CredentialFacts = CredentialFacts> {
  /** In the order in which they are tried. Never empty. */
  readonly legs: readonly Leg<C>[];
  readonly skipped: readonly Skipped[];
  /** The fast variant of the model, where one was asked for and exists. */
  readonly fast?: string;
  /** What a sort did, where one was asked for. */
  readonly sort?: SortRecord;
}

/** What a plan depends on beside what is asked and what there is to choose from. */
export interface Moment {
  readonly standing: Standing;
  /** What chance there is comes from here: the same seed gives the same plan. */
  readonly seed: string;
  /** What is demanded of whoever has this key. */
  readonly policy?: Policy;
  /** The only ones who may be asked for this key, in the names that they have here. */
  readonly providers?: ReadonlySet<string>;
}

const ANY_MOMENT: Moment = { standing: NEUTRAL, seed: "" };

/**
 * Who serves the request, in which order, and who does not and why. Pure. A model to fall back to that is not in the
 * catalogue is passed over and told: a spare that is missing is no reason to fail what works without it.
 * @throws GatewayError `invalid_request` for a provider nobody knows, `model_not_found`, `no_credentials`,
 *   `no_providers_available` when the preferences leave nobody
 */
export function drawPlan<C extends CredentialFacts>(
  choice: Choice<C>,
  ask: Ask,
  preferences: Preferences,
  moment: Moment = ANY_MOMENT,
): Plan<C> {
  const question = questionOf(choice, ask, preferences, moment);
  const up: Leg<C>[] = [];
  const down: Leg<C>[] = [];
  const skipped: Skipped[] = [];
  let sort: SortRecord | undefined;
  const fast = fastOf(choice, ask, preferences);
  for (const model of modelsOf(ask, preferences, fast)) {
    const found = legsFor(choice, question, model, moment);
    skipped.push(...found.skipped);
    const all = found.ranked;
    // A model may be named twice: as the catalogue calls it, and as one provider does.
    const isNew = (leg: Leg<C>) => !up.some((one) => isSame(one, leg)) && !down.some((one) => isSame(one, leg));
    up.push(...all.up.filter(isNew));
    down.push(...all.down.filter(isNew));
    if (preferences.sort !== undefined) sort ??= sortRecord(preferences.sort, all, moment.standing);
  }
  // Better a probable failure than none: but only once everybody else has failed, models to fall back to included.
  const legs = down.length === 0 ? up : [...up, ...down];
  if (legs.length === 0) throw nobody(choice, ask, skipped);
  for (const provider of new Set([...question.order, ...question.only])) {
    const isTold = [...legs, ...skipped].some((one) => providerOf(one) === provider);
    if (!isTold) skipped.push({ model: ask.model, provider, reason: "does not serve it here" });
  }
  const plan: Plan<C> = fast === undefined ? { legs, skipped } : { legs, skipped, fast };
  return sort === undefined ? plan : { ...plan, sort };
}

/** Who serves one model, and who does not. @throws GatewayError `model_not_found` for the one that is asked for first */
function legsFor<C extends CredentialFacts>(
  choice: Choice<C>,
  question: Question,
  model: string,
  { standing, seed }: Moment,
): { ranked: Ranked<Leg<C>>; skipped: Skipped[] } {
  const { ask, preferences, order } = question;
  const endpoints = choice.endpoints.get(model) ?? choice.byOwnName.get(model);
  if (endpoints === undefined) {
    if (model === ask.model) throw modelNotFound(choice, model);
    const skipped = [{ model, reason: `no such model.${meantModel(choice, model)}` }];
    return { ranked: { up: [], down: [] }, skipped };
  }
  const legs: Leg<C>[] = [];
  const skipped: Skipped[] = [];
  for (const endpoint of endpoints) {
    const { provider } = endpoint;
    const found = legsOf(choice, endpoint, question, inTurn(choice.credentials.get(provider) ?? [], seed));
    legs.push(...found.legs);
    for (const why of found.refused) skipped.push({ model, provider, ...why });
  }
  const sealedAs = sealsDiffer(endpoints) ? ask.sealedAs?.() : undefined;
  const all = ranked(legs, { order, sort: preferences.sort, sealedAs }, standing);
  return preferences.allowFallbacks ? { ranked: all, skipped } : withoutFallbacks(all, order, model, skipped);
}

/** A client's own credentials in its order, ours in one that shares the load. */
function inTurn<C extends CredentialFacts>(credentials: readonly C[], seed: string): readonly C[] {
  if (credentials.length < 2) return credentials;
  const own = credentials.filter(({ kind }) => kind === "byok");
  const ours = credentials.filter(({ kind }) => kind !== "byok");
  return [...own, ...drawn(ours, seed)];
}

/** Nobody stands in for those that `order` names, or else for the provider that comes first. */
function withoutFallbacks<C extends CredentialFacts>(
  { up, down }: Ranked<Leg<C>>,
  order: readonly string[],
  model: string,
  skipped: readonly Skipped[],
): { ranked: Ranked<Leg<C>>; skipped: Skipped[] } {
  const first = [...up, ...down][0]?.endpoint.provider;
  const stays = ({ endpoint: { provider } }: Leg<C>) =>
    order.length > 0 ? order.includes(provider) : provider === first;
  const others = new Set([...up, ...down].filter((leg) => !stays(leg)).map(({ endpoint }) => endpoint.provider));
  const reason = "`allow_fallbacks` is false";
  const spared = [...others].map((provider) => ({ model, provider, reason }));
  return { ranked: { up: up.filter(stays), down: down.filter(stays) }, skipped: [...skipped, ...spared] };
}

function sortRecord<C extends CredentialFacts>(
  option: NonNullable<Preferences["sort"]>,
  { up, down }: Ranked<Leg<C>>,
  standing: Standing,
): SortRecord | undefined {
  const legs = [...up, ...down];
  if (legs.length === 0) return undefined;
  const metrics: Record<string, number | null> = {};
  const ill = new Set<string>();
  for (const group of byEndpoint(legs)) {
    const { provider } = group[0]!.endpoint;
    metrics[provider] = figureOf(option, group, standing) ?? null;
    if (group.some((one) => healthOf(one, standing) !== "up")) ill.add(provider);
  }
  const executionOrder = [...new Set(legs.map(({ endpoint }) => endpoint.provider))];
  return { option, executionOrder, metrics, deprioritizedProviders: [...ill] };
}

/** Fast variants are models of their own, called so (contract 2.1). @throws GatewayError `unsupported` */
function fastOf<C extends CredentialFacts>(
  { endpoints }: Choice<C>,
  { model }: Ask,
  { fast: asked }: Preferences,
): string | undefined {
  if (asked === undefined || /-fast\b/.test(model)) return undefined;
  const fast = `${model}-fast`;
  if (endpoints.has(fast)) return fast;
  if (asked === "first" || !endpoints.has(model)) return undefined;
  const message = `There is no fast variant of ${JSON.stringify(model)}, and allowFallbackFromFast is false.`;
  throw new GatewayError("unsupported", message, { param: "providerOptions.gateway.speed" });
}

/** The models in the order in which they are tried, each once. */
function modelsOf({ model }: Ask, { models, fast: asked }: Preferences, fast: string | undefined): readonly string[] {
  if (fast === undefined) return models.length === 0 ? [model] : [...new Set([model, ...models])];
  return [...new Set(asked === "only" ? [fast, ...models] : [fast, model, ...models])];
}

function isSame(a: Leg, b: Leg): boolean {
  return a.endpoint === b.endpoint && a.credential === b.credential;
}

function providerOf(one: Leg | Skipped): string | undefined {
  return "endpoint" in one ? one.endpoint.provider : one.provider;
}
