import { useEffect, useSyncExternalStore } from "react";
import type { LiveEvents, Pulse } from "../../../src/admin/contract.ts";

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

/** One connection for the whole page, while somebody is signed in. */
export function listen(): () => void {
  source = new EventSource("/admin/events");
  source.addEventListener("open", () => tell("live", pulse));
  source.addEventListener("error", () => tell("waiting", undefined));
  source.addEventListener("pulse", ({ data }) => tell("live", JSON.parse(data) as Pulse));
  for (const name of Object.keys(listeners) as (keyof Heard)[])
    source.addEventListener(name, ({ data }) => {
      const heard = JSON.parse(data);
      for (const listener of listeners[name]) listener(heard);
    });
  return () => {
    source?.close();
    tell("waiting", undefined);
  };
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
