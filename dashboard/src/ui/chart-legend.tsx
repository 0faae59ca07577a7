import type { ChartProps, Series } from "./chart.tsx";
import { seriesColour } from "./series-colours.ts";

/** What each series has: where it is pointed, or in all. */
export function Legend({
  series,
  index,
  kind,
  format,
  time,
}: Pick<ChartProps, "series" | "kind" | "format"> & { index: number | null; time: string | undefined }) {
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

/** What is pointed at, beside the pointer. @param left pixels from the left edge of the chart, of so many as it is wide */
export function Pointed({
  series,
  index,
  kind,
  format,
  time,
  left,
  width,
  hint,
}: Pick<ChartProps, "series" | "kind" | "format"> & {
  index: number;
  time: string;
  left: number;
  width: number;
  hint: string | undefined;
}) {
  const shown = series
    .map((one, i) => ({ ...one, colour: one.colour ?? seriesColour(i), value: one.values[index] ?? null }))
    .filter(({ value }) => kind === "lines" || (value !== null && value !== 0));
  const sum = shown.reduce((all, { value }) => all + (value ?? 0), 0);
  const isRight = left > width / 2;
  return (
    <div
      className="pointer-events-none absolute top-1 z-10 w-max max-w-[min(22rem,75vw)] rounded-md border border-line bg-surface px-2.5 py-2 text-[13px] shadow-high"
      style={isRight ? { right: width - left + 12 } : { left: left + 12 }}
    >
      <p className="tabular flex justify-between gap-4 text-faint">
        {time}
        {kind === "stack" && <span className="font-medium text-ink">{format(sum)}</span>}
      </p>
      {shown.map(({ label, colour, value }) => (
        <p key={label} className="flex items-center gap-1.5">
          <span aria-hidden className="size-2.5 shrink-0 rounded-sm" style={{ background: colour }} />
          <span className="min-w-0 flex-1 truncate text-muted">{label}</span>
          <span className="tabular pl-3 font-medium">{value === null ? "–" : format(value)}</span>
        </p>
      ))}
      {hint !== undefined && <p className="mt-1 text-xs text-faint max-sm:hidden">{hint}</p>}
    </div>
  );
}

/** The same in words. Of many times the last ones: a reader would read for an hour. */
export function DataTable({
  label,
  times,
  series,
  format,
  formatTime,
}: Required<Pick<ChartProps, "label" | "times" | "series" | "format" | "formatTime">>) {
  const from = Math.max(0, times.length - 48);
  return (
    <div className="sr-only">
      <table>
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
    </div>
  );
}
