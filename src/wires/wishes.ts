import type { Ask } from "../core/ask.ts";
import { present, stringAt } from "../core/json.ts";
import type { Dropped, Request } from "../core/request.ts";
import type { LegFacts } from "./wire.ts";

/** What a client asks of `providerOptions.gateway` that providers are to do, each in its own words (contract 5). */
export interface Wishes {
  /** Mark what is worth caching, where a cache wants marks. */
  readonly caching: boolean;
  /** How long what is marked shall live. */
  readonly cacheTtl: "5m" | "1h" | undefined;
  readonly serviceTier: Tier | undefined;
  /** The end user as providers shall know them. */
  readonly safetyIdentifier: string | undefined;
}

/** The tiers that are one thing at all providers. */
export type Tier = "flex" | "priority";

/** The wishes of a request; they have been checked by `routing/preferences.ts`. `undefined` for none, which is most. */
export function wishesOf({ gateway: { options, caching, cacheTtl } }: Ask): Wishes | undefined {
  const wishes = {
    caching: (caching ?? options.caching) === "auto",
    cacheTtl: cacheTtl === "5m" || cacheTtl === "1h" ? cacheTtl : undefined,
    serviceTier: tierOf(stringAt(options.serviceTier)),
    safetyIdentifier: stringAt(options.safetyIdentifier),
  } as const;
  const any = wishes.caching || wishes.serviceTier !== undefined || wishes.safetyIdentifier !== undefined;
  return any ? wishes : undefined;
}

/** What is wished of an operation that knows neither tiers nor end users: told as left out. */
export function ungranted(ask: Ask): Dropped[] {
  const { serviceTier, safetyIdentifier } = wishesOf(ask) ?? {};
  return [
    ...(serviceTier === undefined ? [] : ["service_tier"]),
    ...(safetyIdentifier === undefined ? [] : ["safety_identifier"]),
  ];
}

/** A request of another wire with what is wished of it. What the client says itself in its wire's words wins, but for the tier (contract 5). */
export function wished(request: Request, ask: Ask): Request {
  const wishes = wishesOf(ask);
  if (wishes === undefined) return request;
  const { caching, cacheTtl, serviceTier = request.serviceTier, safetyIdentifier } = wishes;
  const extra =
    safetyIdentifier === undefined ? request.extra : { safety_identifier: safetyIdentifier, ...request.extra };
  return present({ ...request, serviceTier, extra, caching: caching ? present({ ttl: cacheTtl }) : undefined });
}

/** The hosted gateway takes `fast` for `priority` (contract 5). */
export function tierOf(word: string | undefined): Tier | undefined {
  if (word === "fast") return "priority";
  return word === "flex" || word === "priority" ? word : undefined;
}

/**
 * The tier as one of OpenAI's dialects says it: only where the provider is known to take the word, since others refuse the
 * member. The usual need not be said.
 */
export function soldTier(tier: string | undefined, { tiers }: LegFacts, dropped: Set<Dropped>): string | undefined {
  if (tier === undefined || tiers?.includes(tier) === true) return tier;
  if (tier !== "auto" && tier !== "default") dropped.add("service_tier");
  return undefined;
}
