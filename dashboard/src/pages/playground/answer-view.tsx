import { Link } from "@tanstack/react-router";
import { ArrowUpRight } from "lucide-react";
import { useEffect, useState } from "react";
import { Badge } from "../../ui/badge.tsx";
import { cn } from "../../ui/class-names.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { compact, count, duration, speed } from "../../ui/format.ts";
import { Money } from "../../ui/money.tsx";
import { Failed } from "../../ui/state.tsx";
import { type Answer, speedOf } from "./answer.ts";
import { Attempts } from "./attempts.tsx";

/** One answer: what was said, how fast, for how much, and by whom. */
export function AnswerView({
  answer,
  model,
  plan = [],
  isNamed,
}: {
  answer: Answer;
  model: string;
  /** Who would be asked, in this order. */
  plan: readonly string[] | undefined;
  /** It stands under another's name, or under none. */
  isNamed: boolean;
}) {
  const { text, reasoning, calls, isOver, isStopped, error, attempts, generationId } = answer;
  const isSilent = text === "" && reasoning === "" && calls === "";
  return (
    <div className="flex h-full flex-col gap-3 px-4 py-3" aria-live="polite" aria-busy={!isOver}>
      <p className={cn("text-[13px] font-medium text-muted", !isNamed && "md:hidden")}>{model}</p>
      <div className="flex flex-1 flex-col gap-3">
        {reasoning !== "" && (
          <details open={text === ""} className="text-[13px] text-muted">
            <summary className="hover:text-ink">Thought</summary>
            <p className="mt-1 border-l-2 border-line pl-3 whitespace-pre-wrap break-words">{reasoning}</p>
          </details>
        )}
        {text !== "" && (
          <p className="whitespace-pre-wrap break-words">
            {text}
            {!isOver && (
              <span aria-hidden className="pulse-dot ml-0.5 inline-block h-4 w-1.5 translate-y-0.5 bg-accent" />
            )}
          </p>
        )}
        {calls !== "" && <p className="rounded-md bg-sunken p-2 font-mono text-[12.5px] break-all">{calls}</p>}
        {isSilent && !isOver && <Waiting plan={plan} asked={attempts.length} />}
        {isSilent && isOver && error === undefined && (
          <p className="text-muted">{isStopped ? "Stopped before it said anything." : "It said nothing."}</p>
        )}
        {error !== undefined && <Failed error={new Error(withCode(error))} />}
      </div>
      {attempts.length > 0 && <Attempts attempts={attempts} told={error?.message} />}
      <div className="flex flex-wrap items-end gap-x-4 gap-y-2 border-t border-line pt-2">
        <Figures answer={answer} />
        <span className="ml-auto flex items-center gap-1">
          {isStopped && <Badge>Stopped</Badge>}
          {text !== "" && isOver && <CopyButton text={text} label="Copy the answer" />}
          {generationId !== undefined && isOver && (
            <Link
              to="/requests/$id"
              params={{ id: generationId }}
              className="inline-flex items-center gap-0.5 whitespace-nowrap text-[13px] text-accent hover:underline"
            >
              Request <ArrowUpRight aria-hidden className="size-3.5" />
            </Link>
          )}
        </span>
      </div>
    </div>
  );
}

function withCode({ message, code }: NonNullable<Answer["error"]>): string {
  return code === undefined ? message : `${message} (${code})`;
}

/** Room for all of them from the beginning: nothing jumps when they come. */
function Figures({ answer }: { answer: Answer }) {
  const { firstMs, totalMs, usage, isOver } = answer;
  const now = useSince(!isOver && firstMs !== undefined, firstMs ?? 0);
  const rate = speedOf(answer, now);
  return (
    <dl className="flex flex-wrap gap-x-4 gap-y-1 text-[13px] max-sm:gap-x-3 [&_dt]:text-xs [&_dt]:text-faint">
      <Figure label="First token" title="Until the first content arrived here">
        {firstMs === undefined ? "–" : duration(firstMs)}
      </Figure>
      <Figure label="Total" title="Until the end arrived here">
        {totalMs === undefined ? "–" : duration(totalMs)}
      </Figure>
      <Figure label="Speed" title={isOver ? "Output tokens a second" : "Pieces a second, about a token each"}>
        {rate === undefined ? "–" : speed(rate)}
      </Figure>
      <Figure
        label="Tokens"
        title={
          usage === undefined
            ? "Input and output tokens, told at the end"
            : `${count(usage.input)} input (${count(usage.cached)} cached), ${count(usage.output)} output (${count(usage.reasoning)} reasoning)`
        }
      >
        {usage === undefined
          ? answer.pieces === 0
            ? "–"
            : `~${count(answer.pieces)}`
          : `${compact(usage.input)} → ${compact(usage.output)}`}
      </Figure>
      <Figure label="Cost">
        <Money value={answer.cost} />
      </Figure>
    </dl>
  );
}

function Figure({ label, title, children }: { label: string; title?: string; children: React.ReactNode }) {
  return (
    <div title={title} className="whitespace-nowrap">
      <dt>{label}</dt>
      <dd className={cn("tabular")}>{children}</dd>
    </div>
  );
}

/** @param asked how many of the plan have been by now */
function Waiting({ plan, asked }: { plan: readonly string[]; asked: number }) {
  const ms = useSince(true, 0) ?? 0;
  return (
    <div className="text-muted">
      <p className="flex items-center gap-2">
        <span aria-hidden className="pulse-dot inline-block h-4 w-1.5 bg-accent" />
        Waiting <span className="tabular">{(ms / 1000).toFixed(1)} s</span>
      </p>
      <p className="mt-1 min-h-5 break-words text-[13px]">
        {asked > 0 && plan.length > asked && `Where that fails: ${plan.slice(asked).join(", ")}`}
        {asked === 0 && plan.length > 0 && (
          <>
            Asks <span className="text-ink">{plan[0]}</span>
            {plan.length > 1 && `, and where that fails ${plan.slice(1).join(", ")}`}
          </>
        )}
      </p>
    </div>
  );
}

const TICK_MS = 100;

/** Milliseconds since it began to run, and those before; `undefined` where it does not run. */
function useSince(runs: boolean, before: number): number | undefined {
  const [ms, setMs] = useState(before);
  useEffect(() => {
    if (!runs) return;
    const began = performance.now() - before;
    const timer = setInterval(() => setMs(performance.now() - began), TICK_MS);
    return () => clearInterval(timer);
  }, [runs, before]);
  return runs ? ms : undefined;
}
