import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { cn } from "../../ui/class-names.ts";
import { compact, count, duration, exactUsd, percent, speed, usd } from "../../ui/format.ts";
import { Failed, Skeleton } from "../../ui/state.tsx";
import { Time, useNow } from "../../ui/time.tsx";
import { type Change, changeOf, pointsOf, type Wish } from "./change.ts";
import { type Totals, totalsQuery } from "./numbers.ts";
import { type Pace, paceQuery } from "./paces.ts";
import { type Range, rowsOf, stepsOf } from "./range.ts";
import { Spark } from "./spark.tsx";
import { type Measure, type Sums, total, upTo } from "./sums.ts";

interface Figure {
  readonly label: string;
  /** `undefined` while it is not there yet; `null` where nobody knows. */
  readonly value: number | null | undefined;
  readonly format: (value: number) => string;
  /** To the last digit. */
  readonly exact?: (value: number) => string;
  readonly before: number | null;
  readonly change: Change | undefined;
  readonly line: readonly (number | null)[];
  readonly note?: ReactNode;
  /** Filters of the requests behind it. */
  readonly rows?: Readonly<Record<string, string>>;
}

/** All of it in ten figures, each with how it was before and how it went. Each leads to the requests behind it. */
export function Figures({ range }: { range: Range }) {
  const totals = useQuery(totalsQuery(range));
  const pace = useQuery(paceQuery(range));
  const now = useNow();
  const figures = [...sumFigures(totals.data, now), ...paceFigures(pace.data)];
  const shown = ORDER.map((label) => figures.find((one) => one.label === label)!);
  return (
    <section aria-label="In figures" className="flex flex-col gap-3">
      {totals.error !== null && <Failed error={totals.error} retry={() => void totals.refetch()} />}
      <ul
        className={cn(
          "grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line shadow-low lg:grid-cols-5",
          totals.isPlaceholderData && "opacity-70 transition-opacity delay-150",
        )}
      >
        {shown.map((figure) => (
          <li key={figure.label} className="bg-surface">
            <Tile figure={figure} range={range} isFailed={totals.error !== null} />
          </li>
        ))}
      </ul>
      {totals.data?.since !== undefined && (
        <p className="px-1 text-[13px] text-muted">
          There were so many requests that figures by the minute have only those since <Time at={totals.data.since} />.
          Of a longer time all are told.
        </p>
      )}
    </section>
  );
}

const ORDER = [
  "Spend",
  "Requests",
  "Error rate",
  "Time to first token p50",
  "Time to first token p95",
  "Input tokens",
  "Cached input",
  "Output tokens",
  "Reasoning",
  "Output speed",
] as const;

function Tile({ figure, range, isFailed }: { figure: Figure; range: Range; isFailed: boolean }) {
  const { label, value, format, exact = format, before, change, line, note, rows } = figure;
  return (
    <Link
      to="/requests"
      search={{ ...rowsOf(range), ...rows } as never}
      className="flex h-full flex-col px-4 pt-3 pb-2 hover:bg-hover focus-visible:-outline-offset-2"
    >
      <span className="truncate text-[13px] text-muted">{label}</span>
      <span className="flex h-8 items-center">
        {value === undefined ? (
          isFailed ? (
            "–"
          ) : (
            <Skeleton className="h-6 w-24" />
          )
        ) : (
          <span
            className="tabular truncate text-xl font-semibold tracking-tight"
            title={value === null ? "Nothing was measured" : exact(value)}
          >
            {value === null ? "–" : format(value)}
          </span>
        )}
      </span>
      <span className="flex h-5 items-center gap-2 text-[13px]">
        {change !== undefined && (
          <span
            title={before === null ? undefined : `${format(before)} in the time before`}
            className={cn(
              "tabular whitespace-nowrap",
              change.tone === "good" ? "text-good" : change.tone === "bad" ? "text-bad" : "text-muted",
            )}
          >
            {change.text}
            <span className="sr-only"> against the time before</span>
          </span>
        )}
        {note !== undefined && <span className="truncate text-faint">{note}</span>}
      </span>
      <span className="mt-1 block h-6">{line.length > 0 && <Spark values={line} />}</span>
    </Link>
  );
}

function sumFigures(told: Totals | undefined, at: number): Figure[] {
  const steps = told?.steps ?? [];
  const now = told === undefined ? undefined : total(told.steps);
  const before = told?.before === undefined ? undefined : upTo(told.before, told.range, at);
  const sum = (label: string, measure: Measure, more: Partial<Figure> & { wish?: Wish } = {}): Figure => ({
    label,
    value: now?.[measure],
    format: compact,
    exact: count,
    before: before?.[measure] ?? null,
    change: changeOf(now?.[measure] ?? null, before?.[measure] ?? null, more.wish ?? "neither"),
    line: steps.map((one) => one[measure]),
    ...more,
  });
  const failing = (sums: Sums | undefined) => share(sums?.errors, sums?.requests);
  const partOf = (part: Measure, all: Measure, what: string) => {
    const told = share(now?.[part], now?.[all]);
    return told === null ? {} : { note: `${percent(told)} of ${what}` };
  };
  const byok = now === undefined ? 0 : now.market - now.spend;
  const own = byok >= 5e-10 ? `, and ${usd(byok)} on accounts of clients' own` : "";
  return [
    sum("Spend", "spend", { format: usd, exact: (spent) => exactUsd(spent) + own }),
    sum("Requests", "requests", { exact: count }),
    {
      label: "Error rate",
      value: now === undefined ? undefined : failing(now),
      format: percent,
      exact: () => `${count(now?.errors ?? 0)} of ${count(now?.requests ?? 0)} requests failed`,
      before: failing(before),
      change: pointsOf(failing(now), failing(before), "less"),
      line: steps.map(failing),
      note: now === undefined || now.errors === 0 ? undefined : `${compact(now.errors)} failed`,
      rows: { status: "error" },
    },
    sum("Input tokens", "input"),
    sum("Cached input", "cached", partOf("cached", "input", "input")),
    sum("Output tokens", "output"),
    sum("Reasoning", "reasoning", partOf("reasoning", "output", "output")),
  ];
}

function share(part: number | undefined, all: number | undefined): number | null {
  return part === undefined || all === undefined || all === 0 ? null : part / all;
}

function paceFigures(told: Pace | undefined): Figure[] {
  const steps = told === undefined ? [] : stepsOf({ ...told.range, stepMs: told.unitMs });
  const byTime = new Map(told?.points.map((point) => [point.at, point]));
  const figure = (
    label: string,
    measure: "first_token_ms" | "tokens_per_second",
    part: "p50" | "p95",
    more: Pick<Figure, "format" | "note"> & { wish: Wish },
  ): Figure => ({
    label,
    value: told === undefined ? undefined : (told.all?.[measure]?.[part] ?? null),
    before: told?.before?.[measure]?.[part] ?? null,
    change: changeOf(told?.all?.[measure]?.[part] ?? null, told?.before?.[measure]?.[part] ?? null, more.wish),
    line: steps.map((at) => byTime.get(at)?.[measure]?.[part] ?? null),
    rows: { streamed: "true", status: "ok" },
    ...more,
  });
  return [
    figure("Time to first token p50", "first_token_ms", "p50", { format: duration, wish: "less" }),
    figure("Time to first token p95", "first_token_ms", "p95", { format: duration, wish: "less" }),
    figure("Output speed", "tokens_per_second", "p50", { format: speed, note: "median", wish: "more" }),
  ];
}
