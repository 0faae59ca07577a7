import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ListedBudget } from "../../../src/admin/contract.ts";
import { Badge } from "./badge.tsx";
import { rowsBehind } from "./budget-rows.ts";
import { PERIODS, spentOf } from "./budget-words.ts";
import { cn } from "./class-names.ts";
import { usd } from "./format.ts";
import { SpendMeter } from "./meter.tsx";

/** What was spent of a budget; it leads to the requests that it was spent by, where it counts. */
export function Behind({
  budget,
  className,
  children,
}: {
  budget: ListedBudget;
  className?: string;
  children: ReactNode;
}) {
  const search = budget.archived ? undefined : rowsBehind(budget);
  if (search === undefined) return <span className={className}>{children}</span>;
  return (
    <Link
      to="/requests"
      search={search as never}
      title="The requests of its period"
      className={cn("hover:text-accent hover:underline", className)}
    >
      {children}
    </Link>
  );
}

/** How much of a budget is spent, on two lines. */
export function BudgetLine({ budget, className }: { budget: ListedBudget; className?: string }) {
  const { limit_usd: limit, period, soft, archived, spent_usd: known } = budget;
  if (known === undefined)
    return (
      <span className={cn("tabular", className)}>
        {usd(limit)} <span className="text-muted">{PERIODS[period]}</span>
      </span>
    );
  return (
    <div className={cn("flex min-w-36 flex-col gap-1", className)}>
      <span className="tabular flex items-baseline gap-1 whitespace-nowrap text-[13px]">
        <Behind budget={budget}>{usd(spentOf(budget))}</Behind>
        <span className="text-muted">
          of {usd(limit)} {PERIODS[period]}
        </span>
        {(soft || archived) && <Badge className="ml-1">{archived ? "archived" : "soft"}</Badge>}
      </span>
      <SpendMeter spent={spentOf(budget)} reserved={budget.reserved_usd ?? 0} limit={limit} className="h-1.5" />
    </div>
  );
}
