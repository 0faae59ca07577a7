import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { useHeard } from "../api/events.ts";

/** What is asked anew when something was changed, here or by somebody else: the first word of its queries. */
const TOUCHED: Readonly<Record<string, readonly string[]>> = {
  keys: ["keys", "budgets", "preview"],
  teams: ["teams", "keys"],
  budgets: ["budgets", "keys", "preview"],
  credentials: ["providers", "models", "health", "preview"],
  routing_rules: ["routing-rules", "models", "preview"],
  virtual_models: ["virtual-models", "models", "preview"],
  corrections: ["generation", "usage", "budgets", "keys"],
  settings: ["settings"],
};

/** Where changes may have been missed, how often it is asked for them at the most: while very much happens that is told ten times a second. */
const LAGGED_MS = 5000;
const ALL = [...new Set([...Object.keys(TOUCHED), ...Object.values(TOUCHED).flat(), "audit"])];

/** Keeps what is shown as it is. What requests add up to, and their list, whoever shows them keeps. */
export function useFresh(): void {
  const client = useQueryClient();
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  /** What is read anew just now, and whether it is to be read once more. */
  const reading = useRef(new Map<string, boolean>());
  useEffect(() => () => clearTimeout(waiting.current), []);
  const renew = useCallback(
    async (word: string) => {
      const { current } = reading;
      const isReading = current.has(word);
      current.set(word, isReading);
      // Once for all that is changed while it is read: a script may make thousands, and each would begin it again.
      if (isReading) return;
      do {
        const isFirst = client.isFetching({ queryKey: [word], predicate: ({ state }) => state.data === undefined }) > 0;
        // What is read for the first time is not broken off, and may have been read before the change.
        current.set(word, isFirst);
        await client.invalidateQueries({ queryKey: [word] });
      } while (current.get(word));
      current.delete(word);
    },
    [client],
  );
  useHeard(
    "changed",
    useCallback(
      ({ what }) => {
        for (const word of [...(TOUCHED[what] ?? [what]), "audit"]) void renew(word);
      },
      [renew],
    ),
  );
  useHeard(
    "lagged",
    useCallback(() => {
      waiting.current ??= setTimeout(() => {
        waiting.current = undefined;
        for (const word of ALL) void client.invalidateQueries({ queryKey: [word] }, { cancelRefetch: false });
      }, LAGGED_MS);
    }, [client]),
  );
}
