import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { UsageReport } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { cn } from "../../ui/class-names.ts";
import { compact, count, percent } from "../../ui/format.ts";
import { Money } from "../../ui/money.tsx";
import { Skeleton } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { type Asked, addressOf } from "./filters.ts";
import { reportOf, sumsOf, sumsWithout } from "./sums.ts";

/** How often sums are asked for anew: those of years change little in a moment, and cost more. */
const SOON_MS = 15_000;
const LATER_MS = 60_000;

function isShort({ range }: Asked): boolean {
  return range === "1h" || range === "24h";
}

/** What all the requests add up to that are asked for, seen or not. */
export function Totals({ asked }: { asked: Asked }) {
  const report = reportOf(asked, Date.now());
  const isKnown = "queries" in report;
  const { data, error, isPlaceholderData, refetch } = useQuery({
    queryKey: ["usage", "requests", addressOf(asked)],
    queryFn: async ({ signal }) => {
      const now = reportOf(asked, Date.now());
      if (!("queries" in now)) return null;
      const sumsAt = async (queries: typeof now.queries) => {
        const told = await Promise.all(
          queries.map((one) => ask<UsageReport>(`/usage?${new URLSearchParams(one)}`, { signal })),
        );
        const groups = told.flatMap(({ results }) => results).filter(now.counts);
        return { sums: sumsOf(groups), since: told.find(({ since }) => since !== undefined)?.since };
      };
      const [{ sums, since }, without] = await Promise.all([sumsAt(now.queries), sumsAt(now.without)]);
      return { ...(now.without.length === 0 ? sums : sumsWithout(sums, without.sums)), since };
    },
    enabled: isKnown,
    placeholderData: keepPreviousData,
    refetchInterval: isShort(asked) ? SOON_MS : LATER_MS,
  });
  if (!isKnown)
    return (
      <p className="flex min-h-6 items-center text-[13px] text-muted">
        Sums are not kept by: {report.unknown.join(", ")}.
      </p>
    );
  if (error !== null)
    return (
      <p className="flex min-h-6 flex-wrap items-center gap-2 text-[13px] text-muted">
        No sums: {error.message}
        <button type="button" onClick={() => void refetch()} className="font-medium text-accent underline">
          Try again
        </button>
      </p>
    );
  const isStale = isPlaceholderData || data === undefined || data === null;
  const told = data ?? undefined;
  const tell = (node: () => ReactNode) =>
    told === undefined ? <Skeleton className="inline-block h-3.5 w-16 align-middle" /> : node();
  return (
    <dl
      aria-busy={isStale}
      className="flex min-h-6 flex-wrap items-baseline gap-x-7 gap-y-1 transition-opacity aria-busy:opacity-60"
    >
      <Figure label="Requests" room="md:min-w-28">
        {tell(() => count(told!.requests))}
      </Figure>
      <Figure label="Failed" room="md:min-w-32">
        {tell(() => (
          <>
            {count(told!.errors)}{" "}
            <span className="font-normal text-muted">
              {told!.requests === 0 ? "" : percent(told!.errors / told!.requests)}
            </span>
          </>
        ))}
      </Figure>
      <Figure label="Spend" room="md:min-w-24">
        {tell(() => (
          <Money value={told!.spend} />
        ))}
      </Figure>
      <Figure label="Input tokens" room="md:min-w-60">
        {tell(() => (
          <span title={count(told!.input)}>
            {compact(told!.input)} <span className="font-normal text-muted">{compact(told!.cached)} cached</span>
          </span>
        ))}
      </Figure>
      <Figure label="Output tokens" room="md:min-w-60">
        {tell(() => (
          <span title={count(told!.output)}>
            {compact(told!.output)} <span className="font-normal text-muted">{compact(told!.reasoning)} reasoning</span>
          </span>
        ))}
      </Figure>
      {told?.since !== undefined && (
        <Figure label="There were so many: of those since">
          <Time at={told.since} />
        </Figure>
      )}
    </dl>
  );
}

/** @param room for what is usual: what stands behind it does not move when it comes */
function Figure({ label, room, children }: { label: string; room?: string; children: ReactNode }) {
  return (
    <div className={cn("flex items-baseline gap-2", room)}>
      <dt className="text-[13px] text-muted">{label}</dt>
      <dd className="tabular font-semibold">{children}</dd>
    </div>
  );
}
