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

/**
 * As sums are asked: by the minute of three hours at the most, by the hour of a month, else by days. What is asked for by the hour
 * begins and ends with one.
 */
export function asReport(
  { from, to }: Range,
  now: number,
): { start_date: string; end_date: string; date_part?: string } {
  const end = Math.min(to ?? now + 1, now + 1) - 1;
  const start = Math.min(from ?? end - LONGEST, end);
  const text = (at: number, length: number) => new Date(at).toISOString().slice(0, length);
  const moments = { start_date: `${text(start, 16)}Z`, end_date: `${text(end, 16)}Z` };
  if (end - start < 170 * MINUTE) return { ...moments, date_part: "minute" };
  if (end - start <= 31 * DAY) return moments;
  return { start_date: text(Math.max(start, end - LONGEST), 10), end_date: text(end, 10) };
}
