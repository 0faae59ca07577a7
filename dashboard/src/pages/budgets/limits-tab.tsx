import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Setting } from "../../../../src/admin/contract.ts";
import { keysQuery } from "../../api/control.ts";
import { settingsQuery } from "../../api/queries.ts";
import { Badge } from "../../ui/badge.tsx";
import { Card } from "../../ui/card.tsx";
import { compact } from "../../ui/format.ts";
import { Failed, SkeletonRows } from "../../ui/state.tsx";
import { type Column, Table } from "../../ui/table.tsx";

const OWNERS = [
  { path: "rate_limits.gateway", label: "All requests together" },
  { path: "rate_limits.per_key", label: "Each key without its own" },
  { path: "rate_limits.per_user", label: "Each end user" },
] as const;

const RATES = [
  ["requests_per_minute", "Requests a minute"],
  ["tokens_per_minute", "Tokens a minute"],
  ["concurrent_streams", "Open streams"],
] as const;

const COLUMNS: readonly Column<Setting>[] = [
  {
    name: "path",
    label: "Option",
    className: "font-mono text-[12.5px] whitespace-nowrap",
    cell: ({ path }) => path,
  },
  {
    name: "value",
    label: "Value",
    right: true,
    cell: (setting) => <Value setting={setting} />,
  },
  {
    name: "source",
    label: "From",
    cell: ({ source, named }) => (
      <Badge tone={source === "default" ? "neutral" : "accent"} title={named ?? undefined}>
        {source}
      </Badge>
    ),
  },
  {
    name: "means",
    label: "Means",
    wide: true,
    className: "text-[13px] text-muted",
    cell: ({ description }) => description.replaceAll("`", ""),
  },
];

/** What holds for all requests and for each key, as the configuration says; and the keys that have limits of their own. */
export function LimitsTab() {
  const { data, error, refetch } = useQuery(settingsQuery);
  const { data: keys } = useQuery(keysQuery);
  const own = keys?.data.filter(({ limits }) => limits !== undefined && Object.keys(limits).length > 0) ?? [];
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted">
        Those of the gateway, of every key and of end users stand in the configuration, and hold from its next start. A
        key can have limits of its own; they are set{" "}
        <Link to="/keys" className="text-accent underline">
          with the key
        </Link>
        .
      </p>
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      <Card flush title="How much within a minute">
        {data === undefined ? (
          error === null && <SkeletonRows rows={4} />
        ) : (
          <Table
            label="Rate limits of the configuration"
            rows={OWNERS}
            columns={ratesOf(data.settings)}
            keyOf={({ path }) => path}
          />
        )}
      </Card>
      {own.length > 0 && (
        <Card flush title="Keys with limits of their own">
          <Table
            label="Keys with limits of their own"
            rows={own}
            keyOf={({ id }) => id}
            columns={[
              {
                name: "name",
                label: "Key",
                by: ({ name }) => name,
                className: "max-w-72",
                cell: ({ id, name }) => (
                  <Link
                    to="/keys"
                    search={{ key: id } as never}
                    className="block truncate font-medium hover:text-accent hover:underline"
                  >
                    {name}
                  </Link>
                ),
              },
              ...RATES.map(([name, label]) => ({
                name,
                label,
                right: true,
                cell: ({ limits }: (typeof own)[number]) => {
                  const value = limits?.[name];
                  if (value === undefined) return <span className="text-faint">as every key</span>;
                  return value === null ? "any" : compact(value);
                },
              })),
            ]}
          />
        </Card>
      )}
      {data !== undefined && keys !== undefined && (
        <Card flush title="How both are counted">
          <Table
            label="How budgets and limits are counted"
            rows={data.settings.filter(
              ({ path }) => path.startsWith("budgets.") || path === "rate_limits.default_output_tokens",
            )}
            columns={COLUMNS}
            keyOf={({ path }) => path}
          />
        </Card>
      )}
    </div>
  );
}

function ratesOf(settings: readonly Setting[]): readonly Column<(typeof OWNERS)[number]>[] {
  return [
    { name: "for", label: "For", className: "whitespace-nowrap font-medium", cell: ({ label }) => label },
    ...RATES.map(
      ([name, label]): Column<(typeof OWNERS)[number]> => ({
        name,
        label,
        right: true,
        cell: ({ path }) => {
          const setting = settings.find((one) => one.path === `${path}.${name}`);
          if (setting === undefined || typeof setting.value !== "number")
            return <span className="text-faint">no limit</span>;
          return (
            <span title={setting.description.replaceAll("`", "")}>
              {setting.source !== "default" && <Badge className="mr-2">{setting.source}</Badge>}
              {setting.value.toLocaleString("en-US")}
            </span>
          );
        },
      }),
    ),
  ];
}

function Value({ setting: { value, is_secret: isSecret, is_set: isSet } }: { setting: Setting }) {
  if (isSecret) return <span className="text-muted">{isSet ? "set" : "not set"}</span>;
  if (value === null) return <span className="text-faint">not set</span>;
  if (typeof value === "number") return <span title={String(value)}>{value.toLocaleString("en-US")}</span>;
  return <span className="font-mono text-[12.5px]">{typeof value === "string" ? value : JSON.stringify(value)}</span>;
}
