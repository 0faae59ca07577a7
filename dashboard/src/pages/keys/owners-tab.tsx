import { useQuery } from "@tanstack/react-query";
import { Plus, Tags, UserRound } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import type { ListedBudget, UsageGroup } from "../../../../src/admin/contract.ts";
import { budgetsQuery } from "../../api/control.ts";
import { useMayChange } from "../../shell/session.tsx";
import { BudgetLine } from "../../ui/budget-line.tsx";
import { EACH, PERIODS, SCOPES, shareOf } from "../../ui/budget-words.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Drawer } from "../../ui/dialog.tsx";
import { compact, count, usd } from "../../ui/format.ts";
import { OwnerBudgets } from "../../ui/owner-budgets.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { SearchInput } from "../../ui/search-input.tsx";
import { Empty, Failed, SkeletonRows } from "../../ui/state.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Spend } from "./key-table.tsx";
import { called, FILTERS, MOST, NoneCalled, nameColumn, OwnerDrawer } from "./owner-list.tsx";
import { spendQuery } from "./spend.ts";
import { nearestOf } from "./teams-tab.tsx";

const WORDS = {
  user: {
    many: "End users",
    icon: UserRound,
    told: "Whom a request is for, as it says itself or its key fixes.",
    none: "No request of the last 30 days told its end user. Clients tell it as user; a key can require it.",
  },
  tag: {
    many: "Tags",
    icon: Tags,
    told: "What requests are marked with. One with several tags counts in each.",
    none: "No request of the last 30 days had a tag. Clients tell them as tags; a key can fix or require them.",
  },
} as const;

interface Owner {
  readonly id: string;
  readonly group: UsageGroup | undefined;
  readonly budget: ListedBudget | undefined;
}

/** End users or tags: what each spent, and its budget. */
export function OwnersTab({ scope }: { scope: "user" | "tag" }) {
  const { one, change } = useSearchMembers();
  const words = WORDS[scope];
  const { data: spend, error, refetch } = useQuery(spendQuery(scope));
  const { data: budgets } = useQuery(budgetsQuery(scope));
  const [q, opened] = [one("q"), one("of")];
  const owners = useMemo(() => ownersOf(spend, budgets?.data ?? []), [spend, budgets]);
  const found = called(owners, q);
  const usual = (budgets?.data ?? []).filter(({ scope_id: of, archived }) => of === EACH && !archived);
  const find = useCallback((text: string | undefined) => change({ q: text }), [change]);
  const columns: readonly Column<Owner>[] = [
    nameColumn(scope),
    {
      name: "budget",
      label: "Budget",
      className: "w-56",
      by: ({ budget }) => (budget === undefined ? null : shareOf(budget)),
      cell: ({ budget }) =>
        budget === undefined ? (
          <span className="text-faint" title="None of its own">
            none
          </span>
        ) : (
          <BudgetLine budget={budget} />
        ),
    },
    {
      name: "tokens",
      label: "Tokens 30 d",
      right: true,
      wide: true,
      by: ({ group }) => (group === undefined ? 0 : group.input_tokens + group.output_tokens),
      cell: ({ group }) =>
        group === undefined ? (
          <span className="text-faint">–</span>
        ) : (
          <span title={`${count(group.input_tokens)} input, ${count(group.output_tokens)} output`}>
            {compact(group.input_tokens + group.output_tokens)}
          </span>
        ),
    },
    {
      name: "spend",
      label: "Spend 30 d",
      right: true,
      by: ({ group }) => group?.total_cost ?? 0,
      cell: ({ id, group }) => <Spend group={group} search={{ [FILTERS[scope]]: id }} isKnown={spend !== undefined} />,
    },
  ];
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <SearchInput value={q} onChange={find} label={`Search ${words.many.toLowerCase()}`} placeholder="Name…" />
        <p className="text-[13px] text-muted max-lg:hidden">{words.told}</p>
        <Usual scope={scope} budgets={usual} />
      </div>
      <Card flush>
        {error !== null && <Failed error={error} retry={() => void refetch()} className="m-4" />}
        {found === undefined ? (
          error === null && <SkeletonRows rows={6} height={52} />
        ) : (
          <Table
            label={words.many}
            rows={found.slice(0, MOST)}
            columns={columns}
            keyOf={({ id }) => id}
            onOpen={({ id }) => change({ of: id })}
            empty={
              q === undefined ? (
                <Empty icon={words.icon} title={`No ${words.many.toLowerCase()} yet`}>
                  {words.none}
                </Empty>
              ) : (
                <NoneCalled icon={words.icon} name={q} onOpen={() => change({ of: q })} />
              )
            }
          />
        )}
        {found !== undefined && found.length > MOST && (
          <p className="border-t border-line px-4 py-2 text-[13px] text-muted">
            The {MOST} that spent the most of {count(found.length)} are shown. Search for others.
          </p>
        )}
      </Card>
      {opened !== undefined && <OwnerDrawer scope={scope} id={opened} onClose={() => change({ of: undefined })} />}
    </>
  );
}

/** What holds for each that has no budget of its own. */
export function Usual({ scope, budgets }: { scope: "user" | "tag" | "entity"; budgets: readonly ListedBudget[] }) {
  const { may, why } = useMayChange();
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="ml-auto flex items-center gap-3">
      {budgets.length > 0 && (
        <span className="tabular text-[13px] text-muted max-md:hidden">
          Each of the others:{" "}
          {budgets.map(({ limit_usd: limit, period }) => `${usd(limit)} ${PERIODS[period]}`).join(", ")}
        </span>
      )}
      <Button disabled={!may && budgets.length === 0} title={why} onClick={() => setOpen(true)}>
        <Plus aria-hidden /> Budget for each
      </Button>
      {isOpen && (
        <Drawer
          open
          onClose={() => setOpen(false)}
          title={SCOPES[scope].each}
          hint="Holds for each that has no budget of its own, each by itself."
        >
          <OwnerBudgets scope={scope} scopeId={EACH} name={SCOPES[scope].each.toLowerCase()} />
        </Drawer>
      )}
    </div>
  );
}

/** Who asked, and who has a budget; who spent the most first. */
export function ownersOf(
  spend: ReadonlyMap<string, UsageGroup> | undefined,
  budgets: readonly ListedBudget[],
): readonly Owner[] | undefined {
  if (spend === undefined) return undefined;
  const own = budgets.filter(({ scope_id: id }) => id !== EACH);
  const ids = new Set([...spend.keys(), ...own.filter(({ archived }) => !archived).map(({ scope_id: id }) => id)]);
  const near = new Map([...new Set(own.map(({ scope_id: id }) => id))].map((id) => [id, nearestOf(own, id)]));
  return [...ids]
    .map((id) => ({ id, group: spend.get(id), budget: near.get(id) }))
    .sort((a, b) => (b.group?.total_cost ?? 0) - (a.group?.total_cost ?? 0) || (a.id < b.id ? -1 : 1));
}
