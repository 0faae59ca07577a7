import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Health, Settings } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { settingsQuery } from "../../api/queries.ts";
import { Badge } from "../../ui/badge.tsx";
import { Card } from "../../ui/card.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { bytes, count } from "../../ui/format.ts";
import { OwnerBudgets } from "../../ui/owner-budgets.tsx";
import { Failed } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { Facts } from "./facts.tsx";

/** What is said where nobody knows how large the database is. */
const UNSIZED = { sqlite: "in memory", postgres: "does not answer" } as const;

/** What this gateway is, what it keeps, and what all of it may cost. */
export function GeneralTab() {
  const settings = useQuery(settingsQuery);
  const health = useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => ask<Health>("/health", { signal }),
  });
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      {settings.error !== null && (
        <Failed error={settings.error} retry={() => void settings.refetch()} className="lg:col-span-2" />
      )}
      {health.error !== null && (
        <Failed error={health.error} retry={() => void health.refetch()} className="lg:col-span-2" />
      )}
      <Card title="This gateway" flush>
        <Facts facts={[...itself(settings.data), ...together(health.data)]} />
      </Card>
      <div className="flex min-w-0 flex-col gap-4">
        <Card title="What is kept" flush>
          <Facts facts={kept(settings.data)} />
        </Card>
        <Card
          title="Cost limits"
          hint="Of all that goes through this gateway."
          actions={
            <Link to="/budgets" className="text-[13px] text-accent hover:underline">
              All budgets
            </Link>
          }
        >
          <OwnerBudgets scope="gateway" scopeId="gateway" name="everything" />
        </Card>
      </div>
    </div>
  );
}

type Fact = { readonly name: string; readonly value: ReactNode };

function itself(told: Settings | undefined): readonly Fact[] {
  return [
    {
      name: "Address for clients",
      value: (
        <span className="inline-flex items-center gap-1">
          <code className="font-mono text-[13px]">{location.origin}/v1</code>
          <CopyButton text={`${location.origin}/v1`} label="Copy the address" />
        </span>
      ),
    },
    { name: "Running since", value: told && <Time at={told.started_at} /> },
    {
      name: "Configuration",
      value: told && (told.file === null ? "no file" : <code className="font-mono text-[13px]">{told.file}</code>),
    },
    {
      name: "Changes by the dashboard and API",
      value: told && (told.is_locked ? <Badge tone="warn">locked</Badge> : <Badge tone="good">allowed</Badge>),
    },
  ];
}

const KEYS = {
  told: "told at once",
  looked_for: "looked for every few seconds",
  here: "made here",
  unknown: "not heard of",
} as const satisfies Record<Health["mode"]["key_changes"], string>;

const LIMITS = {
  here: "in this process",
  redis: "with others, in Redis",
  database: "with others, in PostgreSQL",
  by_itself: "by each replica for itself",
} as const satisfies Record<Health["mode"]["limits"], string>;

function together(told: Health | undefined): readonly Fact[] {
  const redis = told?.mode.redis;
  return [
    {
      name: "Who answers",
      value:
        told &&
        (told.simulated ? (
          <Badge tone="accent" title="No provider has a credential: the built-in simulator answers in their place.">
            the simulator
          </Badge>
        ) : (
          "the providers"
        )),
    },
    {
      name: "Replicas",
      value:
        told &&
        (told.mode.worker !== null
          ? `worker ${told.mode.worker} answered this`
          : told.mode.database === "postgres"
            ? "may share this database"
            : "this one alone"),
    },
    {
      name: "Redis",
      value:
        told &&
        (redis === null ? (
          "not used"
        ) : redis === "reached" ? (
          <Badge tone="good">reached</Badge>
        ) : (
          <Badge tone="bad">out of reach</Badge>
        )),
    },
    { name: "Rate limits are counted", value: told && LIMITS[told.mode.limits] },
    { name: "Changes of keys are", value: told && KEYS[told.mode.key_changes] },
  ];
}

function kept(told: Settings | undefined): readonly Fact[] {
  const { database, retention } = told ?? {};
  return [
    {
      name: "Database",
      value:
        database &&
        `${database.engine === "sqlite" ? "SQLite" : "PostgreSQL"}, ${database.bytes === null ? UNSIZED[database.engine] : bytes(database.bytes)}`,
    },
    {
      name: "It may grow to",
      value: retention && (retention.megabytes === null ? "any size" : bytes(retention.megabytes * 1e6)),
    },
    { name: "Requests, alarms and the audit log", value: retention && days(retention.requests_days) },
    { name: "What was asked and answered, where a key wants it kept", value: retention && days(retention.bodies_days) },
    { name: "Sums that reports are made of", value: retention && days(retention.sums_days) },
  ];
}

function days(many: number): string {
  return many === 1 ? "1 day" : `${count(many)} days`;
}
