import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Chart, type Series } from "../../ui/chart.tsx";
import { compact, duration, speed } from "../../ui/format.ts";
import { seriesColour } from "../../ui/series-colours.ts";
import { Failed } from "../../ui/state.tsx";
import { Segments } from "../../ui/tabs.tsx";
import { CHART_HEIGHT, ChartCard } from "./chart-card.tsx";
import { colourOf, type Pick, seconds, type Zoom } from "./drawing.ts";
import type { Parts } from "./numbers.ts";
import { lineQuery, type Pace, type Paces, type Point, paceQuery } from "./paces.ts";
import { type Range, stepsOf } from "./range.ts";
import { spanLabel } from "./span-label.ts";
import type { Split } from "./splits.ts";

export type Share = "p50" | "p95";

const SHARES = [
  { value: "p50", label: "p50" },
  { value: "p95", label: "p95" },
] as const;

interface Asked {
  readonly range: Range;
  readonly split: Split;
  /** Of the time to the first token. */
  readonly share: Share;
  readonly onShare: (share: Share) => void;
  readonly onZoom: Zoom;
  readonly pick: Pick;
  readonly parts: Parts | undefined;
}

/** How fast requests were answered over time: all of them, and a line for each that has a layer in the other charts. */
export function PaceCharts({ range, split, share, onShare, onZoom, pick, parts }: Asked) {
  const all = useQuery(paceQuery(range));
  const shown = parts?.split === split ? parts : undefined;
  const own = shown?.parts.filter(({ key }) => shown.layers.some((layer) => layer.key === key));
  const lines = useQuery(lineQuery(range, split, own, shown?.parts.length ?? 0));
  const isThere = shown !== undefined && (own?.length === 0 || lines.data !== undefined || lines.error !== null);
  const since = lines.data?.since;
  // In one line beside what it is called; the rest stands beneath the table.
  const of = since === undefined ? undefined : `latest ${compact(since.latest)} requests`;
  const error = all.error ?? lines.error;
  const card = {
    pace: isThere ? all.data : undefined,
    lines: lines.data,
    parts: shown,
    isOld: all.isPlaceholderData || lines.isPlaceholderData,
    onZoom,
    pick,
  };
  return (
    <>
      <PaceCard
        {...card}
        title="Time to first token"
        measure="first_token_ms"
        share={share}
        format={duration}
        hint={of}
        actions={<Segments label="Of how many requests" value={share} options={SHARES} onChange={onShare} />}
      />
      <PaceCard
        {...card}
        title="Output speed"
        measure="tokens_per_second"
        share="p50"
        format={speed}
        formatTick={compact}
        hint={of === undefined ? "p50, tokens a second" : `p50, ${of}`}
      />
      {error !== null && (
        <Failed
          error={error}
          className="lg:col-span-2"
          retry={() => {
            void all.refetch();
            if (lines.error !== null) void lines.refetch();
          }}
        />
      )}
    </>
  );
}

type Measure = "first_token_ms" | "tokens_per_second";

function PaceCard({
  title,
  measure,
  share,
  format,
  formatTick,
  hint,
  actions,
  pace,
  lines,
  parts,
  isOld,
  onZoom,
  pick,
}: {
  title: string;
  measure: Measure;
  share: Share;
  format: (value: number) => string;
  formatTick?: (value: number) => string;
  hint: string | undefined;
  actions?: React.ReactNode;
  pace: Pace | undefined;
  lines: Paces | undefined;
  parts: Parts | undefined;
  isOld: boolean;
  onZoom: Zoom;
  pick: Pick;
}) {
  const drawn = useMemo(
    () => (pace === undefined || parts === undefined ? undefined : drawnOf(pace, lines, parts, measure, share)),
    [pace, lines, parts, measure, share],
  );
  const isEmpty = drawn?.series.every(({ values }) => values.every((value) => value === null)) ?? false;
  return (
    <ChartCard
      title={title}
      hint={hint}
      actions={actions}
      isOld={isOld}
      isThere={drawn !== undefined}
      isEmpty={isEmpty}
      what="streams"
    >
      {drawn !== undefined && (
        <Chart
          label={`${title} over time, ${share}, of all and by ${parts!.split.label.toLowerCase()}`}
          kind="lines"
          {...drawn}
          format={format}
          formatTick={formatTick}
          formatTime={(at) => spanLabel({ from: at * 1000, to: at * 1000 + pace!.unitMs })}
          height={CHART_HEIGHT}
          legend="pointer"
          group="overview"
          onRange={onZoom}
          onPick={(i) => pick(drawn.times[i]! * 1000, pace!.unitMs, { streamed: "true", status: "ok" })}
        />
      )}
    </ChartCard>
  );
}

/** Lines of those that were measured at all, in the colours that they have elsewhere. A point stands for all of a step's time, as a bar does. */
function drawnOf(pace: Pace, lines: Paces | undefined, parts: Parts, measure: Measure, share: Share) {
  const times = stepsOf({ ...pace.range, stepMs: pace.unitMs });
  const line = (label: string, colour: string, points: readonly Point[]): Series => {
    const values = new Map(points.map((point) => [point.at, point[measure]?.[share] ?? null]));
    return { label, colour, values: times.map((at) => values.get(at) ?? null) };
  };
  const own = lines?.split === parts.split ? lines.of : undefined;
  const ids = new Map(parts.parts.map(({ key, id }) => [key, id ?? ""]));
  const each = parts.layers.flatMap(({ key, title }, i) => {
    const points = own?.get(ids.get(key) ?? key) ?? [];
    return points.some((point) => point[measure] !== null) ? [line(title, seriesColour(colourOf(key, i)), points)] : [];
  });
  return { times: times.map(seconds), series: [line("All", "var(--ink)", pace.points), ...each] };
}
