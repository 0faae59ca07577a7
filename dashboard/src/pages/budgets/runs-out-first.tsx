import type { ListedBudget } from "../../../../src/admin/contract.ts";
import { Dot } from "../../ui/badge.tsx";
import { PERIODS } from "../../ui/budget-words.ts";
import { Card } from "../../ui/card.tsx";
import { usd } from "../../ui/format.ts";
import { Time, useNow } from "../../ui/time.tsx";
import { forecasts } from "./forecast.ts";

const SHOWN = 3;

/** What is used up, and what will be before it is reset. Nothing where all of them last. */
export function RunsOutFirst({
  budgets,
  nameOf,
}: {
  budgets: readonly ListedBudget[];
  nameOf: (budget: ListedBudget) => string;
}) {
  const now = useNow();
  const all = forecasts(budgets, now);
  if (all.length === 0) return null;
  return (
    <Card flush title="Runs out first" hint="If it goes on as in this period so far.">
      <ul className="grid divide-line max-md:divide-y md:grid-cols-3 md:divide-x">
        {all.slice(0, SHOWN).map(({ budget, at }) => (
          <li key={budget.id} className="flex min-w-0 flex-col gap-0.5 px-4 py-3">
            <p className="flex items-center gap-2">
              <Dot tone={at <= now ? (budget.soft ? "warn" : "bad") : "warn"} />
              <span className="truncate font-medium" title={nameOf(budget)}>
                {nameOf(budget)}
              </span>
            </p>
            <p className="tabular">
              {at <= now ? (
                budget.soft ? (
                  "used up; it only tells"
                ) : (
                  "used up: requests are refused"
                )
              ) : (
                <>
                  <Time at={new Date(at).toISOString()} ago />, of {usd(budget.limit_usd)} {PERIODS[budget.period]}
                </>
              )}
            </p>
            <p className="text-[13px] text-muted">
              {budget.resets_at === null ? (
                "It is never reset."
              ) : (
                <>
                  It is reset <Time at={budget.resets_at} ago />.
                </>
              )}
            </p>
          </li>
        ))}
      </ul>
      {all.length > SHOWN && (
        <p className="border-t border-line px-4 py-2 text-[13px] text-muted">
          So {all.length - SHOWN === 1 ? "does one more" : `do ${all.length - SHOWN} more`} before being reset.
        </p>
      )}
    </Card>
  );
}
