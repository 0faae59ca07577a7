import { type RouterHistory, useRouter, useRouterState } from "@tanstack/react-router";
import { useCallback, useEffect, useRef } from "react";
import { closeDownTo, howMany, useOpenDialogs } from "../ui/open-dialogs.ts";

/**
 * The browser's Back closes the dialog that is open, as on a phone one goes back to what was beneath. For that a dialog has an entry of the history,
 * of the same address: Back leaves it, and closes the dialog; what closes it otherwise leaves the entry. Whoever goes elsewhere
 * from a dialog goes there in the place of its entry, so that no entry is left for a dialog that is not open.
 */

declare module "@tanstack/react-router" {
  interface HistoryState {
    /** How many dialogs are open at this entry. */
    dialogs?: number;
  }
}

function openAt({ location }: RouterHistory): number {
  return location.state.dialogs ?? 0;
}

/** A browser that has not gone back by then does not: it tells of nothing where it refuses. */
const LONGEST_MS = 1000;
/** Where one goes while the entry of a dialog is being left, of which browsers tell a moment later; nothing while none is. */
const held = new WeakMap<RouterHistory, (() => void)[]>();

/** @returns the same history, in which an entry of a dialog gives way to where one goes from there, and stays one where its address is replaced */
export function withDialogs(history: RouterHistory): RouterHistory {
  const { push, replace } = history;
  history.push = (path, state, options) => {
    const waiting = held.get(history);
    if (waiting !== undefined) return void waiting.push(() => history.push(path, state, options));
    const isElsewhere = openAt(history) > 0 && (state?.dialogs ?? 0) <= openAt(history);
    return isElsewhere ? replace(path, state, options) : push(path, state, options);
  };
  history.replace = (path, state, options) => {
    const waiting = held.get(history);
    if (waiting !== undefined) return void waiting.push(() => history.replace(path, state, options));
    const dialogs = openAt(history);
    replace(path, dialogs === 0 ? state : { ...state, dialogs }, options);
  };
  return history;
}

/** Keeps the history and what is open together. */
export function useBack(): void {
  const router = useRouter();
  const { history } = router;
  const open = useOpenDialogs();
  const entered = useRouterState({ select: ({ location }) => location.state.dialogs ?? 0 });
  const before = useRef<number>(undefined);

  const enter = useCallback(() => {
    const { href } = history.location;
    const dialogs = howMany();
    if (dialogs > openAt(history))
      void router.navigate({ href, state: (now) => ({ ...now, dialogs }), resetScroll: false });
  }, [router, history]);

  const leave = useCallback(() => {
    const waiting: (() => void)[] = [];
    held.set(history, waiting);
    const { href } = history.location;
    let timer: ReturnType<typeof setTimeout>;
    const finish = () => {
      clearTimeout(timer);
      stop();
      held.delete(history);
      // What closed it may have taken it out of the address, of the entry that was left.
      if (history.location.href !== href) void router.navigate({ href, replace: true, resetScroll: false });
      for (const go of waiting) go();
      enter();
    };
    const back = () => {
      clearTimeout(timer);
      timer = setTimeout(finish, LONGEST_MS);
      history.back();
    };
    const stop = history.subscribe(({ action }) => {
      if (action.type === "PUSH" || action.type === "REPLACE") return;
      // Two that were closed at once have an entry each.
      if (howMany() < openAt(history) && history.canGoBack()) back();
      else finish();
    });
    back();
  }, [router, history, enter]);

  useEffect(
    () =>
      history.subscribe(({ action }) => {
        if (action.type === "PUSH" || action.type === "REPLACE" || held.has(history)) return;
        closeDownTo(openAt(history));
      }),
    [history],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: with each that opens or closes, and with each entry
  useEffect(() => {
    // A page that is loaded anew at the entry of a dialog may still open it.
    const isFirst = before.current === undefined;
    const isMore = open > (before.current ?? 0);
    before.current = open;
    if (held.has(history) || (isFirst && !isMore)) return;
    if (isMore) enter();
    else if (open < openAt(history) && history.canGoBack()) leave();
  }, [open, entered]);
}
