import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { useHeard } from "../../api/events.ts";
import type { Range } from "./range.ts";

const SECOND = 1000;
/** What is told of other processes nobody hears here: it is asked for now and then. */
const UNHEARD_MS = 60 * SECOND;

/** How often figures are asked for anew while requests come in: what is long changes slowly, and costs more. */
function pauseOf({ unit, name }: Range): number {
  if (unit === "minute") return 2 * SECOND;
  return name === "24h" ? 4 * SECOND : unit === "hour" ? 10 * SECOND : 30 * SECOND;
}

/** Keeps the figures of a time that is going on as they are: asks anew soon after a request is over, and not more often than is of use. */
export function useFreshFigures(range: Range): void {
  const client = useQueryClient();
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const askedAt = useRef(0);
  const pause = pauseOf(range);
  const { isLive } = range;

  const askAnew = useCallback(() => {
    waiting.current = undefined;
    askedAt.current = Date.now();
    // What is on its way is waited for: begun anew each time, it would never arrive.
    for (const word of ["usage", "latency", "health", "budgets"])
      void client.invalidateQueries({ queryKey: [word] }, { cancelRefetch: false });
  }, [client]);

  useEffect(() => () => clearTimeout(waiting.current), []);
  useEffect(() => {
    if (!isLive) return;
    const timer = setInterval(() => document.visibilityState === "visible" && askAnew(), UNHEARD_MS);
    return () => clearInterval(timer);
  }, [isLive, askAnew]);
  useHeard(
    "generation",
    useCallback(() => {
      if (!isLive || waiting.current !== undefined) return;
      waiting.current = setTimeout(askAnew, Math.max(SECOND / 2, askedAt.current + pause - Date.now()));
    }, [isLive, pause, askAnew]),
  );
}
