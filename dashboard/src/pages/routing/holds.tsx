import { Link } from "@tanstack/react-router";
import type { Preview, PreviewBudget, PreviewLimit } from "../../../../src/admin/contract.ts";
import { Badge } from "../../ui/badge.tsx";
import { PERIODS, SCOPES, type Scope } from "../../ui/budget-words.ts";
import { Card } from "../../ui/card.tsx";
import { count, usd } from "../../ui/format.ts";
import { SpendMeter } from "../../ui/meter.tsx";

const COUNTED = { requests: "requests a minute", tokens: "tokens a minute", streams: "open streams" } as const;

/** What budgets and limits say of it. */
export function Holds({ preview: { budgets, limits } }: { preview: Preview }) {
  return (
    <Card flush title="Budgets and limits">
      {budgets.length + limits.length === 0 ? (
        <p className="px-4 py-3 text-muted">None is for it.</p>
      ) : (
        <ul className="divide-y divide-line">
          {budgets.map((budget) => (
            <Budget key={budget.id} budget={budget} />
          ))}
          {limits.map((limit) => (
            <Limit key={`${limit.of} ${limit.counts}`} limit={limit} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Budget({ budget }: { budget: PreviewBudget }) {
  const { id, scope, scope_id: of, period, limit_usd: limit, spent_usd: spent, reserved_usd: reserved } = budget;
  const { wanted_usd: wanted, is_enough: isEnough } = budget;
  const called = scope === "gateway" ? "All requests" : `${SCOPES[scope as Scope]?.one ?? scope} ${of}`;
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-3 sm:grid-cols-[minmax(0,1fr)_12rem_auto] sm:items-center">
      <div className="min-w-0">
        <Link
          to="/budgets"
          search={{ budget: id } as never}
          className="block truncate font-medium hover:text-accent hover:underline"
          title={called}
        >
          {called}
        </Link>
        <p className="tabular text-[13px] text-muted">
          {usd(spent)} of {usd(limit)} {PERIODS[period as keyof typeof PERIODS] ?? period}
          {reserved > 0 && `, ${usd(reserved)} reserved`}
        </p>
      </div>
      <SpendMeter spent={spent} reserved={reserved} limit={limit} className="h-1.5" />
      <p className="tabular flex items-center gap-2 text-[13px] sm:justify-end">
        {wanted === null ? "no price is known" : `would reserve ${usd(wanted)}`}
        <Enough is={isEnough} />
      </p>
    </li>
  );
}

function Limit({ limit: { counts, of, limit, remaining, wanted, is_enough: isEnough } }: { limit: PreviewLimit }) {
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-3 sm:grid-cols-[minmax(0,1fr)_auto] sm:items-center">
      <div className="min-w-0">
        <p className="truncate font-medium">
          {count(limit)} {COUNTED[counts]}
        </p>
        <p className="text-[13px] text-muted">of {of}</p>
      </div>
      <p className="tabular flex items-center gap-2 text-[13px]">
        would take {count(wanted)} of {count(remaining)} left
        <Enough is={isEnough} />
      </p>
    </li>
  );
}

function Enough({ is }: { is: boolean }) {
  return <Badge tone={is ? "good" : "bad"}>{is ? "enough" : "not enough"}</Badge>;
}
