import { useSyncExternalStore } from "react";
import { moment, relative, utc } from "./format.ts";

/** A moment in the viewer's zone; in UTC when it is pointed at. */
export function Time({
  at,
  ago = false,
  className,
}: {
  at: string | null | undefined;
  ago?: boolean;
  className?: string;
}) {
  const now = useNow();
  if (at === null || at === undefined) return <span className={className}>–</span>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={`${utc(date)}${ago ? ` · ${moment(date)} here` : ""}`} className={className}>
      {ago ? relative(date, now) : moment(date)}
    </time>
  );
}

let now = Date.now();
const listeners = new Set<() => void>();
setInterval(() => {
  now = Date.now();
  for (const listener of listeners) listener();
}, 5000);

/** Unix milliseconds, a few seconds old at most. */
export function useNow(): number {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => now,
  );
}
