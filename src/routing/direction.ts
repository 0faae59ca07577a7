import type { Ask } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import { without } from "./feature.ts";
import type { Skipped } from "./plan.ts";
import { denialOf, denied, endless, follow, type Outcome, type Rule } from "./rules.ts";
import { type Circumstances, candidatesOf, type VirtualModel, withOptions } from "./virtual-model.ts";

/** Where the operator leads those who ask for a model. */
export interface Directory {
  readonly rules: readonly Rule[];
  readonly virtual: ReadonlyMap<string, VirtualModel>;
  /** The catalogue's name for what may be asked for by another. */
  canonical(name: string): string;
}

/** A request on its way to the models that it is led to. */
export interface Directed {
  readonly ask: Ask;
  /** Models that stand in for the first, before those that the client names. */
  readonly spares: readonly string[];
  /** What was passed over, and why. */
  readonly skipped: readonly Skipped[];
}

/**
 * Leads a request to the models that the operator's rules and virtual models have for it. Pure.
 * @throws GatewayError `denied_by_rule`, `model_not_found` for a virtual model that is not offered, `invalid_request` for rules without an end
 */
export function directed(directory: Directory, ask: Ask, circumstances: Circumstances): Directed {
  const { rules, virtual } = directory;
  if (rules.length === 0 && virtual.size === 0) return { ask, spares: [], skipped: [] };
  const model = modelOf(outcomeFor(directory, ask.model), ask.model);
  const named = virtual.get(model);
  if (named === undefined) return withFast(directory, { ask: renamed(ask, model), spares: [], skipped: [] });
  if (!named.active)
    throw new GatewayError("model_not_found", `Model ${JSON.stringify(ask.model)} not found.`, {
      param: "model",
      model: ask.model,
    });
  const { able, unable } = ableOf(named);
  const { models, skipped } = allowed(
    directory,
    candidatesOf(able === named.candidates ? named : { ...named, candidates: able }, circumstances),
  );
  const [first, ...spares] = models;
  if (first === undefined) throw denied(skipped[0]!.rule);
  const told = [...skipped.map(({ model, reason }) => ({ model, reason })), ...unable];
  return withFast(directory, { ask: renamed(withOptions(ask, named), first), spares, skipped: told });
}

/** Who of the candidates has what is required. Where it is compiled, one at least does. */
function ableOf({ candidates }: VirtualModel): { able: VirtualModel["candidates"]; unable: readonly Skipped[] } {
  if (candidates.every(({ missing }) => missing === undefined)) return { able: candidates, unable: [] };
  return {
    able: candidates.filter(({ missing }) => missing === undefined),
    unable: candidates.flatMap(({ name, missing }) =>
      missing === undefined ? [] : [{ model: name, reason: without(missing) }],
    ),
  };
}

/** What a virtual model may still stand for. */
function allowed({ rules, canonical }: Directory, candidates: readonly string[]) {
  const skipped = candidates.flatMap((model) => {
    const rule = denialOf(rules, model, canonical);
    return rule === undefined ? [] : [{ model, rule, reason: deniedBy(rule) }];
  });
  const out = new Set(skipped.map(({ model }) => model));
  return { models: candidates.filter((model) => !out.has(model)), skipped };
}

/** The models that may stand in, of these: those that rules deny are passed over and told (contract 9.4). */
export function spared(
  directory: Directory,
  asked: readonly string[],
): { models: readonly string[]; skipped: readonly Skipped[] } {
  const { rules, virtual } = directory;
  if (rules.length === 0 && virtual.size === 0) return { models: asked, skipped: [] };
  const skipped: Skipped[] = [];
  const models = asked.flatMap((model) => {
    const outcome = outcomeFor(directory, model);
    const reason = obstacle(outcome, virtual);
    if (reason !== undefined) skipped.push({ model, reason });
    if (reason !== undefined || outcome.kind !== "model") return [];
    const named = virtual.get(outcome.model);
    if (named === undefined) return [outcome.model];
    const inner = allowed(
      directory,
      named.candidates.map(({ name }) => name),
    );
    skipped.push(...inner.skipped.map(({ model, reason }) => ({ model, reason })));
    return inner.models;
  });
  return { models: [...new Set(models)], skipped };
}

/** @throws GatewayError `denied_by_rule` for a name under which a denied model would be had all the same */
export function mustBeAllowed(directory: Directory, name: string): void {
  const outcome = outcomeFor(directory, name);
  if (outcome.kind === "denied") throw denied(outcome.rule);
}

/** Why a model cannot stand in for another; `undefined` where it can. */
function obstacle(outcome: Outcome, virtual: Directory["virtual"]): string | undefined {
  if (outcome.kind === "denied") return deniedBy(outcome.rule);
  if (outcome.kind === "endless") return `the routing rules for it lead nowhere: ${outcome.rules.join(" → ")}`;
  const named = virtual.get(outcome.model);
  if (named === undefined) return undefined;
  if (!named.active) return "no such model.";
  return Object.keys(named.options).length > 0 || named.requires.length > 0
    ? "a virtual model with options or requirements of its own stands in for no other"
    : undefined;
}

function deniedBy({ id }: Rule): string {
  return `denied by the routing rule ${JSON.stringify(id)}`;
}

function outcomeFor({ rules, canonical }: Directory, model: string): Outcome {
  return follow(rules, model, canonical);
}

/** @throws GatewayError */
function modelOf(outcome: Outcome, asked: string): string {
  if (outcome.kind === "denied") throw denied(outcome.rule);
  if (outcome.kind === "endless") throw endless(asked, outcome.rules);
  return outcome.model;
}

/** The request for another model than it was made for. What the client asked for stays known. */
function renamed(ask: Ask, model: string): Ask {
  return model === ask.model ? ask : { ...ask, model, requested: ask.requested ?? ask.model };
}

/** A fast variant is a model as well: where it may not be asked for, the base model answers at its own speed. */
function withFast(directory: Directory, { ask, spares, skipped }: Directed): Directed {
  const { speed, ...options } = ask.gateway.options;
  if (speed !== "fast" || directory.rules.length === 0) return { ask, spares, skipped };
  const fast = `${ask.model}-fast`;
  const outcome = outcomeFor(directory, fast);
  if (outcome.kind !== "denied") return { ask, spares, skipped };
  if (options.allowFallbackFromFast === false) throw denied(outcome.rule);
  const reason = deniedBy(outcome.rule);
  return {
    ask: { ...ask, gateway: { ...ask.gateway, options } },
    spares,
    skipped: [...skipped, { model: fast, reason }],
  };
}
