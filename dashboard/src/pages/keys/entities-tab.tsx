import { useQueries, useQuery } from "@tanstack/react-query";
import { Boxes } from "lucide-react";
import { useCallback } from "react";
import { accountsQuery, budgetsQuery } from "../../api/control.ts";
import { Behind, BudgetLine } from "../../ui/budget-line.tsx";
import { EACH, shareOf, spentOf } from "../../ui/budget-words.ts";
import { Card } from "../../ui/card.tsx";
import { count } from "../../ui/format.ts";
import { Money } from "../../ui/money.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { SearchInput } from "../../ui/search-input.tsx";
import { Empty, Failed, SkeletonRows } from "../../ui/state.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { type Entity, entitiesOf } from "./entities.ts";
import { called, MOST, NoneCalled, nameColumn, OwnerDrawer } from "./owner-list.tsx";
import { Usual } from "./owners-tab.tsx";

const COLUMNS: readonly Column<Entity>[] = [
  nameColumn("entity"),
  {
    name: "budget",
    label: "Budget",
    className: "w-72",
    by: ({ budget }) => shareOf(budget),
    cell: ({ budget }) => <BudgetLine budget={budget} />,
  },
  {
    name: "whose",
    label: "Which is",
    wide: true,
    by: ({ isOwn }) => Number(isOwn),
    cell: ({ isOwn }) => <span className="text-muted">{isOwn ? "its own" : "that of each"}</span>,
  },
  {
    name: "spend",
    label: "Spend in its period",
    right: true,
    by: ({ budget }) => spentOf(budget),
    cell: ({ budget }) => (
      <Behind budget={budget}>
        <Money value={spentOf(budget)} />
      </Behind>
    ),
  },
];

/** Whom requests name in `quotaEntityId`: what each spent of its budget. No other sums are kept by them. */
export function EntitiesTab() {
  const { one, change } = useSearchMembers();
  const { data: budgets, error, refetch } = useQuery(budgetsQuery("entity"));
  const usual = (budgets?.data ?? []).filter(({ scope_id: of, archived }) => of === EACH && !archived);
  const accounts = useQueries({ queries: usual.map(({ id }) => accountsQuery(id)) });
  const failed = accounts.find((account) => account.error !== null);
  const isThere = budgets !== undefined && accounts.every(({ data }) => data !== undefined);
  const [q, opened] = [one("q"), one("of")];
  const find = useCallback((text: string | undefined) => change({ q: text }), [change]);
  const all = isThere
    ? entitiesOf(budgets.data, (id) => accounts[usual.findIndex((each) => each.id === id)]?.data?.data ?? [])
    : undefined;
  const found = called(all, q);
  const isCut = budgets?.isWhole === false || accounts.some(({ data }) => data?.has_more === true);
  const problem = error ?? failed?.error ?? null;
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <SearchInput value={q} onChange={find} label="Search entities" placeholder="Name…" />
        <p className="text-[13px] text-muted max-lg:hidden">Whom a request names in quotaEntityId, or its key fixes.</p>
        <Usual scope="entity" budgets={usual} />
      </div>
      <Card flush>
        {problem !== null && (
          <Failed error={problem} retry={() => void (failed ?? { refetch }).refetch()} className="m-4" />
        )}
        {found === undefined ? (
          problem === null && <SkeletonRows rows={6} height={52} />
        ) : (
          <Table
            label="Entities"
            rows={found.slice(0, MOST)}
            columns={COLUMNS}
            keyOf={({ id }) => id}
            onOpen={({ id }) => change({ of: id })}
            empty={
              q === undefined ? (
                <Empty icon={Boxes} title="No entity has a budget">
                  What an entity spends is counted where it has a budget. A soft one for each counts all of them, and
                  refuses nobody.
                </Empty>
              ) : (
                <NoneCalled icon={Boxes} name={q} onOpen={() => change({ of: q })} />
              )
            }
          />
        )}
        {found !== undefined && (isCut || found.length > MOST) && (
          <p className="border-t border-line px-4 py-2 text-[13px] text-muted">
            {found.length > MOST ? `The ${MOST} that spent the most of ${count(found.length)} are shown. ` : ""}
            {isCut ? "Of what each has, those 500 are known that spent the most. Others can be opened by name." : ""}
          </p>
        )}
      </Card>
      {opened !== undefined && <OwnerDrawer scope="entity" id={opened} onClose={() => change({ of: undefined })} />}
    </>
  );
}
