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
  if (candidates.length < 2) {
    const isDown = candidates.some((one) => healthOf(one, standing) === "down");
    return isDown ? { up: [], down: candidates } : { up: candidates, down: [] };
  }
  const measured =
    wanted.sort === undefined ? byLatency(candidates, standing) : sorted(candidates, wanted.sort, standing);
  const placed = measured.map((one) => {
    const health = healthOf(one, standing);
    return { one, health, place: placeOf(one, health, wanted) };
  });
  const inOrder = placed.toSorted((a, b) => a.place - b.place);
  return {
    up: inOrder.filter(({ health }) => health !== "down").map(({ one }) => one),
    down: inOrder.filter(({ health }) => health === "down").map(({ one }) => one),
  };
}

const HEALTH: Readonly<Record<Rank, number>> = { up: 0, degraded: 1, down: 2 };

/** What others went through says nothing of a client's own account. */
export function healthOf(candidate: Candidate, standing: Standing): Rank {
  return candidate.credential.kind === "byok" ? "up" : standing.rank(candidate);
}

/** A number of four digits of different bases, the first of which matters most. */
function placeOf({ endpoint, credential }: Candidate, health: Rank, { order, sealedAs }: Wanted): number {
  const named = order.indexOf(endpoint.provider);
  const own = credential.kind === "byok" ? 0 : 1;
  const inOrder = named === -1 ? order.length : named;
  const reads = sealedAs === undefined || endpoint.seals === sealedAs ? 0 : 1;
  return ((own * 3 + HEALTH[health]) * (order.length + 1) + inOrder) * 2 + reads;
}

/** Whether it matters who reads what was sealed. */
export function sealsDiffer(endpoints: readonly Endpoint[]): boolean {
  return endpoints.some(({ seals }) => seals !== undefined);
}
