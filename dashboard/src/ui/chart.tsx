import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { useShownTheme } from "../shell/theme.ts";
import { DataTable, Legend, Pointed } from "./chart-legend.tsx";
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
  /** How the axis tells them, where its unit is told elsewhere. @default as `format` */
  formatTick?: (value: number) => string;
  /** How a time is told above the values. */
  formatTime?: (unixSeconds: number) => string;
  height?: number;
  /** A stretch of time was drawn with the pointer. */
  onRange?: (fromUnixSeconds: number, toUnixSeconds: number) => void;
  /** A time was pressed: its place in `times`. For the pointer alone: what is led to is to be reached from elsewhere as well. */
  onPick?: (index: number) => void;
  /**
   * Where what is pointed at is told.
   * @default "below", with all of it while nothing is
   */
  legend?: "below" | "pointer";
  /** Charts of one group are pointed at together. */
  group?: string;
  /** There are no parts of one: requests. */
  whole?: boolean;
  className?: string;
}

/** Steps of an axis of what has no parts. */
const WHOLE_STEPS = Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((one) => one * 10 ** power)).flat();

const AXIS_WIDTH = 58;

/** From so many pixels on the pointer has drawn, and not pressed. */
const DRAWN_PX = 4;

const FONT = "12px Inter, system-ui, sans-serif";

/** Values over time; a table has the same for readers. */
export function Chart({
  label,
  times,
  series,
  kind,
  format,
  formatTick = format,
  formatTime = localTime,
  height = 200,
  onRange,
  onPick,
  legend = "below",
  group,
  whole = false,
  className,
}: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [pointed, setPointed] = useState<{ readonly index: number; readonly left: number } | null>(null);
  const [isUnderPointer, setUnderPointer] = useState(false);
  const theme = useShownTheme();
  const drawn = useRef<uPlot>(undefined);
  const isPressed = useRef(false);
  const pressedAt = useRef(0);
  const range = useRef(onRange);
  range.current = onRange;

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    if (place.current !== null) observer.observe(place.current);
    return () => observer.disconnect();
  }, []);

  const data = useMemo(() => dataOf(times, series, kind), [times, series, kind]);
  const latest = useRef(data);
  latest.current = data;
  // With other values it is the same drawing, and who points at something goes on to.
  const shape = JSON.stringify(series.map(({ colour }) => colour ?? ""));

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
    const hasSome = () =>
      latest.current.columns.slice(1).some((values) => values.some((value) => value !== null && value > 0));
    const plot = new uPlot(
      {
        width,
        height,
        padding: [10, 16, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: onRange !== undefined, y: false, setScale: false },
          ...(group === undefined ? {} : { sync: { key: group, scales: ["x", null], setSeries: false } }),
        },
        scales: {
          x: { time: true, range: spanOf(kind) },
          y: { range: (_, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
        },
        axes: [
          { ...axis, grid: { show: false }, space: 70, size: 28, values: (_, ...told) => timeLabels(...told) },
          {
            ...axis,
            size: AXIS_WIDTH,
            space: 34,
            ...(whole ? { incrs: WHOLE_STEPS } : {}),
            values: (_, splits) => splits.map((split) => (split === 0 ? "0" : hasSome() ? formatTick(split) : "")),
          },
        ],
        series: [
          {},
          ...latest.current.shown.map((index) => ({
            stroke: of(index),
            fill: kind === "stack" ? of(index) : undefined,
            width: kind === "stack" ? 0 : 1.75,
            points: { show: kind === "lines", filter: alone, fill: of(index), width: 0, size: 6 },
            // Where nothing was measured a line goes on to what was next: dots tell that it knows of nothing between.
            spanGaps: kind === "lines",
            ...(kind === "stack" ? { paths: uPlot.paths.bars!({ size: [0.82, 48], radius: 0.15 }) } : {}),
          })),
        ] as uPlot.Series[],
        hooks: {
          setCursor: [
            ({ cursor: { idx, left } }) =>
              setPointed(idx == null ? null : { index: idx, left: AXIS_WIDTH + Math.max(0, left ?? 0) }),
          ],
          setSelect: [
            (self) => {
              const { left, width: wide } = self.select;
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              // Of a group all are told, and one was drawn over.
              if (wide >= DRAWN_PX && isPressed.current)
                range.current?.(self.posToVal(left, "x"), self.posToVal(left + wide, "x"));
              isPressed.current = false;
            },
          ],
        },
      },
      latest.current.columns as uPlot.AlignedData,
      host,
    );
    drawn.current = plot;
    return () => plot.destroy();
  }, [shape, width, height, theme, kind, formatTick, group, whole, onRange === undefined]);

  useEffect(() => {
    if (drawn.current !== undefined && drawn.current.data !== data.columns)
      drawn.current.setData(data.columns as uPlot.AlignedData);
  }, [data]);

  // What was pointed at may be gone from data that came since.
  const at = pointed === null || times[pointed.index] === undefined ? undefined : pointed;
  const told = { series, kind, format, time: at === undefined ? undefined : formatTime(times[at.index]!) };
  return (
    <figure
      className={cn("relative min-w-0", className)}
      onPointerDown={({ clientX }) => {
        isPressed.current = true;
        pressedAt.current = clientX;
      }}
      onPointerEnter={() => setUnderPointer(true)}
      onPointerLeave={() => setUnderPointer(false)}
    >
      <div
        ref={place}
        aria-hidden
        style={{ height }}
        className={cn("w-full overflow-hidden", onPick !== undefined && at !== undefined && "cursor-pointer")}
        onClick={({ clientX }) => {
          const plot = drawn.current;
          if (plot === undefined || Math.abs(clientX - pressedAt.current) >= DRAWN_PX) return;
          const { left, width: wide } = plot.over.getBoundingClientRect();
          if (clientX >= left && clientX <= left + wide) onPick?.(plot.posToIdx(clientX - left));
        }}
      />
      {legend === "below" ? (
        <Legend {...told} index={at?.index ?? null} />
      ) : (
        at !== undefined &&
        isUnderPointer && (
          <Pointed
            {...told}
            time={told.time!}
            index={at.index}
            left={at.left}
            width={width}
            hint={onPick === undefined ? undefined : "Click for the requests, drag to zoom in."}
          />
        )
      )}
      <figcaption className="sr-only">{label}</figcaption>
      <DataTable label={label} times={times} series={series} format={format} formatTime={formatTime} />
    </figure>
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

/** Of a line those with nothing known beside them. */
function alone({ data }: uPlot, index: number): number[] {
  const values = [...(data[index] ?? [])];
  return values.flatMap((value, i) => (value != null && values[i - 1] == null && values[i + 1] == null ? [i] : []));
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

/** Days at midnight, and the time of day between them; in the viewer's zone. */
function timeLabels(splits: readonly number[], _axis: number, _space: number, seconds: number): string[] {
  return splits.map((split) => {
    const at = new Date(split * 1000);
    const isDay = seconds >= 86_400 || (at.getHours() === 0 && at.getMinutes() === 0);
    return isDay
      ? at.toLocaleDateString("en-GB", { day: "numeric", month: "short" })
      : at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  });
}

function localTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
}
