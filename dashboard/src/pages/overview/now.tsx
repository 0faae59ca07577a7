import { useEffect, useState } from "react";
import { useIsLive, usePulse } from "../../api/events.ts";
import { Dot } from "../../ui/badge.tsx";
import { Card } from "../../ui/card.tsx";
import { count } from "../../ui/format.ts";
import { Spark } from "./spark.tsx";

/** Pulses that are drawn: one each second. */
const DRAWN = 90;

/** How busy it is, from second to second. */
export function Now() {
  const pulse = usePulse();
  const isLive = useIsLive();
  const [beats, setBeats] = useState<readonly number[]>([]);
  useEffect(() => {
    if (pulse !== undefined) setBeats((before) => [...before, pulse.requests_in_flight].slice(-DRAWN));
  }, [pulse]);
  return (
    <Card
      title="Now"
      actions={
        <span className="flex items-center gap-2 text-[13px] text-muted">
          <Dot tone={isLive ? "good" : "warn"} beats={isLive} />
          {isLive ? "Live" : "Connecting…"}
        </span>
      }
    >
      <dl className="grid grid-cols-2 gap-4">
        <Count label="Open streams" value={pulse?.streams_open} />
        <Count label="Under way" value={pulse?.requests_in_flight} />
      </dl>
      <div className="mt-2 h-6">
        <Spark values={[...Array.from({ length: DRAWN - beats.length }, () => null), ...beats]} />
      </div>
      {pulse !== undefined && pulse.worker !== null && (
        <p className="mt-2 text-[13px] text-muted">Of worker {pulse.worker}, which answers here.</p>
      )}
    </Card>
  );
}

function Count({ label, value }: { label: string; value: number | undefined }) {
  return (
    <div>
      <dt className="text-[13px] text-muted">{label}</dt>
      <dd className="tabular text-xl font-semibold">{value === undefined ? "–" : count(value)}</dd>
    </div>
  );
}
