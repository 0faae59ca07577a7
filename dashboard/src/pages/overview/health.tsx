import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { healthQuery } from "../../api/queries.ts";
import { Badge, Dot } from "../../ui/badge.tsx";
import { Card } from "../../ui/card.tsx";
import { percent } from "../../ui/format.ts";
import { type ProviderHealth, providersOf, type Reason } from "../../ui/provider-health.ts";
import { Failed, Skeleton } from "../../ui/state.tsx";
import { Time, useNow } from "../../ui/time.tsx";

const SHOWN = 8;
const SHOWN_REASONS = 2;

/** How those do who are asked, the worst first. */
export function HealthCard() {
  const { data, error, refetch } = useQuery(healthQuery);
  const providers = providersOf(data?.data ?? []);
  return (
    <Card
      flush
      title="Providers"
      actions={
        <>
          {data?.simulated && (
            <Badge title="The built-in simulator answers, for no provider has a credential.">Simulated</Badge>
          )}
          <Link to="/providers" className="text-[13px] text-accent hover:underline">
            All
          </Link>
        </>
      }
    >
      {error !== null && <Failed error={error} retry={() => void refetch()} className="m-4" />}
      {data === undefined && error === null && (
        <div className="flex flex-col gap-3 p-4">
          <Skeleton className="w-2/3" />
          <Skeleton className="w-1/2" />
        </div>
      )}
      {data?.missing.map(({ what, since, served_until: until }) => (
        <p key={what} className="border-b border-line bg-bad-soft px-4 py-2 text-[13px] text-bad">
          {what === "database" ? "The database fails" : "Redis is out of reach"} since <Time at={since} ago />
          {until !== null && (
            <>
              ; requests are served until <Time at={until} />
            </>
          )}
          .
        </p>
      ))}
      {data !== undefined && providers.length === 0 && (
        <p className="px-4 py-3 text-muted">Nobody was asked in the last day, or since the gateway began.</p>
      )}
      <ul className="divide-y divide-line">
        {providers.slice(0, SHOWN).map((one) => (
          <Provider key={one.provider} {...one} />
        ))}
      </ul>
      {providers.length > SHOWN && (
        <p className="border-t border-line px-4 py-2 text-[13px] text-muted">
          {providers.length - SHOWN} more do well.
        </p>
      )}
    </Card>
  );
}

function Provider({ provider, state, uptime, worked, failed, reasons }: ProviderHealth) {
  const [tone, word] = {
    well: ["good", "Well"] as const,
    failing: ["warn", "Some fail"] as const,
    partly: ["warn", "Partly left alone"] as const,
    away: ["bad", "Left alone"] as const,
  }[state];
  return (
    <li className="px-4 py-2">
      <div className="flex items-center gap-2">
        <Dot tone={tone} />
        <Link
          to="/providers"
          search={{ provider } as never}
          className="min-w-0 flex-1 truncate font-medium hover:text-accent hover:underline"
        >
          {provider}
        </Link>
        <span className="text-[13px] text-muted">{word}</span>
        <span
          className="tabular w-16 text-right"
          title={`Lowest uptime of its endpoints in the last day. In the last 15 minutes ${worked} of ${worked + failed} attempts worked.`}
        >
          {percent(uptime / 100)}
        </span>
      </div>
      {reasons.slice(0, SHOWN_REASONS).map((reason) => (
        <LeftAlone key={reason.key} reason={reason} />
      ))}
    </li>
  );
}

function LeftAlone({ reason: { error, status, models, until, isProbing } }: { reason: Reason }) {
  const now = useNow();
  const why = status === undefined ? error : `${error}, ${status}`;
  return (
    <p className="flex gap-2 pl-4 text-[13px] text-muted" title={`${models.join(", ")}: ${why}`}>
      <span className="min-w-0 flex-1 truncate">
        {inWords(error)}
        {status !== undefined && `, ${status}`}
      </span>
      <span className="tabular whitespace-nowrap">
        {isProbing ? (
          "tried just now"
        ) : Date.parse(until) <= now ? (
          "tried again now"
        ) : (
          <>
            again <Time at={until} ago />
          </>
        )}
      </span>
    </p>
  );
}

/** `upstream_rate_limited` → `rate limited`: it stands beneath who it is of. */
function inWords(code: string): string {
  return code.replace(/^upstream_/, "").replaceAll("_", " ");
}
