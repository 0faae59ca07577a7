import type { JsonObject } from "../core/json.ts";
import { quantiles, SPEED_PARTS } from "../core/spread.ts";
import type { Measure } from "../store/pace.ts";
import type { PaceQuestion, PaceRow } from "../store/pace-report.ts";
import type { SingleDimension, SinglePaceQuestion, SinglePaceRow } from "../store/single-paces.ts";
import { tagsAt } from "./report.ts";
import { dateOf, invalid, listAt, mustKnow, stretchAt, unknown } from "./stretch.ts";

/** What no counts are kept by, as reports name it → what single requests go by. */
const SINGLES = { api_key_id: "key", user: "user", tag: "tags", app: "app" } as const satisfies Record<
  string,
  SingleDimension
>;
type Single = keyof typeof SINGLES;
/** Parameter → likewise; each may be given several times, for any of them. */
const SINGLE_FILTERS = { api_key_id: "key", user_id: "user", app: "app" } as const;
/** `all` is no grouping: whoever names nothing else has one group. */
const GROUPINGS = ["day", "model", "provider", "all", ...(Object.keys(SINGLES) as Single[])] as const;
type Grouping = (typeof GROUPINGS)[number];
const LISTS = [...Object.keys(SINGLE_FILTERS), "tags"];
const ASKED = ["start_date", "end_date", "date_part", "group_by", "model", "provider", ...LISTS];
/** Values of one filter. */
const MOST_OF_ONE = 100;
const MOST_DAYS = 3660;
const MOST_DAYS_BY_HOUR = 7;
/** What is read of one report: a fifth of a second. */
const MOST_ROWS = 50_000;
/** Single requests of which one report is made, the latest: a tenth of a second. */
export const MOST_OF_SINGLES = 50_000;
/** Rows that are put together before others have a turn: a millisecond or two. */
const STEP = 200;

export interface Latency {
  readonly question: PaceQuestion;
  /** What is asked instead where it goes by what no counts are kept by. */
  readonly singles?: SinglePaceQuestion;
  readonly groupings: ReadonlySet<Grouping>;
}

/** Reads of which requests it is asked how fast they were answered. @throws GatewayError `invalid_request` */
export function readLatency(asked: URLSearchParams): Latency {
  mustKnow(asked, ASKED, ["group_by", ...LISTS]);
  const grouped = listAt(asked, "group_by");
  const groups = grouped.length === 0 ? ["day"] : grouped;
  const strange = groups.find((one) => !GROUPINGS.some((known) => known === one));
  if (strange !== undefined) throw unknown(strange, GROUPINGS, "group_by");
  const groupings = new Set(GROUPINGS.filter((one) => groups.includes(one)));
  const stretch = stretchAt(asked, groupings.has("day"), true);
  const { unit, from, to } = stretch;
  // So many days from a moment on may begin within one hour and end within another.
  const most = unit === "hour" ? MOST_DAYS_BY_HOUR * 24 + 1 : MOST_DAYS;
  if (unit !== "minute" && to - from >= most) {
    const which = unit === "hour" ? ` by the hour is of ${MOST_DAYS_BY_HOUR}` : ` is of ${MOST_DAYS}`;
    throw invalid("end_date", `A report of latency${which} days at most.`);
  }
  const only: { model?: string; provider?: string } = {};
  for (const name of ["model", "provider"] as const) {
    const value = asked.get(name);
    if (value !== null) only[name] = value;
  }
  const question = { ...stretch, only, limit: MOST_ROWS + 1, undated: !groupings.has("day") };
  const singles = singlesAt(asked, question, groupings);
  return { question, groupings, ...(singles === undefined ? {} : { singles }) };
}

/** What single requests are asked, where it goes by something that needs them. @throws GatewayError `invalid_request` */
function singlesAt(
  asked: URLSearchParams,
  { only: kept, undated, ...stretch }: PaceQuestion,
  groupings: ReadonlySet<Grouping>,
): SinglePaceQuestion | undefined {
  const only: { -readonly [Name in keyof SinglePaceQuestion["only"]]: SinglePaceQuestion["only"][Name] } = {};
  for (const [name, member] of Object.entries(SINGLE_FILTERS) as [string, "key" | "user" | "app"][]) {
    const values = asked.getAll(name);
    if (values.length > MOST_OF_ONE) throw invalid(name, `${name} may have ${MOST_OF_ONE} values.`);
    if (values.length > 0) only[member] = values;
  }
  const tagged = tagsAt(asked);
  const names = (Object.keys(SINGLES) as Single[]).filter((one) => groupings.has(one));
  if (names.length === 0 && tagged.length === 0 && Object.keys(only).length === 0) return undefined;
  for (const [name, value] of Object.entries(kept) as ["model" | "provider", string][]) only[name] = [value];
  const by = [
    ...(["model", "provider"] as const).filter((one) => groupings.has(one)),
    ...names.map((one) => SINGLES[one]),
  ];
  return { ...stretch, dated: undated !== true, by, only, ...(tagged.length === 0 ? {} : { tagged }) };
}

/** Measure → member, and in how many parts of what is told it is counted. */
const TOLD: Readonly<Record<Measure, readonly [member: string, parts: number]>> = {
  first: ["first_token_ms", 1],
  whole: ["duration_ms", 1],
  speed: ["tokens_per_second", SPEED_PARTS],
};

type Counts = Map<number, number>;

interface Group {
  readonly at: number;
  readonly key: string;
  readonly names: JsonObject;
  readonly measures: Readonly<Record<Measure, Counts>>;
}

/** The groups, the earliest first, and those of a time by their names. @throws GatewayError `invalid_request` where there is too much to tell */
export async function toldLatency(
  { question, groupings }: Latency,
  rows: readonly (PaceRow | SinglePaceRow)[],
): Promise<JsonObject[]> {
  if (rows.length > MOST_ROWS)
    throw invalid("end_date", "There are too many groups for so long a time: ask for less, or for some of them.");
  const groups = new Map<string, Group>();
  for (const [i, row] of rows.entries()) {
    if (i % STEP === STEP - 1) await new Promise(setImmediate);
    for (const names of namesOf(row, groupings)) {
      const dated = groupings.has("day") ? { ...dateOf(row.at, question.unit), ...names } : names;
      const key = JSON.stringify(dated);
      const group = groups.get(key) ?? {
        at: row.at,
        key,
        names: dated,
        measures: { first: new Map(), whole: new Map(), speed: new Map() },
      };
      groups.set(key, group);
      addTo(group.measures[row.measure], row.counts);
    }
  }
  const isDated = groupings.has("day");
  const inOrder = [...groups.values()].sort((a, b) => (isDated && a.at - b.at) || (a.key < b.key ? -1 : 1));
  return inOrder.map(({ names, measures }) => ({ ...names, ...spreads(measures) }));
}

/** By what a row is told: once for each of its tags. What nobody told is absent. */
function namesOf(row: PaceRow | SinglePaceRow, groupings: ReadonlySet<Grouping>): JsonObject[] {
  const names: JsonObject = {};
  for (const name of ["model", "provider"] as const) if (groupings.has(name)) names[name] = row[name];
  const single: Pick<SinglePaceRow, "at" | SingleDimension> = row;
  for (const name of ["api_key_id", "user", "app"] as const) {
    const value = single[SINGLES[name]];
    if (value !== undefined && value !== "") names[name] = value;
  }
  if (single.tags === undefined) return [names];
  const tags = single.tags === "" ? [] : [...new Set(JSON.parse(single.tags) as string[])];
  return tags.length === 0 ? [names] : tags.map((tag) => ({ ...names, tag }));
}

/** By hand: there may be half a million of them. */
function addTo(counts: Counts, text: string): void {
  let [bucket, number] = [0, 0];
  for (let i = 0; i <= text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === COLON) [bucket, number] = [number, 0];
    else if (code >= ZERO) number = number * 10 + code - ZERO;
    else {
      counts.set(bucket, (counts.get(bucket) ?? 0) + number);
      number = 0;
    }
  }
}

const ZERO = 48;
const COLON = 58;

function spreads(measures: Group["measures"]): JsonObject {
  const told: JsonObject = {};
  for (const [measure, [member, parts]] of Object.entries(TOLD) as [Measure, (typeof TOLD)[Measure]][]) {
    const counts = measures[measure];
    let count = 0;
    for (const n of counts.values()) count += n;
    const [p50 = 0, p95 = 0] = quantiles(counts, [0.5, 0.95]).map((value) => Math.round((value * 10) / parts) / 10);
    told[member] = count === 0 ? null : { p50, p95, count };
  }
  return told;
}
