import type { UsageGroup } from "../../../../src/admin/contract.ts";
import { momentOfGroup, type Range, shareOver, stepsOf } from "./range.ts";
import type { Split } from "./splits.ts";

/** Member of a sum → member of a report. */
const MEMBERS = {
  spend: "total_cost",
  market: "market_cost",
  requests: "request_count",
  errors: "error_count",
  input: "input_tokens",
  cached: "cached_input_tokens",
  output: "output_tokens",
  reasoning: "reasoning_tokens",
} as const satisfies Record<string, keyof UsageGroup>;

/** Dollars: `spend` is what the operator pays, `market` has what clients spent on accounts of their own as well. Cached tokens are part of the input, reasoning is part of the output. */
export type Sums = { readonly [Measure in keyof typeof MEMBERS]: number };
export type Measure = keyof Sums;

const MEASURES = Object.keys(MEMBERS) as Measure[];

function nothing(): Record<Measure, number> {
  return { spend: 0, market: 0, requests: 0, errors: 0, input: 0, cached: 0, output: 0, reasoning: 0 };
}

/** @param share how much of it counts, from 0 to 1 */
function add(sums: Record<Measure, number>, more: Sums, share = 1): void {
  for (const measure of MEASURES) sums[measure] += more[measure] * share;
}

function sumsOf(group: UsageGroup): Sums {
  const sums = nothing();
  for (const measure of MEASURES) sums[measure] = group[MEMBERS[measure]];
  return sums;
}

export function total(all: readonly Sums[]): Sums {
  const sums = nothing();
  for (const one of all) add(sums, one);
  return sums;
}

/** Sums for each step. What is outside of the time is left out. */
export function byStep(range: Pick<Range, "from" | "to" | "stepMs">, groups: readonly UsageGroup[]): Sums[] {
  const steps = stepsOf(range).map(nothing);
  for (const group of groups) {
    const sums = steps[Math.floor((momentOfGroup(group) - range.from) / range.stepMs)];
    if (sums !== undefined) add(sums, sumsOf(group));
  }
  return steps;
}

/**
 * What an earlier time had by when it was as old as the later one is now: of the step in which that was, a part, as if it had come evenly.
 * @param earlier sums of its steps @param later the time that it is compared with @param now Unix milliseconds
 */
export function upTo(earlier: readonly Sums[], later: Pick<Range, "from" | "to">, now: number): Sums {
  const over = shareOver(later, now) * earlier.length;
  const sums = nothing();
  for (const [i, one] of earlier.entries()) add(sums, one, Math.min(1, Math.max(0, over - i)));
  return sums;
}

/** One of those that requests are told apart by. */
export interface Part {
  /** Sure to be another for each. */
  readonly key: string;
  /** `undefined` where nobody told. */
  readonly id: string | undefined;
  readonly title: string;
  readonly sums: Sums;
}

/** The dearest first. */
export function partsOf(split: Split, groups: readonly UsageGroup[]): Part[] {
  const parts = new Map<string, { part: Omit<Part, "sums">; sums: Record<Measure, number> }>();
  for (const group of groups) {
    const id = split.idOf(group);
    const key = keyOf(id);
    const title = id === undefined ? split.none : (split.titleOf(group) ?? id);
    const one = parts.get(key) ?? { part: { key, id, title }, sums: nothing() };
    add(one.sums, sumsOf(group));
    parts.set(key, one);
  }
  return [...parts.values()].map(({ part, sums }) => ({ ...part, sums })).sort(byWeight);
}

/** The key of what nobody told. */
export const UNTOLD = "";

function keyOf(id: string | undefined): string {
  return id === undefined ? UNTOLD : `=${id}`;
}

function byWeight(a: Part, b: Part): number {
  return b.sums.spend - a.sums.spend || b.sums.requests - a.sums.requests || (a.key < b.key ? -1 : 1);
}

/** One layer of a chart. */
export interface Layer {
  readonly key: string;
  readonly title: string;
  readonly steps: readonly Sums[];
}

/** Layers of a chart: so many, and one with all others. */
export const MOST_LAYERS = 7;

/** Those that have a layer of their own. @param parts the dearest first */
export function shownOf(parts: readonly Part[]): readonly Part[] {
  return parts.length <= MOST_LAYERS + 1 ? parts : parts.slice(0, MOST_LAYERS);
}

/** @param groups by time, of all parts: those that have no layer of their own are added up */
export function layersOf(
  split: Split,
  range: Pick<Range, "from" | "to" | "stepMs">,
  parts: readonly Part[],
  groups: readonly UsageGroup[],
): Layer[] {
  const shown = shownOf(parts);
  const own = new Map(shown.map(({ key }) => [key, [] as UsageGroup[]]));
  const others: UsageGroup[] = [];
  for (const group of groups) (own.get(keyOf(split.idOf(group))) ?? others).push(group);
  const layers = shown.map(({ key, title }) => ({ key, title, steps: byStep(range, own.get(key)!) }));
  return shown.length === parts.length ? layers : [...layers, otherLayer(parts, shown, byStep(range, others))];
}

/** What all have that these have not, which have nothing in common. */
export function remainder(all: readonly Sums[], taken: readonly (readonly Sums[])[]): Sums[] {
  return all.map((sums, i) => {
    const rest = { ...sums };
    for (const steps of taken)
      for (const measure of MEASURES) rest[measure] = Math.max(0, rest[measure] - steps[i]![measure]);
    return rest;
  });
}

export function otherLayer(parts: readonly Part[], shown: readonly unknown[], steps: readonly Sums[]): Layer {
  return { key: "other", title: `${parts.length - shown.length} others`, steps };
}

/** Of what overlaps: requests that are in none of those that are shown. */
export function noneLayer(split: Split, steps: readonly Sums[]): Layer {
  return { key: "other", title: `None of these ${split.plural}`, steps };
}
