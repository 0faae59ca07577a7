import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { KeyRound, Plus, SearchX } from "lucide-react";
import { useCallback } from "react";
import type { KeyPage, ListedKey } from "../../../../src/admin/contract.ts";
import { ask, search } from "../../api/client.ts";
import { teamsQuery } from "../../api/control.ts";
import { useMayChange } from "../../shell/session.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Select } from "../../ui/field.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { SearchInput } from "../../ui/search-input.tsx";
import { Empty, Failed, SkeletonRows } from "../../ui/state.tsx";
import { KeyDrawer } from "./key-drawer.tsx";
import { KeyTable } from "./key-table.tsx";
import { NewKey } from "./new-key.tsx";

const PAGE = 100;

/** What of the keys is listed: its name in the address, what is asked for, and which of them fit. */
const KINDS = [
  { name: "kept", label: "All but revoked", asked: {} },
  {
    name: "active",
    label: "Active",
    asked: { disabled: false },
    fits: ({ status }: ListedKey) => status === "active",
  },
  { name: "disabled", label: "Disabled", asked: { disabled: true } },
  {
    name: "revoked",
    label: "Revoked",
    asked: { revoked: true },
    fits: ({ status }: ListedKey) => status === "revoked",
  },
] as const;

export function KeysTab() {
  const { one, change } = useSearchMembers();
  const { may, why } = useMayChange();
  const { data: teams } = useQuery(teamsQuery);
  const [q, team, opened] = [one("q"), one("team"), one("key")];
  const kind = KINDS.find(({ name }) => name === one("status")) ?? KINDS[0];
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["keys", "list", q, team, kind.name],
    queryFn: ({ signal, pageParam }) =>
      ask<KeyPage>(`/keys${search({ q, team, ...kind.asked, limit: PAGE, before: pageParam })}`, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: keepPreviousData,
  });
  const all = data?.pages.flatMap((page) => page.data);
  const rows = "fits" in kind ? all?.filter(kind.fits) : all;
  const isNarrow = q !== undefined || team !== undefined || kind !== KINDS[0];
  const find = useCallback((text: string | undefined) => change({ q: text }), [change]);
  const make = (
    <Button look="primary" disabled={!may} title={why} onClick={() => change({ new: "key" })}>
      <Plus aria-hidden /> Make a key
    </Button>
  );
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <SearchInput
          value={q}
          onChange={find}
          label="Search keys by name, id, owner or hint"
          placeholder="Name, id, owner, hint…"
        />
        <Select
          aria-label="Status"
          value={kind.name}
          onChange={({ target }) => change({ status: target.value === "kept" ? undefined : target.value })}
        >
          {KINDS.map(({ name, label }) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </Select>
        <Select
          aria-label="Team"
          className="w-36"
          disabled={teams === undefined || teams.data.length === 0}
          value={team ?? ""}
          onChange={({ target }) => change({ team: target.value || undefined })}
        >
          <option value="">All teams</option>
          {teams?.data.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
        <div className="ml-auto">{make}</div>
      </div>
      <Card flush>
        {error !== null && <Failed error={error} retry={() => void refetch()} className="m-4" />}
        {rows === undefined ? (
          error === null && <SkeletonRows rows={6} height={52} />
        ) : rows.length > 0 || hasNextPage ? (
          <KeyTable rows={rows} onOpen={({ id }) => change({ key: id })} />
        ) : isNarrow ? (
          <Empty
            icon={SearchX}
            title="No key is like that"
            action={
              <Button onClick={() => change({ q: undefined, team: undefined, status: undefined })}>Show all</Button>
            }
          />
        ) : (
          <Empty icon={KeyRound} title="No keys yet" action={make}>
            A key is what clients show. It says what they may ask for, and how much it may cost.
          </Empty>
        )}
        {hasNextPage && (
          <footer className="border-t border-line px-4 py-2">
            <Button size="small" look="quiet" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              Show more
            </Button>
          </footer>
        )}
      </Card>
      {one("new") === "key" && <NewKey onClose={() => change({ new: undefined })} />}
      {opened !== undefined && <KeyDrawer key={opened} id={opened} onClose={() => change({ key: undefined })} />}
    </>
  );
}
