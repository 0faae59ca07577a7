import type { KeptBodies, KeptHeader } from "../../../../../src/admin/contract.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Card } from "../../../ui/card.tsx";
import { Skeleton } from "../../../ui/state.tsx";

/** What came beside the bodies: how the client asked, and what each provider that answered said of it. */
export function HeaderFields({ bodies }: { bodies: KeptBodies | undefined }) {
  if (bodies === undefined)
    return (
      <Card title="Header fields">
        <Skeleton className="h-24" />
      </Card>
    );
  const { asked_headers: asked, answered_headers: answered } = bodies;
  return (
    <Card title="Header fields" hint="What lets somebody in is not kept, nor named.">
      {asked === null ? (
        <p className="text-muted">This request is older than the version that keeps them.</p>
      ) : (
        <div className="flex flex-col gap-5">
          <Fields title="Asked" fields={asked} />
          {answered?.map(({ endpoint, status, headers }, i) => (
            <Fields
              // biome-ignore lint/suspicious/noArrayIndexKey: they stay where they are
              key={i}
              title={endpoint}
              status={status}
              fields={headers}
            />
          ))}
        </div>
      )}
    </Card>
  );
}

function Fields({ title, status, fields }: { title: string; status?: number; fields: readonly KeptHeader[] }) {
  const told = fields.filter(({ value }) => value !== null);
  const back = fields.filter(({ value }) => value === null);
  return (
    <section aria-label={`Header fields: ${title}`}>
      <h3 className="mb-1.5 flex flex-wrap items-center gap-2 text-[13px] font-medium">
        <span className={status === undefined ? undefined : "font-mono text-[12.5px]"}>{title}</span>
        {status !== undefined && <Badge tone={status < 300 ? "good" : "bad"}>{status}</Badge>}
      </h3>
      {fields.length === 0 && <p className="text-[13px] text-muted">None.</p>}
      <dl className="grid gap-x-4 gap-y-1 font-mono text-[12.5px] sm:grid-cols-[minmax(0,24rem)_minmax(0,1fr)]">
        {told.map(({ name, value }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: one may come several times
          <div key={i} className="contents">
            <dt className="break-words text-muted">{name}</dt>
            <dd className="break-all max-sm:mb-1">{value}</dd>
          </div>
        ))}
      </dl>
      {back.length > 0 && (
        <p className="mt-1.5 break-words text-[13px] text-muted">
          Kept back: <span className="font-mono text-[12.5px]">{back.map(({ name }) => name).join(", ")}</span>
        </p>
      )}
    </section>
  );
}
