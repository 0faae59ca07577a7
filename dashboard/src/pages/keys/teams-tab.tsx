import { useQuery } from "@tanstack/react-query";
import { Plus, Users } from "lucide-react";
import type { ListedBudget, ListedTeam } from "../../../../src/admin/contract.ts";
import { budgetsQuery, keysQuery, teamsQuery } from "../../api/control.ts";
import { useMayChange } from "../../shell/session.tsx";
import { BudgetLine } from "../../ui/budget-line.tsx";
import { shareOf } from "../../ui/budget-words.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { count } from "../../ui/format.ts";
import { useSearchMembers } from "../../ui/search.ts";
import { Empty, Failed, SkeletonRows } from "../../ui/state.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { Spend } from "./key-table.tsx";
import { spendQuery } from "./spend.ts";
import { TeamDrawer, TeamForm } from "./team-drawer.tsx";

/** Groups of keys. */
export function TeamsTab() {
  const { one, change } = useSearchMembers();
  const { may, why } = useMayChange();
  const { data, error, refetch } = useQuery(teamsQuery);
  const { data: budgets } = useQuery(budgetsQuery("team"));
  const { data: keys } = useQuery(keysQuery);
  const { data: spend } = useQuery(spendQuery("team"));
  const opened = data?.data.find(({ id }) => id === one("team"));
  const budgetOf = (id: string) => nearestOf(budgets?.data ?? [], id);
  const keysOf = (id: string) => keys?.data.filter(({ team }) => team === id).length;
  const make = (
    <Button look="primary" disabled={!may} title={why} onClick={() => change({ new: "team" })}>
      <Plus aria-hidden /> Make a team
    </Button>
  );
  const columns: readonly Column<ListedTeam>[] = [
    {
      name: "name",
      label: "Name",
      by: ({ name }) => name.toLowerCase(),
      className: "min-w-40 max-w-80",
      cell: ({ name }) => (
        <span className="block truncate font-medium" title={name}>
          {name}
        </span>
      ),
    },
    {
      name: "keys",
      label: "Keys",
      right: true,
      by: ({ id }) => keysOf(id) ?? null,
      cell: ({ id }) => {
        const some = keysOf(id);
        return some === undefined ? "…" : `${count(some)}${keys!.isWhole ? "" : " or more"}`;
      },
    },
    {
      name: "budget",
      label: "Budget",
      className: "w-56",
      by: ({ id }) => {
        const budget = budgetOf(id);
        return budget === undefined ? null : shareOf(budget);
      },
      cell: ({ id }) => {
        const budget = budgetOf(id);
        return budget === undefined ? (
          <span className="text-faint" title="None of its own">
            none
          </span>
        ) : (
          <BudgetLine budget={budget} />
        );
      },
    },
    {
      name: "spend",
      label: "Spend 30 d",
      right: true,
      by: ({ id }) => spend?.get(id)?.total_cost ?? 0,
      cell: ({ id }) => <Spend group={spend?.get(id)} search={{ team: id }} isKnown={spend !== undefined} />,
    },
    {
      name: "made",
      label: "Made",
      right: true,
      wide: true,
      by: ({ created_at: at }) => at,
      cell: ({ created_at: at }) => <Time at={at} ago />,
    },
  ];
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <p className="text-muted">What any key of a team spends counts for the team's budget.</p>
        <div className="ml-auto">{make}</div>
      </div>
      <Card flush>
        {error !== null && <Failed error={error} retry={() => void refetch()} className="m-4" />}
        {data === undefined ? (
          error === null && <SkeletonRows rows={4} height={52} />
        ) : (
          <Table
            label="Teams"
            rows={data.data}
            columns={columns}
            keyOf={({ id }) => id}
            onOpen={({ id }) => change({ team: id })}
            initialSort={{ column: "name", down: false }}
            empty={
              <Empty icon={Users} title="No teams yet" action={make}>
                A team is a group of keys that share a budget.
              </Empty>
            }
          />
        )}
      </Card>
      {one("new") === "team" && <TeamForm onClose={() => change({ new: undefined })} />}
      {opened !== undefined && <TeamDrawer key={opened.id} team={opened} onClose={() => change({ team: undefined })} />}
    </>
  );
}

/** Of several budgets of one owner that which is nearest to its limit. */
export function nearestOf(budgets: readonly ListedBudget[], id: string): ListedBudget | undefined {
  return budgets
    .filter(({ scope_id: of, archived }) => of === id && !archived)
    .toSorted((a, b) => shareOf(b) - shareOf(a))[0];
}
