import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { BudgetPage, ListedBudget, ListedKey, ListedTeam } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { Behind } from "../../ui/budget-line.tsx";
import { Card } from "../../ui/card.tsx";
import { percent, usd } from "../../ui/format.ts";
import { SpendMeter } from "../../ui/meter.tsx";
import { Failed, Skeleton } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { nearest } from "./nearest-budgets.ts";

const SHOWN = 5;

/** Those that are nearest to their limit. */
export function BudgetsCard() {
  const { data, error, refetch } = useQuery({
    queryKey: ["budgets", "glance"],
    queryFn: ({ signal }) => ask<BudgetPage>("/budgets?limit=500", { signal }),
    refetchInterval: 60_000,
  });
  const budgets = nearest(data?.data ?? []).slice(0, SHOWN);
  const names = useQueries({
    queries: budgets.map(({ scope, scope_id: id }) => ({
      queryKey: [scope === "team" ? "teams" : "keys", "name", id],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        ask<Pick<ListedKey | ListedTeam, "name">>(`/${scope}s/${encodeURIComponent(id)}`, { signal }),
      enabled: (scope === "key" || scope === "team") && id !== "*",
      staleTime: 60_000,
    })),
  });
  return (
    <Card
      flush
      title="Budgets"
      actions={
        <Link to="/budgets" className="text-[13px] text-accent hover:underline">
          All
        </Link>
      }
    >
      {error !== null && <Failed error={error} retry={() => void refetch()} className="m-4" />}
      {data === undefined && error === null && (
        <div className="divide-y divide-line">
          {["a", "b", "c"].map((row) => (
            <div key={row} className="flex h-[4.9rem] flex-col justify-center gap-2 px-4">
              <Skeleton className="w-2/3" />
              <Skeleton className="h-2 w-full" />
              <Skeleton className="w-1/3" />
            </div>
          ))}
        </div>
      )}
      {data !== undefined && budgets.length === 0 && (
        <p className="px-4 py-3 text-muted">
          Nothing limits what is spent.{" "}
          <Link to="/budgets" className="text-accent hover:underline">
            Set a budget
          </Link>
        </p>
      )}
      <ul className="divide-y divide-line">
        {budgets.map((budget, i) => (
          <Budget key={budget.id} budget={budget} name={names[i]?.data?.name} />
        ))}
      </ul>
    </Card>
  );
}

const SCOPES = {
  gateway: "Gateway",
  team: "Team",
  key: "Key",
  user: "End user",
  entity: "Entity",
  tag: "Tag",
} as const satisfies Record<ListedBudget["scope"], string>;

const PERIODS = { daily: "daily", weekly: "weekly", monthly: "monthly", total: "in all" } as const;

function Budget({ budget, name }: { budget: ListedBudget; name: string | undefined }) {
  const { scope, scope_id: id, period, limit_usd: limit, resets_at: resets, soft } = budget;
  const spent = (budget.spent_usd ?? 0) + (budget.includes_byok ? (budget.byok_spent_usd ?? 0) : 0);
  const whose = scope === "gateway" ? "Everything" : (name ?? id);
  return (
    <li className="px-4 py-2.5">
      <div className="flex items-baseline gap-2">
        <span className="min-w-0 flex-1 truncate" title={`${SCOPES[scope]} ${whose}`}>
          <span className="font-medium">{whose}</span>{" "}
          <span className="text-[13px] text-muted">
            {scope !== "gateway" && `${SCOPES[scope].toLowerCase()}, `}
            {PERIODS[period]}
            {soft && ", soft"}
          </span>
        </span>
        <span className="tabular text-[13px] font-medium">{percent(limit === 0 ? 1 : spent / limit)}</span>
      </div>
      <SpendMeter spent={spent} reserved={budget.reserved_usd ?? 0} limit={limit} className="my-1" />
      <p className="flex justify-between gap-2 text-[13px] text-muted">
        <span className="tabular">
          <Behind budget={budget}>{usd(spent)}</Behind> of {usd(limit)}
        </span>
        {resets !== null && (
          <span className="whitespace-nowrap">
            resets <Time at={resets} ago />
          </span>
        )}
      </p>
    </li>
  );
}
