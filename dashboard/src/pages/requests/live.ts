import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import type { GenerationPage, ListedGeneration } from "../../../../src/admin/contract.ts";
import { ask, search } from "../../api/client.ts";
import { useHeard, useIsLive } from "../../api/events.ts";
import { type Asked, fits, queryOf } from "./filters.ts";
import { type Generations, generationsQuery, rowsOf, toldAnew, withNew } from "./generations.ts";
import { isLive as goesOn, rangeOf } from "./range.ts";

/** What comes within this time is shown at once. */
const TOGETHER_MS = 250;
/** Of what waits to be shown so many are kept: of more the list is asked anew. */
const MOST_WAITING = 500;
/** How often it is asked for what nobody tells here: other processes tell their own requests. */
const ELSEWHERE_MS = 15_000;
/** How often the list is begun anew while more happens than is told. */
const LAGGED_MS = 2000;
/** Rows that are asked for then. */
const LOOK = 100;
/** Rows that are asked for at a time where all that are shown are asked for anew. */
const ALL = 500;

/**
 * Keeps the list of requests going at its top.
 * @param isHeld whether what is new has to wait, as somebody is reading further down
 * @returns how many wait, and whether more do that nobody told; what shows them, and which came last
 */
export function useLive(asked: Asked, isHeld: boolean) {
  const client = useQueryClient();
  const { queryKey } = generationsQuery(asked);
  const key = JSON.stringify(queryKey);
  const waiting = useRef<ListedGeneration[]>([]);
  /** More has come than waits: what is between is not known. */
  const hasGap = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const held = useRef(isHeld);
  const [count, setCount] = useState(0);
  const [isMore, setMore] = useState(false);
  const renewing = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [latest, setLatest] = useState<ReadonlySet<string>>(new Set());
  held.current = isHeld;
  const now = useRef({ asked, queryKey });
  now.current = { asked, queryKey };

  const show = useCallback(() => {
    const fresh = waiting.current;
    const isWhole = !hasGap.current;
    waiting.current = [];
    hasGap.current = false;
    setCount(0);
    setMore(false);
    if (!isWhole) void renew(client, now.current.asked).catch(() => undefined);
    if (fresh.length === 0 || !isWhole) return;
    setLatest(new Set(fresh.map(({ id }) => id)));
    client.setQueryData<Generations>(now.current.queryKey, (pages) =>
      pages === undefined ? undefined : withNew(pages, fresh),
    );
  }, [client]);

  const take = useCallback(
    (fresh: readonly ListedGeneration[]) => {
      if (fresh.length === 0) return;
      const known = new Set(waiting.current.map(({ id }) => id));
      const all = [...waiting.current, ...fresh.filter(({ id }) => !known.has(id))];
      if (all.length > MOST_WAITING) hasGap.current = true;
      waiting.current = all.slice(-MOST_WAITING);
      timer.current ??= setTimeout(() => {
        timer.current = undefined;
        if (!held.current) return show();
        setCount(waiting.current.length);
        setMore(hasGap.current);
      }, TOGETHER_MS);
    },
    [show],
  );

  useHeard(
    "generation",
    useCallback((one) => take(fits(one, now.current.asked, Date.now()) ? [one] : []), [take]),
  );

  // Not each of them is told where very much happens at once.
  useHeard(
    "lagged",
    useCallback(() => {
      if (!goesOn(rangeOf(now.current.asked, Date.now()), Date.now())) return;
      renewing.current ??= setTimeout(() => {
        renewing.current = undefined;
        if (!held.current) return void renew(client, now.current.asked).catch(() => undefined);
        hasGap.current = true;
        setMore(true);
      }, LAGGED_MS);
    }, [client]),
  );

  // What requests cost may be corrected later. A list that is shown again was not there to hear of it.
  const corrections = useRef({ isReading: false, isHeard: false });
  const correct = useCallback(() => {
    const { current: state } = corrections;
    state.isHeard = true;
    if (state.isReading) return;
    state.isReading = true;
    // Once for all that are made while it is read: a script may make thousands.
    const readAll = async () => {
      while (state.isHeard) {
        state.isHeard = false;
        await readAnew(client, now.current.asked).catch(() => undefined);
      }
      state.isReading = false;
    };
    void readAll();
  }, [client]);
  useHeard(
    "changed",
    useCallback(({ what }) => what === "corrections" && correct(), [correct]),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each list
  useEffect(() => {
    if (client.getQueryData(queryKey) !== undefined) correct();
  }, [key]);

  // What waited is of another list.
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each list
  useEffect(() => {
    waiting.current = [];
    hasGap.current = false;
    setCount(0);
    setMore(false);
    setLatest(new Set());
  }, [key]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: when somebody is no longer reading further down
  useEffect(() => {
    if (!isHeld) show();
  }, [isHeld]);

  useEffect(
    () => () => {
      clearTimeout(timer.current);
      clearTimeout(renewing.current);
      timer.current = renewing.current = undefined;
    },
    [],
  );

  // Nobody heard of what happened while there was no connection, or while another page was looked at.
  const isLive = useIsLive();
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each list, and with each connection
  useEffect(() => {
    const abort = new AbortController();
    const look = () => {
      const state = client.getQueryState(queryKey);
      const isRead = state?.data !== undefined && Date.now() - state.dataUpdatedAt >= TOGETHER_MS;
      if (isRead && !document.hidden && goesOn(rangeOf(asked, Date.now()), Date.now()))
        void catchUp(abort.signal).catch(() => undefined);
    };
    if (isLive) look();
    const clock = setInterval(look, ELSEWHERE_MS);
    return () => {
      clearInterval(clock);
      abort.abort();
    };
  }, [key, isLive]);

  async function catchUp(signal: AbortSignal): Promise<void> {
    const page = await latestOf(now.current.asked, signal);
    const known = rowsOf(client.getQueryData<Generations>(queryKey));
    const ids = new Set([...known, ...waiting.current].map(({ id }) => id));
    const fresh = page.data.filter(({ id }) => !ids.has(id));
    const isTouching = !page.has_more || known.length === 0 || page.data.some(({ id }) => ids.has(id));
    if (isTouching) take(fresh);
    else if (held.current) {
      hasGap.current = true;
      take(fresh);
    } else begin(client, now.current.asked, page);
  }

  return { waiting: count, isMore, show, latest };
}

function latestOf(asked: Asked, signal?: AbortSignal): Promise<GenerationPage> {
  return pageOf(asked, LOOK, null, signal);
}

function pageOf(asked: Asked, limit: number, before: string | null, signal?: AbortSignal): Promise<GenerationPage> {
  const path = `/generations${search({ ...queryOf(asked, Date.now()), limit, before })}`;
  return ask<GenerationPage>(path, signal === undefined ? {} : { signal });
}

/** What is shown of the list, as it is told now: none comes, and none goes. */
async function readAnew(client: QueryClient, asked: Asked): Promise<void> {
  const { queryKey } = generationsQuery(asked);
  // What is on its way may have been read before.
  const first = client.getQueryCache().find({ queryKey });
  if (first?.state.data === undefined) await first?.promise;
  const oldest = rowsOf(client.getQueryData<Generations>(queryKey)).at(-1)?.id;
  if (oldest === undefined) return;
  const rows: ListedGeneration[] = [];
  let before: string | null = null;
  do {
    const { data, next } = await pageOf(asked, ALL, before);
    rows.push(...data);
    before = next;
  } while (before !== null && before > oldest);
  client.setQueryData<Generations>(queryKey, (pages) => (pages === undefined ? undefined : toldAnew(pages, rows)));
}

/** The list begins with this page, and what came while it was asked for, and has no other yet. */
function begin(client: QueryClient, asked: Asked, page: GenerationPage): void {
  client.setQueryData<Generations>(generationsQuery(asked).queryKey, (before) =>
    withNew({ pages: [page], pageParams: [null] }, rowsOf(before)),
  );
}

/** The list anew, from its top, without a moment in which there is none. */
async function renew(client: QueryClient, asked: Asked): Promise<void> {
  begin(client, asked, await latestOf(asked));
}
