import { useQuery } from "@tanstack/react-query";
import { Layers, Plus } from "lucide-react";
import type { ListedVirtualModel } from "../../../../src/admin/contract.ts";
import { useMayChange } from "../../shell/session.tsx";
import { Badge, type Tone } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { percent } from "../../ui/format.ts";
import { useSearchMembers } from "../../ui/search.ts";
import { Empty, Failed, SkeletonRows } from "../../ui/state.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { virtualModelsQuery } from "./directions.ts";
import { VirtualDrawer } from "./virtual-drawer.tsx";
import { sharesOf } from "./virtual-form.ts";

const STATUS_TONES = { active: "good", draft: "warn", archived: "neutral" } as const satisfies Record<string, Tone>;

export const SELECTORS = {
  priority: "as listed",
  weight: "by weight",
  cost: "lowest price",
  ttft: "shortest wait",
  tps: "most tokens a second",
} as const;

const SHOWN = 4;

const COLUMNS: readonly Column<ListedVirtualModel>[] = [
  {
    name: "id",
    label: "Asked for as",
    by: ({ id }) => id,
    className: "min-w-44 max-w-72",
    cell: ({ id, name, description, problem }) => (
      <span className="block min-w-0">
        <span className="block truncate font-mono text-[13px] font-medium">{id}</span>
        <span className="block truncate text-[13px] text-muted">{name ?? description}</span>
        {problem !== undefined && <span className="block text-[13px] text-bad">{problem}</span>}
      </span>
    ),
  },
  {
    name: "for",
    label: "Stands for",
    className: "min-w-72",
    cell: (one) => <StandsFor one={one} />,
  },
  {
    name: "selector",
    label: "Chosen",
    wide: true,
    className: "whitespace-nowrap text-muted",
    cell: (one) => {
      if (one.candidates === undefined) return "–";
      const selector = one.selector ?? (sharesOf(one) === undefined ? "priority" : "weight");
      return `${SELECTORS[selector]}${one.sticky === "user" ? ", sticky" : ""}`;
    },
  },
  {
    name: "status",
    label: "Status",
    by: ({ status }) => status,
    className: "whitespace-nowrap",
    cell: ({ status, visibility, problem }) => (
      <span className="flex gap-1.5">
        {problem === undefined ? (
          <Badge tone={STATUS_TONES[status]}>{status}</Badge>
        ) : (
          <Badge tone="bad">does not hold</Badge>
        )}
        {visibility !== "public" && <Badge>{visibility}</Badge>}
      </span>
    ),
  },
  {
    name: "source",
    label: "Stands in",
    wide: true,
    cell: ({ source }) => <Badge>{source === "api" ? "database" : "configuration"}</Badge>,
  },
];

/** Names of the operator's that stand for models and for how they are asked. */
export function VirtualTab() {
  const { one, change } = useSearchMembers();
  const { may, why } = useMayChange();
  const { data, error, refetch } = useQuery(virtualModelsQuery);
  const opened = data?.data.find(({ id }) => id === one("virtual"));
  const make = (
    <Button look="primary" disabled={!may} title={why} onClick={() => change({ new: "virtual" })}>
      <Plus aria-hidden /> Make a virtual model
    </Button>
  );
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="text-muted">A name of your own for a model, for several, or for a server of yours.</p>
        <div className="ml-auto">{make}</div>
      </div>
      <Card flush>
        {error !== null && <Failed error={error} retry={() => void refetch()} className="m-4" />}
        {data === undefined ? (
          error === null && <SkeletonRows rows={4} height={52} />
        ) : (
          <Table
            label="Virtual models"
            rows={data.data}
            columns={COLUMNS}
            keyOf={({ id }) => id}
            onOpen={({ id }) => change({ virtual: id })}
            empty={
              <Empty icon={Layers} title="No virtual models" action={make}>
                Clients ask for one name; what stands behind it can change without them: an alias, a canary by weight,
                the cheapest of several.
              </Empty>
            }
          />
        )}
      </Card>
      {one("new") === "virtual" && <VirtualDrawer onClose={() => change({ new: undefined })} />}
      {opened !== undefined && (
        <VirtualDrawer key={opened.id} virtual={opened} onClose={() => change({ virtual: undefined })} />
      )}
    </>
  );
}

function StandsFor({ one }: { one: ListedVirtualModel }) {
  if (one.relay !== undefined)
    return (
      <span className="block truncate">
        <span className="text-muted">the server at</span>{" "}
        <span className="font-mono text-[13px]">{one.relay.base_url}</span>
      </span>
    );
  if (one.candidates === undefined) return <span className="font-mono text-[13px]">{one.model}</span>;
  const shares = sharesOf(one);
  return (
    <ul className="flex flex-col gap-0.5 py-0.5">
      {one.candidates.slice(0, SHOWN).map(({ model }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same may stand there twice
        <li key={i} className="flex items-center gap-2">
          {shares !== undefined && (
            <>
              <span aria-hidden className="h-1.5 w-14 shrink-0 overflow-hidden rounded-full bg-hover">
                <span className="block h-full rounded-full bg-accent" style={{ width: `${shares[i]! * 100}%` }} />
              </span>
              <span className="tabular w-12 shrink-0 text-right text-[13px] text-muted">{percent(shares[i]!)}</span>
            </>
          )}
          <span className="truncate font-mono text-[13px]">{model}</span>
        </li>
      ))}
      {one.candidates.length > SHOWN && (
        <li className="text-[13px] text-muted">and {one.candidates.length - SHOWN} more</li>
      )}
    </ul>
  );
}
