import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import type { GenerationPage } from "../../../../src/admin/contract.ts";
import { ask, search } from "../../api/client.ts";
import { type Asked, addressOf, queryOf } from "../requests/filters.ts";
import { type Generations, generationsQuery, neighboursOf, rowsOf } from "../requests/generations.ts";

const ID = /^gen_[0-9A-HJKMNP-TV-Z]{26}$/;

/** Those beside a request in the list that it was opened from. Who came by a link has no list: only the one before in time is known then. */
export function useNeighbours(id: string, asked: Asked) {
  const client = useQueryClient();
  const address = addressOf(asked);
  const listed = client.getQueryData<Generations>(generationsQuery(asked).queryKey);
  const { newer, older } = neighboursOf(rowsOf(listed), id);
  const behind = useQuery({
    queryKey: ["generations", "behind", id, address],
    queryFn: ({ signal }) =>
      ask<GenerationPage>(`/generations${search({ ...queryOf(asked, Date.now()), before: id, limit: 1 })}`, { signal }),
    enabled: older === undefined && ID.test(id),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return { newer, older: older ?? behind.data?.data[0]?.id };
}

/** j goes to the older one, k to the newer: as in the list. */
export function useNeighbourKeys(
  { newer, older }: { newer: string | undefined; older: string | undefined },
  address: Readonly<Record<string, string | readonly string[]>>,
): (id: string) => void {
  const navigate = useNavigate();
  const go = (id: string) =>
    void navigate({ to: "/requests/$id", params: { id }, search: address as never, replace: true });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey || document.querySelector("dialog[open]") !== null) return;
      if (event.target instanceof Element && event.target.closest("input, textarea, select, [role=menu]") !== null)
        return;
      const id = event.key === "j" ? older : event.key === "k" ? newer : undefined;
      if (id !== undefined) go(id);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
  return go;
}
