/** The time that requests are looked for in, as the address tells it: `range`, or `from` and `to`. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const RANGES = {
  "1h": { label: "Last hour", ms: HOUR, step: MINUTE },
  "24h": { label: "Last 24 hours", ms: DAY, step: HOUR },
  "7d": { label: "Last 7 days", ms: 7 * DAY, step: HOUR },
  "30d": { label: "Last 30 days", ms: 30 * DAY, step: HOUR },
} as const;
export type RangeName = keyof typeof RANGES;

export interface Told {
  readonly range?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Unix milliseconds; what is absent has no end there. */
export interface Range {
  readonly from?: number;
  /** Not part of it. */
  readonly to?: number;
}

export function isRangeName(text: string | undefined): text is RangeName {
  return text !== undefined && Object.hasOwn(RANGES, text);
}

/** @param now Unix milliseconds. What is told and is none of it is left out. A named range begins with a whole minute or hour, as sums do. */
export function rangeOf({ range, from, to }: Told, now: number): Range {
  if (isRangeName(range)) {
    const { ms, step } = RANGES[range];
    return { from: Math.floor((now - ms) / step) * step };
  }
  const start = momentOf(from, 0);
  const end = momentOf(to, DAY);
  return { ...(start === undefined ? {} : { from: start }), ...(end === undefined ? {} : { to: end }) };
}

/** `Date` reads a time out of anything. */
const WRITTEN = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z)?$/;

/** A day counts as a whole. */
function momentOf(text: string | undefined, dayMs: number): number | undefined {
  const at = text !== undefined && WRITTEN.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at) || at < 0) return undefined;
  return text!.length === 10 ? at + dayMs : at;
}

/** Whether what happens now is part of it. */
export function isLive({ to }: Range, now: number): boolean {
  return to === undefined || to > now;
}

/** As the list of requests is asked. */
export function asQuery({ from, to }: Range): { from?: string; to?: string } {
  return {
    ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
    ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
  };
}

/** A report is of ten years at the most. */
const LONGEST = 3600 * DAY;
/** A report by the minute is of three hours at the most. */
const MINUTES_MS = 170 * MINUTE;

/** What a report is asked by. */
export type Stretch = Readonly<Record<"start_date" | "end_date", string> & { date_part?: "minute" }>;

/**
 * Reports that together are of this time, to the minute: of whole hours, and by the minute of what is beside them. In many places of the world
 * no day begins with an hour of UTC.
 */
export function asReports({ from, to }: Range, now: number): Stretch[] {
  // What happens now is in the last hour, of which nothing is beside: more of it has not come yet.
  const end = to === undefined || to > now ? up(now + 1, HOUR) : up(to, MINUTE);
  const start = Math.floor(Math.max(from ?? 0, end - LONGEST) / MINUTE) * MINUTE;
  const over = Math.min(end, now + 1);
  if (start >= over) return [];
  if (over - start < MINUTES_MS) return [stretch(start, over, "minute")];
  const [first, last] = [up(start, HOUR), Math.floor(end / HOUR) * HOUR];
  return [
    ...(start < first ? [stretch(start, first, "minute")] : []),
    stretch(first, last),
    ...(last < end ? [stretch(last, end, "minute")] : []),
  ];
}

function up(at: number, step: number): number {
  return Math.ceil(at / step) * step;
}

/** @param end which is not part of it, as it is of a report */
function stretch(start: number, end: number, part?: "minute"): Stretch {
  const text = (at: number) => `${new Date(at).toISOString().slice(0, 16)}Z`;
  return { start_date: text(start), end_date: text(end - 1), ...(part === undefined ? {} : { date_part: part }) };
}
