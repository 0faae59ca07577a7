import { exactUsd, usd } from "./format.ts";

/** Dollars; to the nanodollar when they are pointed at. What nobody knows is a dash, never $0. */
export function Money({ value, className }: { value: number | null | undefined; className?: string }) {
  if (value === null || value === undefined) return <span className={className}>–</span>;
  return (
    <span title={exactUsd(value)} className={`tabular ${className ?? ""}`}>
      {usd(value)}
    </span>
  );
}
