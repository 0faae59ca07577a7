import type { Endpoint } from "../catalog/endpoint.ts";
import type { Ask, Requirement } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import type { WireName } from "../core/event.ts";
import { nearest } from "../core/near.ts";
import { changesShape } from "../wires/quirk.ts";
import type { Preferences } from "./preferences.ts";

/** What routing must know of a credential. */
export interface CredentialFacts {
  readonly provider: string;
  readonly zeroDataRetention: boolean;
  readonly noTraining: boolean;
  /** Whose account it is: the operator's, or the client's own. */
  readonly kind?: "system" | "byok";
}

/** What there is to choose from. Immutable: the same choice, asked the same, gives the same plan. */
export interface Choice<C extends CredentialFacts> {
  /** Endpoints by model, in the catalogue's order. */
  readonly endpoints: ReadonlyMap<string, readonly Endpoint[]>;
  /** One endpoint under `provider/` and the provider's own name for the model. */
  readonly byOwnName: ReadonlyMap<string, readonly Endpoint[]>;
  /** By provider; a provider without one cannot serve. */
  readonly credentials: ReadonlyMap<string, C>;
  /** Every provider name that anyone knows, aliases included, to the name that it means here. */
  readonly slugs: ReadonlyMap<string, string>;
  /** Environment variables that would give a provider its credential. */
  readonly variables: ReadonlyMap<string, readonly string[]>;
  /** Wires that are written here, by what they can do. */
  readonly wires: { readonly outbound: ReadonlySet<WireName>; readonly transcodes: ReadonlySet<WireName> };
}

/** One way to serve the request. */
export interface Leg<C extends CredentialFacts = CredentialFacts> {
  readonly endpoint: Endpoint;
  readonly credential: C;
  readonly wire: WireName;
  /** Bytes through, edited in place; else by way of events. */
  readonly relay: boolean;
}

export interface Skipped {
  readonly model: string;
  /** Absent for a model to fall back to that nobody serves. */
  readonly provider?: string;
  readonly reason: string;
}

export interface Plan<C extends CredentialFacts = CredentialFacts> {
  /** In the order in which they are tried. Never empty. */
  readonly legs: readonly Leg<C>[];
  readonly skipped: readonly Skipped[];
  /** The fast variant of the model, where one was asked for and exists. */
  readonly fast?: string;
}

/**
 * Who serves the request, in which order, and who does not and why. Pure. A model to fall back to that is not in the
 * catalogue is passed over and told: a spare that is missing is no reason to fail what works without it.
 * @throws GatewayError `invalid_request` for a provider nobody knows, `model_not_found`, `no_credentials`,
 *   `no_providers_available` when the preferences leave nobody
 */
export function drawPlan<C extends CredentialFacts>(choice: Choice<C>, ask: Ask, preferences: Preferences): Plan<C> {
  const order = preferences.order.map((name) => slugOf(choice, name, "order"));
  const only = preferences.only.map((name) => slugOf(choice, name, "only"));
  const legs: Leg<C>[] = [];
  const skipped: Skipped[] = [];
  const fast = fastOf(choice, ask, preferences);
  const models = modelsOf(ask, preferences, fast);
  for (const model of models) {
    const endpoints = choice.endpoints.get(model) ?? choice.byOwnName.get(model);
    if (endpoints === undefined) {
      if (model === ask.model) throw modelNotFound(choice, model);
      skipped.push({ model, reason: `no such model.${meantModel(choice, model)}` });
      continue;
    }
    for (const endpoint of ranked(minterFirst(endpoints, ask), order)) {
      const leg = legFor(choice, endpoint, ask, preferences, only);
      if (typeof leg === "string") skipped.push({ model, provider: endpoint.provider, reason: leg });
      else legs.push(leg);
    }
  }
  if (legs.length === 0) throw nobody(choice, ask, skipped);
  for (const provider of new Set([...order, ...only])) {
    const isTold = [...legs, ...skipped].some((one) => providerOf(one) === provider);
    if (!isTold) skipped.push({ model: ask.model, provider, reason: "does not serve it here" });
  }
  return fast === undefined ? { legs, skipped } : { legs, skipped, fast };
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

function providerOf(one: Leg | Skipped): string | undefined {
  return "endpoint" in one ? one.endpoint.provider : one.provider;
}

const NO_CREDENTIAL = "no credential";
/** Reasons that lie in the request and not in the preferences begin so. */
const CANNOT = "cannot do";
const NOT_OFFERED = "not offered";

/** Whoever alone can read what was sealed last goes first. */
function minterFirst(endpoints: readonly Endpoint[], { sealedAs }: Ask): readonly Endpoint[] {
  if (sealedAs === undefined || endpoints.every(({ seals }) => seals === undefined)) return endpoints;
  const format = sealedAs();
  const place = ({ seals }: Endpoint) => (seals !== undefined && seals === format ? 0 : 1);
  return endpoints.toSorted((a, b) => place(a) - place(b));
}

/** Those named in `order` first, as they are named there; the rest as they stand. */
function ranked(endpoints: readonly Endpoint[], order: readonly string[]): readonly Endpoint[] {
  if (order.length === 0) return endpoints;
  const place = ({ provider }: Endpoint) => (order.includes(provider) ? order.indexOf(provider) : order.length);
  return endpoints.toSorted((a, b) => place(a) - place(b));
}

/** The leg that an endpoint makes, or the reason why it makes none. */
function legFor<C extends CredentialFacts>(
  choice: Choice<C>,
  endpoint: Endpoint,
  ask: Ask,
  { zeroDataRetention, disallowPromptTraining }: Preferences,
  only: readonly string[],
): Leg<C> | string {
  const { provider } = endpoint;
  if (only.length > 0 && !only.includes(provider)) return "not in `only`";
  const keeper = ask.continues?.provider;
  if (keeper !== undefined && provider !== keeper)
    return `${CANNOT} \`previous_response_id\`: ${keeper} keeps that response`;
  const credential = choice.credentials.get(provider);
  if (credential === undefined) return NO_CREDENTIAL;
  if (zeroDataRetention && !credential.zeroDataRetention) {
    return `no zero data retention (if your contract has it: providers.${provider}.zero_data_retention: true)`;
  }
  if (disallowPromptTraining && !credential.noTraining && !credential.zeroDataRetention) {
    return `may train on prompts (if your contract forbids it: providers.${provider}.no_training: true)`;
  }
  const missing = missingOf(endpoint, ask);
  if (missing.length > 0) return `${CANNOT} ${missing.map(named).join(", ")}`;
  const offered = endpoint.wires[ask.operation] ?? [];
  const transcodes = choice.wires.transcodes.has(ask.wire);
  const own = offered.includes(ask.wire);
  // What the client wants to be told of thinking, its own wire leaves out at most providers; some tell it there as well.
  const open = endpoint.quirks.has("reasoning-object") || endpoint.quirks.has("reasoning-content");
  const mute = transcodes && ask.needs.length === 0 && (!open || endpoint.seals !== undefined);
  const better = mute ? offered.find((name) => name === ask.prefers) : undefined;
  // An answer that is not quite of the wire's shape, or that must be changed, goes through events although both sides speak the same.
  const relay =
    own && better === undefined && !(transcodes && (changesShape(endpoint.quirks, ask.wire) || ask.hideReasoning));
  if (relay) return { endpoint, credential, wire: ask.wire, relay };
  if (ask.needs.length > 0) return `${CANNOT} ${ask.needs.map((need) => `\`${need}\``).join(", ")}`;
  const wire = better !== undefined ? better : own ? ask.wire : offered.find((name) => choice.wires.outbound.has(name));
  if (wire !== undefined && transcodes) return { endpoint, credential, wire, relay };
  return `${NOT_OFFERED} for ${ask.operation === "embed" ? "embeddings" : "this API"}`;
}

/** What the request asks of the model and the model is known not to do. Mostly nothing, for nothing. */
function missingOf({ lacks }: Endpoint, { requires }: Ask): readonly Requirement[] {
  if (requires === undefined || lacks === undefined) return [];
  return requires.filter((one) => lacks.includes(one));
}

/** What the words for abilities mean to somebody who has not read them before. */
const MEANS: Readonly<Record<Requirement, string>> = {
  tools: "it calls no tools",
  vision: "it reads no images",
  files: "it reads no PDFs",
  "audio-input": "it hears no audio",
};

function named(requirement: Requirement): string {
  return `\`${requirement}\` (${MEANS[requirement]})`;
}

/** A model that can, of the same maker if there is one, and alike in name. */
function ableModel<C extends CredentialFacts>({ endpoints, credentials }: Choice<C>, ask: Ask): string | undefined {
  const maker = ask.model.slice(0, ask.model.indexOf("/") + 1);
  const isAble = ({ provider, abilities, wires }: Endpoint) =>
    credentials.has(provider) &&
    wires[ask.operation] !== undefined &&
    ask.requires!.every((one) => abilities?.includes(one) === true);
  const able = [...endpoints].flatMap(([id, all]) => (all.some(isAble) ? [id] : []));
  const own = able.filter((id) => id.startsWith(maker));
  return nearest(ask.model, own) ?? own[0] ?? able[0];
}

function slugOf<C extends CredentialFacts>(choice: Choice<C>, name: string, option: string): string {
  const known = choice.slugs.get(name);
  if (known !== undefined) return known;
  const param = `providerOptions.gateway.${option}`;
  const hint = meant(name, choice.slugs);
  const there = [...choice.credentials.keys()].sort().join(", ");
  throw new GatewayError(
    "invalid_request",
    `Nobody knows a provider ${JSON.stringify(name)} (${param}).${hint} Configured here: ${there || "none"}.`,
    { param },
  );
}

function modelNotFound<C extends CredentialFacts>(choice: Choice<C>, model: string): GatewayError {
  const hint = meantModel(choice, model) || " Models are named creator/name; GET /v1/models lists them.";
  return new GatewayError("model_not_found", `Model ${JSON.stringify(model)} not found.${hint}`, { param: "model" });
}

/** A model may be asked for by its bare name, or as the one who serves it calls it: behind that provider's name or alone. */
function meantModel<C extends CredentialFacts>(choice: Choice<C>, model: string): string {
  const asked = model.toLowerCase();
  const slash = asked.indexOf("/");
  const names = slash < 0 ? [asked] : [asked, asked.slice(slash + 1)];
  const host = slash < 0 ? undefined : choice.slugs.get(asked.slice(0, slash));
  const isAsked = (name: string) => names.includes(name.toLowerCase());
  for (const [id, endpoints] of choice.endpoints) {
    const match = endpoints.find(({ upstream }) => isAsked(upstream));
    if (match === undefined && !isAsked(id.slice(id.indexOf("/") + 1))) continue;
    const serves = host !== undefined && endpoints.some(({ provider }) => provider === host);
    const only = serves && !id.startsWith(`${host}/`) ? ` (with providerOptions.gateway.only: ["${host}"])` : "";
    return ` Did you mean "${id}"${only}?`;
  }
  return meant(model, choice.endpoints);
}

function meant(word: string, known: ReadonlyMap<string, unknown>): string {
  const near = nearest(word, known.keys());
  return near === undefined ? "" : ` Did you mean "${near}"?`;
}

/** Nobody is left: says of each model who could serve it and what stood in the way. */
function nobody<C extends CredentialFacts>(choice: Choice<C>, ask: Ask, skipped: readonly Skipped[]): GatewayError {
  const served = skipped.filter(({ provider }) => provider !== undefined);
  const variables = [...new Set(served.flatMap(({ provider = "" }) => choice.variables.get(provider)?.[0] ?? []))];
  const set = variables.length === 0 ? "" : ` Set ${variables.slice(0, 5).join(" or ")}.`;
  if (choice.credentials.size === 0) {
    return new GatewayError("no_credentials", `No provider has a credential.${set} Or start with --simulate.`);
  }
  if (served.every(({ reason }) => reason === NO_CREDENTIAL)) {
    const message = `Model ${JSON.stringify(ask.model)} is known, but no provider that serves it has a credential here.${set}`;
    return new GatewayError("model_not_found", message, { param: "model" });
  }
  const asked = choice.endpoints.get(ask.model) ?? choice.byOwnName.get(ask.model);
  const missing = asked?.flatMap((endpoint) => missingOf(endpoint, ask)) ?? [];
  const other = missing.length > 0 ? ableModel(choice, ask) : undefined;
  const hint = other === undefined ? "" : ` ${JSON.stringify(other)} can.`;
  const reasons = skipped.map(
    ({ model, provider, reason }) => `${provider === undefined ? model : `${provider} for ${model}`}: ${reason}`,
  );
  const able = served.some(
    ({ reason }) => reason !== NO_CREDENTIAL && !reason.startsWith(CANNOT) && !reason.startsWith(NOT_OFFERED),
  );
  const code = able ? "no_providers_available" : "unsupported";
  return new GatewayError(
    code,
    `No provider can serve this request. ${reasons.join("; ")}.${hint}`,
    detailsOf(missing, ask),
  );
}

/** Where in the body stands what the model cannot do. */
function detailsOf([first]: readonly Requirement[], { body }: Ask): { param?: string } {
  if (first === undefined) return {};
  return { param: first === "tools" ? first : body.messages === undefined ? "input" : "messages" };
}
