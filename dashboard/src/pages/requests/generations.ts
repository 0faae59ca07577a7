import { type InfiniteData, infiniteQueryOptions } from "@tanstack/react-query";
import type { GenerationPage, ListedGeneration } from "../../../../src/admin/contract.ts";
import { ask, search } from "../../api/client.ts";
import { type Asked, addressOf, queryOf } from "./filters.ts";

/** Rows of a page. */
const PAGE = 100;
/** Of a list that grows at its top so many stay. */
const MOST_LIVE = 1000;

export type Generations = InfiniteData<GenerationPage, unknown>;

/** The requests that are asked for, the latest first. What is new is heard of, or asked for: nothing is asked twice by itself. */
export function generationsQuery(asked: Asked) {
  return infiniteQueryOptions({
    queryKey: ["generations", addressOf(asked)],
    queryFn: ({ pageParam, signal }) =>
      ask<GenerationPage>(`/generations${search({ ...queryOf(asked, Date.now()), limit: PAGE, before: pageParam })}`, {
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function rowsOf(pages: Generations | undefined): readonly ListedGeneration[] {
  return pages === undefined ? [] : pages.pages.flatMap(({ data }) => data);
}

/**
 * With those that are new, each in its place: a request that took long has an id from when it began. What is older than all that is there comes
 * with its page. @param most so many stay
 */
export function withNew(pages: Generations, fresh: readonly ListedGeneration[], most = MOST_LIVE): Generations {
  const [first, ...others] = pages.pages;
  if (first === undefined) return pages;
  const rows = rowsOf(pages);
  const known = new Set(rows.map(({ id }) => id));
  const last = others.at(-1) ?? first;
  const oldest = last.has_more ? (rows.at(-1)?.id ?? "") : "";
  const added = [...new Map(fresh.map((one) => [one.id, one])).values()].filter(
    ({ id }) => !known.has(id) && id > oldest,
  );
  if (added.length === 0) return pages;
  const all = [...rows, ...added].sort((a, b) => (a.id < b.id ? 1 : -1));
  const kept = all.slice(0, Math.max(most, PAGE));
  const isCut = kept.length < all.length;
  // One page of all: each has its own end otherwise, in which nothing could be put.
  const page: GenerationPage = {
    object: "list",
    data: kept,
    has_more: isCut || last.has_more,
    next: isCut ? kept.at(-1)!.id : last.next,
  };
  return { pages: [page], pageParams: [null] };
}

/** With those that are told otherwise now, each in its place. */
export function toldAnew(pages: Generations, rows: readonly ListedGeneration[]): Generations {
  const anew = new Map(rows.map((one) => [one.id, one]));
  const told = pages.pages.map((page) => ({ ...page, data: page.data.map((one) => anew.get(one.id) ?? one) }));
  return { ...pages, pages: told };
}

/** Those before and behind one, as far as they are known. */
export function neighboursOf(
  rows: readonly ListedGeneration[],
  id: string,
): { newer: string | undefined; older: string | undefined } {
  const at = rows.findIndex((one) => one.id === id);
  return at < 0 ? { newer: undefined, older: undefined } : { newer: rows[at - 1]?.id, older: rows[at + 1]?.id };
}
