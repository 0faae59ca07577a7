import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { ChevronLeft, FlaskConical } from "lucide-react";
import type { ListedModel } from "../../../../../src/admin/contract.ts";
import { ask } from "../../../api/client.ts";
import { useMayChange } from "../../../shell/session.tsx";
import { Badge } from "../../../ui/badge.tsx";
import { Card } from "../../../ui/card.tsx";
import { Code, CopyButton } from "../../../ui/copy.tsx";
import { day } from "../../../ui/format.ts";
import { Page } from "../../../ui/page.tsx";
import { useSearchMembers } from "../../../ui/search.ts";
import { SNIPPETS } from "../../../ui/snippets.ts";
import { Failed, Skeleton, SkeletonRows } from "../../../ui/state.tsx";
import { Segments } from "../../../ui/tabs.tsx";
import { ABILITIES } from "../abilities.tsx";
import { tokens } from "../prices.ts";
import { Marks } from "../row.tsx";
import { Endpoints } from "./endpoints.tsx";
import { Usage } from "./usage.tsx";

/** One model: who serves it, at what price and how well. */
export default function ModelPage() {
  const { _splat: id = "" } = useParams({ strict: false });
  const { data, error, refetch } = useQuery({
    queryKey: ["models", id],
    queryFn: ({ signal }) => ask<ListedModel>(`/models/${id.split("/").map(encodeURIComponent).join("/")}`, { signal }),
  });
  const { may } = useMayChange();
  return (
    <Page
      title={id}
      hint={
        <Link to="/models" className="inline-flex items-center gap-1 hover:text-ink">
          <ChevronLeft aria-hidden className="size-4" /> All models
        </Link>
      }
      actions={
        <>
          {may && data?.type === "language" && (
            <Link
              to="/playground"
              search={{ model: id } as never}
              className="inline-flex h-7 items-center gap-1.5 rounded-md border border-line-strong bg-surface px-2 text-[13px] font-medium hover:bg-hover"
            >
              <FlaskConical aria-hidden className="size-4" /> Try it
            </Link>
          )}
          <CopyButton text={id} label="Copy the id" shown />
        </>
      }
    >
      {error !== null ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : data === undefined ? (
        <Awaited />
      ) : (
        <>
          <About model={data} />
          <Card title="Endpoints" hint="Prices are dollars for a million tokens." flush>
            <Endpoints endpoints={data.endpoints} />
          </Card>
          <div className="grid items-start gap-4 lg:grid-cols-2">
            <Usage model={id} />
            {data.type === "language" && <UseIt model={id} />}
          </div>
        </>
      )}
    </Page>
  );
}

/** As high as most are. */
function Awaited() {
  return (
    <div className="flex flex-col gap-4">
      <Skeleton className="h-21" />
      <Card title="Endpoints" flush>
        <SkeletonRows rows={4} height={48} />
      </Card>
    </div>
  );
}

function About({ model }: { model: ListedModel }) {
  const { name, description, type, context_window, max_output, released_at, abilities } = model;
  const facts = [
    ["Type", type],
    ["Context", context_window === null ? undefined : `${tokens(context_window)} tokens`],
    ["Longest answer", max_output === null ? undefined : `${tokens(max_output)} tokens`],
    ["Released", released_at === null ? undefined : day(new Date(released_at))],
  ].filter(([, told]) => told !== undefined);
  return (
    <div className="flex flex-col gap-2.5">
      <p className="flex flex-wrap items-center gap-2">
        <span className="font-medium">{name}</span>
        <Marks model={model} />
      </p>
      {description !== null && <p className="max-w-3xl text-muted">{description}</p>}
      <dl className="flex flex-wrap gap-x-6 gap-y-1">
        {facts.map(([label, told]) => (
          <div key={label} className="flex gap-1.5">
            <dt className="text-muted">{label}</dt>
            <dd className="tabular">{told}</dd>
          </div>
        ))}
      </dl>
      {abilities.length > 0 && (
        <ul aria-label="Abilities" className="flex flex-wrap gap-1.5">
          {abilities.map((ability) => {
            const { icon: Icon, label } = ABILITIES[ability] ?? { icon: undefined, label: ability };
            return (
              <li key={ability}>
                <Badge>
                  {Icon !== undefined && <Icon aria-hidden className="size-3.5" />}
                  {label}
                </Badge>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}

function UseIt({ model }: { model: string }) {
  const { one, change } = useSearchMembers();
  const snippet = SNIPPETS.find(({ name }) => name === one("in")) ?? SNIPPETS[0]!;
  return (
    <Card
      title="Use it"
      actions={
        <Segments
          label="Language"
          value={snippet.name}
          onChange={(next) => change({ in: next })}
          options={SNIPPETS.map(({ name: value, label }) => ({ value, label }))}
        />
      }
    >
      <Code text={snippet.write({ url: location.origin, key: "$AI_GATEWAY_API_KEY", model })} label="Copy the code" />
    </Card>
  );
}
