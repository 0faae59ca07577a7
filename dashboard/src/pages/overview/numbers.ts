import { keepPreviousData, type QueryClient, queryOptions } from "@tanstack/react-query";
import type { UsageGroup, UsageReport } from "../../../../src/admin/contract.ts";
import { ApiError, ask } from "../../api/client.ts";
import { type Range, rangeBefore, reportOf, unitMs } from "./range.ts";
import { type Split, withAny } from "./splits.ts";
import {
  byStep,
  type Layer,
  layersOf,
  noneLayer,
  otherLayer,
  type Part,
  partsOf,
  remainder,
  type Sums,
  shownOf,
  total,
  UNTOLD,
} from "./sums.ts";

/**
 * What the overview asks for, a few questions at once, each grouped no finer than it is shown. An answer has the time that it is of: while
 * another is on its way, it goes on to be shown as what it is.
 */

/** Groups by time that are read at once; where there are more, only the layers of the charts are asked for. */
const MOST_GROUPS = 2000;

async function usage(
  range: Range,
  groupBy: string,
  signal: AbortSignal,
  only: Readonly<Record<string, string>> = {},
): Promise<readonly UsageGroup[]> {
  return (await report(range, groupBy, signal, only)).results;
}

function report(range: Range, groupBy: string, signal: AbortSignal, only: Readonly<Record<string, string>> = {}) {
  const asked = new URLSearchParams({ ...reportOf(range), group_by: groupBy, ...only });
  return ask<UsageReport>(`/usage?${asked}`, { signal });
}

/** The same range later on is the same question. */
export function keyOf({ name, from, to }: Range): readonly (string | number)[] {
  return [name, from, to];
}

/** What is over is asked for once, however often the figures that are compared with it are. */
export function past<Told>(
  client: QueryClient,
  what: string,
  groupBy: string,
  range: Range,
  of: (range: Range, groupBy: string, signal: AbortSignal) => Promise<Told>,
): Promise<Told> {
  return client.fetchQuery({
    queryKey: ["past", what, groupBy, ...keyOf(range)],
    queryFn: ({ signal }) => of(range, groupBy, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export interface Totals {
  readonly range: Range;
  readonly steps: readonly Sums[];
  /** `undefined` where not all of it is told. */
  readonly before: readonly Sums[] | undefined;
  /** There were so many that only those from this moment on are told; ISO 8601. */
  readonly since: string | undefined;
}

/** Everything together, now and in the time before. */
export function totalsQuery(range: Range) {
  return queryOptions({
    queryKey: ["usage", "totals", ...keyOf(range)],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal, client }): Promise<Totals> => {
      const earlier = rangeBefore(range);
      const [now, before] = await Promise.all([
        report(range, "day", signal),
        past(client, "usage", "day", earlier, report),
      ]);
      const isComparable = now.since === undefined && before.since === undefined;
      return {
        range,
        steps: byStep(range, now.results),
        before: isComparable ? byStep(earlier, before.results) : undefined,
        since: now.since,
      };
    },
  });
}

export interface Parts {
  readonly range: Range;
  readonly split: Split;
  readonly parts: readonly Part[];
  readonly layers: readonly Layer[];
  /** There are more of them than any report tells: there is one layer, with all. */
  readonly areTooMany: boolean;
  /** Each request once: less than all parts together where these overlap. */
  readonly all: Sums;
}

/** The same by whom or what it was, and how that went over time. */
export function partsQuery(range: Range, split: Split) {
  return queryOptions({
    queryKey: ["usage", "parts", split.name, ...keyOf(range)],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal, client }): Promise<Parts> => {
      const groups = await groupsUnlessTooMany(range, split, signal);
      if (groups === undefined) {
        const { steps } = await client.fetchQuery(totalsQuery(range));
        const layers = [{ key: "other", title: "All", steps }];
        return { range, split, parts: [], layers, all: total(steps), areTooMany: true };
      }
      const parts = partsOf(split, groups);
      const isSmall = (parts.length * (range.to - range.from)) / unitMs(range) <= MOST_GROUPS;
      // Where they overlap what all have together is no sum of theirs.
      const totals = !isSmall || split.overlaps ? (await client.fetchQuery(totalsQuery(range))).steps : undefined;
      const all = total(split.overlaps ? totals! : parts.map(({ sums }) => sums));
      const layers = isSmall
        ? layersOf(split, range, parts, await usage(range, `day,${split.groupBy}`, signal))
        : await layersAlone(range, split, parts, signal);
      const told = { range, split, parts, all, areTooMany: false };
      const own = layers.filter(({ key }) => key !== "other");
      const isWhole = parts.every(({ key }) => own.some((layer) => layer.key === key));
      if (isWhole || (isSmall && !split.overlaps)) return { ...told, layers };
      return { ...told, layers: [...own, await restLayer(range, split, parts, own, totals!, signal)] };
    },
  });
}

/** @returns nothing where the gateway tells of none, as there are too many */
async function groupsUnlessTooMany(range: Range, split: Split, signal: AbortSignal) {
  try {
    return await usage(range, split.groupBy, signal);
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.param === "group_by") return undefined;
    throw thrown;
  }
}

/** Each asked for by itself: of all there would be too much to read. */
async function layersAlone(
  range: Range,
  split: Split,
  parts: readonly Part[],
  signal: AbortSignal,
): Promise<readonly Layer[]> {
  const named = parts.flatMap(({ key, id, title }) => {
    const only = split.only(id);
    return only === undefined ? [] : [{ key, title, only }];
  });
  return Promise.all(
    named.slice(0, shownOf(parts).length).map(async ({ key, title, only }): Promise<Layer> => {
      return { key, title, steps: byStep(range, await usage(range, "day", signal, only)) };
    }),
  );
}

/** What is left of all for those without a layer of their own. @param totals of the steps */
async function restLayer(
  range: Range,
  split: Split,
  parts: readonly Part[],
  layers: readonly Layer[],
  totals: readonly Sums[],
  signal: AbortSignal,
): Promise<Layer> {
  if (!split.overlaps)
    return otherLayer(
      parts,
      layers,
      remainder(
        totals,
        layers.map(({ steps }) => steps),
      ),
    );
  const keys = new Set(layers.map(({ key }) => key));
  const tags = parts.flatMap(({ key, id }) => (id !== undefined && keys.has(key) ? [id] : []));
  const untold = layers.filter(({ key }) => key === UNTOLD).map(({ steps }) => steps);
  // A request with several of them is in each of their layers, and is taken away once.
  const tagged = byStep(range, await usage(range, "day", signal, withAny(tags)));
  return noneLayer(split, remainder(totals, [tagged, ...untold]));
}

export interface Failure {
  /** A code of docs/errors.md. */
  readonly error: string;
  readonly requests: number;
}

/** What went wrong, the most frequent first. */
export function failuresQuery(range: Range) {
  return queryOptions({
    queryKey: ["usage", "failures", ...keyOf(range)],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<readonly Failure[]> => {
      const groups = await usage(range, "error", signal);
      return groups
        .map(({ error = "", request_count: requests }) => ({ error, requests }))
        .sort((a, b) => b.requests - a.requests || (a.error < b.error ? -1 : 1));
    },
  });
}
