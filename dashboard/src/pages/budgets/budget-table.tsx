import { Link } from "@tanstack/react-router";
import { Archive, ArchiveRestore, Ellipsis, Pencil, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { ListedBudget } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { useMayChange } from "../../shell/session.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Behind } from "../../ui/budget-line.tsx";
import { PERIOD_TITLES, PERIODS, SCOPES, shareOf, spentOf } from "../../ui/budget-words.ts";
import { Button } from "../../ui/button.tsx";
import { useChange } from "../../ui/change.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { percent, usd } from "../../ui/format.ts";
import { Menu, MenuItem, MenuLine } from "../../ui/menu.tsx";
import { SpendMeter } from "../../ui/meter.tsx";
import { Money } from "../../ui/money.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { toastError } from "../../ui/toast.tsx";

type NameOf = (budget: ListedBudget) => string;

/** Budgets, the nearest to its limit first. */
export function BudgetTable({
  label,
  rows,
  nameOf,
  onOpen,
  isForEach = false,
  empty,
}: {
  label: string;
  rows: readonly ListedBudget[];
  nameOf: NameOf;
  onOpen: (budget: ListedBudget) => void;
  /** No figures are told of what holds for each by itself. */
  isForEach?: boolean;
  empty?: ReactNode;
}) {
  const figures: readonly Column<ListedBudget>[] = isForEach
    ? [
        {
          name: "limit",
          label: "Limit",
          right: true,
          by: ({ limit_usd: limit }) => limit,
          cell: ({ limit_usd: limit, period }) => (
            <>
              <Money value={limit} /> <span className="text-muted">{PERIODS[period]}</span>
            </>
          ),
        },
      ]
    : [
        {
          name: "used",
          label: "Used",
          className: "min-w-56",
          by: (budget) => (budget.archived ? -1 : shareOf(budget)),
          cell: (budget) => <Used budget={budget} />,
        },
        {
          name: "left",
          label: "Left",
          right: true,
          by: ({ remaining_usd: left }) => left ?? null,
          cell: ({ remaining_usd: left }) => <Money value={left} />,
        },
      ];
  const columns: readonly Column<ListedBudget>[] = [
    {
      name: "whose",
      label: "Whose",
      by: (budget) => nameOf(budget).toLowerCase(),
      className: "w-1/4 min-w-40 max-w-0",
      cell: (budget) => (
        <span className="block min-w-0">
          <Whose budget={budget} name={nameOf(budget)} />
          <span className="block text-[13px] text-muted">{SCOPES[budget.scope].one}</span>
        </span>
      ),
    },
    ...figures,
    {
      name: "resets",
      label: "Resets",
      right: true,
      by: ({ resets_at: at }) => at,
      cell: ({ resets_at: at }) => (at === null ? <span className="text-faint">never</span> : <Time at={at} ago />),
    },
    {
      name: "kind",
      label: "When it is used up",
      className: "whitespace-nowrap",
      by: ({ soft }) => Number(soft),
      cell: ({ soft, archived }) =>
        archived ? (
          <Badge>archived</Badge>
        ) : soft ? (
          <Badge title="A soft budget is only counted, and told of.">only tells</Badge>
        ) : (
          <Badge tone="warn" title="A hard budget: a request that it does not pay for is not sent.">
            refuses
          </Badge>
        ),
    },
    {
      name: "alerts",
      label: "Alerts",
      wide: true,
      className: "whitespace-nowrap",
      cell: ({ thresholds, includes_byok: byok }) => (
        <span className="tabular text-muted">
          {thresholds.length === 0 ? "none" : `${thresholds.join(", ")} %`}
          {byok && <span title="What clients spend on accounts of their own counts as well"> · own accounts too</span>}
        </span>
      ),
    },
    {
      name: "do",
      label: <span className="sr-only">Do</span>,
      right: true,
      className: "w-12",
      cell: (budget) => <Actions budget={budget} name={nameOf(budget)} onOpen={() => onOpen(budget)} />,
    },
  ];
  return (
    <Table
      label={label}
      rows={rows}
      columns={columns}
      keyOf={({ id }) => id}
      onOpen={onOpen}
      initialSort={isForEach ? { column: "whose", down: false } : { column: "used", down: true }}
      empty={empty}
    />
  );
}

function Used({ budget }: { budget: ListedBudget }) {
  const { limit_usd: limit, reserved_usd: reserved = 0, period } = budget;
  const spent = spentOf(budget);
  return (
    <div className="flex flex-col gap-1">
      <span className="tabular flex items-baseline gap-1 whitespace-nowrap text-[13px]">
        <Behind budget={budget} className="font-medium">
          {usd(spent)}
        </Behind>
        {reserved > 0 && <span title="By requests that are under way">+ {usd(reserved)} reserved</span>}
        <span className="text-muted" title={PERIOD_TITLES[period]}>
          of {usd(limit)} {PERIODS[period]}
        </span>
        <span className="ml-auto pl-3">{percent(limit === 0 ? 1 : spent / limit)}</span>
      </span>
      <SpendMeter spent={spent} reserved={reserved} limit={limit} className="h-1.5" />
    </div>
  );
}

/** Leads to whoever it is, where there is a page of it. */
function Whose({ budget: { scope, scope_id: id }, name }: { budget: ListedBudget; name: string }) {
  const place =
    id === "*"
      ? undefined
      : {
          key: { key: id },
          team: { tab: "teams", team: id },
          user: { tab: "users", of: id },
          entity: { tab: "entities", of: id },
          tag: { tab: "tags", of: id },
        }[scope as string];
  if (place === undefined) return <span className="block truncate font-medium">{name}</span>;
  return (
    <Link
      to="/keys"
      search={place as never}
      title={name}
      className="block truncate font-medium hover:text-accent hover:underline"
    >
      {name}
    </Link>
  );
}

function Actions({ budget, name, onOpen }: { budget: ListedBudget; name: string; onOpen: () => void }) {
  const { may, why } = useMayChange();
  const [isAsking, setAsking] = useState(false);
  const path = `/budgets/${encodeURIComponent(budget.id)}`;
  const archive = useChange(
    (archived: boolean) => ask<ListedBudget>(path, { method: "PATCH", body: { archived } }),
    ["budgets", "keys"],
    ({ archived }) => (archived ? "The budget counts no more." : "The budget counts again."),
  );
  const remove = useChange(
    () => ask(path, { method: "DELETE" }),
    ["budgets", "keys"],
    "The budget is gone. What was spent is remembered, should it be made again.",
  );
  return (
    <>
      <Menu
        trigger={
          <Button
            look="quiet"
            size="tiny"
            aria-label={`What can be done with the budget of ${name}`}
            disabled={!may}
            title={why}
          >
            <Ellipsis />
          </Button>
        }
      >
        <MenuItem onSelect={onOpen}>
          <Pencil aria-hidden /> Change…
        </MenuItem>
        <MenuItem onSelect={() => archive.mutate(!budget.archived, { onError: toastError })}>
          {budget.archived ? <ArchiveRestore aria-hidden /> : <Archive aria-hidden />}{" "}
          {budget.archived ? "Restore" : "Archive"}
        </MenuItem>
        <MenuLine />
        <MenuItem danger onSelect={() => setAsking(true)}>
          <Trash2 aria-hidden /> Remove…
        </MenuItem>
      </Menu>
      <Confirm
        open={isAsking}
        onClose={() => setAsking(false)}
        title={`Remove the budget of ${name}?`}
        action="Remove the budget"
        onConfirm={() => remove.mutateAsync(undefined)}
      >
        <p className="text-left whitespace-normal">
          It limits nothing from the next request on. To keep it without counting, archive it.
        </p>
      </Confirm>
    </>
  );
}
