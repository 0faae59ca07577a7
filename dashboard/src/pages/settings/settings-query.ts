import { queryOptions } from "@tanstack/react-query";
import type { Settings } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";

/** All of it is read when the gateway starts, and the same as long as it runs; but for how large the database is. */
export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => ask<Settings>("/settings", { signal }),
  staleTime: 60_000,
});
