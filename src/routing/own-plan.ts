import type { Endpoint } from "../catalog/endpoint.ts";
import type { Ask } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import type { Choice, CredentialFacts, Leg, Plan, Skipped } from "./plan.ts";
import type { Preferences } from "./preferences.ts";
import type { Nobody } from "./refusal.ts";

/** A credential of the client's own, and what its account calls models. */
export interface Own<C> {
  readonly credential: C;
  readonly names: ReadonlyMap<string, string>;
}

/** What a plan with clients' own credentials is drawn from. */
export interface OwnPlanParts<C extends CredentialFacts> {
  readonly choice: Choice<C>;
  /** The client's own, by provider, in the order in which they are tried. */
  readonly own: ReadonlyMap<string, readonly Own<C>[]>;
  readonly ask: Ask;
  readonly preferences: Preferences;
  /** Why nobody else's account may serve; `undefined` where it may. */
  readonly only: string | undefined;
  /** A model at a provider under the name that an account has for it; `undefined` where there is no such provider. */
  endpointFor(model: string, provider: string, upstream: string): Endpoint | undefined;
  /** The plan for a choice. @throws GatewayError */
  draw(choice: Choice<C>): Plan<C>;
}

/**
 * The plan of a request that brings credentials: of each model first the legs on the client's own accounts, then those on the operator's
 * (contract 9.2). Pure, as drawing a plan is.
 * @throws GatewayError as drawing does, and `no_providers_available` where only the client's own may serve and none can
 */
export function drawOwnPlan<C extends CredentialFacts>(parts: OwnPlanParts<C>): Plan<C> {
  const { only, choice, draw } = parts;
  const own = keepers(parts);
  const rounds = roundsOf(own).map((round) => ({ round, drawn: tried(() => draw(choiceOf(parts, round))) }));
  const plans = rounds.flatMap(({ drawn }) => (drawn instanceof GatewayError ? [] : [drawn]));
  const told = rounds.flatMap(({ round, drawn }) => ("skipped" in drawn ? skippedOf(drawn, round) : []));
  const refusals = rounds.flatMap(({ drawn }) => (drawn instanceof GatewayError ? [drawn] : []));
  const ownLegs = inTurn(plans);
  if (only !== undefined) {
    const [first] = plans;
    if (first === undefined) throw nobodysOwn(parts, only, refusals);
    return { ...first, legs: merged(parts, first, ownLegs, []), skipped: told };
  }
  const theirs = tried(() => draw(choice));
  if (theirs instanceof GatewayError) {
    const [first] = plans;
    if (first === undefined) throw isTelling(theirs) ? theirs : (refusals.find(isTelling) ?? theirs);
    return { ...first, legs: merged(parts, first, ownLegs, []), skipped: told };
  }
  const idle = plans.length > 0 ? [] : refusedOwn(parts, told);
  return {
    ...theirs,
    legs: merged(parts, theirs, ownLegs, standIns(parts, ownLegs, theirs.legs)),
    skipped: [...told, ...idle, ...theirs.skipped],
  };
}

/** The legs on the operator's accounts that may stand in for the client's own. */
function standIns<C extends CredentialFacts>(
  { preferences: { allowFallbacks, order } }: OwnPlanParts<C>,
  [first]: readonly Leg<C>[],
  theirs: readonly Leg<C>[],
): readonly Leg<C>[] {
  if (first === undefined || allowFallbacks || order.length > 0) return theirs;
  return theirs.filter(({ endpoint }) => endpoint.provider === first.endpoint.provider);
}

type Round<C> = ReadonlyMap<string, Own<C>>;

/** What an account of several keeps is gone on from there: elsewhere nobody knows it, and says so at once. */
function keepers<C extends CredentialFacts>({
  own,
  ask,
}: Pick<OwnPlanParts<C>, "own" | "ask">): OwnPlanParts<C>["own"] {
  const { provider = "", byok, account } = ask.continues ?? {};
  const kept = own.get(provider)?.filter(({ credential }) => credential.name === account) ?? [];
  return byok !== true || account === undefined || kept.length === 0 ? own : new Map([...own, [provider, kept]]);
}

/** First the first credential of every provider, then the second of those that have one, … */
function roundsOf<C>(own: ReadonlyMap<string, readonly Own<C>[]>): Round<C>[] {
  const most = Math.max(0, ...[...own.values()].map(({ length }) => length));
  return Array.from(
    { length: most },
    (_, i) => new Map([...own].flatMap(([provider, all]) => (i < all.length ? [[provider, all[i]!] as const] : []))),
  );
}

/** The choice with nobody's credentials but these, and models under the names that their accounts have. */
function choiceOf<C extends CredentialFacts>(
  { choice, endpointFor }: Pick<OwnPlanParts<C>, "choice" | "endpointFor">,
  round: Round<C>,
): Choice<C> {
  const credentials = new Map([...round].map(([provider, { credential }]) => [provider, [credential]]));
  let endpoints: Map<string, readonly Endpoint[]> | undefined;
  for (const [provider, { names }] of round) {
    for (const [model, upstream] of names) {
      endpoints ??= new Map(choice.endpoints);
      const before = endpoints.get(model) ?? [];
      const listed = before.some((one) => one.provider === provider);
      const id = `${provider}:${upstream}`;
      const renamed = before.map((one) => (one.provider === provider ? { ...one, id, upstream } : one));
      const added = listed ? undefined : endpointFor(model, provider, upstream);
      endpoints.set(model, added === undefined ? renamed : [...renamed, added]);
    }
  }
  return { ...choice, credentials, endpoints: endpoints ?? choice.endpoints };
}

/** Nobody can serve: with other credentials somebody may. */
const NOBODY: ReadonlySet<string> = new Set([
  "no_providers_available",
  "model_not_found",
  "no_credentials",
  "unsupported",
]);

function tried<T>(act: () => T): T | GatewayError | Nobody {
  try {
    return act();
  } catch (thrown) {
    if (thrown instanceof GatewayError && NOBODY.has(thrown.code)) return thrown;
    throw thrown;
  }
}

function isTelling({ code }: GatewayError): boolean {
  return code === "no_providers_available" || code === "unsupported";
}

/** Of what a round passed over, what has to do with it. */
function skippedOf<C extends CredentialFacts>({ skipped }: Pick<Plan<C>, "skipped">, round: Round<C>): Skipped[] {
  return skipped.flatMap((one) =>
    one.provider !== undefined && round.has(one.provider) ? [{ ...one, reason: `byok: ${one.reason}` }] : [],
  );
}

/** Those of whom nothing is told: who has nothing to do with the model. */
function refusedOwn<C extends CredentialFacts>(
  { own, ask: { model } }: OwnPlanParts<C>,
  told: readonly Skipped[],
): Skipped[] {
  const silent = [...own.keys()].filter((name) => told.every(({ provider }) => provider !== name));
  return silent.map((provider) => ({ model, provider, reason: "byok: cannot serve this request" }));
}

/** The legs of all rounds: by provider, as the first plan that has it places it, and then by round. */
function inTurn<C extends CredentialFacts>(plans: readonly Plan<C>[]): Leg<C>[] {
  const all = plans.flatMap(({ legs }) => legs);
  const places = [...new Set(all.map(({ endpoint }) => endpoint.provider))];
  return all.toSorted((a, b) => places.indexOf(a.endpoint.provider) - places.indexOf(b.endpoint.provider));
}

/** Own legs before the others of the same model, and models as they are asked for. */
function merged<C extends CredentialFacts>(
  { ask, preferences, choice }: OwnPlanParts<C>,
  { fast }: Plan<C>,
  own: readonly Leg<C>[],
  theirs: readonly Leg<C>[],
): Leg<C>[] {
  const asked = [...(fast === undefined ? [] : [fast]), ask.model, ...preferences.models];
  const models = asked.map((name) =>
    choice.endpoints.has(name) ? name : (choice.byOwnName.get(name)?.[0]?.model ?? name),
  );
  const place = ({ endpoint }: Leg<C>) => models.indexOf(endpoint.model);
  const waiting = own.toSorted((a, b) => place(a) - place(b));
  const legs: Leg<C>[] = [];
  for (const their of theirs) {
    while (waiting.length > 0 && place(waiting[0]!) <= place(their)) legs.push(waiting.shift()!);
    legs.push(their);
  }
  return [...legs, ...waiting];
}

function nobodysOwn<C extends CredentialFacts>(
  { own, ask: { model }, choice }: OwnPlanParts<C>,
  only: string,
  refusals: readonly GatewayError[],
): GatewayError {
  if (own.size === 0)
    return new GatewayError(
      "invalid_request",
      `${only}, and the request brings no credential (providerOptions.gateway.byok).`,
      {
        param: "providerOptions.gateway.byok",
      },
    );
  const telling = refusals.find(isTelling);
  if (telling !== undefined) return telling;
  const servers = (choice.endpoints.get(model) ?? choice.byOwnName.get(model) ?? []).map(({ provider }) => provider);
  if (servers.length === 0) return refusals[0]!;
  const brought = [...own.keys()].join(", ");
  return new GatewayError(
    "no_providers_available",
    `${only}, and what it brings credentials for (${brought}) does not serve ${JSON.stringify(model)}. Those who do: ${[...new Set(servers)].join(", ")}.`,
  );
}
