import { CircleCheck, CircleMinus, CircleX, Loader } from "lucide-react";
import { useEffect, useState } from "react";
import { cn } from "../../ui/class-names.ts";
import { duration } from "../../ui/format.ts";
import { type Attempt, isOpen } from "./answer.ts";

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
  const more = useSinceLast(attempts.some(isOpen), attempts);
  const lengthOf = (one: Attempt) => (isOpen(one) ? one.ms + more : one.ms);
  const total = Math.max(1, ...attempts.map((one) => one.startedAt + lengthOf(one) - began));
  return (
    <ol aria-label="Attempts, in their order" className="flex flex-col gap-1.5">
      {attempts.map((one, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same may be asked several times
        <li key={i} className="text-[13px]">
          <div className="flex items-center gap-2">
            <Sign state={one.state} />
            <span className="min-w-0 truncate font-medium" title={`${one.provider}, ${one.model}`}>
              {one.provider}
            </span>
            <span className="shrink-0 text-muted">{outcomeOf(one)}</span>
            <span className="tabular ml-auto shrink-0 text-muted">{duration(lengthOf(one))}</span>
          </div>
          <div aria-hidden className="relative mt-0.5 ml-6 h-1 rounded-full bg-hover">
            <span
              className={cn("absolute inset-y-0 min-w-1 rounded-full", BARS[one.state])}
              style={{
                left: `min(${share((one.startedAt - began) / total)}, calc(100% - 4px))`,
                width: share(lengthOf(one) / total),
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

const BARS = {
  asked: "bg-muted",
  answering: "bg-good",
  answered: "bg-good",
  failed: "bg-bad",
  left: "bg-muted",
} as const;

function Sign({ state }: Pick<Attempt, "state">) {
  if (state === "failed") return <CircleX aria-hidden className="size-4 shrink-0 text-bad" />;
  if (state === "asked") return <Loader aria-hidden className="size-4 shrink-0 animate-spin text-muted" />;
  if (state === "left") return <CircleMinus aria-hidden className="size-4 shrink-0 text-muted" />;
  return <CircleCheck aria-hidden className="size-4 shrink-0 text-good" />;
}

const TICK_MS = 100;

/** Milliseconds since anything was heard of them. */
function useSinceLast(runs: boolean, attempts: readonly Attempt[]): number {
  const [ms, setMs] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it begins anew with each word of them
  useEffect(() => {
    setMs(0);
    if (!runs) return;
    const began = performance.now();
    const timer = setInterval(() => setMs(performance.now() - began), TICK_MS);
    return () => clearInterval(timer);
  }, [runs, attempts]);
  return ms;
}

function outcomeOf({ state, status }: Attempt): string {
  if (state === "asked") return "is asked";
  if (state === "answering") return "answers";
  if (state === "answered") return "answered";
  if (state === "left") return "was left";
  // It had begun well.
  if (status === 200) return "broke off";
  return status === undefined ? "failed" : `failed, ${status}`;
}

function share(value: number): string {
  return `${Math.min(1, Math.max(0, value)) * 100}%`;
}
