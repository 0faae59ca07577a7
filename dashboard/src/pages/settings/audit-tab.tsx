import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { ScrollText, SearchX, X } from "lucide-react";
import { useEffect, useRef } from "react";
import type { AuditEntry, AuditPage } from "../../../../src/admin/contract.ts";
import { ask, search } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Select } from "../../ui/field.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { Empty, Failed, SkeletonRows } from "../../ui/state.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { AuditDrawer } from "./audit-drawer.tsx";
import { ACTIONS, actorWords, nameOf, wordsOf } from "./audit-words.ts";

const PAGE = 50;

const COLUMNS: readonly Column<AuditEntry>[] = [
  { name: "at", label: "When", className: "whitespace-nowrap", cell: ({ created_at: at }) => <Time at={at} ago /> },
  {
    name: "actor",
    label: "Who",
    className: "max-w-56",
    cell: ({ actor }) => (
      <span className="block truncate font-medium" title={actor}>
        {actorWords(actor)}
      </span>
    ),
  },
  {
    name: "action",
    label: "What",
    className: "whitespace-nowrap",
    cell: ({ action }) => <span title={action}>{wordsOf(action)}</span>,
  },
  {
    name: "target",
    label: "To what",
    className: "max-w-96",
    cell: (entry) => {
      const name = nameOf(entry);
      return (
        <span className="flex items-baseline gap-2" title={entry.target}>
          {name !== undefined && <span className="max-w-48 shrink-0 truncate">{name}</span>}
          <span className="truncate font-mono text-[12.5px] text-muted">{entry.target}</span>
        </span>
      );
    },
  },
];

/** All that was done here, the latest first. */
export function AuditTab() {
  const { one, change } = useSearchMembers();
  const [actor, action, target, opened] = [one("actor"), one("action"), one("target"), one("entry")];
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["audit", actor, action, target],
    queryFn: ({ signal, pageParam }) =>
      ask<AuditPage>(`/audit${search({ actor, action, target, limit: PAGE, before: pageParam })}`, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: keepPreviousData,
  });
  const rows = data?.pages.flatMap((page) => page.data);
  const entry = rows?.find(({ id }) => id === opened);
  const isNarrow = actor !== undefined || action !== undefined || target !== undefined;
  const showAll = () => change({ actor: undefined, action: undefined, target: undefined });
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <Select
          aria-label="What was done"
          value={action ?? ""}
          onChange={({ target: chosen }) => change({ action: chosen.value || undefined })}
        >
          <option value="">Whatever was done</option>
          {Object.entries(ACTIONS).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </Select>
        {actor !== undefined && (
          <Chip name="by" value={actorWords(actor)} onRemove={() => change({ actor: undefined })} />
        )}
        {target !== undefined && <Chip name="to" value={target} onRemove={() => change({ target: undefined })} />}
      </div>
      <Card flush>
        {error !== null && <Failed error={error} retry={() => void refetch()} className="m-4" />}
        {rows === undefined ? (
          error === null && <SkeletonRows rows={10} />
        ) : rows.length > 0 || hasNextPage ? (
          <Table
            label="What was done"
            rows={rows}
            columns={COLUMNS}
            keyOf={({ id }) => id}
            onOpen={({ id }) => change({ entry: id })}
          />
        ) : isNarrow ? (
          <Empty icon={SearchX} title="Nothing of that was done" action={<Button onClick={showAll}>Show all</Button>} />
        ) : (
          <Empty icon={ScrollText} title="Nothing was done yet">
            Whatever is changed, by this page or by the admin API, is written down here, and who did it.
          </Empty>
        )}
        {hasNextPage && (
          <More isBusy={isFetchingNextPage} hasFailed={error !== null} onMore={() => void fetchNextPage()} />
        )}
      </Card>
      {entry !== undefined && <AuditDrawer entry={entry} onClose={() => change({ entry: undefined })} />}
    </>
  );
}

/** Who scrolls to it gets more; who presses it, too. */
function More({ isBusy, hasFailed, onMore }: { isBusy: boolean; hasFailed: boolean; onMore: () => void }) {
  const mark = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isBusy || hasFailed) return;
    const watch = new IntersectionObserver(([seen]) => seen?.isIntersecting && onMore(), { rootMargin: "200px" });
    watch.observe(mark.current!);
    return () => watch.disconnect();
  }, [isBusy, hasFailed, onMore]);
  return (
    <footer ref={mark} className="border-t border-line px-4 py-2">
      <Button size="small" look="quiet" busy={isBusy} onClick={onMore}>
        Show earlier
      </Button>
    </footer>
  );
}

function Chip({ name, value, onRemove }: { name: string; value: string; onRemove: () => void }) {
  return (
    <span className="inline-flex h-8 max-w-full items-center gap-1 rounded-md border border-line bg-surface pr-1 pl-2.5 text-[13px]">
      <span className="text-muted">{name}</span>
      <span className="truncate font-medium">{value}</span>
      <Button look="quiet" size="tiny" aria-label={`Remove the filter ${name} ${value}`} onClick={onRemove}>
        <X />
      </Button>
    </span>
  );
}
