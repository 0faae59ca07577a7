import { queryOptions } from "@tanstack/react-query";
import type { ModelPage, ShownSession } from "../../../src/admin/contract.ts";
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
