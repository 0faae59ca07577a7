import type { ReactNode } from "react";
import { Card } from "../../ui/card.tsx";
import { cn } from "../../ui/class-names.ts";
import { Skeleton } from "../../ui/state.tsx";

export const CHART_HEIGHT = 168;

/** Around one chart: as large before it is there as with it. */
export function ChartCard({
  title,
  hint,
  actions,
  isOld,
  isThere,
  isEmpty,
  what,
  children,
}: {
  title: string;
  hint?: string | undefined;
  actions?: ReactNode;
  isOld: boolean;
  isThere: boolean;
  isEmpty: boolean;
  /** There was none of it. */
  what: string;
  children: ReactNode;
}) {
  return (
    <Card flush title={title} hint={hint} actions={actions}>
      <div
        className={cn("relative px-2 pt-2 pb-1", isOld && "opacity-70 transition-opacity delay-150")}
        style={{ minHeight: CHART_HEIGHT + 12 }}
        aria-busy={!isThere}
      >
        {isThere ? children : <Skeleton className="m-2 h-[9.5rem]" />}
        {isEmpty && (
          <p className="pointer-events-none absolute inset-0 grid place-items-center pb-6 text-[13px] text-muted">
            No {what} in this time
          </p>
        )}
      </div>
    </Card>
  );
}
