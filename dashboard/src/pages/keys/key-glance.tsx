import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { GenerationPage, ListedKey } from "../../../../src/admin/contract.ts";
import { ask, search } from "../../api/client.ts";
import { Badge } from "../../ui/badge.tsx";
import { count } from "../../ui/format.ts";
import { Money } from "../../ui/money.tsx";
import { Skeleton } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { STATUS_TONES } from "./key-words.ts";
import { endsOf, lastUsesQuery } from "./last-use.ts";
import { LastUsed } from "./last-used.tsx";
import { sinceFirstDay, spendQuery } from "./spend.ts";

/** How a key does: what it is, what it spent, and when it was last used. */
export function KeyGlance({ data }: { data: ListedKey }) {
  const { data: spend } = useQuery(spendQuery("api_key_id"));
  const { data: uses } = useQuery(lastUsesQuery([data.id]));
  const hour = uses?.get(data.id);
  // To the second, where its request is near the end of its hour: of a busy one the first ten thousand are looked through.
  const { data: last } = useQuery({
    queryKey: ["generations", "last-of-key", data.id, hour],
    enabled: typeof hour === "string",
    queryFn: ({ signal }) => {
      const asked = { api_key_id: data.id, ...endsOf(hour!), limit: 1 };
      return ask<GenerationPage>(`/generations${search(asked)}`, { signal });
    },
  });
  const group = spend?.get(data.id);
  const used = last?.data[0];
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-3 rounded-lg bg-sunken p-3 sm:grid-cols-4">
      <Fact label="Status">
        <Badge tone={STATUS_TONES[data.status]}>{data.status}</Badge>
      </Fact>
      <Fact label="Spend, 30 d">
        {spend === undefined ? <Skeleton className="w-14" /> : <Money value={group?.total_cost ?? 0} />}
      </Fact>
      <Fact label="Requests, 30 d">
        {spend === undefined ? (
          <Skeleton className="w-14" />
        ) : (
          <Link
            to="/requests"
            search={{ api_key_id: data.id, ...sinceFirstDay(Date.now()) } as never}
            className="tabular text-accent hover:underline"
          >
            {count(group?.request_count ?? 0)}
          </Link>
        )}
      </Fact>
      <Fact label="Last used">
        {used !== undefined ? <Time at={used.created_at} ago /> : <LastUsed id={data.id} hour={hour} />}
      </Fact>
      {data.source === "api" && (
        <>
          <Fact label="Begins with">
            <span className="font-mono text-[12.5px]">{data.hint}</span>
          </Fact>
          <Fact label="Made">
            <Time at={data.created_at} ago />
          </Fact>
          {data.revoked_at !== null && (
            <Fact label="Revoked">
              <Time at={data.revoked_at} ago />
            </Fact>
          )}
          {data.leaked_at !== null && (
            <Fact label="Found elsewhere">
              <Time at={data.leaked_at} ago />
            </Fact>
          )}
          {data.previous_until !== null && (
            <Fact label="Old secret ends">
              <Time at={data.previous_until} ago />
            </Fact>
          )}
        </>
      )}
      <Link
        to="/routing"
        search={{ tab: "preview", key: data.id } as never}
        className="col-span-full justify-self-start text-[13px] text-accent hover:underline"
      >
        What would happen to a request of this key?
      </Link>
      {data.status === "leaked" && (
        <p className="col-span-full text-bad">
          Its secret was found where it should not be. It opens nothing until it is rotated.
        </p>
      )}
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-[13px] text-muted">{label}</dt>
      <dd className="truncate">{children}</dd>
    </div>
  );
}
