import type { ListedProvider } from "../../../../src/admin/contract.ts";
import { Badge, Dot } from "../../ui/badge.tsx";
import { count, percent } from "../../ui/format.ts";
import { type Column, Table } from "../../ui/table.tsx";
import { type Standing, wordOf } from "./standing.ts";

const NAME: Column<Standing> = {
  name: "name",
  label: "Provider",
  cell: ({ provider: { name, title } }) => (
    <span className="flex min-w-44 flex-col">
      <span className="font-medium">{title}</span>
      <span className="font-mono text-xs text-muted">{name}</span>
    </span>
  ),
  by: ({ provider }) => provider.title,
};

const MODELS: Column<Standing> = {
  name: "models",
  label: "Models",
  right: true,
  cell: ({ provider }) => (provider.models === 0 ? <span className="text-faint">–</span> : count(provider.models)),
  by: ({ provider }) => provider.models,
};

const USED: readonly Column<Standing>[] = [
  NAME,
  {
    name: "state",
    label: "State",
    cell: (one) => {
      const { tone, word } = wordOf(one);
      return (
        <span className="flex items-center gap-2 whitespace-nowrap">
          <Dot tone={tone} /> {word}
        </span>
      );
    },
  },
  {
    name: "attempts",
    label: "Attempts, 15 min",
    right: true,
    cell: ({ health }) =>
      health === undefined || health.worked + health.failed === 0 ? (
        <span className="text-faint">–</span>
      ) : (
        <>
          {count(health.worked + health.failed)}
          {health.failed > 0 && <span className="text-bad"> · {count(health.failed)} failed</span>}
        </>
      ),
    by: ({ health }) => (health === undefined ? null : health.worked + health.failed),
  },
  {
    name: "uptime",
    label: <span title="Of its worst endpoint">Lowest uptime, 1 d</span>,
    right: true,
    cell: ({ health }) => (health === undefined ? <span className="text-faint">–</span> : percent(health.uptime / 100)),
    by: ({ health }) => health?.uptime ?? null,
  },
  {
    name: "credentials",
    label: "Credentials",
    cell: ({ provider, problems }) => (
      <span className="flex items-center gap-2 whitespace-nowrap">
        {provider.credentials.length === 0 ? <span className="text-muted">None, simulated</span> : sourcesOf(provider)}
        {problems > 0 && <Badge tone="bad">{problems === 1 ? "1 problem" : `${problems} problems`}</Badge>}
      </span>
    ),
  },
  MODELS,
];

const UNUSED: readonly Column<Standing>[] = [
  NAME,
  {
    name: "needs",
    label: "Asked by",
    cell: ({ provider }) => <span className="whitespace-nowrap text-muted">{NEEDS[provider.authentication]}</span>,
  },
  {
    name: "variables",
    label: "Environment variable",
    wide: true,
    cell: ({ provider }) => <span className="font-mono text-[12.5px] text-muted">{provider.variables[0] ?? "–"}</span>,
  },
  MODELS,
];

const NEEDS: Readonly<Record<ListedProvider["authentication"], string>> = {
  key: "API key",
  aws: "API key or access key",
  google_cloud: "Service account or API key",
  none: "Address of your server",
};

export const SOURCES = {
  api: "entered here",
  configuration: "of the configuration",
  environment: "of the environment",
} as const;

/** `2 entered here, 1 of the environment` */
function sourcesOf({ credentials }: ListedProvider): string {
  return [...Map.groupBy(credentials, ({ source }) => source)]
    .map(([source, own]) => `${own.length} ${SOURCES[source]}`)
    .join(", ");
}

export function ProviderTable({
  label,
  rows,
  onOpen,
  isUnused = false,
}: {
  label: string;
  rows: readonly Standing[];
  onOpen: (name: string) => void;
  isUnused?: boolean;
}) {
  return (
    <Table
      label={label}
      rows={rows}
      columns={isUnused ? UNUSED : USED}
      keyOf={({ provider }) => provider.name}
      onOpen={({ provider }) => onOpen(provider.name)}
    />
  );
}
