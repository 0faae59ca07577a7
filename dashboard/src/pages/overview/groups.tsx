import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Inbox } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import type { LatencyGroup } from "../../../../src/admin/contract.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { cn } from "../../ui/class-names.ts";
import { compact, count, duration, percent, speed } from "../../ui/format.ts";
import { Money } from "../../ui/money.tsx";
import { seriesColour } from "../../ui/series-colours.ts";
import { Empty, Failed, SkeletonRows } from "../../ui/state.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { colourOf } from "./drawing.ts";
import { partsQuery } from "./numbers.ts";
import { pacesQuery } from "./paces.ts";
import { type Range, rowsOf } from "./range.ts";
import type { Split } from "./splits.ts";
import type { Part } from "./sums.ts";

/** Rows that are there at first, and at the most: a table of thousands is not read. */
const FEW = 12;
const MANY = 500;

interface Row extends Part {
  /** Of the layer of the charts that it is in. */
  readonly colour: string;
  /** Of all that was spent; of the requests, where nothing was. */
  readonly share: number;
  readonly pace: LatencyGroup | undefined;
}

/** What requests are told apart by, one row each, the dearest first. */
export function Groups({
  range,
  split,
  isWhole,
  onWhole,
}: {
  range: Range;
  split: Split;
  /** Whether more than a few are shown. */
  isWhole: boolean;
  onWhole: (isWhole: boolean) => void;
}) {
  const { data: told, error, refetch } = useQuery(partsQuery(range, split));
  const navigate = useNavigate();
  const shown = told?.split === split ? told.parts.slice(0, isWhole ? MANY : FEW) : undefined;
  const { data: paces } = useQuery(pacesQuery(range, split, shown));
  const rows = useMemo((): readonly Row[] => {
    if (told === undefined) return [];
    const { parts, layers, all } = told;
    const places = new Map(layers.map(({ key }, i) => [key, colourOf(key, i)]));
    return parts.map((part) => ({
      ...part,
      colour: seriesColour(places.get(part.key) ?? Number.POSITIVE_INFINITY),
      share: all.spend > 0 ? part.sums.spend / all.spend : part.sums.requests / Math.max(1, all.requests),
      pace: paces?.split === told.split ? paces.of.get(part.id ?? "")?.[0] : undefined,
    }));
  }, [told, paces]);
  const columns = useMemo(() => columnsOf(told?.split ?? split, range), [told, split, range]);
  const most = isWhole ? MANY : FEW;
  return (
    <Card
      flush
      title={`By ${split.label.toLowerCase()}`}
      hint={
        split.overlaps ? "A request with several counts in each of them: their shares may be more than all." : undefined
      }
    >
      {told === undefined ? (
        error === null ? (
          <SkeletonRows rows={5} />
        ) : (
          <Failed error={error} retry={() => void refetch()} className="m-4" />
        )
      ) : (
        <Table
          label={`Sums by ${told.split.label.toLowerCase()}`}
          rows={rows.slice(0, most)}
          columns={columns}
          keyOf={({ key }) => key}
          onOpen={(row) => void navigate({ to: "/requests", search: rowsBehind(split, range, row) as never })}
          initialSort={{ column: "spend", down: true }}
          empty={
            told.areTooMany ? (
              <Empty icon={Inbox} title={`There are too many ${told.split.plural} to tell them apart`}>
                A report has 50,000 at the most. Choose a shorter time, or look for the requests of one.
              </Empty>
            ) : (
              <Empty icon={Inbox} title="No requests in this time">
                Choose a longer time to see more.
              </Empty>
            )
          }
        />
      )}
      {paces?.since !== undefined && paces.split === told?.split && (
        <p className="border-t border-line px-4 py-2 text-[13px] text-muted">
          First token and speed are of the latest {count(paces.since.latest)} requests, those since{" "}
          <Time at={paces.since.at} />.
        </p>
      )}
      {rows.length > FEW && (
        <footer className="flex items-center gap-3 border-t border-line px-4 py-2 text-[13px] text-muted">
          <Button size="small" look="quiet" className="-ml-2" onClick={() => onWhole(!isWhole)}>
            {isWhole ? "Show fewer" : `Show all ${count(rows.length)}`}
          </Button>
          {isWhole && rows.length > MANY && <span>The {MANY} dearest are shown.</span>}
        </footer>
      )}
    </Card>
  );
}

function columnsOf(split: Split, range: Range): readonly Column<Row>[] {
  return [
    {
      name: "title",
      label: split.label,
      by: ({ title }) => title,
      className: "min-w-40 max-w-80",
      cell: (row) => (
        <span className="flex items-center gap-2">
          <span aria-hidden className="size-2.5 shrink-0 rounded-sm" style={{ background: row.colour }} />
          <Rows {...{ split, range, row }}>
            <span className="block truncate" title={row.title}>
              {row.title}
            </span>
          </Rows>
        </span>
      ),
    },
    {
      name: "spend",
      label: "Spend",
      right: true,
      by: ({ sums }) => sums.spend,
      cell: ({ sums, share }) => (
        <span className="flex items-center justify-end gap-3">
          <span aria-hidden className="hidden h-1.5 w-20 overflow-hidden rounded-full bg-hover sm:block">
            <span className="block h-full rounded-full bg-accent" style={{ width: `${share * 100}%` }} />
          </span>
          <span className="w-11 text-muted max-sm:hidden" title="Of all that was spent">
            {percent(Math.round(share * 1000) / 1000)}
          </span>
          <Money value={sums.spend} className="sm:w-20" />
        </span>
      ),
    },
    {
      name: "requests",
      label: "Requests",
      right: true,
      by: ({ sums }) => sums.requests,
      cell: ({ sums }) => <span title={count(sums.requests)}>{compact(sums.requests)}</span>,
    },
    {
      name: "errors",
      label: "Failed",
      right: true,
      by: ({ sums }) => sums.errors / Math.max(1, sums.requests),
      cell: (row) =>
        row.sums.errors === 0 ? (
          <span className="text-faint">0 %</span>
        ) : (
          <Rows {...{ split, range, row }} more={{ status: "error" }} title={`${count(row.sums.errors)} failed`}>
            {percent(row.sums.errors / row.sums.requests)}
          </Rows>
        ),
    },
    {
      name: "input",
      label: "Input",
      right: true,
      by: ({ sums }) => sums.input,
      cell: ({ sums }) => (
        <span title={`${count(sums.input)} tokens, ${count(sums.cached)} of them cached`}>{compact(sums.input)}</span>
      ),
    },
    {
      name: "output",
      label: "Output",
      right: true,
      by: ({ sums }) => sums.output,
      cell: ({ sums }) => (
        <span title={`${count(sums.output)} tokens, ${count(sums.reasoning)} of them reasoning`}>
          {compact(sums.output)}
        </span>
      ),
    },
    {
      name: "first",
      label: "First token",
      right: true,
      by: ({ pace }) => pace?.first_token_ms?.p50 ?? null,
      cell: ({ pace }) => <Measured value={pace?.first_token_ms?.p50} p95={pace?.first_token_ms?.p95} as={duration} />,
    },
    {
      name: "speed",
      label: "Speed",
      right: true,
      by: ({ pace }) => pace?.tokens_per_second?.p50 ?? null,
      cell: ({ pace }) => <Measured value={pace?.tokens_per_second?.p50} as={speed} />,
    },
  ];
}

function Measured({
  value,
  p95,
  as,
}: {
  value: number | undefined;
  p95?: number | undefined;
  as: (value: number) => string;
}) {
  if (value === undefined) return <span className="text-faint">–</span>;
  return <span title={p95 === undefined ? "Median" : `Median; 95 % within ${as(p95)}`}>{as(value)}</span>;
}

function rowsBehind(split: Split, range: Range, { id = "" }: Part) {
  return { ...rowsOf(range), [split.filter]: [id] };
}

/** The requests behind it. Those of which nobody told it are found by an empty text. */
function Rows({
  split,
  range,
  row,
  more,
  title,
  children,
}: {
  split: Split;
  range: Range;
  row: Row;
  more?: Readonly<Record<string, string>>;
  title?: string;
  children: ReactNode;
}) {
  return (
    <Link
      to="/requests"
      search={{ ...rowsBehind(split, range, row), ...more } as never}
      title={title}
      className={cn("min-w-0 hover:text-accent hover:underline", row.id === undefined && "text-muted")}
    >
      {children}
    </Link>
  );
}
