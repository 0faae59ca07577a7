import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Activity, Pause, Play, SearchX } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useIsLive } from "../../api/events.ts";
import { Dot } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Page } from "../../ui/page.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { SearchInput } from "../../ui/search-input.tsx";
import { Empty, Failed, SkeletonRows } from "../../ui/state.tsx";
import { Chips } from "./chips.tsx";
import { ExportMenu } from "./export-menu.tsx";
import { FilterMenu } from "./filter-menu.tsx";
import { type Asked, addressOf, askedOf, isNarrow } from "./filters.ts";
import { generationsQuery, rowsOf } from "./generations.ts";
import { List } from "./list.tsx";
import { useLive } from "./live.ts";
import { isLive as goesOn, rangeOf } from "./range.ts";
import { TimeRange } from "./time-range.tsx";
import { Totals } from "./totals.tsx";

/** Pages without a row that are looked through before it is asked whether to go on. */
const MOST_EMPTY = 50;

export default function RequestsPage() {
  const { all, members, change } = useSearchMembers();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same as long as the address is
  const asked = useMemo(() => askedOf(all), [JSON.stringify(members)]);
  const address = useMemo(() => addressOf(asked), [asked]);
  const [isPaused, setPaused] = useState(false);
  const search = useCallback((text: string | undefined) => change({ search: text }), [change]);
  const isFiltered = isNarrow(asked);
  return (
    <Page
      fill
      title="Requests"
      actions={
        <>
          <Tail asked={asked} isPaused={isPaused} onChange={setPaused} />
          <ExportMenu asked={asked} />
        </>
      }
    >
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput
          label="Search in ids, models, users, apps and errors"
          placeholder="Id, model, user, app, error…"
          value={asked.search}
          onChange={search}
        />
        <TimeRange asked={asked} onChange={(told) => change({ ...told })} />
        <FilterMenu
          asked={asked}
          onChange={(filter, values) => change({ [filter]: values.length === 0 ? undefined : values })}
        />
        <Chips asked={asked} onRemove={(filter) => change({ [filter]: undefined })} />
        {isFiltered && (
          <Button look="quiet" size="small" onClick={() => change(nothing(asked))}>
            Clear
          </Button>
        )}
      </div>
      <Totals asked={asked} />
      <Generations
        asked={asked}
        address={address}
        isPaused={isPaused}
        onClear={() => change({ ...nothing(asked), range: undefined, from: undefined, to: undefined })}
      />
    </Page>
  );
}

function nothing({ by }: Asked): Record<string, undefined> {
  return { search: undefined, ...Object.fromEntries(Object.keys(by).map((name) => [name, undefined])) };
}

/** Whether new requests come in at the top. */
function Tail({
  asked,
  isPaused,
  onChange,
}: {
  asked: Asked;
  isPaused: boolean;
  onChange: (isPaused: boolean) => void;
}) {
  const isHeard = useIsLive();
  if (!goesOn(rangeOf(asked, Date.now()), Date.now())) return null;
  const isLive = isHeard && !isPaused;
  return (
    <>
      {/* As wide as the longest: nothing around it moves. */}
      <span className="flex min-w-28 items-center justify-end gap-2 pr-1 text-[13px] text-muted max-md:hidden">
        <Dot tone={isLive ? "good" : "warn"} beats={isLive} />
        {isPaused ? "Paused" : isHeard ? "Live" : "Connecting…"}
      </span>
      <Button size="small" onClick={() => onChange(!isPaused)}>
        {isPaused ? <Play aria-hidden /> : <Pause aria-hidden />}
        {isPaused ? "Go on" : "Pause"}
      </Button>
    </>
  );
}

function Generations({
  asked,
  address,
  isPaused,
  onClear,
}: {
  asked: Asked;
  address: ReturnType<typeof addressOf>;
  isPaused: boolean;
  onClear: () => void;
}) {
  const query = useInfiniteQuery(generationsQuery(asked));
  const { data, error, isPending, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage, refetch } =
    query;
  const [isTop, setTop] = useState(true);
  const live = useLive(asked, isPaused || !isTop);
  const rows = useMemo(() => rowsOf(data), [data]);
  // What is rare is looked for further and further back, but not without an end.
  const pages = data?.pages ?? [];
  const empty = pages.length - 1 - pages.findLastIndex(({ data: some }) => some.length > 0);
  const mayGoOn =
    hasNextPage && !isFetchingNextPage && !isFetchNextPageError && (empty === 0 || empty % MOST_EMPTY !== 0);
  const more = useCallback(() => {
    if (mayGoOn) void fetchNextPage();
  }, [mayGoOn, fetchNextPage]);

  if (isPending) return <Frame>{<SkeletonRows rows={14} height={36} />}</Frame>;
  if (error !== null && data === undefined)
    return (
      <Frame>
        <Failed error={error} retry={() => void refetch()} className="m-4" />
      </Frame>
    );
  const foot = (
    <div className="flex min-h-12 items-center justify-center gap-3 px-4 py-2 text-[13px] text-muted">
      {isFetchNextPageError ? (
        <Failed error={error} retry={() => void fetchNextPage()} />
      ) : isFetchingNextPage || mayGoOn ? (
        rows.length === 0 ? (
          "Looking further back…"
        ) : (
          "Loading…"
        )
      ) : hasNextPage ? (
        <>
          {rows.length === 0 ? "None so far." : "No more so far."} What is rare is looked for piece by piece.
          <Button size="small" onClick={() => void fetchNextPage()}>
            Look further back
          </Button>
        </>
      ) : rows.length > 0 ? (
        "That is all."
      ) : (
        <None isNarrow={isNarrow(asked) || "from" in rangeOf(asked, Date.now())} onClear={onClear} />
      )}
    </div>
  );
  return (
    <List
      rows={rows}
      address={address}
      latest={live.latest}
      waiting={live.waiting}
      isMore={live.isMore}
      onShow={live.show}
      onTop={setTop}
      onEnd={more}
      foot={foot}
    />
  );
}

function Frame({ children }: { children: React.ReactNode }) {
  return (
    <div className="min-h-96 flex-1 overflow-hidden rounded-lg border border-line bg-surface shadow-low">
      {children}
    </div>
  );
}

function None({ isNarrow: isNarrowed, onClear }: { isNarrow: boolean; onClear: () => void }) {
  if (isNarrowed)
    return (
      <Empty icon={SearchX} title="No request is like that" action={<Button onClick={onClear}>Show all</Button>}>
        Take a filter away, or look at a longer time.
      </Empty>
    );
  return (
    <Empty
      icon={Activity}
      title="No requests yet"
      action={
        <Link to="/start" className="font-medium text-accent underline">
          Send the first one
        </Link>
      }
    >
      As soon as somebody asks this gateway, it stands here.
    </Empty>
  );
}
