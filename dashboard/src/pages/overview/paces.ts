import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { LatencyGroup, LatencyReport } from "../../../../src/admin/contract.ts";
import { ask, search } from "../../api/client.ts";
import { keyOf, past } from "./numbers.ts";
import { momentOfGroup, type Range, rangeBefore, reportOf, stepsOf, unitMs } from "./range.ts";
import type { Split } from "./splits.ts";
import type { Part } from "./sums.ts";

/** How fast requests were answered: all of them, and by what tells them apart. */

function report(
  range: Range,
  groupBy: string,
  signal: AbortSignal,
  only: Readonly<Record<string, string | readonly string[]>> = {},
): Promise<LatencyReport> {
  return ask<LatencyReport>(`/latency${search({ ...reportOf(range), group_by: groupBy, ...only })}`, { signal });
}

async function latency(range: Range, groupBy: string, signal: AbortSignal): Promise<readonly LatencyGroup[]> {
  return (await report(range, groupBy, signal)).data;
}

export type Point = LatencyGroup & { readonly at: number };

export interface Pace {
  readonly range: Range;
  /** How much of the time each point has. */
  readonly unitMs: number;
  /** By time; only what was measured. */
  readonly points: readonly Point[];
  readonly all: LatencyGroup | undefined;
  readonly before: LatencyGroup | undefined;
}

/** How fast requests were answered. */
export function paceQuery(range: Range) {
  return queryOptions({
    queryKey: ["latency", "over time", ...keyOf(range)],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal, client }): Promise<Pace> => {
      // One after the other: they read most of all, and what else the page asks for is not to wait for all of them.
      const points = await latency(range, "day", signal);
      const [all] = await latency(range, "all", signal);
      const [before] = await past(client, "latency", "all", rangeBefore(range), latency);
      return { range, unitMs: unitMs(range), points: points.map(dated), all, before };
    },
  });
}

function dated(one: LatencyGroup): Point {
  return { ...one, at: momentOfGroup(one) };
}

/** How fast each of some was answered. */
export interface Paces {
  readonly range: Range;
  readonly split: Split;
  /** By id; empty for what nobody told. */
  readonly of: ReadonlyMap<string, readonly Point[]>;
  /** Made of single requests, so many at the most, of which there were more: only those from that moment on are in it, ISO 8601. */
  readonly since: { readonly at: string; readonly latest: number } | undefined;
}

/** Groups of one report: of more each is asked for by itself. */
const MOST_GROUPS = 12_000;
/** As many can be asked for at once. */
const MOST_ASKED = 100;

/** How that went over time, of those that have a layer in the charts. @param parts those @param all how many there are of them and others */
export function lineQuery(range: Range, split: Split, parts: readonly Pick<Part, "id">[] | undefined, all: number) {
  const ids = idsOf(parts ?? []).toSorted();
  const { by, only } = split.paced;
  return queryOptions({
    queryKey: ["latency", "lines", split.name, ids, ...keyOf(range)],
    placeholderData: keepPreviousData,
    enabled: parts !== undefined && ids.length > 0,
    queryFn: async ({ signal }): Promise<Paces> => {
      const group = `day,${by}`;
      const isSmall = all * stepsOf({ ...range, stepMs: unitMs(range) }).length <= MOST_GROUPS;
      const asked =
        only !== undefined ? [only(ids)] : isSmall ? [{}] : ids.filter((id) => id !== "").map((id) => ({ [by]: id }));
      const told = await Promise.all(asked.map((one) => report(range, group, signal, one)));
      return pacesOf(range, split, ids, told);
    },
  });
}

/** How fast each was answered in all of the time: where that is made of single requests, the first hundred of them. @param parts the dearest first */
export function pacesQuery(range: Range, split: Split, parts: readonly Pick<Part, "id">[] | undefined) {
  const { by, only } = split.paced;
  const ids = only === undefined ? [] : idsOf(parts ?? []).slice(0, MOST_ASKED);
  return queryOptions({
    queryKey: ["latency", "parts", split.name, ids, ...keyOf(range)],
    placeholderData: keepPreviousData,
    enabled: only === undefined || ids.length > 0,
    queryFn: async ({ signal }): Promise<Paces> => {
      const told = await report(range, by, signal, only?.(ids));
      return pacesOf(range, split, undefined, [told]);
    },
  });
}

function idsOf(parts: readonly Pick<Part, "id">[]): readonly string[] {
  return parts.map(({ id = "" }) => id);
}

/** @param ids only these; all without it: who has several tags is told of the others as well */
export function pacesOf(
  range: Range,
  split: Split,
  ids: readonly string[] | undefined,
  reports: readonly Pick<LatencyReport, "data" | "since" | "latest">[],
): Paces {
  const wanted = ids === undefined ? undefined : new Set(ids);
  const of = new Map<string, Point[]>();
  for (const one of reports.flatMap(({ data }) => data)) {
    const id = one[split.paced.by] ?? "";
    if (wanted !== undefined && !wanted.has(id)) continue;
    const points = of.get(id) ?? [];
    points.push({ ...one, at: hasMoment(one) ? momentOfGroup(one) : range.from });
    of.set(id, points);
  }
  const cut = reports.find(({ since, latest }) => since !== undefined && latest !== undefined);
  return { range, split, of, since: cut === undefined ? undefined : { at: cut.since!, latest: cut.latest! } };
}

function hasMoment({ day, hour, minute }: LatencyGroup): boolean {
  return day !== undefined || hour !== undefined || minute !== undefined;
}
