import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight, Plus, Route } from "lucide-react";
import type { ListedRule } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { useMayChange } from "../../shell/session.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { useChange } from "../../ui/change.ts";
import { Switch } from "../../ui/field.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { Empty, Failed, SkeletonRows } from "../../ui/state.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { toastError } from "../../ui/toast.tsx";
import { rulesQuery, TOUCHED } from "./directions.ts";
import { RuleDrawer } from "./rule-drawer.tsx";
import { MoveButtons, useMoves } from "./rule-moves.tsx";

/** Models that nobody may ask for, or for which others are asked. */
export function RulesTab() {
  const { one, change } = useSearchMembers();
  const { may, why } = useMayChange();
  const { data, error, refetch } = useQuery(rulesQuery);
  const client = useQueryClient();
  const turn = useChange(
    async ({ id, enabled }: { id: string; enabled: boolean }) => {
      const path = `/routing-rules/${encodeURIComponent(id)}`;
      const turned = await ask<ListedRule>(path, { method: "PATCH", body: { enabled } });
      // Before all are asked for anew: pressed again meanwhile, a switch that stands as it stood would do the same once more.
      client.setQueryData(
        rulesQuery.queryKey,
        (told) => told && { data: told.data.map((one) => (one.id === id ? turned : one)) },
      );
      return turned;
    },
    TOUCHED,
    ({ id, enabled }) => `The rule ${id} ${enabled ? "holds" : "is switched off"}.`,
  );
  const rules = data?.data;
  const move = useMoves(rules ?? []);
  const opened = rules?.find(({ id }) => id === one("rule"));
  const make = (
    <Button look="primary" disabled={!may} title={why} onClick={() => change({ new: "rule" })}>
      <Plus aria-hidden /> Make a rule
    </Button>
  );
  const columns: readonly Column<ListedRule>[] = [
    {
      name: "place",
      label: <span title="The first that is for a model counts">#</span>,
      className: "tabular w-10 text-muted",
      cell: (rule) => (rules?.indexOf(rule) ?? 0) + 1,
    },
    {
      name: "order",
      label: <span className="sr-only">Order</span>,
      className: "w-14 pl-0",
      cell: (rule) => <MoveButtons rule={rule} rules={rules ?? []} disabled={!may} title={why} onMove={move} />,
    },
    {
      name: "does",
      label: "Rule",
      className: "w-full min-w-72 max-w-0",
      cell: (rule) => (
        <span className="block min-w-0">
          <Does rule={rule} />
          {(rule.reason !== undefined || rule.description !== undefined) && (
            <span className="block truncate text-[13px] text-muted" title={rule.reason ?? rule.description}>
              {rule.reason ?? rule.description}
            </span>
          )}
          {rule.problem !== undefined && <span className="block text-[13px] text-bad">{rule.problem}</span>}
        </span>
      ),
    },
    {
      name: "id",
      label: "Name",
      wide: true,
      className: "max-w-56 font-mono text-[12.5px] text-muted",
      cell: ({ id }) => (
        <span className="block truncate" title={id}>
          {id}
        </span>
      ),
    },
    {
      name: "source",
      label: "Stands in",
      className: "whitespace-nowrap",
      cell: ({ source, problem }) => (
        <span className="flex gap-1.5">
          <Badge>{source === "api" ? "database" : "configuration"}</Badge>
          {problem !== undefined && <Badge tone="bad">does not hold</Badge>}
        </span>
      ),
    },
    {
      name: "enabled",
      label: "On",
      right: true,
      className: "w-16",
      cell: ({ id, enabled, read_only: isFixed }) => (
        <span title={isFixed ? "It is changed where it stands: in the configuration." : why} className="inline-flex">
          <Switch
            label={`The rule ${id} holds`}
            checked={enabled}
            disabled={isFixed || !may || turn.isPending}
            onChange={(on) => turn.mutate({ id, enabled: on }, { onError: toastError })}
          />
        </span>
      ),
    },
  ];
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="text-muted">
          The first rule that is for a model counts.{" "}
          <Link to="/routing" search={{ tab: "preview" } as never} className="text-accent underline">
            Try a request
          </Link>
        </p>
        <div className="ml-auto">{make}</div>
      </div>
      <Card flush>
        {error !== null && <Failed error={error} retry={() => void refetch()} className="m-4" />}
        {rules === undefined ? (
          error === null && <SkeletonRows rows={4} height={52} />
        ) : (
          <Table
            label="Routing rules, in the order in which they are looked at"
            rows={rules}
            columns={columns}
            keyOf={({ id }) => id}
            onOpen={({ id }) => change({ rule: id })}
            {...(may ? { onMove: move } : {})}
            empty={
              <Empty icon={Route} title="No rules" action={make}>
                Every model can be asked for by its own name. A rule refuses a model, or asks for another in its place.
              </Empty>
            }
          />
        )}
      </Card>
      {one("new") === "rule" && <RuleDrawer onClose={() => change({ new: undefined })} />}
      {opened !== undefined && <RuleDrawer key={opened.id} rule={opened} onClose={() => change({ rule: undefined })} />}
    </>
  );
}

function Does({ rule: { type, model, to } }: { rule: ListedRule }) {
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
      <Badge tone={type === "deny" ? "bad" : "accent"}>{type}</Badge>
      <span className="font-mono text-[13px] break-all">{model}</span>
      {type === "rewrite" && (
        <>
          <ArrowRight aria-label="becomes" className="size-3.5 text-muted" />
          <span className="font-mono text-[13px] break-all">{to}</span>
        </>
      )}
    </span>
  );
}
