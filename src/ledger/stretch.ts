import { GatewayError } from "../core/error.ts";
import { nearest } from "../core/near.ts";

/** Of what length the parts of a report are, in milliseconds. */
export const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
export type Unit = keyof typeof UNIT_MS;

/** The time that a report is of. */
export interface Stretch {
  readonly unit: Unit;
  /** In Unix minutes, hours or days, the last one included. */
  readonly from: number;
  readonly to: number;
}

/** Of a report by the minute, which is made from single requests. */
const MOST_MINUTES = 180;

/**
 * Reads of what time a report is, from `start_date`, `end_date` and `date_part`.
 * @param dated whether it goes by time at all @param byMoment whether it may be of moments and minutes as well as of days
 * @throws GatewayError `invalid_request`
 */
export function stretchAt(asked: URLSearchParams, dated: boolean, byMoment: boolean): Stretch {
  const start = momentAt(asked, "start_date", byMoment);
  const end = momentAt(asked, "end_date", byMoment);
  const isExact = !start.isDay || !end.isDay;
  const part = choiceAt(asked, "date_part", byMoment ? ["day", "hour", "minute"] : ["day", "hour"]);
  if (isExact && part === "day")
    throw invalid("date_part", "From one moment to another a report goes by the hour or by the minute.");
  const unit = part === "minute" ? "minute" : (part === "hour" && dated) || isExact ? "hour" : "day";
  const ms = UNIT_MS[unit];
  const from = Math.floor(start.ms / ms);
  const to = end.isDay ? (end.ms + UNIT_MS.day) / ms - 1 : Math.floor(end.ms / ms);
  if (to < from) throw invalid("end_date", "end_date is before start_date; both are part of the report.");
  if (unit === "minute" && to - from >= MOST_MINUTES)
    throw invalid("end_date", `A report by the minute is of ${MOST_MINUTES} minutes at most.`);
  return { unit, from, to };
}

/** When a part of a report began, as it tells that. */
export function dateOf(at: number, unit: Unit): { day?: string; hour?: string; minute?: string } {
  const text = new Date(at * UNIT_MS[unit]).toISOString();
  return { [unit]: text.slice(0, { day: 10, hour: 13, minute: 16 }[unit]) };
}

/** A day of the calendar, or a moment of one. */
function momentAt(asked: URLSearchParams, name: string, byMoment: boolean): { ms: number; isDay: boolean } {
  const text = asked.get(name) ?? "";
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isMoment = byMoment && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z$/.test(text);
  const ms = isDay ? Date.parse(`${text}T00:00:00Z`) : isMoment ? Date.parse(text) : Number.NaN;
  // There is no 30th of February, but `Date` makes one of March of it.
  if (Number.isNaN(ms) || (isMoment && ms < 0) || new Date(ms).toISOString().slice(0, 10) !== text.slice(0, 10)) {
    const or = byMoment ? ", or a moment, as in 2026-01-31T12:00Z" : "";
    throw invalid(name, `${name} must be a day, as in ?start_date=2026-01-01&end_date=2026-01-31${or}.`);
  }
  return { ms, isDay };
}

/** Texts behind a comma, or each behind its own name. */
export function listAt(asked: URLSearchParams, name: string): string[] {
  return asked.getAll(name).flatMap((text) => text.split(",").filter((one) => one !== ""));
}

export function choiceAt<const Choice extends string>(
  asked: URLSearchParams,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = asked.get(name);
  if (value === null) return undefined;
  const chosen = choices.find((one) => one === value);
  if (chosen === undefined) throw invalid(name, `${name} must be ${choices.join(" or ")}.`);
  return chosen;
}

/** @throws GatewayError where something else is asked by, or something that is no list twice */
export function mustKnow(asked: URLSearchParams, known: readonly string[], lists: readonly string[]): void {
  for (const name of new Set(asked.keys())) {
    if (!known.includes(name)) throw unknown(name, known);
    if (!lists.includes(name) && asked.getAll(name).length > 1) throw invalid(name, `${name} is given twice.`);
  }
}

export function unknown(name: string, known: readonly string[], param = name): GatewayError {
  const near = nearest(name, known);
  const hint = near === undefined ? `It has ${known.join(", ")}.` : `Did you mean ${near}?`;
  return invalid(param, `A report has no ${JSON.stringify(name.slice(0, 80))}. ${hint}`);
}

export function invalid(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param });
}
