import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { UsageReport } from "../../../../../src/admin/contract.ts";
import { ask, search } from "../../../api/client.ts";
import { Card } from "../../../ui/card.tsx";
import { Chart } from "../../../ui/chart.tsx";
import { count, usd } from "../../../ui/format.ts";
import { Money } from "../../../ui/money.tsx";
import { Empty, Failed, Skeleton } from "../../../ui/state.tsx";

const DAYS = 7;
const DAY_MS = 86_400_000;

/** What was asked of it in the last week, day by day (UTC). */
export function Usage({ model }: { model: string }) {
  const days = useMemo(lastDays, []);
  const { data, error, refetch } = useQuery({
    queryKey: ["usage", "model", model, days[0]],
    queryFn: ({ signal }) =>
      ask<UsageReport>(`/usage${search({ start_date: days[0]!, end_date: days.at(-1)!, group_by: "day", model })}`, {
        signal,
      }),
  });
  const series = useMemo(() => {
    const spent = new Map(data?.results.map(({ day, total_cost }) => [day, total_cost]));
    return [{ label: "Spend", values: days.map((day) => spent.get(day) ?? 0) }];
  }, [data, days]);
  const times = useMemo(() => days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000), [days]);
  const navigate = useNavigate();
  const behind = { model, from: `${days[0]}T00:00:00.000Z` };
  const requests = data?.results.reduce((sum, { request_count }) => sum + request_count, 0) ?? 0;
  const spend = data?.results.reduce((sum, { total_cost }) => sum + total_cost, 0) ?? 0;
  return (
    <Card
      title="The last 7 days"
      actions={
        <Link to="/requests" search={behind as never} className="text-[13px] text-accent hover:underline">
          Requests
        </Link>
      }
    >
      {error !== null ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton className="h-56" />
      ) : requests === 0 ? (
        <Empty title="Nobody asked for it in that time" />
      ) : (
        <>
          <p className="pb-2 text-muted">
            <Link to="/requests" search={behind as never} className="hover:text-accent hover:underline">
              <Money value={spend} className="font-medium text-ink" /> in {count(requests)}{" "}
              {requests === 1 ? "request" : "requests"}
            </Link>
          </p>
          <Chart
            label={`Spend on ${model} by day`}
            times={times}
            series={series}
            kind="stack"
            format={usd}
            height={180}
            onPick={(i) => {
              const [from, to] = [times[i]! * 1000, times[i]! * 1000 + DAY_MS].map((at) => new Date(at).toISOString());
              void navigate({ to: "/requests", search: { model, from, to } as never });
            }}
          />
        </>
      )}
    </Card>
  );
}

/** As in `2026-01-31`, today last. */
function lastDays(): readonly string[] {
  const today = Date.now();
  return Array.from({ length: DAYS }, (_, i) => new Date(today - (DAYS - 1 - i) * DAY_MS).toISOString().slice(0, 10));
}
