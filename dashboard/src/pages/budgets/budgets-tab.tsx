import { useQuery } from "@tanstack/react-query";
import { Plus, WalletMinimal } from "lucide-react";
import { useCallback } from "react";
import type { ListedBudget } from "../../../../src/admin/contract.ts";
import { budgetsQuery } from "../../api/control.ts";
import { useMayChange } from "../../shell/session.tsx";
import { BudgetDialog } from "../../ui/budget-dialog.tsx";
import { Toggle } from "../../ui/budget-fields.tsx";
import { EACH, SCOPES, type Scope, shareOf } from "../../ui/budget-words.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { count } from "../../ui/format.ts";
import { useSearchMembers } from "../../ui/search.ts";
import { SearchInput } from "../../ui/search-input.tsx";
import { Empty, Failed, SkeletonRows } from "../../ui/state.tsx";
import { Segments } from "../../ui/tabs.tsx";
import { BudgetTable } from "./budget-table.tsx";
import { NewBudget } from "./new-budget.tsx";
import { useOwnerName } from "./owner-names.ts";
import { RunsOutFirst } from "./runs-out-first.tsx";

/** Rows that are drawn: a table of thousands is searched, not read. */
const MOST = 200;

const KINDS = [
  { value: "all", label: "All" },
  ...Object.entries(SCOPES).map(([value, { one }]) => ({ value, label: one })),
];

export function BudgetsTab() {
  const { one, change } = useSearchMembers();
  const { may, why } = useMayChange();
  const nameOf = useOwnerName();
  const { data, error, refetch } = useQuery(budgetsQuery());
  const scope = Object.keys(SCOPES).find((name) => name === one("scope")) as Scope | undefined;
  const isArchived = one("archived") === "true";
  const all = data?.data.filter(
    (budget) => (scope === undefined || budget.scope === scope) && (isArchived || !budget.archived),
  );
  const q = one("q")?.toLowerCase();
  const own = all
    ?.filter((budget) => budget.scope_id !== EACH && (q === undefined || nameOf(budget).toLowerCase().includes(q)))
    .toSorted((a, b) => shareOf(b) - shareOf(a));
  const each = all?.filter(({ scope_id: id }) => id === EACH);
  const opened = data?.data.find(({ id }) => id === one("budget"));
  const find = useCallback((text: string | undefined) => change({ q: text }), [change]);
  const open = ({ id }: ListedBudget) => change({ budget: id });
  const make = (
    <Button look="primary" disabled={!may} title={why} onClick={() => change({ new: "budget" })}>
      <Plus aria-hidden /> Make a budget
    </Button>
  );
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="max-w-full overflow-x-auto">
          <Segments
            label="Whose"
            value={scope ?? "all"}
            options={KINDS}
            onChange={(value) => change({ scope: value === "all" ? undefined : value })}
          />
        </div>
        <SearchInput
          value={one("q")}
          onChange={find}
          label="Search budgets by whose they are"
          placeholder="Whose…"
          className="w-44"
        />
        <Toggle
          label="Archived ones too"
          checked={isArchived}
          onChange={(on) => change({ archived: on ? "true" : undefined })}
        />
        <div className="ml-auto">{make}</div>
      </div>
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      {data !== undefined && <RunsOutFirst budgets={own ?? []} nameOf={nameOf} />}
      {/* Another card when it is there: what is told above it must move nothing. */}
      <Card key={own === undefined ? "awaited" : "there"} flush>
        {own === undefined ? (
          error === null && <SkeletonRows rows={5} height={52} />
        ) : (
          <BudgetTable
            label="Budgets"
            rows={own.slice(0, MOST)}
            nameOf={nameOf}
            onOpen={open}
            empty={
              <Empty
                icon={WalletMinimal}
                title={
                  scope === undefined && q === undefined ? "Nothing limits what is spent" : "There is no such budget"
                }
                action={make}
              >
                A budget holds for all requests, a team, a key, an end user, an entity or a tag. A request needs room in
                each that is for it.
              </Empty>
            }
          />
        )}
        {own !== undefined && own.length > MOST && (
          <p className="border-t border-line px-4 py-2 text-[13px] text-muted">
            The {MOST} nearest to their limit of {count(own.length)} are shown. Search for others.
          </p>
        )}
        {data?.isWhole === false && (
          <p className="border-t border-line px-4 py-2 text-[13px] text-muted">
            Of all, the {count(data.data.length)} oldest are looked at. Others stand with their key, team or end user.
          </p>
        )}
      </Card>
      {each !== undefined && each.length > 0 && (
        <Card flush title="For each by itself" hint="Holds for each that has no budget of its own.">
          <BudgetTable label="Budgets for each" rows={each} nameOf={nameOf} onOpen={open} isForEach />
        </Card>
      )}
      {one("new") === "budget" && <NewBudget scope={scope} onClose={() => change({ new: undefined })} />}
      {opened !== undefined && (
        <BudgetDialog
          key={opened.id}
          budget={opened}
          title={`Budget of ${nameOf(opened)}`}
          onClose={() => change({ budget: undefined })}
        />
      )}
    </div>
  );
}
