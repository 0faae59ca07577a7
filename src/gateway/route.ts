import type { KeyPolicy } from "../access/key-policy.ts";
import type { Key } from "../access/keys.ts";
import { endpointsOf } from "../catalog/endpoint.ts";
import type { Model } from "../catalog/model.ts";
import type { Ask } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import { objectAt } from "../core/json.ts";
import { directed, mustBeAllowed, spared } from "../routing/direction.ts";
import { drawOwnPlan, type OwnPlanParts } from "../routing/own-plan.ts";
import { type Choice, drawPlan, type Plan } from "../routing/plan.ts";
import { type Preferences, readPreferences } from "../routing/preferences.ts";
import { figureOf, type Sort } from "../routing/sort.ts";
import { NEUTRAL, type Standing } from "../routing/standing.ts";
import type { Credential } from "../upstream/credentials.ts";
import { type Brought, readByok } from "./byok.ts";
import type { Call } from "./call.ts";
import { choiceFor, type Snapshot } from "./gateway.ts";
import { atOwnSpeed, boundBy, fallbacksFor, momentOf, mustMayAsk } from "./key-rights.ts";
import { withoutOthers } from "./models-inside.ts";

/** What a request has become when it is known who shall serve it. */
export interface Route {
  /** The request, for the models that it is led to, without the secrets that it brought. */
  readonly ask: Ask;
  readonly preferences: Preferences;
  readonly plan: Plan<Credential>;
}

/**
 * Which way a request goes, before anything is sent. The same for one that asks for an answer and one that has its tokens counted.
 * @throws GatewayError for a request that goes nowhere
 */
export function routeOf(
  snapshot: Snapshot,
  { id, headers }: Call,
  { policy }: Key,
  told: Ask,
  standing: Standing = NEUTRAL,
): Route {
  // What a client names must be open to its key. Where rules and virtual models lead from there, the operator has said.
  mustMayAsk(snapshot, policy, told.model);
  const { ask: asked, left } = withoutOthers(snapshot, policy, told);
  const choice = choiceFor(snapshot, headers);
  const led = directed(snapshot.directory, asked, {
    seed: id,
    user: () => boundBy(policy, readPreferences(asked, headers)).user,
    figure: (sort, model) => bestFigure(choice, sort, model, standing),
  });
  const slower = atOwnSpeed(snapshot, policy, led.ask, asked);
  const brought = readByok(slower.ask.gateway.options, snapshot.places);
  const ask = relayedIfStored(brought === undefined ? slower.ask : withoutSecrets(slower.ask));
  const wanted = withStrangers(boundBy(policy, readPreferences(ask, headers)), ask, snapshot, left);
  const open = fallbacksFor(snapshot, policy, wanted.models, () =>
    asked.gateway === led.ask.gateway ? wanted.models : readPreferences(asked, headers).models,
  );
  const others = spared(snapshot.directory, open.models);
  const preferences =
    led.spares.length === 0 && others.models === wanted.models
      ? wanted
      : { ...wanted, models: [...new Set([...led.spares, ...others.models])] };
  const moment = momentOf(snapshot, policy);
  const draw = (from: Choice<Credential>) => drawPlan(from, ask, preferences, { ...moment, standing, seed: id });
  const parts = { choice, ask, preferences, policy, draw };
  const plan = staysOurs(ask, brought) ? draw(choice) : drawOwnPlan(ownParts(snapshot, brought, parts));
  const skipped = [...led.skipped, ...slower.skipped, ...open.skipped, ...others.skipped];
  if (skipped.length === 0) return { ask, preferences, plan };
  return { ask, preferences, plan: { ...plan, skipped: [...skipped, ...plan.skipped] } };
}

/** As many names of strangers are told. */
const STRANGERS_CAP = 20;

/** Options for a provider that is not called so are for nobody: the client is told, as of everything that is left out. */
function withStrangers(
  preferences: Preferences,
  { body }: Ask,
  { choice: { slugs } }: Snapshot,
  left: readonly string[],
): Preferences {
  const options = objectAt(body.providerOptions);
  if (options === undefined && left.length === 0) return preferences;
  const strangers = Object.keys(options ?? {}).filter((name) => name !== "gateway" && slugs.get(name) !== name);
  if (strangers.length === 0 && left.length === 0) return preferences;
  const told = strangers.slice(0, STRANGERS_CAP).map((name) => `providerOptions.${name.slice(0, 64)}`);
  return { ...preferences, dropped: [...preferences.dropped, ...told, ...left] };
}

/** What a plan with the client's own credentials is drawn from. @throws GatewayError `unsupported` */
function ownParts(
  snapshot: Snapshot,
  brought: Brought = { credentials: new Map(), only: false },
  {
    policy,
    ...parts
  }: Pick<OwnPlanParts<Credential>, "choice" | "ask" | "preferences" | "draw"> & { policy: KeyPolicy | undefined },
): OwnPlanParts<Credential> {
  const { models, places, directory } = snapshot;
  const { ask, choice, preferences } = parts;
  if (ask.wire === "openai-compaction" && brought.credentials.size > 0) throw notCompacted();
  const own = ownOf(brought, choice, ask.stored);
  if (ask.stored !== undefined && own.own.size === 0) throw notBrought(ask.stored);
  const asked = [ask.model, `${ask.model}-fast`, ...preferences.models];
  for (const [provider, all] of brought.credentials) {
    const names = all.flatMap((one) => asked.flatMap((model) => one.names.get(model) ?? []));
    for (const name of names) {
      mustBeAllowed(directory, `${provider}/${name}`);
      mustMayAsk(snapshot, policy, `${provider}/${name}`);
    }
  }
  const endpointFor = (model: string, provider: string, upstream: string) => {
    const offers = [{ provider, upstream }];
    const listed = models.get(model);
    if (listed !== undefined) return endpointsOf({ ...listed, offers }, places.providers)[0];
    const [own] = endpointsOf({ ...unlisted(model), offers }, places.providers);
    return own === undefined ? undefined : { ...own, unlisted: true as const };
  };
  return { ...parts, ...own, endpointFor };
}

/** Whether no account of the client's own comes into it: none is brought, or what the client goes on from is kept by the gateway's. */
function staysOurs({ stored, continues }: Ask, brought: Brought | undefined): boolean {
  if (continues?.byok !== false) return brought === undefined && stored === undefined;
  // On the gateway's account an id of the client's might be that of somebody else.
  const why =
    stored !== undefined ? `${JSON.stringify(stored)} is not` : brought?.only ? "byok_only is true" : undefined;
  if (why === undefined) return true;
  const message = `The response ${JSON.stringify(continues.id)} is kept by the gateway's account, and ${why}.`;
  throw new GatewayError("unsupported", message, { param: "previous_response_id" });
}

/** What is known of a model at whoever serves it best; `undefined` where nobody knows. */
function bestFigure(
  { endpoints, byOwnName, credentials }: Choice<Credential>,
  sort: Sort,
  model: string,
  standing: Standing,
): number | undefined {
  const figures = (endpoints.get(model) ?? byOwnName.get(model) ?? []).flatMap((endpoint) => {
    const group = (credentials.get(endpoint.provider) ?? []).map((credential) => ({ endpoint, credential }));
    return group.length === 0 ? [] : (figureOf(sort, group, standing) ?? []);
  });
  if (figures.length === 0) return undefined;
  return sort === "tps" ? Math.max(...figures) : Math.min(...figures);
}

/** A client may show a secret in its header fields as well: that too is its own. */
function ownOf({ credentials, only }: Brought, choice: Choice<Credential>, stored: string | undefined) {
  if (!only && stored === undefined) return { own: credentials, only: undefined };
  const names: ReadonlyMap<string, string> = new Map();
  const shown = [...choice.credentials].flatMap(([provider, all]) => {
    const own = all.filter(({ kind }) => kind === "byok").map((credential) => ({ credential, names }));
    return own.length === 0 || credentials.has(provider) ? [] : [[provider, own] as const];
  });
  return {
    own: new Map([...credentials, ...shown]),
    only: stored === undefined ? "byok_only is true" : `${JSON.stringify(stored)} names what one account keeps`,
  };
}

/** The request as everything behind routing may see it. */
function withoutSecrets(ask: Ask): Ask {
  const { byok: _, byok_only: __, ...options } = ask.gateway.options;
  const providerOptions = { ...objectAt(ask.body.providerOptions), gateway: options };
  return { ...ask, gateway: { ...ask.gateway, options }, body: { ...ask.body, providerOptions } };
}

/** An id of a provider's means nothing in another's format. */
function relayedIfStored(ask: Ask): Ask {
  const { stored } = ask;
  return stored === undefined ? ask : { ...ask, needs: [...new Set([...ask.needs, stored])] };
}

/** A model that only an account of the client's own knows. */
function unlisted(id: string): Model {
  return { id, name: id, type: "language", own: true, abilities: [], offers: [] };
}

function notBrought(stored: string): GatewayError {
  const why = "names what an account of the client's own keeps: bring its credential (providerOptions.gateway.byok).";
  return new GatewayError("unsupported", `${JSON.stringify(stored)} ${why}`, { param: stored });
}

/** As at the hosted gateway (contract 5). */
function notCompacted(): GatewayError {
  const param = "providerOptions.gateway.byok";
  return new GatewayError("unsupported", `${JSON.stringify(param)} is not taken where conversations are compacted.`, {
    param,
  });
}
