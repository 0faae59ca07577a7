import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { useShownTheme } from "../shell/theme.ts";
import { cn } from "./class-names.ts";
import { seriesColour } from "./series-colours.ts";

export interface Series {
  readonly label: string;
  /** One for each time; `null` where nothing is known. */
  readonly values: readonly (number | null)[];
  /** @default the colour of its place */
  readonly colour?: string;
}

export interface ChartProps {
  /** What it shows, for who cannot see it. */
  label: string;
  /** Unix seconds, rising. */
  times: readonly number[];
  series: readonly Series[];
  /** `stack` sums its series in bars; `lines` has each for itself. */
  kind: "stack" | "lines";
  format: (value: number) => string;
  /** How a time is told above the values. */
  formatTime?: (unixSeconds: number) => string;
  height?: number;
  /** A stretch of time was drawn with the pointer. */
  onRange?: (fromUnixSeconds: number, toUnixSeconds: number) => void;
  className?: string;
}

const FONT = "12px Inter, system-ui, sans-serif";

/** Values over time. What is pointed at is told beneath; a table has the same for readers. */
export function Chart({
  label,
  times,
  series,
  kind,
  format,
  formatTime = localTime,
  height = 200,
  onRange,
  className,
}: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [pointed, setPointed] = useState<number | null>(null);
  const theme = useShownTheme();
  const range = useRef(onRange);
  range.current = onRange;

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    if (place.current !== null) observer.observe(place.current);
    return () => observer.disconnect();
  }, []);

  const data = useMemo(() => dataOf(times, series, kind), [times, series, kind]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read anew with the theme
  useEffect(() => {
    const host = place.current;
    if (host === null || width === 0) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
    const of = (index: number) => resolved(series[index]?.colour ?? seriesColour(index), style);
    const axis = {
      stroke: colour("faint"),
      font: FONT,
      ticks: { show: false },
      grid: { stroke: colour("line"), width: 1 },
    };
    const plot = new uPlot(
      {
        width,
        height,
        padding: [10, 6, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: onRange !== undefined, y: false, setScale: false } },
        scales: {
          x: { time: true, range: spanOf(kind) },
          y: { range: (_, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
        },
        axes: [
          { ...axis, grid: { show: false }, space: 70, size: 28 },
          {
            ...axis,
            size: 58,
            space: 34,
            values: (_, splits) => splits.map((split) => (split === 0 ? "0" : format(split))),
          },
        ],
        series: [
          {},
          ...data.shown.map((index) => ({
            stroke: of(index),
            fill: kind === "stack" ? of(index) : undefined,
            width: kind === "stack" ? 0 : 1.75,
            points: { show: kind === "lines" && times.length < 3, fill: of(index), size: 6 },
            spanGaps: false,
            ...(kind === "stack" ? { paths: uPlot.paths.bars!({ size: [0.82, 48], radius: 0.15 }) } : {}),
          })),
        ] as uPlot.Series[],
        hooks: {
          setCursor: [({ cursor: { idx } }) => setPointed(idx ?? null)],
          setSelect: [
            (self) => {
              const { left, width: wide } = self.select;
              if (wide < 4) return;
              range.current?.(self.posToVal(left, "x"), self.posToVal(left + wide, "x"));
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      data.columns as uPlot.AlignedData,
      host,
    );
    return () => plot.destroy();
  }, [data, width, height, theme, kind, format, onRange === undefined]);

  return (
    <figure className={cn("min-w-0", className)}>
      <div ref={place} aria-hidden style={{ height }} className="w-full overflow-hidden" />
      <Legend
        series={series}
        index={pointed}
        kind={kind}
        format={format}
        time={pointed === null ? undefined : formatTime(times[pointed]!)}
      />
      <figcaption className="sr-only">{label}</figcaption>
      <DataTable label={label} times={times} series={series} format={format} formatTime={formatTime} />
    </figure>
  );
}

function Legend({
  series,
  index,
  kind,
  format,
  time,
}: {
  series: readonly Series[];
  index: number | null;
  kind: ChartProps["kind"];
  format: (value: number) => string;
  time: string | undefined;
}) {
  const value = ({ values }: Series) => {
    if (index !== null) return values[index] ?? null;
    if (kind === "lines") return values.findLast((one) => one !== null) ?? null;
    return values.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  };
  return (
    <div className="flex min-h-6 flex-wrap items-center gap-x-4 gap-y-1 pt-2 text-[13px]">
      <span className="tabular w-32 text-faint">{time ?? (kind === "stack" ? "All of it" : "Latest")}</span>
      {series.map((one, i) => {
        const told = value(one);
        return (
          <span key={one.label} className="flex min-w-0 items-center gap-1.5">
            <span
              aria-hidden
              className="size-2.5 shrink-0 rounded-sm"
              style={{ background: one.colour ?? seriesColour(i) }}
            />
            <span className="max-w-56 truncate text-muted" title={one.label}>
              {one.label}
            </span>
            <span className="tabular font-medium">{told === null ? "–" : format(told)}</span>
          </span>
        );
      })}
    </div>
  );
}

/** The same in words. Of many times the last ones: a reader would read for an hour. */
function DataTable({
  label,
  times,
  series,
  format,
  formatTime,
}: Required<Pick<ChartProps, "label" | "times" | "series" | "format" | "formatTime">>) {
  const from = Math.max(0, times.length - 48);
  return (
    <table className="sr-only">
      <caption>{label}</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {series.map((one) => (
            <th key={one.label} scope="col">
              {one.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {times.slice(from).map((time, i) => (
          <tr key={time}>
            <th scope="row">{formatTime(time)}</th>
            {series.map((one) => {
              const value = one.values[from + i] ?? null;
              return <td key={one.label}>{value === null ? "not known" : format(value)}</td>;
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Of a stack the last series is drawn first, each on top of those before it. */
function dataOf(times: readonly number[], series: readonly Series[], kind: ChartProps["kind"]) {
  if (kind === "lines")
    return { columns: [times, ...series.map(({ values }) => values)], shown: series.map((_, i) => i) };
  const below = times.map(() => 0);
  const columns = series.map(({ values }) =>
    values.map((value, i) => {
      below[i] = below[i]! + (value ?? 0);
      return below[i]!;
    }),
  );
  return { columns: [times, ...columns.toReversed()], shown: series.map((_, i) => i).reverse() };
}

/** Bars are half as wide at each side as they are apart. */
function spanOf(kind: ChartProps["kind"]) {
  return (self: uPlot, min: number, max: number): [number, number] => {
    const times = self.data[0];
    const apart = times.length > 1 ? times[1]! - times[0]! : 3600;
    if (kind === "stack") return [min - apart / 2, max + apart / 2];
    return min === max ? [min - apart / 2, max + apart / 2] : [min, max];
  };
}

/** A canvas knows no custom properties. */
function resolved(colour: string, style: CSSStyleDeclaration): string {
  const name = /^var\((--[\w-]+)\)$/.exec(colour)?.[1];
  return name === undefined ? colour : style.getPropertyValue(name).trim();
}

function localTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
}
