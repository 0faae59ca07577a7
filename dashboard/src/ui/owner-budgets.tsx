import { useQuery } from "@tanstack/react-query";
import { Pencil, Plus } from "lucide-react";
import { useState } from "react";
import type { ListedBudget } from "../../../src/admin/contract.ts";
import { budgetsOfQuery } from "../api/control.ts";
import { useMayChange } from "../shell/session.tsx";
import { BudgetDialog } from "./budget-dialog.tsx";
import { BudgetLine } from "./budget-line.tsx";
import { EACH, PERIODS, SCOPES, type Scope } from "./budget-words.ts";
import { Button } from "./button.tsx";
import { usd } from "./format.ts";
import { Failed, Skeleton } from "./state.tsx";

/** The budgets of one owner, and what holds for it where it has none: seen, set and changed. */
export function OwnerBudgets({ scope, scopeId, name }: { scope: Scope; scopeId: string; name: string }) {
  const { may, why } = useMayChange();
  const own = useQuery(budgetsOfQuery(scope, scopeId));
  const each = useQuery(budgetsOfQuery(scope, EACH));
  const [edited, setEdited] = useState<ListedBudget | "new">();
  if (own.error !== null && own.data === undefined)
    return <Failed error={own.error} retry={() => void own.refetch()} />;
  if (own.data === undefined) return <Skeleton className="h-9 w-64" />;
  const budgets = own.data.data;
  const usual = (each.data?.data ?? []).filter(({ archived }) => !archived);
  return (
    <div className="flex flex-col items-start gap-3">
      {budgets.length === 0 && (
        <p className="text-muted">
          {usual.length === 0
            ? "Nothing of its own limits what is spent."
            : `${SCOPES[scope].each} without a budget of its own may spend ${usual
                .map(({ limit_usd: limit, period }) => `${usd(limit)} ${PERIODS[period]}`)
                .join(" and ")}.`}
        </p>
      )}
      {budgets.map((budget) => (
        <div key={budget.id} className="flex w-full items-center gap-3">
          <BudgetLine budget={budget} className="max-w-sm flex-1" />
          <Button
            look="quiet"
            size="tiny"
            aria-label={`Change the ${budget.period} budget`}
            title={why ?? "Change"}
            disabled={!may}
            onClick={() => setEdited(budget)}
          >
            <Pencil />
          </Button>
        </div>
      ))}
      <Button size="small" disabled={!may} title={why} onClick={() => setEdited("new")}>
        <Plus aria-hidden /> {budgets.length === 0 ? "Set a budget" : "Another budget"}
      </Button>
      {edited !== undefined && (
        <BudgetDialog
          title={`${edited === "new" ? "A budget for" : "Budget of"} ${name}`}
          onClose={() => setEdited(undefined)}
          {...(edited === "new" ? { owner: { scope, scopeId } } : { budget: edited })}
        />
      )}
    </div>
  );
}
