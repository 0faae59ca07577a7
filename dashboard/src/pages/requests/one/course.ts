import type { ShownAttempt, ShownGeneration } from "../../../../../src/admin/contract.ts";

/** A stretch of the request's time; both ends are shares of it, from 0 to 1. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface CourseStep {
  /** From 1 on. */
  readonly number: number;
  readonly attempt: ShownAttempt;
  readonly provider: string;
  readonly upstream: string;
  readonly outcome: "answered" | "failed" | "outrun" | "left";
  /** Before it, when nobody was asked: somebody who had just failed is given a moment. Absent for none to speak of. */
  readonly pause?: Stretch;
  /** Until its first content, or all of it where that is not known. */
  readonly waiting: Stretch;
  /** What it spoke; absent where it said nothing, or all at once. */
  readonly speaking?: Stretch;
  /** Milliseconds after the request began; absent where nobody waited. */
  readonly startedAt: number;
}

export interface Course {
  /** Milliseconds that the axis is long; 1 at least. */
  readonly total: number;
  readonly steps: readonly CourseStep[];
  /** When the client had its first content, as a share; absent where it is not known. */
  readonly firstToken?: number;
  /** Who was planned and did not have to be asked: `provider:upstream_model`. */
  readonly spared: readonly string[];
}

/** Milliseconds: what is less is the gateway's own work. */
const LEAST_PAUSE = 5;

/** `provider:upstream`: providers have no colon in their names, models may. */
export function placeOf(endpoint: string): { provider: string; upstream: string } {
  const colon = endpoint.indexOf(":");
  return { provider: endpoint.slice(0, colon), upstream: endpoint.slice(colon + 1) };
}

/** What was tried, on one axis of time. */
export function courseOf({
  attempts,
  plan,
  latency,
  streamed,
  error,
  generation_time: took,
}: Pick<ShownGeneration, "attempts" | "plan" | "latency" | "streamed" | "error" | "generation_time">): Course {
  const total = Math.max(1, took, ...attempts.map(({ at = 0, ms }) => at + ms));
  const share = (ms: number) => Math.min(1, Math.max(0, ms / total));
  const last = attempts.at(-1);
  const spoke = streamed && latency > 0 ? latency : undefined;
  const steps = attempts.map((attempt, i): CourseStep => {
    const { at = 0, ms } = attempt;
    const idleFrom = Math.max(0, ...attempts.slice(0, i).map((before) => (before.at ?? 0) + before.ms));
    const [from, to] = [share(at), share(at + ms)];
    const first = attempt === last && spoke !== undefined ? share(Math.max(at, Math.min(spoke, at + ms))) : undefined;
    return {
      number: i + 1,
      attempt,
      ...placeOf(attempt.endpoint),
      outcome: outcomeOf(attempt, error),
      ...(at - idleFrom >= Math.max(LEAST_PAUSE, total / 100) ? { pause: { from: share(idleFrom), to: from } } : {}),
      waiting: { from, to: first ?? to },
      ...(first === undefined ? {} : { speaking: { from: first, to } }),
      startedAt: at,
    };
  });
  return {
    total,
    steps,
    ...(spoke === undefined ? {} : { firstToken: share(spoke) }),
    spared: sparedOf(plan, attempts),
  };
}

function outcomeOf({ error }: ShownAttempt, told: string | null): CourseStep["outcome"] {
  if (error === undefined) return told === null ? "answered" : "left";
  if (error === "outrun") return "outrun";
  return error === "client_closed" ? "left" : "failed";
}

/** An endpoint can stand in a plan several times: with several credentials. */
function sparedOf({ legs }: ShownGeneration["plan"], attempts: readonly ShownAttempt[]): string[] {
  const asked = new Map<string, number>();
  for (const { endpoint } of attempts) asked.set(endpoint, (asked.get(endpoint) ?? 0) + 1);
  const spared: string[] = [];
  for (const { endpoint } of legs) {
    const left = asked.get(endpoint) ?? 0;
    if (left > 0) asked.set(endpoint, left - 1);
    else spared.push(endpoint);
  }
  return spared;
}

/** Where an axis has its marks: some whole steps, in milliseconds. */
export function ticksOf(total: number, most = 5): number[] {
  const rough = total / most;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((one) => one * size).find((one) => one >= rough)!);
  return Array.from({ length: Math.floor(total / step) + 1 }, (_, i) => i * step);
}
