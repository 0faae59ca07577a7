import type { Endpoint } from "../catalog/endpoint.ts";
import type { Candidate, Standing } from "./standing.ts";

/** By what the endpoints of a model may be sorted: lowest price, shortest wait, most tokens a second. */
export const SORTS = ["cost", "ttft", "tps"] as const;
export type Sort = (typeof SORTS)[number];

/** What a sort did, as the routing record tells it (contract 6.2), for the first model of the plan. */
export interface SortRecord {
  readonly option: Sort;
  /** Providers, as they are tried. */
  readonly executionOrder: readonly string[];
  /** USD per million tokens, three of input to one of output; milliseconds; tokens a second. `null` where nobody knows. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Providers that stand further behind than their figure, for their health. */
  readonly deprioritizedProviders: readonly string[];
}

/** How a chat is usually made up. */
const INPUT_TO_OUTPUT = 3;

/** An endpoint with its credentials, in the order in which they share the load: they are never sorted among themselves. */
type Group<C> = readonly C[];

/** The figure of a sort, the best of an endpoint's credentials; `undefined` where nobody knows. */
export function figureOf<C extends Candidate>(sort: Sort, group: Group<C>, standing: Standing): number | undefined {
  if (sort === "cost") return blendedPrice(group[0]!.endpoint);
  const told = group.flatMap((one) => (sort === "ttft" ? standing.ttftMs(one) : standing.tokensPerSecond(one)) ?? []);
  if (told.length === 0) return undefined;
  return sort === "ttft" ? Math.min(...told) : Math.max(...told);
}

export function byEndpoint<C extends Candidate>(candidates: readonly C[]): Group<C>[] {
  return [...Map.groupBy(candidates, ({ endpoint }) => endpoint).values()];
}

/** USD per million tokens. To compare by and to show: no money is computed with it. What embeds, ranks or judges has no output to pay for. */
function blendedPrice({ price, wires }: Endpoint): number | undefined {
  const { input, output } = price?.rates ?? {};
  if (input === undefined) return undefined;
  const silent = wires.embed ?? wires.rerank ?? wires.moderate;
  if (silent !== undefined && output === undefined) return input / 1e6;
  return output === undefined ? undefined : (input * INPUT_TO_OUTPUT + output) / (INPUT_TO_OUTPUT + 1) / 1e6;
}

/** The best first; those of whom nobody knows behind, as they stand. */
export function sorted<C extends Candidate>(candidates: readonly C[], sort: Sort, standing: Standing): C[] {
  const sign = sort === "tps" ? -1 : 1;
  const placed = byEndpoint(candidates).map((group) => {
    const figure = figureOf(sort, group, standing);
    return { group, place: figure === undefined ? Number.MAX_VALUE : figure * sign };
  });
  return placed.toSorted((a, b) => a.place - b.place).flatMap(({ group }) => group);
}

/** What one must be faster than another to be asked before it: what it was by the others' measure. */
const CLEARLY = 0.8;

/**
 * As they stand, but for those that are clearly faster to answer than one before them, which change places. Whoever was never
 * measured keeps its place, and so does everybody whose place the operator chose.
 */
export function byLatency<C extends Candidate>(candidates: readonly C[], standing: Standing): readonly C[] {
  const groups = byEndpoint(candidates);
  if (groups.length < 2) return candidates;
  const waits = groups.map((group) =>
    group[0]!.endpoint.placed === true ? undefined : figureOf("ttft", group, standing),
  );
  const places = waits.flatMap((wait, i) => (wait === undefined ? [] : [i]));
  if (places.length < 2) return candidates;
  const order: number[] = [];
  for (const i of places) {
    let at = order.length;
    while (at > 0 && waits[i]! < waits[order[at - 1]!]! * CLEARLY) at--;
    order.splice(at, 0, i);
  }
  const ordered = [...groups];
  for (const [nth, place] of places.entries()) ordered[place] = groups[order[nth]!]!;
  return ordered.flat();
}
