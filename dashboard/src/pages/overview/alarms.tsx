import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import type { AlarmPage, ListedAlarm } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { Card } from "../../ui/card.tsx";
import { Time, useNow } from "../../ui/time.tsx";

const SHOWN = 4;
/** What is older nobody has to look into today. */
const RECENT_MS = 7 * 86_400_000;

/** What somebody should look into; nothing where there is nothing. */
export function AlarmsCard() {
  const { data } = useQuery({
    queryKey: ["alarms", "glance"],
    queryFn: ({ signal }) => ask<AlarmPage>(`/alarms?limit=${SHOWN}`, { signal }),
    refetchInterval: 60_000,
  });
  const now = useNow();
  const alarms = data?.data.filter(({ created_at: at }) => now - Date.parse(at) < RECENT_MS) ?? [];
  if (alarms.length === 0) return null;
  return (
    <Card flush title="To look into">
      <ul className="divide-y divide-line">
        {alarms.map((alarm) => (
          <Alarm key={alarm.id} {...alarm} />
        ))}
      </ul>
    </Card>
  );
}

function Alarm({ kind, target, created_at: at }: ListedAlarm) {
  const look = "font-medium hover:text-accent hover:underline";
  return (
    <li className="flex gap-2 px-4 py-2.5">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
      <div className="min-w-0">
        {kind === "budget.overspent" ? (
          <Link to="/budgets" className={look}>
            A budget was overspent
          </Link>
        ) : target.startsWith("gen_") ? (
          <Link to="/requests/$id" params={{ id: target }} className={look}>
            {kind === "usage" ? "A provider told counts that cannot be" : kind}
          </Link>
        ) : (
          <span className="font-medium">{kind}</span>
        )}
        <p className="truncate text-[13px] text-muted">
          <Time at={at} ago /> · <span className="font-mono text-[12.5px]">{target}</span>
        </p>
      </div>
    </li>
  );
}
