import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useHeard } from "../api/events.ts";

/** What is asked anew when something was changed, here or by somebody else: the first word of its queries. */
const TOUCHED: Readonly<Record<string, readonly string[]>> = {
  keys: ["keys", "budgets"],
  teams: ["teams", "keys"],
  budgets: ["budgets", "keys"],
  credentials: ["providers", "models", "health"],
  routing_rules: ["routing-rules", "models"],
  virtual_models: ["virtual-models", "models"],
  settings: ["settings"],
};

/** Keeps what is shown as it is. */
export function useFresh(): void {
  const client = useQueryClient();
  useHeard(
    "changed",
    useCallback(
      ({ what }) => {
        for (const word of [...(TOUCHED[what] ?? [what]), "audit"]) void client.invalidateQueries({ queryKey: [word] });
      },
      [client],
    ),
  );
  useHeard(
    "lagged",
    useCallback(() => void client.invalidateQueries(), [client]),
  );
}
