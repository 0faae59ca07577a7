import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { Chart, type Series } from "../../ui/chart.tsx";
import { compact, usd } from "../../ui/format.ts";
import { seriesColour } from "../../ui/series-colours.ts";
import { Failed, Skeleton } from "../../ui/state.tsx";
import { CHART_HEIGHT, ChartCard } from "./chart-card.tsx";
import { colourOf, type Pick, seconds, type Zoom } from "./drawing.ts";
import { type Parts, partsQuery } from "./numbers.ts";
import { PaceCharts, type Share } from "./pace-charts.tsx";
import { type Range, rowsOf, stepsOf } from "./range.ts";
import { spanLabel } from "./span-label.ts";
import type { Split } from "./splits.ts";
import type { Sums } from "./sums.ts";

/** How all of it went over time, by what requests are told apart. What is drawn over with the pointer becomes the range. */
export function Charts({
  range,
  split,
  share,
  onShare,
  onZoom,
}: {
  range: Range;
  split: Split;
  /** Of the time to the first token. */
  share: Share;
  onShare: (share: Share) => void;
  onZoom: Zoom;
}) {
  const parts = useQuery(partsQuery(range, split));
  const navigate = useNavigate();
  const pick: Pick = (from, lengthMs, more) => {
    const to = from + lengthMs;
    void navigate({
      to: "/requests",
      search: { ...rowsOf({ from, to, isLive: to >= range.to && range.isLive }), ...more } as never,
    });
  };
  const stack = (title: string, of: (sums: Sums) => number, format: (value: number) => string, isWhole = false) => (
    <StackCard {...{ title, of, format, isWhole, onZoom, pick }} told={parts.data} isOld={parts.isPlaceholderData} />
  );
  return (
    <section aria-label="Over time" className="flex min-w-0 flex-col gap-3">
      <Key parts={parts.data} />
      {parts.error !== null && <Failed error={parts.error} retry={() => void parts.refetch()} />}
      <div className="grid gap-4 lg:grid-cols-2">
        {stack("Spend", spendOf, usd)}
        {stack("Requests", requestsOf, compact, true)}
        {stack("Tokens", tokensOf, compact, true)}
        {stack("Errors", errorsOf, compact, true)}
        <PaceCharts {...{ range, split, share, onShare, onZoom, pick }} parts={parts.data} />
      </div>
    </section>
  );
}

const spendOf = ({ spend }: Sums) => spend;
const requestsOf = ({ requests }: Sums) => requests;
const tokensOf = ({ input, output }: Sums) => input + output;
const errorsOf = ({ errors }: Sums) => errors;

/** What the colours of all charts mean. */
function Key({ parts }: { parts: Parts | undefined }) {
  return (
    <ul
      aria-label="Colours"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
      tabIndex={0}
      className="flex min-h-6 items-center gap-x-4 gap-y-1 px-1 text-[13px] max-sm:overflow-x-auto sm:min-h-[3.1rem] sm:flex-wrap sm:content-center"
    >
      {parts?.layers.map(({ key, title }, i) => (
        <li key={key} className="flex min-w-0 items-center gap-1.5 max-sm:shrink-0">
          <span
            aria-hidden
            className="size-2.5 shrink-0 rounded-sm"
            style={{ background: seriesColour(colourOf(key, i)) }}
          />
          <span className="max-w-56 truncate text-muted" title={title}>
            {title}
          </span>
        </li>
      ))}
      {parts?.split.overlaps === true && (
        <li className="text-faint max-sm:shrink-0">A request with several counts in each.</li>
      )}
      {parts === undefined && <Skeleton className="w-64" />}
    </ul>
  );
}

function StackCard({
  title,
  of,
  format,
  isWhole,
  told,
  isOld,
  onZoom,
  pick,
}: {
  title: string;
  of: (sums: Sums) => number;
  format: (value: number) => string;
  isWhole: boolean;
  told: Parts | undefined;
  isOld: boolean;
  onZoom: Zoom;
  pick: Pick;
}) {
  const drawn = useMemo(() => {
    if (told === undefined) return undefined;
    const series = told.layers.map(
      ({ key, title: label, steps }, i): Series => ({
        label,
        values: steps.map(of),
        colour: seriesColour(colourOf(key, i)),
      }),
    );
    return { times: stepsOf(told.range).map(seconds), series };
  }, [told, of]);
  const sum = drawn?.series.reduce(
    (all, { values }) => values.reduce<number>((some, one) => some + (one ?? 0), all),
    0,
  );
  return (
    <ChartCard title={title} isOld={isOld} isThere={drawn !== undefined} isEmpty={sum === 0} what={title.toLowerCase()}>
      {drawn !== undefined && (
        <Chart
          label={`${title} over time, by ${told!.split.label.toLowerCase()}`}
          kind="stack"
          {...drawn}
          format={format}
          formatTime={(at) => spanLabel({ from: at * 1000, to: at * 1000 + told!.range.stepMs })}
          whole={isWhole}
          height={CHART_HEIGHT}
          legend="pointer"
          group="overview"
          onRange={onZoom}
          onPick={(i) =>
            pick(drawn.times[i]! * 1000, told!.range.stepMs, title === "Errors" ? { status: "error" } : undefined)
          }
        />
      )}
    </ChartCard>
  );
}
