import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ShownGeneration } from "../../../../../src/admin/contract.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Card } from "../../../ui/card.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { utc } from "../../../ui/format.ts";
import { Money } from "../../../ui/money.tsx";
import { useNames } from "../chips.tsx";

/** Whose it is, and by which names others know it. */
export function Details({ one }: { one: ShownGeneration }) {
  const last = one.attempts.at(-1);
  const teamOf = useNames("team");
  return (
    <Card title="Details">
      <dl className="grid grid-cols-[8.5rem_minmax(0,1fr)] gap-x-3 gap-y-2">
        <Fact label="Began">
          <span className="tabular">{utc(new Date(one.created_at))}</span>
        </Fact>
        <Fact label="Key">
          <Only name="api_key_id" value={one.api_key_id}>
            {one.api_key_name ?? one.api_key_id}
          </Only>
        </Fact>
        {one.team !== null && (
          <Fact label="Team">
            <Only name="team" value={one.team}>
              {teamOf(one.team)}
            </Only>
          </Fact>
        )}
        {one.user !== null && (
          <Fact label="End user">
            <Only name="user_id" value={one.user}>
              {one.user}
            </Only>
          </Fact>
        )}
        {one.quota_entity_id !== null && (
          <Fact label="Entity">
            <Only name="quota_entity_id" value={one.quota_entity_id}>
              {one.quota_entity_id}
            </Only>
          </Fact>
        )}
        {one.app !== null && (
          <Fact label="App">
            <Only name="app" value={one.app}>
              {one.app}
            </Only>
            <Address url={one.app_url} />
          </Fact>
        )}
        {one.tags.length > 0 && (
          <Fact label="Tags">
            <span className="flex flex-wrap gap-1">
              {one.tags.map((tag) => (
                <Link key={tag} to="/requests" search={{ tag } as never} className="max-w-full rounded">
                  <Badge className="max-w-full hover:text-ink">
                    <span className="truncate">{tag}</span>
                  </Badge>
                </Link>
              ))}
            </span>
          </Fact>
        )}
        <Fact label="Asked as">
          {one.wire}
          <span className="text-muted">{one.streamed ? ", streamed" : ", in one piece"}</span>
        </Fact>
        {one.mode !== null && one.error === null && (
          <Fact label="Answer">
            {one.mode === "relay" ? "Passed on as it came" : `Translated from ${last?.wire ?? "another format"}`}
          </Fact>
        )}
        {one.finish_reason !== null && <Fact label="Finish">{one.finish_reason}</Fact>}
        {one.zero_data_retention && <Fact label="Data">Only those were asked that keep nothing</Fact>}
        <Id label="Trace" value={one.trace_id} />
        {last?.upstreamId !== undefined && <Id label="Provider's answer" value={last.upstreamId} />}
        {last?.requestId !== undefined && <Id label="Provider's request" value={last.requestId} />}
      </dl>
    </Card>
  );
}

/** What of the request nobody obeyed. */
export function Dropped({ dropped }: Pick<ShownGeneration, "dropped">) {
  if (dropped.length === 0) return null;
  return (
    <Card title="Not obeyed" hint="Who answered has no words for these, or does not do them.">
      <ul className="flex flex-wrap gap-1.5">
        {dropped.map((one) => (
          <li key={one} className="max-w-full">
            <code className="block max-w-full break-all rounded bg-warn-soft px-1.5 py-0.5 font-mono text-[12.5px] text-warn">
              {one}
            </code>
          </li>
        ))}
      </ul>
    </Card>
  );
}

const SCOPES = {
  gateway: "The gateway",
  team: "Team",
  key: "Key",
  user: "End user",
  entity: "Entity",
  tag: "Tag",
} as const;

export function Charged({ one }: { one: ShownGeneration }) {
  const { charged } = one;
  const teamOf = useNames("team");
  const nameOf = ({ scope, scope_id: whose }: ShownGeneration["charged"][number]) =>
    scope === "team" ? teamOf(whose) : scope === "key" ? (one.api_key_name ?? whose) : whose;
  return (
    <Card
      title="Budgets"
      hint={charged.length === 0 ? undefined : "What it added to each"}
      flush={charged.length > 0}
      actions={
        <Link to="/budgets" className="text-[13px] text-muted hover:text-ink hover:underline">
          All budgets
        </Link>
      }
    >
      {charged.length === 0 ? (
        <p className="text-muted">It was spent from no budget.</p>
      ) : (
        <ul className="divide-y divide-line">
          {charged.map((charge) => (
            <li key={charge.budget_id} className="flex min-h-10 items-center gap-3 px-4 py-1.5">
              <span className="min-w-0 flex-1 truncate" title={charge.scope_id}>
                {SCOPES[charge.scope]}
                {charge.scope !== "gateway" && <span className="text-muted"> {nameOf(charge)}</span>}
              </span>
              <span className="text-[13px] text-muted">{charge.period}</span>
              <Money value={charge.amount_usd} className="min-w-20 text-right" />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

function Id({ label, value }: { label: string; value: string }) {
  return (
    <Fact label={label}>
      <span className="flex items-start gap-1">
        <code className="min-w-0 break-all font-mono text-[12.5px] leading-6">{value}</code>
        <CopyButton text={value} label={`Copy: ${label.toLowerCase()}`} />
      </span>
    </Fact>
  );
}

/** Leads to all that have the same. */
function Only({ name, value, children }: { name: string; value: string; children: ReactNode }) {
  return (
    <Link
      to="/requests"
      search={{ [name]: value } as never}
      className="rounded-sm underline decoration-line-strong underline-offset-2 hover:decoration-current"
    >
      {children}
    </Link>
  );
}

/** Clients say where they come from: only what a browser opens safely is a link. */
function Address({ url }: { url: string | null }) {
  if (url === null || !/^https?:\/\//i.test(url)) return null;
  return (
    <>
      {" "}
      <a
        href={url}
        target="_blank"
        rel="noreferrer noopener"
        className="break-all text-[13px] text-muted hover:underline"
      >
        {url}
      </a>
    </>
  );
}
