import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import type { GenerationPage } from "../../../../../src/admin/contract.ts";
import { ask, search } from "../../../api/client.ts";
import { type Asked, addressOf, queryOf } from "../filters.ts";
import { type Generations, generationsQuery, neighboursOf, rowsOf } from "../generations.ts";
import { comeFrom } from "../place.ts";

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

/** j goes to the older one, k to the newer, as in the list; Escape back to it. @returns what goes to one of them */
export function useNeighbourKeys(
  id: string,
  { newer, older }: { newer: string | undefined; older: string | undefined },
  address: Readonly<Record<string, string | readonly string[]>>,
): (id: string) => void {
  const navigate = useNavigate();
  const { history } = useRouter();
  const go = (to: string) =>
    void navigate({ to: "/requests/$id", params: { id: to }, search: address as never, replace: true });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
      if (document.querySelector("dialog[open]") !== null) return;
      if (event.target instanceof Element && event.target.closest("input, textarea, select, [role=menu]") !== null)
        return;
      if (event.key === "Escape") {
        comeFrom(id, true);
        void navigate({ to: "/requests", search: address as never });
      }
      const to = event.key === "j" ? older : event.key === "k" ? newer : undefined;
      if (to !== undefined) go(to);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
  useEffect(
    () =>
      history.subscribe(({ action }) => {
        if (action.type === "BACK") comeFrom(id, false);
      }),
    [history, id],
  );
  return go;
}
