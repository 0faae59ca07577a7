import type { ListedWay } from "../../../../src/admin/contract.ts";
import { Badge } from "../../ui/badge.tsx";
import { duration, percent } from "../../ui/format.ts";
import { type Column, Table } from "../../ui/table.tsx";
import { Time, useNow } from "../../ui/time.tsx";

const COLUMNS: readonly Column<ListedWay>[] = [
  {
    name: "endpoint",
    label: "Model",
    cell: ({ model, upstream_model: upstream, credential }) => (
      <span className="flex max-w-64 flex-col">
        <span className="truncate" title={model}>
          {model}
        </span>
        <span className="truncate text-xs text-muted" title={upstream}>
          {credential === null ? upstream : `${upstream} · ${credential}`}
        </span>
      </span>
    ),
    by: ({ model }) => model,
  },
  { name: "circuit", label: "Circuit", cell: (way) => <Circuit way={way} /> },
  {
    name: "uptime",
    label: "Uptime, 1 d",
    right: true,
    cell: ({ uptime_last_1d: percents, requests_last_15m: { worked, failed } }) => (
      <span title={`In the last 15 minutes ${worked} of ${worked + failed} attempts worked.`}>
        {percent(percents / 100)}
      </span>
    ),
    by: ({ uptime_last_1d }) => uptime_last_1d,
  },
  {
    name: "latency",
    label: (
      <span title="Time to first token of streams in the last hour, half of them and 19 of 20">
        First token p50 / p95
      </span>
    ),
    right: true,
    cell: ({ latency_last_1h: latency }) =>
      latency === null ? <span className="text-faint">–</span> : `${duration(latency.p50)} / ${duration(latency.p95)}`,
    by: ({ latency_last_1h }) => latency_last_1h?.p50 ?? null,
  },
];

/** How each endpoint does, and who is left alone. */
export function Ways({ ways }: { ways: readonly ListedWay[] }) {
  if (ways.length === 0)
    return <p className="text-muted">Nobody was asked in the last day, or since the gateway began.</p>;
  const failing = ways.toSorted((a, b) => Number(a.circuit === "closed") - Number(b.circuit === "closed"));
  return (
    <div className="rounded-lg border border-line">
      <Table
        label="Endpoints"
        rows={failing}
        columns={COLUMNS}
        keyOf={({ endpoint, credential }) => `${endpoint} ${credential}`}
      />
    </div>
  );
}

function Circuit({ way: { circuit, left_alone: why } }: { way: ListedWay }) {
  const now = useNow();
  if (circuit === "closed") return <Badge tone="good">Closed</Badge>;
  return (
    <span className="flex min-w-32 flex-col items-start gap-0.5">
      <Badge tone={circuit === "open" ? "bad" : "warn"}>{circuit === "open" ? "Open" : "Half open"}</Badge>
      {why !== null && (
        <span className="text-xs text-muted">
          <span className="font-mono">{why.error}</span>
          {why.status === undefined ? "" : ` (${why.status})`}
          <br />
          {why.probing || Date.parse(why.until) <= now ? (
            "tried again now"
          ) : (
            <>
              left alone until <Time at={why.until} />
            </>
          )}
        </span>
      )}
    </span>
  );
}
