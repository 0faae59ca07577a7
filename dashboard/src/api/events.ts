import { useEffect, useSyncExternalStore } from "react";
import type { ChangedList, LiveEvents, Pulse } from "../../../src/admin/contract.ts";

/** What pages listen for; the pulse has its own hook. */
type Heard = Pick<LiveEvents, "generation" | "changed" | "lagged">;

const listeners: { [Name in keyof Heard]: Set<(heard: Heard[Name]) => void> } = {
  generation: new Set(),
  changed: new Set(),
  lagged: new Set(),
};
const onState = new Set<() => void>();
let source: EventSource | undefined;
let pulse: Pulse | undefined;
let state: "live" | "waiting" = "waiting";

/**
 * A page that nobody looks at lets its connection go after so long. By HTTP/1.1 a browser has six for all pages of one address, and each would
 * keep one: with the sixth, nothing more would be answered.
 */
const UNSEEN_MS = 20_000;
/** Where it is refused, as by a proxy while the gateway starts anew, the browser leaves it at that; we do not. */
const AGAIN_MS = 3000;

/** What may have changed unheard. */
const LISTS = {
  keys: true,
  teams: true,
  budgets: true,
  credentials: true,
  routing_rules: true,
  virtual_models: true,
  corrections: true,
  settings: true,
} as const satisfies Record<ChangedList, true>;

/** One connection for the whole page, while somebody is signed in and looks at it. @param refused hears that it was not let in, for whatever reason */
export function listen(refused: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isBehind = false;

  const open = () => {
    if (source !== undefined) return;
    const opened = new EventSource("/admin/events");
    source = opened;
    opened.addEventListener("open", () => {
      tell("live", pulse);
      if (isBehind) for (const what of Object.keys(LISTS) as ChangedList[]) hear("changed", { what });
      isBehind = false;
    });
    opened.addEventListener("error", () => {
      if (source !== opened) return;
      isBehind = true;
      tell("waiting", undefined);
      if (opened.readyState !== EventSource.CLOSED) return;
      close();
      refused();
      timer = setTimeout(look, AGAIN_MS);
    });
    opened.addEventListener("pulse", ({ data }) => tell("live", JSON.parse(data) as Pulse));
    for (const name of Object.keys(listeners) as (keyof Heard)[])
      opened.addEventListener(name, ({ data }) => hear(name, JSON.parse(data)));
  };
  const close = () => {
    clearTimeout(timer);
    isBehind ||= source !== undefined;
    source?.close();
    source = undefined;
    tell("waiting", undefined);
  };
  const look = () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible") open();
    else timer = setTimeout(close, UNSEEN_MS);
  };

  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    document.removeEventListener("visibilitychange", look);
    close();
  };
}

function hear<Name extends keyof Heard>(name: Name, heard: Heard[Name]): void {
  for (const listener of listeners[name]) listener(heard);
}

function tell(now: typeof state, beat: Pulse | undefined): void {
  state = now;
  pulse = beat;
  for (const listener of onState) listener();
}

function subscribe(listener: () => void): () => void {
  onState.add(listener);
  return () => onState.delete(listener);
}

/** The last pulse; `undefined` while there is no connection. */
export function usePulse(): Pulse | undefined {
  return useSyncExternalStore(subscribe, () => pulse);
}

/** Whether what happens is heard of as it happens. */
export function useIsLive(): boolean {
  return useSyncExternalStore(subscribe, () => state === "live");
}

/** Hears of what happens. @param heard must stay the same function, or each drawing subscribes anew */
export function useHeard<Name extends keyof Heard>(name: Name, heard: (what: Heard[Name]) => void): void {
  useEffect(() => {
    listeners[name].add(heard);
    return () => {
      listeners[name].delete(heard);
    };
  }, [name, heard]);
}
