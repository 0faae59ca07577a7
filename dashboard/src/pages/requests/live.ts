import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import type { GenerationPage, ListedGeneration } from "../../../../src/admin/contract.ts";
import { ask, search } from "../../api/client.ts";
import { useHeard, useIsLive } from "../../api/events.ts";
import { type Asked, fits, queryOf } from "./filters.ts";
import { type Generations, generationsQuery, rowsOf, withNew } from "./generations.ts";

/** What comes within this time is shown at once. */
const TOGETHER_MS = 250;
/** Of what waits to be shown so many are kept: behind them the list is asked anew. */
const MOST_WAITING = 500;

/**
 * Keeps the list of requests going at its top.
 * @param isHeld whether what is new has to wait, as somebody is reading further down
 * @returns how many wait, what shows them, and which came last
 */
export function useLive(asked: Asked, isHeld: boolean) {
  const client = useQueryClient();
  const { queryKey } = generationsQuery(asked);
  const key = JSON.stringify(queryKey);
  const waiting = useRef<ListedGeneration[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const held = useRef(isHeld);
  const [count, setCount] = useState(0);
  const [latest, setLatest] = useState<ReadonlySet<string>>(new Set());
  held.current = isHeld;
  const now = useRef({ asked, queryKey });
  now.current = { asked, queryKey };

  const show = useCallback(() => {
    const fresh = waiting.current;
    waiting.current = [];
    setCount(0);
    if (fresh.length === 0) return;
    setLatest(new Set(fresh.map(({ id }) => id)));
    client.setQueryData<Generations>(now.current.queryKey, (pages) =>
      pages === undefined ? undefined : withNew(pages, fresh),
    );
  }, [client]);

  const take = useCallback(
    (fresh: readonly ListedGeneration[]) => {
      if (fresh.length === 0) return;
      waiting.current = [...waiting.current, ...fresh].slice(-MOST_WAITING);
      timer.current ??= setTimeout(() => {
        timer.current = undefined;
        if (held.current) setCount(waiting.current.length);
        else show();
      }, TOGETHER_MS);
    },
    [show],
  );

  useHeard(
    "generation",
    useCallback((one) => take(fits(one, now.current.asked, Date.now()) ? [one] : []), [take]),
  );

  // What waited is of another list.
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each list
  useEffect(() => {
    waiting.current = [];
    setCount(0);
    setLatest(new Set());
  }, [key]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: when somebody is no longer reading further down
  useEffect(() => {
    if (!isHeld) show();
  }, [isHeld]);

  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );

  // Nobody heard of what happened while there was no connection, or while another page was looked at.
  const isLive = useIsLive();
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each list, and with each connection
  useEffect(() => {
    const state = client.getQueryState(queryKey);
    if (!isLive || state?.data === undefined || Date.now() - state.dataUpdatedAt < TOGETHER_MS) return;
    const abort = new AbortController();
    void catchUp(abort.signal).catch(() => undefined);
    return () => abort.abort();
  }, [key, isLive]);

  async function catchUp(signal: AbortSignal): Promise<void> {
    const page = await ask<GenerationPage>(`/generations${search({ ...queryOf(asked, Date.now()), limit: 100 })}`, {
      signal,
    });
    const known = client.getQueryData<Generations>(queryKey);
    const newest = known?.pages[0]?.data[0]?.id;
    const isTouching = !page.has_more || newest === undefined || page.data.some(({ id }) => id <= newest);
    const ids = new Set(rowsOf(known).map(({ id }) => id));
    if (isTouching) take(page.data.filter(({ id }) => !ids.has(id)));
    else client.setQueryData<Generations>(queryKey, { pages: [page], pageParams: [null] });
  }

  return { waiting: count, show, latest };
}
