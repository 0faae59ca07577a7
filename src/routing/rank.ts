import type { Endpoint } from "../catalog/endpoint.ts";
import { byLatency, type Sort, sorted } from "./sort.ts";
import type { Candidate, Rank, Standing } from "./standing.ts";

/** By what the legs of one model are put in order. */
export interface Wanted {
  /** Providers, the first one first. */
  readonly order: readonly string[];
  readonly sort: Sort | undefined;
  /** The format of what was sealed last, if it matters who can read it. */
  readonly sealedAs: string | undefined;
}

/** The legs of one model as they are tried, and those that are down apart: they are for when nothing else is left. */
export interface Ranked<C> {
  readonly up: readonly C[];
  readonly down: readonly C[];
}

/**
 * What a client brings itself first; then health, then `order`, then whoever alone can read what was sealed, then `sort` or else
 * what was measured, then as they stand.
 */
export function ranked<C extends Candidate>(candidates: readonly C[], wanted: Wanted, standing: Standing): Ranked<C> {
  if (candidates.length === 0) return { up: [], down: [] };
  const ranks = new Map(candidates.map((one) => [one, healthOf(one, standing)]));
  const measured =
    wanted.sort === undefined ? byLatency(candidates, standing) : sorted(candidates, wanted.sort, standing);
  // From what matters least to what matters most: each pass keeps the order of those that it takes for equal.
  const all = passes(wanted).reduce((legs, place) => legs.toSorted((a, b) => place(a) - place(b)), [...measured]);
  const byHealth = all.toSorted((a, b) => HEALTH[ranks.get(a)!] - HEALTH[ranks.get(b)!]);
  const inOrder = byHealth.toSorted((a, b) => own(a) - own(b));
  return {
    up: inOrder.filter((one) => ranks.get(one) !== "down"),
    down: inOrder.filter((one) => ranks.get(one) === "down"),
  };
}

const HEALTH: Readonly<Record<Rank, number>> = { up: 0, degraded: 1, down: 2 };

/** What others went through says nothing of a client's own account. */
export function healthOf(candidate: Candidate, standing: Standing): Rank {
  return candidate.credential.kind === "byok" ? "up" : standing.rank(candidate);
}

function own({ credential }: Candidate): number {
  return credential.kind === "byok" ? 0 : 1;
}

function passes({ order, sealedAs }: Wanted): ((one: Candidate) => number)[] {
  const all: ((one: Candidate) => number)[] = [];
  if (sealedAs !== undefined) all.push(({ endpoint: { seals } }) => (seals === sealedAs ? 0 : 1));
  if (order.length > 0)
    all.push(({ endpoint: { provider } }) => (order.includes(provider) ? order.indexOf(provider) : order.length));
  return all;
}

/** Whether it matters who reads what was sealed. */
export function sealsDiffer(endpoints: readonly Endpoint[]): boolean {
  return endpoints.some(({ seals }) => seals !== undefined);
}
