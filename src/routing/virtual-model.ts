import type { Ask, GatewayFields } from "../core/ask.ts";
import { type JsonObject, type JsonValue, objectAt } from "../core/json.ts";
import type { Feature } from "./feature.ts";
import type { Sort } from "./sort.ts";
import { drawn, type Weighed } from "./weight.ts";

/** By what a virtual model chooses among its candidates: as they are listed, by their weights, or by what is known of them. */
export const SELECTORS = ["priority", "weight", "cost", "ttft", "tps"] as const;
export type Selector = (typeof SELECTORS)[number];

/** A name of the operator's that stands for models, and for what is asked of routing with them (contract 9.5). */
export interface VirtualModel {
  readonly name: string;
  /** Models that it may stand for; an alias has one. */
  readonly candidates: readonly Candidate[];
  readonly selector: Selector;
  /** The same user gets the same candidate, as long as there is one user and these candidates. */
  readonly sticky: boolean;
  /** What whoever answers must be known to have. */
  readonly requires: readonly Feature[];
  /** Whether it may be asked for. */
  readonly active: boolean;
  /** As a client would write `providerOptions`: what stands in them wins over what the client wrote. */
  readonly options: Readonly<Record<string, JsonObject>>;
}

/** A model that a virtual one may stand for. */
export interface Candidate extends Weighed {
  readonly name: string;
  /** How often it is asked first, against the others; zero: only where no other answers. */
  readonly weight: number;
  /** What is required and nobody who serves it has: it is never chosen. */
  readonly missing?: readonly Feature[];
}

/** What a choice among candidates depends on. */
export interface Circumstances {
  /** What chance there is comes from here. */
  readonly seed: string;
  /** The end user, where the client names one. */
  user(): string | undefined;
  /** What is known of a model, at whoever serves it best; `undefined` where nobody knows. */
  figure(sort: Sort, model: string): number | undefined;
}

/** The candidates in the order in which they are tried: the first is asked, the others stand in for it. Pure. */
export function candidatesOf(virtual: VirtualModel, { seed, user, figure }: Circumstances): readonly string[] {
  const { name, candidates, selector, sticky } = virtual;
  const names = candidates.map((one) => one.name);
  if (selector === "priority") return names;
  // Who is asked for under two names is not drawn in the same way for both.
  if (selector === "weight") {
    const who = sticky ? user() : undefined;
    return drawn(candidates, who === undefined ? seed : `${name}\n${who}`).map((one) => one.name);
  }
  const figures = new Map(names.map((model) => [model, figure(selector, model)]));
  const sign = selector === "tps" ? -1 : 1;
  const place = (model: string) => (figures.get(model) ?? sign * Number.POSITIVE_INFINITY) * sign;
  return names.toSorted((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
}

/** Where the client's protection is concerned the stricter of two words counts. */
const PROTECTIONS: ReadonlySet<string> = new Set([
  "zeroDataRetention",
  "disallowPromptTraining",
  "hipaaCompliant",
  "byok_only",
]);

/** Stands for the usual in place of what the client asked for. */
export const USUAL = "@default";

/**
 * The request with a virtual model's options in it: its values win over the client's, option by option; protections add up. Nothing of the
 * client's own body changes but `providerOptions`.
 */
export function withOptions(ask: Ask, { options, requires }: VirtualModel): Ask {
  if (Object.keys(options).length === 0 && requires.length === 0) return ask;
  const { gateway: own = {}, ...others } = options;
  const told = objectAt(ask.body.providerOptions) ?? {};
  const merged: JsonObject = { ...told };
  for (const [provider, its] of Object.entries(others)) {
    const said = new Set(Object.keys(its).map(bare));
    const left = Object.entries(objectAt(told[provider]) ?? {}).filter(([name]) => !said.has(bare(name)));
    merged[provider] = { ...Object.fromEntries(left), ...its };
  }
  const gateway: JsonObject = { ...ask.gateway.options };
  for (const [name, value] of Object.entries(own)) {
    if (value === USUAL) delete gateway[name];
    else if (!PROTECTIONS.has(name) || value === true) gateway[name] = value;
  }
  // What is not a list is left to be refused.
  const { has = [] } = gateway;
  if (requires.length > 0 && (has === null || Array.isArray(has)))
    gateway.has = [...new Set([...(has ?? []), ...requires])];
  const fields = withoutShort(ask.gateway, Object.keys(own));
  return {
    ...ask,
    gateway: { ...fields, options: gateway },
    body: { ...ask.body, providerOptions: { ...merged, gateway } },
  };
}

/** Of an option's name in whatever way of writing: said in another, it would be said beside the operator's. */
function bare(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

/** The gateway's own fields without the short forms of these options, which would be heard beside them. */
function withoutShort(fields: GatewayFields, names: readonly string[]): GatewayFields {
  const kept: Record<string, JsonValue | undefined> = { ...fields };
  for (const name of names) delete kept[name];
  const provider = objectAt(fields.provider);
  if (provider !== undefined) {
    const short = Object.entries(provider).filter(([name]) => !names.includes(name));
    kept.provider = Object.fromEntries(short);
  }
  return kept as unknown as GatewayFields;
}
