import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ListedKey, UsageGroup } from "../../../../src/admin/contract.ts";
import { teamsQuery } from "../../api/control.ts";
import { Badge } from "../../ui/badge.tsx";
import { BudgetLine } from "../../ui/budget-line.tsx";
import { shareOf } from "../../ui/budget-words.ts";
import { count } from "../../ui/format.ts";
import { Money } from "../../ui/money.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { limitsInWords, STATUS_TONES, someInWords } from "./key-words.ts";
import { lastUsesQuery } from "./last-use.ts";
import { LastUsed } from "./last-used.tsx";
import { sinceFirstDay, spendQuery } from "./spend.ts";

/** Keys, one a line. */
export function KeyTable({ rows, onOpen }: { rows: readonly ListedKey[]; onOpen: (key: ListedKey) => void }) {
  const { data: spend } = useQuery(spendQuery("api_key_id"));
  const { data: teams } = useQuery(teamsQuery);
  const { data: uses } = useQuery({ ...lastUsesQuery(rows.map(({ id }) => id)), placeholderData: keepPreviousData });
  const teamOf = (id: string | null) => teams?.data.find((team) => team.id === id)?.name ?? id;
  return (
    <Table label="Keys" rows={rows} columns={columnsOf(teamOf, spend, uses)} keyOf={({ id }) => id} onOpen={onOpen} />
  );
}

function columnsOf(
  teamOf: (id: string | null) => string | null,
  spend: ReadonlyMap<string, UsageGroup> | undefined,
  uses: ReadonlyMap<string, string | null> | undefined,
): readonly Column<ListedKey>[] {
  return [
    {
      name: "name",
      label: "Name",
      by: ({ name }) => name.toLowerCase(),
      className: "w-1/5 min-w-44 max-w-0",
      cell: ({ name, hint, source }) => (
        <span className="block min-w-0">
          <span className="block truncate font-medium" title={name}>
            {name}
          </span>
          <span className="block truncate font-mono text-[12.5px] text-muted">
            {source === "environment" ? "from the environment" : hint}
          </span>
        </span>
      ),
    },
    {
      name: "status",
      label: "Status",
      by: ({ status, expires_at: end }) => `${status} ${end ?? "never"}`,
      cell: ({ status, previous_until: until, expires_at: end }) => (
        <span className="flex flex-col items-start gap-0.5">
          <Badge tone={STATUS_TONES[status]}>{status}</Badge>
          {end !== null && (
            <span className="whitespace-nowrap text-[12.5px] text-muted">
              {status === "expired" ? "ended" : "ends"} <Time at={end} ago />
            </span>
          )}
          {until !== null && (
            <span className="whitespace-nowrap text-[12.5px] text-muted">
              old secret ends <Time at={until} ago />
            </span>
          )}
        </span>
      ),
    },
    {
      name: "whose",
      label: "Team, owner",
      by: ({ team, owner }) => teamOf(team) ?? owner,
      className: "w-[14%] min-w-24 max-w-0",
      cell: ({ team, owner }) =>
        team === null && owner === null ? (
          <span className="text-faint">–</span>
        ) : (
          <span className="block min-w-0">
            {team !== null && <span className="block truncate">{teamOf(team)}</span>}
            {owner !== null && <span className="block truncate text-[13px] text-muted">{owner}</span>}
          </span>
        ),
    },
    {
      name: "budget",
      label: "Budget",
      className: "w-48",
      by: ({ budget }) => (budget === null ? null : shareOf(budget)),
      cell: ({ budget, budgets }) =>
        budget !== null ? (
          <BudgetLine budget={budget} />
        ) : budgets.length > 0 ? (
          <span className="text-muted">{budgets.length} budgets</span>
        ) : (
          <span className="text-faint" title="None of its own">
            none
          </span>
        ),
    },
    {
      name: "may",
      label: "May ask for",
      wide: true,
      className: "w-[15%] min-w-32 max-w-0",
      cell: ({ models, providers, limits }) => {
        const told = [someInWords(models ?? []), providers === undefined ? undefined : `at ${someInWords(providers)}`];
        return (
          <span className="block min-w-0">
            <span className="block truncate">
              {told.filter((one) => one !== undefined).join(", ") || "every model"}
            </span>
            <span className="block truncate text-[13px] text-muted">{limitsInWords(limits)}</span>
          </span>
        );
      },
    },
    {
      name: "spend",
      label: "Spend 30 d",
      right: true,
      by: ({ id }) => spend?.get(id)?.total_cost ?? 0,
      cell: ({ id }) => <Spend group={spend?.get(id)} search={{ api_key_id: id }} isKnown={spend !== undefined} />,
    },
    {
      name: "used",
      label: "Last used",
      right: true,
      by: ({ id }) => uses?.get(id) ?? null,
      cell: ({ id }) => <LastUsed id={id} hour={uses?.get(id)} />,
    },
  ];
}

/** What was spent in 30 days, in how many requests; it leads to them. */
export function Spend({
  group,
  search,
  isKnown,
}: {
  group: UsageGroup | undefined;
  /** By what the requests are found. */
  search: Readonly<Record<string, string>>;
  isKnown: boolean;
}) {
  if (!isKnown) return <span className="text-faint">…</span>;
  if (group === undefined) return <span className="text-faint">no requests</span>;
  return (
    <Link
      to="/requests"
      search={{ ...search, ...sinceFirstDay(Date.now()) } as never}
      className="inline-flex flex-col items-end hover:text-accent hover:underline"
    >
      <Money value={group.total_cost} />
      <span className="text-[13px] text-muted">
        {count(group.request_count)} {group.request_count === 1 ? "request" : "requests"}
      </span>
    </Link>
  );
}
