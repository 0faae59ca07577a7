import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useHeard } from "../api/events.ts";

/** What is asked anew when something was changed, here or by somebody else: the first word of its queries. */
const TOUCHED: Readonly<Record<string, readonly string[]>> = {
  keys: ["keys", "budgets", "preview"],
  teams: ["teams", "keys"],
  budgets: ["budgets", "keys", "preview"],
  credentials: ["providers", "models", "health", "preview"],
  routing_rules: ["routing-rules", "models", "preview"],
  virtual_models: ["virtual-models", "models", "preview"],
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
