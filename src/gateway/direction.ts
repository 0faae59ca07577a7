import type { Endpoint } from "../catalog/endpoint.ts";
import type { Model } from "../catalog/model.ts";
import type { DirectionsConfig, RuleConfig, VirtualModelConfig } from "../config/direction.ts";
import { ConfigError, hint } from "../config/explain.ts";
import { NO_GATEWAY_FIELDS } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { present } from "../core/json.ts";
import type { Directory } from "../routing/direction.ts";
import { FEATURES, type Feature, missingFeatures, without } from "../routing/feature.ts";
import { type Preferences, readPreferences } from "../routing/preferences.ts";
import { denialOf, endlessIn, follow, type Rule } from "../routing/rules.ts";
import { USUAL, type VirtualModel } from "../routing/virtual-model.ts";

/** What there is to be led to. */
export interface Destinations {
  readonly endpoints: ReadonlyMap<string, readonly Endpoint[]>;
  readonly byOwnName: ReadonlyMap<string, readonly Endpoint[]>;
  readonly slugs: ReadonlyMap<string, string>;
  /** Endpoints of virtual models that stand for an address, by name. */
  readonly relayed: ReadonlyMap<string, Endpoint>;
}

/** Compiles routing rules and virtual models. @throws ConfigError for what leads nowhere, and says where */
export function directoryOf({ routing_rules, virtual_models }: DirectionsConfig, there: Destinations): Directory {
  const canonical = (name: string) => there.byOwnName.get(name)?.[0]?.model ?? name;
  const problems: string[] = [];
  const virtual = new Map<string, VirtualModel>();
  for (const [name, told] of Object.entries(virtual_models)) {
    const at = `virtual_models.${name}`;
    problems.push(...problemsOf(name, told, there, new Set(Object.keys(virtual_models))).map((what) => `${at}${what}`));
    virtual.set(name, virtualModel(name, told, there));
  }
  problems.push(...rulesWrong(routing_rules, there, virtual));
  const rules = routing_rules.filter(({ enabled }) => enabled).map((one) => rule(one, canonical(one.model)));
  const circle = endlessIn(rules, canonical);
  if (circle !== undefined)
    problems.push(
      `routing_rules: ${circle.join(" → ")}: they lead on to each other without an end, or more than ten times`,
    );
  if (problems.length > 0) throw new ConfigError(problems);
  return { rules, virtual, canonical };
}

function rule({ id, model, to, reason }: RuleConfig, canonical: string): Rule {
  return present({ id, model, canonical: canonical === model ? undefined : canonical, to, reason });
}

function rulesWrong(
  rules: readonly RuleConfig[],
  there: Destinations,
  virtual: ReadonlyMap<string, VirtualModel>,
): string[] {
  const seen = new Set<string>();
  return rules.flatMap(({ id, type, to, reason }, i) => {
    const at = `routing_rules.${i} (${id})`;
    const wrong: string[] = [];
    if (seen.has(id)) wrong.push(`${at}: another rule has that id`);
    seen.add(id);
    if (type === "rewrite" && to === undefined)
      wrong.push(`${at}.to: a rewrite needs \`to\`, the model that is asked for instead`);
    if (type === "rewrite" && reason !== undefined) wrong.push(`${at}.reason: only a denial has one`);
    if (type === "deny" && to !== undefined) wrong.push(`${at}.to: a denial leads to no model`);
    if (to !== undefined && !virtual.has(to) && !isThere(to, there))
      wrong.push(`${at}.to: ${unknown(to, there, virtual.keys())}`);
    return wrong;
  });
}

function problemsOf(
  name: string,
  told: VirtualModelConfig,
  there: Destinations,
  virtual: ReadonlySet<string>,
): string[] {
  const { model, candidates, relay, selector, sticky, provider_options } = told;
  const wrong: string[] = [];
  if (isThere(name, there)) wrong.push(": a model is called so; to ask for another instead, write a routing rule");
  if ([model, candidates, relay].filter((one) => one !== undefined).length !== 1)
    wrong.push(": needs one of `model`, `candidates` and `relay`");
  if (candidates === undefined && selector !== undefined) wrong.push(".selector: there is nothing to choose from");
  const weighed = weighs(told);
  if (sticky !== undefined && !weighed)
    wrong.push(".sticky: only where the selector is `weight` is there anything to stick to");
  if (!weighed && candidates?.some(({ weight }) => weight !== undefined))
    wrong.push(`.candidates: with the selector \`${selector}\` a weight says nothing`);
  if (weighed && candidates?.every(({ weight }) => weight === 0)) wrong.push(".candidates: all of them weigh nothing");
  const names = namesOf(told);
  if (new Set(names).size < names.length) wrong.push(".candidates: a model stands twice");
  for (const [i, one] of names.entries())
    if (!isThere(one, there))
      wrong.push(`${model === undefined ? `.candidates.${i}` : ""}.model: ${unknown(one, there, [])}`);
  const wish = wishWrong(provider_options as Record<string, JsonObject>, there, virtual);
  if (wish !== undefined) wrong.push(`.provider_options: ${wish}`);
  const lack = requirementWrong(name, told, there);
  if (lack !== undefined) wrong.push(`.requires: ${lack}`);
  return wrong;
}

/** The models that it stands for, but for the one that it is itself. */
function namesOf({ model, candidates = [] }: VirtualModelConfig): string[] {
  return model === undefined ? candidates.map((one) => one.model) : [model];
}

function requirementWrong(name: string, told: VirtualModelConfig, there: Destinations): string | undefined {
  const stranger = told.requires?.find((word) => !isFeature(word));
  if (stranger !== undefined) return `nobody knows a tag "${stranger}"${hint(stranger, FEATURES)}`;
  const { candidates } = virtualModel(name, told, there);
  if (candidates.length === 0 || candidates.some(({ missing }) => missing === undefined)) return undefined;
  return candidates.map((one) => `${one.name} ${without(one.missing!)}`).join("; ");
}

function isFeature(word: string): word is Feature {
  return (FEATURES as readonly string[]).includes(word);
}

/** What of a client's own makes no sense for everybody. */
const PERSONAL = ["byok", "user", "idempotencyKey", "quotaEntityId", "safetyIdentifier"] as const;
/** Options that a virtual model may put back to the usual. */
const RESTORED: readonly string[] = ["sort", "serviceTier", "caching", "providerTimeouts"];

/** What is wrong with options, in the words that a client would be told. */
function wishWrong(
  options: Record<string, JsonObject>,
  there: Destinations,
  virtual: ReadonlySet<string>,
): string | undefined {
  const { slugs } = there;
  const { gateway = {}, ...others } = options;
  const personal = PERSONAL.find((name) => gateway[name] !== undefined);
  if (personal !== undefined) return `gateway.${personal} is for a request to say`;
  const restored = Object.entries(gateway).find(([name, value]) => value === USUAL && !RESTORED.includes(name));
  if (restored !== undefined) return `gateway.${restored[0]} has no "${USUAL}"`;
  const told = Object.fromEntries(Object.entries(gateway).filter(([, value]) => value !== USUAL));
  // Read apart from the others, where a request says it.
  if (typeof (told.byok_only ?? false) !== "boolean") return "gateway.byok_only must be true or false";
  let read: Preferences;
  try {
    const body = { providerOptions: options };
    read = readPreferences({ ...BARE_ASK, body, gateway: { ...NO_GATEWAY_FIELDS, options: told } }, new Headers());
  } catch (thrown) {
    return GatewayError.from(thrown).message;
  }
  const { order, only, ignore, timeouts, region, models } = read;
  const byName = [timeouts?.all, timeouts?.byok, region?.providers].flatMap((one) => [...(one?.keys() ?? [])]);
  const stranger = [...Object.keys(others), ...order, ...only, ...ignore, ...byName].find((one) => !slugs.has(one));
  if (stranger !== undefined) return `nobody knows a provider "${stranger}"${hint(stranger, slugs.keys())}`;
  const missing = models.find((one) => !isThere(one, there) && !virtual.has(one));
  return missing === undefined ? undefined : unknown(missing, there, virtual);
}

const BARE_ASK = {
  wire: "openai-chat",
  operation: "generate",
  model: "",
  stream: false,
  needs: [],
  outputCap: undefined,
  hideReasoning: false,
} as const;

function endpointsAt(name: string, { endpoints, byOwnName, relayed }: Destinations): readonly Endpoint[] {
  const relay = relayed.get(name);
  return endpoints.get(name) ?? byOwnName.get(name) ?? (relay === undefined ? [] : [relay]);
}

function isThere(name: string, { endpoints, byOwnName }: Destinations): boolean {
  return endpoints.has(name) || byOwnName.has(name);
}

function unknown(name: string, { endpoints }: Destinations, further: Iterable<string>): string {
  return `nobody knows a model "${name}"${hint(name, [...endpoints.keys(), ...further])}`;
}

function weighs({ candidates, selector }: VirtualModelConfig): boolean {
  return (selector ?? (candidates?.some(({ weight }) => weight !== undefined) ? "weight" : "priority")) === "weight";
}

function virtualModel(name: string, told: VirtualModelConfig, there: Destinations): VirtualModel {
  const { model = name, candidates = [{ model }], selector, sticky, status, provider_options } = told;
  const requires = [...new Set(told.requires)].filter(isFeature);
  return {
    name,
    requires,
    candidates: candidates.map((one) => ({
      name: one.model,
      weight: one.weight ?? 1,
      ...lackOf(endpointsAt(one.model, there), requires),
    })),
    selector: selector ?? (weighs(told) ? "weight" : "priority"),
    sticky: sticky === "user",
    active: status === "active",
    options: provider_options as Record<string, JsonObject>,
  };
}

/** What none of those who serve a model has, where there is none that has it all. */
function lackOf(endpoints: readonly Endpoint[], requires: readonly Feature[]): { missing?: readonly Feature[] } {
  const all = endpoints.map((endpoint) => missingFeatures(endpoint, requires));
  const [least] = all.toSorted((a, b) => a.length - b.length);
  return least === undefined || least.length === 0 ? {} : { missing: least };
}

/** Models that no rule denies, since nobody is served by the others; virtual ones, if one that they stand for is not denied. */
export function allowedOf(
  models: ReadonlyMap<string, Model>,
  { rules, virtual, canonical }: Directory,
): Map<string, Model> {
  const isAllowed = (name: string) => follow(rules, name, canonical).kind !== "denied";
  return new Map(
    [...models].filter(
      ([name]) =>
        isAllowed(name) &&
        (virtual.get(name)?.candidates.some((one) => denialOf(rules, one.name, canonical) === undefined) ?? true),
    ),
  );
}

/**
 * Virtual models as the lists of models tell them: who serves and what it costs as of the first that it may stand for, and of what they can
 * do what all of them can. Those that nobody shall find are not among them.
 */
export function virtualListing(
  { virtual_models }: DirectionsConfig,
  models: ReadonlyMap<string, Model>,
  { canonical }: Directory,
): Map<string, Model> {
  const listed = new Map<string, Model>();
  for (const [id, told] of Object.entries(virtual_models)) {
    const all = (told.relay === undefined ? namesOf(told) : [id]).flatMap((name) => models.get(canonical(name)) ?? []);
    const [first] = all;
    if (first === undefined || told.status !== "active" || told.visibility === "stealth") continue;
    const least = (figure: (model: Model) => number | undefined) => {
      const figures = all.flatMap((model) => figure(model) ?? []);
      return figures.length < all.length ? undefined : Math.min(...figures);
    };
    listed.set(
      id,
      present({
        id,
        name: told.name ?? id,
        description: told.description,
        type: first.type,
        contextWindow: least(({ contextWindow }) => contextWindow),
        maxOutput: least(({ maxOutput }) => maxOutput),
        own: told.visibility === "internal" ? true : undefined,
        abilities: first.abilities.filter((ability) => all.every((model) => model.abilities.includes(ability))),
        offers: all.flatMap(({ offers }) => offers),
      }),
    );
  }
  return listed;
}
