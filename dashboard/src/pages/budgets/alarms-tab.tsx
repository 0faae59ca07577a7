import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BellOff } from "lucide-react";
import type { AlarmPage, ListedAlarm } from "../../../../src/admin/contract.ts";
import { ask, search } from "../../api/client.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Empty, Failed, SkeletonRows } from "../../ui/state.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";

const PAGE = 50;

const KINDS: Readonly<Record<string, string>> = {
  "budget.overspent": "overspent",
  usage: "counts that cannot be",
};

const COLUMNS: readonly Column<ListedAlarm>[] = [
  { name: "at", label: "When", className: "whitespace-nowrap", cell: ({ created_at: at }) => <Time at={at} ago /> },
  {
    name: "kind",
    label: "What",
    cell: ({ kind }) => <Badge tone="warn">{KINDS[kind] ?? kind}</Badge>,
  },
  {
    name: "target",
    label: "Of",
    className: "font-mono text-[12.5px] whitespace-nowrap",
    cell: ({ target }) => <Target id={target} />,
  },
  {
    name: "detail",
    label: "Detail",
    className: "max-w-xl text-[13px] text-muted",
    cell: ({ detail }) =>
      Object.entries(detail)
        .map(
          ([name, value]) =>
            `${name.replaceAll("_", " ")} ${typeof value === "string" ? value : JSON.stringify(value)}`,
        )
        .join(" · "),
  },
];

/** What somebody should look into, the latest first. */
export function AlarmsTab() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["alarms", "list"],
    queryFn: ({ signal, pageParam }) =>
      ask<AlarmPage>(`/alarms${search({ limit: PAGE, before: pageParam })}`, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: 60_000,
  });
  return (
    <Card flush>
      {error !== null && <Failed error={error} retry={() => void refetch()} className="m-4" />}
      {data === undefined ? (
        error === null && <SkeletonRows rows={5} />
      ) : (
        <Table
          label="Alarms"
          rows={data.pages.flatMap((page) => page.data)}
          columns={COLUMNS}
          keyOf={({ id }) => id}
          empty={
            <Empty icon={BellOff} title="Nothing to look into">
              A budget that was overspent stands here, and a provider whose counts cannot be.
            </Empty>
          }
        />
      )}
      {hasNextPage && (
        <footer className="border-t border-line px-4 py-2">
          <Button size="small" look="quiet" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more
          </Button>
        </footer>
      )}
    </Card>
  );
}

function Target({ id }: { id: string }) {
  const look = "hover:text-accent hover:underline";
  if (id.startsWith("gen_"))
    return (
      <Link to="/requests/$id" params={{ id }} className={look}>
        {id}
      </Link>
    );
  if (id.startsWith("budget_"))
    return (
      <Link to="/budgets" search={{ budget: id } as never} className={look}>
        {id}
      </Link>
    );
  return id;
}
