import { Link } from "@tanstack/react-router";
import type { ListedEndpoint, TokenPrices } from "../../../../../src/admin/contract.ts";
import { Badge, Dot } from "../../../ui/badge.tsx";
import { duration, percent, speed } from "../../../ui/format.ts";
import { type Column, Table } from "../../../ui/table.tsx";
import { dollars, KINDS, tokens, unitName } from "../prices.ts";

const CIRCUITS = {
  closed: { tone: "good", word: "Asked" },
  open: { tone: "bad", word: "Left alone" },
  "half-open": { tone: "warn", word: "Being tried" },
} as const;

const COLUMNS: readonly Column<ListedEndpoint>[] = [
  {
    name: "provider",
    label: "Provider",
    by: ({ provider }) => provider,
    cell: ({ provider, upstream_model }) => (
      <span className="flex min-w-36 flex-col">
        <Link to="/providers" search={{ q: provider } as never} className="font-medium hover:underline">
          {provider}
        </Link>
        <span className="max-w-56 truncate font-mono text-xs text-muted" title={upstream_model}>
          {upstream_model}
        </span>
      </span>
    ),
  },
  {
    name: "now",
    label: "Now",
    cell: ({ is_served, why_not, circuit }) =>
      is_served ? (
        <span className="flex items-center gap-2 whitespace-nowrap">
          <Dot tone={CIRCUITS[circuit].tone} /> {CIRCUITS[circuit].word}
        </span>
      ) : (
        <span className="flex max-w-52 items-center gap-2 text-[13px] text-muted">
          <Dot tone="neutral" /> {why_not ?? "Not served"}
        </span>
      ),
  },
  {
    name: "input",
    label: "Input",
    right: true,
    by: price("input"),
    cell: (one) => <Price endpoint={one} kind="input" />,
  },
  {
    name: "output",
    label: "Output",
    right: true,
    by: price("output"),
    cell: (one) => <Price endpoint={one} kind="output" />,
  },
  { name: "more", label: "Also", cell: (one) => <OtherPrices endpoint={one} /> },
  {
    name: "context",
    label: "Context",
    right: true,
    by: ({ context_window }) => context_window,
    cell: ({ context_window }) => (context_window === null ? "–" : tokens(context_window)),
  },
  {
    name: "pace",
    label: <span title="In the last hour, half of the streams">First token</span>,
    right: true,
    by: ({ latency_last_1h }) => latency_last_1h?.p50 ?? null,
    cell: (one) => <Pace endpoint={one} />,
  },
  {
    name: "uptime",
    label: "Uptime",
    right: true,
    by: ({ uptime_last_1d }) => uptime_last_1d,
    // All of nothing is told as all: where nobody is asked it says nothing.
    cell: ({ uptime_last_1d: uptime, is_served, latency_last_1h }) =>
      uptime === 100 && !is_served && latency_last_1h === null ? (
        "–"
      ) : (
        <span title="In the last day">{percent(uptime / 100)}</span>
      ),
  },
  {
    name: "data",
    label: "Data",
    cell: ({ zero_data_retention, no_training, hipaa, regions }) => (
      <span className="flex gap-1">
        {zero_data_retention && <Badge title="Nothing is kept">ZDR</Badge>}
        {no_training && <Badge title="Nothing is learned from">no training</Badge>}
        {hipaa && <Badge title="HIPAA is agreed to">HIPAA</Badge>}
        {regions.map((region) => (
          <Badge key={region} title={`Can be made to stay in the ${region.toUpperCase()}`}>
            {region.toUpperCase()}
          </Badge>
        ))}
      </span>
    ),
  },
];

/** Who serves a model, and how. */
export function Endpoints({ endpoints }: { endpoints: readonly ListedEndpoint[] }) {
  return <Table label="Endpoints" rows={endpoints} columns={COLUMNS} keyOf={({ id }) => id} />;
}

function price(kind: "input" | "output") {
  return ({ price: told }: ListedEndpoint) => told?.per_million_tokens[kind] ?? null;
}

/** With what it costs above each step. What nobody told is a dash: it is not free. */
function Price({ endpoint: { price: told }, kind }: { endpoint: ListedEndpoint; kind: keyof TokenPrices }) {
  const usual = told?.per_million_tokens[kind];
  if (usual === undefined) return "–";
  const steps = told!.tiers.flatMap(({ above, per_million_tokens }) => {
    const dearer = per_million_tokens[kind];
    return dearer === undefined ? [] : [{ above, dearer }];
  });
  return (
    <span className="flex flex-col">
      <span>{dollars(usual)}</span>
      {steps.map(({ above, dearer }) => (
        <span key={above} className="text-xs text-muted">
          {dollars(dearer)} above {tokens(above)}
        </span>
      ))}
    </span>
  );
}

/** Until the first content, and how fast the rest came; in the middle, and of the slowest twentieth when it is pointed at. */
function Pace({ endpoint: { latency_last_1h: first, throughput_last_1h: rest } }: { endpoint: ListedEndpoint }) {
  if (first === null) return "–";
  return (
    <span title={`p95: ${duration(first.p95)}`} className="flex flex-col">
      {duration(first.p50)}
      {rest !== null && <span className="text-xs text-muted">{speed(rest.p50)}</span>}
    </span>
  );
}

function OtherPrices({ endpoint: { price: told } }: { endpoint: ListedEndpoint }) {
  const kinds = Object.entries(told?.per_million_tokens ?? {}).filter(
    ([kind]) => kind !== "input" && kind !== "output",
  );
  const units = Object.entries(told?.per_unit ?? {});
  return (
    <span className="flex min-w-32 flex-col text-xs text-muted">
      {kinds.map(([kind, usd]) => (
        <span key={kind} className="tabular flex justify-between gap-3 whitespace-nowrap">
          {KINDS[kind as keyof TokenPrices] ?? kind} <span className="text-ink">{dollars(usd)}</span>
        </span>
      ))}
      {units.map(([unit, usd]) => (
        <span key={unit} className="tabular flex justify-between gap-3 whitespace-nowrap">
          a {unitName(unit)} <span className="text-ink">{dollars(usd)}</span>
        </span>
      ))}
      {told?.images.map(({ kind, usd }) => (
        <span key={kind} className="tabular flex justify-between gap-3 whitespace-nowrap">
          {kind.replace("/", ", ")} <span className="text-ink">{dollars(usd)}</span>
        </span>
      ))}
    </span>
  );
}
