import { cn } from "./class-names.ts";
import { percent, usd } from "./format.ts";

/** How much of a limit is spent, and how much of the rest is spoken for. */
export function SpendMeter({
  spent,
  reserved = 0,
  limit,
  className,
}: {
  spent: number;
  reserved?: number;
  limit: number;
  className?: string;
}) {
  const share = limit === 0 ? 1 : spent / limit;
  const held = limit === 0 ? 0 : Math.min(reserved / limit, Math.max(0, 1 - share));
  const told = `${usd(spent)} spent${reserved > 0 ? `, ${usd(reserved)} reserved` : ""}, of ${usd(limit)}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: the browser's own cannot show what is reserved
    <div
      role="meter"
      aria-label="Spent of the limit"
      aria-valuemin={0}
      aria-valuemax={limit}
      aria-valuenow={Math.min(spent, limit)}
      aria-valuetext={told}
      title={`${told} (${percent(share)})`}
      className={cn("flex h-2 w-full min-w-16 overflow-hidden rounded-full bg-hover", className)}
    >
      <span
        className={cn("h-full", share >= 1 ? "bg-bad" : share >= 0.75 ? "bg-warn" : "bg-accent")}
        style={{ width: `${Math.min(1, share) * 100}%` }}
      />
      <span className="h-full bg-accent opacity-35" style={{ width: `${held * 100}%` }} />
    </div>
  );
}
