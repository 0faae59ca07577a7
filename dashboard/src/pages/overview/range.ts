/** The time that the overview is of. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What the gateway adds up by. */
export type Unit = "minute" | "hour" | "day";

const UNIT_MS = { minute: MINUTE, hour: HOUR, day: DAY } as const satisfies Record<Unit, number>;

/** Name in the address → what it is called, how long, and by what it is drawn. */
export const RANGES = {
  "1h": { label: "1 h", title: "Last hour", ms: HOUR },
  "24h": { label: "24 h", title: "Last 24 hours", ms: DAY },
  "7d": { label: "7 d", title: "Last 7 days", ms: 7 * DAY },
  "30d": { label: "30 d", title: "Last 30 days", ms: 30 * DAY },
} as const;

export type RangeName = keyof typeof RANGES;

/** Unix milliseconds. Both ends are where a step begins. */
export interface Range {
  readonly name: RangeName | "custom";
  readonly from: number;
  /** Where it ends, which is not part of it; in the future where it is going on. */
  readonly to: number;
  /** What happens now is part of it. */
  readonly isLive: boolean;
  readonly unit: Unit;
  /** How much of the time each point of a chart has: some units. */
  readonly stepMs: number;
}

/** The longest of each: by the minute and by the hour reports are of so much at the most. No chart has more than some 120 points. */
const STEPS: readonly { readonly most: number; readonly unit: Unit; readonly stepMs: number }[] = [
  { most: 90 * MINUTE, unit: "minute", stepMs: MINUTE },
  { most: 180 * MINUTE, unit: "minute", stepMs: 2 * MINUTE },
  { most: 3 * DAY, unit: "hour", stepMs: HOUR },
  { most: 7 * DAY, unit: "hour", stepMs: 3 * HOUR },
  { most: 120 * DAY, unit: "day", stepMs: DAY },
  { most: 800 * DAY, unit: "day", stepMs: 7 * DAY },
  { most: Number.POSITIVE_INFINITY, unit: "day", stepMs: 30 * DAY },
];

/** Years that a report can be of. */
const LONGEST = 3600 * DAY;

/** @param told what stands in the address: the name of a range, or both ends of one @param now Unix milliseconds */
export function rangeOf(told: { range?: string; from?: string; to?: string }, now: number): Range {
  const from = momentOf(told.from);
  const to = momentOf(told.to);
  if (from !== undefined && to !== undefined && from < to && from < now) return customRange(from, to, now);
  const name = told.range !== undefined && Object.hasOwn(RANGES, told.range) ? (told.range as RangeName) : "24h";
  const { ms } = RANGES[name];
  const { unit, stepMs } = STEPS.find(({ most }) => ms <= most)!;
  const end = floor(now, stepMs) + stepMs;
  return { name, from: end - ms, to: end, isLive: true, unit, stepMs };
}

function customRange(told: number, until: number, now: number): Range {
  for (const { most, unit, stepMs } of STEPS) {
    const to = Math.min(floor(until - 1, stepMs), floor(now, stepMs)) + stepMs;
    const from = Math.max(floor(told, stepMs), to - LONGEST);
    if (to - from <= most) return { name: "custom", from, to, isLive: to > now, unit, stepMs };
  }
  throw new Error("no step is long enough");
}

function momentOf(text: string | undefined): number | undefined {
  const at = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) || at < 0 ? undefined : at;
}

function floor(at: number, stepMs: number): number {
  return Math.floor(at / stepMs) * stepMs;
}

/** The time before it, as long. */
export function rangeBefore({ from, to, unit, stepMs }: Range): Range {
  return { name: "custom", from: 2 * from - to, to: from, isLive: false, unit, stepMs };
}

/** When each point of a chart begins, in Unix milliseconds. */
export function stepsOf({ from, to, stepMs }: Pick<Range, "from" | "to" | "stepMs">): number[] {
  return Array.from({ length: Math.round((to - from) / stepMs) }, (_, i) => from + i * stepMs);
}

/** How much of it is over, from 0 to 1. */
export function shareOver({ from, to }: Pick<Range, "from" | "to">, now: number): number {
  return Math.min(1, Math.max(0, (now - from) / (to - from)));
}

/** What a report is asked by that is of this time. @param dated whether it goes by time */
export function reportOf({ from, to, unit }: Pick<Range, "from" | "to" | "unit">) {
  const start = new Date(from).toISOString();
  const end = new Date(to - 1).toISOString();
  if (unit === "day") return { start_date: start.slice(0, 10), end_date: end.slice(0, 10), date_part: unit };
  return { start_date: `${start.slice(0, 16)}Z`, end_date: `${end.slice(0, 16)}Z`, date_part: unit };
}

/** What leads to the requests of this time. What is going on has no end. */
export function rowsOf({ from, to, isLive }: Pick<Range, "from" | "to" | "isLive">): { from: string; to?: string } {
  const start = new Date(from).toISOString();
  return isLive ? { from: start } : { from: start, to: new Date(to).toISOString() };
}

/** When a group of a report began, in Unix milliseconds. */
export function momentOfGroup({ day, hour, minute }: { day?: string; hour?: string; minute?: string }): number {
  if (minute !== undefined) return Date.parse(`${minute}:00Z`);
  if (hour !== undefined) return Date.parse(`${hour}:00:00Z`);
  return Date.parse(`${day}T00:00:00Z`);
}

/**
 * The time that was drawn over a chart: whole steps. A bar stands in the middle of where its step begins.
 * @param drawnFrom Unix milliseconds, as `drawnTo`
 * @returns both ends, as the address has them
 */
export function zoomed(range: Range, drawnFrom: number, drawnTo: number): { from: string; to: string } {
  const half = range.stepMs / 2;
  const first = Math.max(range.from, floor(drawnFrom + half, range.stepMs));
  const last = Math.min(range.to - range.stepMs, Math.max(first, floor(drawnTo + half, range.stepMs)));
  return { from: new Date(first).toISOString(), to: new Date(last + range.stepMs).toISOString() };
}

/** How much of the time each group of a report has. */
export function unitMs({ unit }: Pick<Range, "unit">): number {
  return UNIT_MS[unit];
}
