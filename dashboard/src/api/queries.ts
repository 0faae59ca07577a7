import { queryOptions } from "@tanstack/react-query";
import type { Health, ListedProvider, ModelPage, Settings, ShownSession } from "../../../src/admin/contract.ts";
import { ask } from "./client.ts";

/** What more than one page asks for. What is changed is asked anew by its first word (`shell/fresh.ts`). */

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => ask<ShownSession>("/session", { signal }),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => ask<ModelPage>("/models", { signal }),
  staleTime: 60_000,
});

export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: ({ signal }) => ask<Health>("/health", { signal }),
  refetchInterval: 15_000,
});

export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) => ask<{ data: readonly ListedProvider[] }>("/providers", { signal }),
  staleTime: 60_000,
});

/** All of it is read when the gateway starts, and the same as long as it runs; but for how large the database is. */
export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => ask<Settings>("/settings", { signal }),
  staleTime: 60_000,
});
