import { CircleCheck, CircleX } from "lucide-react";
import { cn } from "../../ui/class-names.ts";
import { duration } from "../../ui/format.ts";
import type { Attempt } from "./answer.ts";

/** The way that it went: who was asked, one after another, on one axis of time. */
export function Attempts({
  attempts,
  told,
}: {
  attempts: readonly Attempt[];
  /** What stands above already. */
  told: string | undefined;
}) {
  const began = Math.min(...attempts.map(({ startedAt }) => startedAt));
  const total = Math.max(1, ...attempts.map(({ startedAt, ms }) => startedAt + ms - began));
  return (
    <ol aria-label="Attempts, in their order" className="flex flex-col gap-1.5">
      {attempts.map((one, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same may be asked several times
        <li key={i} className="text-[13px]">
          <div className="flex items-center gap-2">
            {one.worked ? (
              <CircleCheck aria-hidden className="size-4 shrink-0 text-good" />
            ) : (
              <CircleX aria-hidden className="size-4 shrink-0 text-bad" />
            )}
            <span className="min-w-0 truncate font-medium" title={`${one.provider}, ${one.model}`}>
              {one.provider}
            </span>
            <span className="shrink-0 text-muted">{outcomeOf(one)}</span>
            <span className="tabular ml-auto shrink-0 text-muted">{duration(one.ms)}</span>
          </div>
          <div aria-hidden className="relative mt-0.5 ml-6 h-1 rounded-full bg-hover">
            <span
              className={cn("absolute inset-y-0 min-w-1 rounded-full", one.worked ? "bg-good" : "bg-bad")}
              style={{
                left: `min(${share((one.startedAt - began) / total)}, calc(100% - 4px))`,
                width: share(one.ms / total),
              }}
            />
          </div>
          {one.error !== undefined && one.error !== told && (
            <p className="mt-0.5 ml-6 break-words text-xs text-muted">{one.error}</p>
          )}
        </li>
      ))}
    </ol>
  );
}

function outcomeOf({ worked, status }: Attempt): string {
  if (worked) return "answered";
  // It had begun well.
  if (status === 200) return "broke off";
  return status === undefined ? "failed" : `failed, ${status}`;
}

function share(value: number): string {
  return `${Math.min(1, Math.max(0, value)) * 100}%`;
}
