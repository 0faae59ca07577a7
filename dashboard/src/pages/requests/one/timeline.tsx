import type { ShownGeneration } from "../../../../../src/admin/contract.ts";
import { Badge, type Tone } from "../../../ui/badge.tsx";
import { Card } from "../../../ui/card.tsx";
import { cn } from "../../../ui/class-names.ts";
import { duration } from "../../../ui/format.ts";
import { Money } from "../../../ui/money.tsx";
import { type Course, type CourseStep, courseOf, type Stretch, ticksOf } from "./course.ts";
import { PassedOver } from "./passed-over.tsx";

/** The way that a request went: who was asked, for how long, and what came of it. */
export function Timeline({ one }: { one: ShownGeneration }) {
  const course = courseOf(one);
  return (
    <Card title="Route" hint={<Summary one={one} />}>
      {course.steps.length === 0 ? (
        <p className="text-muted">Nobody was asked.</p>
      ) : (
        <div className="flex flex-col gap-3">
          <Axis course={course} />
          <ol className="flex flex-col gap-3" aria-label="Attempts, in their order">
            {course.steps.map((step) => (
              <Step key={step.number} step={step} course={course} />
            ))}
          </ol>
          <Legend course={course} />
        </div>
      )}
      <PassedOver plan={one.plan} spared={course.spared} words={one.routing.planningReasoning} />
    </Card>
  );
}

function Summary({ one: { attempts, requested_model: requested, model } }: { one: ShownGeneration }) {
  const count = attempts.length;
  const tried = count === 1 ? "1 attempt" : `${count} attempts`;
  return requested === model ? (
    tried
  ) : (
    <>
      {tried} · <span className="text-ink">{requested}</span> was asked for, <span className="text-ink">{model}</span>{" "}
      {count > 0 ? "was tried last" : "stands for it"}
    </>
  );
}

const LAYOUT = "grid grid-cols-1 gap-x-4 gap-y-1 lg:grid-cols-[200px_minmax(0,1fr)_140px]";

function Axis({ course: { total } }: { course: Course }) {
  return (
    <div aria-hidden className={LAYOUT}>
      <span className="max-lg:hidden" />
      <div className="relative h-4 text-xs text-faint">
        {ticksOf(total).map((at) => (
          <span
            key={at}
            className={cn(
              "tabular absolute whitespace-nowrap",
              at === 0 ? "" : at / total > 0.94 ? "-translate-x-full" : "-translate-x-1/2",
            )}
            style={{ left: share(at / total) }}
          >
            {at === 0 ? "0" : duration(at)}
          </span>
        ))}
      </div>
    </div>
  );
}

const OUTCOMES = {
  answered: { tone: "good", word: "Answered", bar: "bg-accent" },
  failed: { tone: "bad", word: "Failed", bar: "bg-bad" },
  outrun: { tone: "neutral", word: "Outrun", bar: "bg-faint" },
  left: { tone: "neutral", word: "Broken off", bar: "bg-faint" },
} as const satisfies Record<CourseStep["outcome"], { tone: Tone; word: string; bar: string }>;

function Step({ step, course }: { step: CourseStep; course: Course }) {
  const { attempt, provider, upstream, outcome, pause, waiting, speaking, startedAt, number } = step;
  const { tone, word, bar } = OUTCOMES[outcome];
  return (
    <li className={LAYOUT}>
      <div className="min-w-0">
        <p className="flex items-baseline gap-2">
          <span className="tabular w-4 shrink-0 text-right text-[13px] text-faint">{number}</span>
          <span className="truncate font-medium">{provider}</span>
          {attempt.account !== undefined && (
            <span className="truncate text-[13px] text-muted" title={`Credential ${attempt.account}`}>
              {attempt.account}
            </span>
          )}
        </p>
        <p className="truncate pl-6 text-[13px] text-muted" title={upstream}>
          {upstream}
        </p>
      </div>
      <div className="min-w-0 self-center">
        <div
          role="img"
          aria-label={`From ${duration(startedAt)} to ${duration(startedAt + attempt.ms)}${speaking === undefined ? "" : `, first token at ${duration(speaking.from * course.total)}`}`}
          className="relative h-6 overflow-hidden rounded bg-sunken"
        >
          {pause !== undefined && (
            <span
              className="absolute top-1/2 border-t border-dashed border-faint"
              style={{ left: share(pause.from), width: share(pause.to - pause.from) }}
            />
          )}
          <Bar stretch={waiting} className={speaking === undefined ? bar : "bg-accent opacity-35"} />
          {speaking !== undefined && <Bar stretch={speaking} className={bar} />}
          {course.firstToken !== undefined && (
            <span
              className="absolute inset-y-0 w-0 border-l border-dashed border-line-strong"
              style={{ left: share(course.firstToken) }}
            />
          )}
        </div>
      </div>
      <p className="flex items-center gap-2 self-center lg:justify-end">
        <span className="tabular text-[13px] text-muted">{duration(attempt.ms)}</span>
        <Badge tone={tone}>
          {attempt.status === null ? "" : `${attempt.status} `}
          {word}
        </Badge>
      </p>
      {(attempt.error !== undefined || attempt.timeoutMs !== undefined) && outcome !== "outrun" && (
        <p className="break-words text-[13px] lg:col-span-2 lg:col-start-2">
          <span className={cn("mr-2 font-mono text-xs", outcome === "failed" ? "text-bad" : "text-muted")}>
            {attempt.error}
          </span>
          {attempt.message}
          {attempt.timeoutMs !== undefined && (
            <span className="text-muted">
              {" "}
              The client wanted no more than {duration(attempt.timeoutMs)} to be waited.
            </span>
          )}
        </p>
      )}
      <Facts step={step} total={course.total} />
    </li>
  );
}

/** What is worth a look where something is to be found out. */
function Facts({ step: { attempt, pause }, total }: { step: CourseStep; total: number }) {
  const { wire, mode, credential, place, upstreamId, requestId, askedTwice, maybe_billed: doubtful, cost } = attempt;
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-0.5 text-xs text-faint lg:col-span-2 lg:col-start-2">
      <span>
        {mode === "relay" ? "Passed on" : "Translated"} as {wire}
      </span>
      {pause !== undefined && <span>Asked after a pause of {duration((pause.to - pause.from) * total)}</span>}
      {credential === "byok" && <span>On the client's own account</span>}
      {place !== undefined && <span>In {place}</span>}
      {attempt.model !== undefined && <span>{attempt.model}</span>}
      {upstreamId !== undefined && <span className="break-all">Answer {upstreamId}</span>}
      {requestId !== undefined && <span className="break-all">Provider's id {requestId}</span>}
      {askedTwice === true && <span>Sent twice, as a connection broke</span>}
      {doubtful === true && <span>The provider may have billed it</span>}
      {cost !== undefined && (
        <span>
          Cost in vain, estimated: <Money value={cost / 1e9} />
        </span>
      )}
    </p>
  );
}

function Bar({ stretch: { from, to }, className }: { stretch: Stretch; className: string }) {
  // What took no time is seen all the same.
  return (
    <span
      className={cn("absolute inset-y-1 min-w-0.5 rounded-sm", className)}
      style={{ left: `min(${share(from)}, calc(100% - 2px))`, width: share(to - from) }}
    />
  );
}

function Legend({ course: { firstToken, total } }: { course: Course }) {
  if (firstToken === undefined) return null;
  return (
    <p className="flex flex-wrap gap-x-4 text-xs text-muted">
      <span className="flex items-center gap-1.5">
        <span aria-hidden className="h-2.5 w-4 rounded-sm bg-accent opacity-35" /> Waiting
      </span>
      <span className="flex items-center gap-1.5">
        <span aria-hidden className="h-2.5 w-4 rounded-sm bg-accent" /> Speaking
      </span>
      <span>First token after {duration(firstToken * total)}</span>
    </p>
  );
}

function share(value: number): string {
  return `${value * 100}%`;
}
