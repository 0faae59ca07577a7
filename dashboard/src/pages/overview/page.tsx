import { useQuery } from "@tanstack/react-query";
import { Link, Navigate } from "@tanstack/react-router";
import { Rocket } from "lucide-react";
import { useCallback, useEffect, useMemo } from "react";
import type { GenerationPage } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { useHeard } from "../../api/events.ts";
import { Select } from "../../ui/field.tsx";
import { Page } from "../../ui/page.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { useNow } from "../../ui/time.tsx";
import { AlarmsCard } from "./alarms.tsx";
import { BudgetsCard } from "./budgets.tsx";
import { Charts } from "./charts.tsx";
import { FailuresCard } from "./failures.tsx";
import { Figures } from "./figures.tsx";
import { useFreshFigures } from "./fresh.ts";
import { Groups } from "./groups.tsx";
import { HealthCard } from "./health.tsx";
import { Now } from "./now.tsx";
import { rangeOf, zoomed } from "./range.ts";
import { RangePicker } from "./range-picker.tsx";
import { SPLITS, splitOf } from "./splits.ts";

const MINUTE = 60_000;

/** What a person opens first. */
export default function OverviewPage() {
  const { one, change } = useSearchMembers();
  const minute = Math.floor(useNow() / MINUTE) * MINUTE;
  const [name, from, to] = [one("range"), one("from"), one("to")];
  // No step of a chart is shorter than a minute.
  const range = useMemo(() => rangeOf({ range: name, from, to }, minute), [name, from, to, minute]);
  const split = splitOf(one("by"));
  useFreshFigures(range);
  const zoom = useCallback(
    (start: number, end: number) => change({ range: undefined, ...zoomed(range, start * 1000, end * 1000) }),
    [range, change],
  );
  return (
    <Page
      title="Overview"
      actions={
        // In one row whatever the font: nothing moves when it comes.
        <div className="flex min-w-0 items-center gap-2">
          <Select
            className="min-w-24 shrink"
            aria-label="Told apart by"
            value={split.name}
            onChange={({ target }) => change({ by: target.value === SPLITS[0]!.name ? undefined : target.value })}
          >
            {SPLITS.map(({ name: value, label }) => (
              <option key={value} value={value}>
                By {label.toLowerCase()}
              </option>
            ))}
          </Select>
          <RangePicker range={range} change={change} />
        </div>
      }
    >
      <FirstRequest />
      <Figures range={range} />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_20rem]">
        <Charts
          range={range}
          split={split}
          share={one("share") === "p95" ? "p95" : "p50"}
          onShare={(share) => change({ share: share === "p95" ? share : undefined })}
          onZoom={zoom}
        />
        <div className="grid min-w-0 gap-4 md:max-xl:grid-cols-2">
          <Now />
          <AlarmsCard />
          <HealthCard />
          <BudgetsCard />
          <FailuresCard range={range} />
        </div>
      </div>
      <Groups
        range={range}
        split={split}
        isWhole={one("all") === "true"}
        onWhole={(isWhole) => change({ all: isWhole ? "true" : undefined })}
      />
    </Page>
  );
}

/** Whether this visitor was shown the way already: who comes back wants to be here. */
let wasLed = false;

/** Where nobody has asked for anything yet, how to begin comes first. */
function FirstRequest() {
  const { data, refetch } = useQuery({
    queryKey: ["generations", "any"],
    queryFn: ({ signal }) => ask<GenerationPage>("/generations?limit=1", { signal }),
    staleTime: (query) => (query.state.data?.data.length === 0 ? 0 : Number.POSITIVE_INFINITY),
  });
  const isEmpty = data?.data.length === 0;
  const isFirst = isEmpty && !wasLed;
  useHeard(
    "generation",
    useCallback(() => void (isEmpty && refetch()), [isEmpty, refetch]),
  );
  useEffect(() => {
    if (isEmpty) wasLed = true;
  }, [isEmpty]);
  if (!isEmpty) return null;
  if (isFirst) return <Navigate to="/start" replace />;
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-lg border border-line bg-accent-soft px-4 py-3">
      <Rocket aria-hidden className="size-4 text-accent" />
      <p className="min-w-0 flex-1">No request has come in yet.</p>
      <Link to="/start" className="font-medium text-accent hover:underline">
        Get started
      </Link>
    </div>
  );
}
