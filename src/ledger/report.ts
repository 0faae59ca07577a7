import { type JsonObject, parseJson } from "../core/json.ts";
import { usdNumber } from "../core/money.ts";
import type { Dimension, ReportQuestion, ReportRow } from "../store/reports.ts";
import { choiceAt, dateOf, invalid, listAt, mustKnow, stretchAt, unknown } from "./stretch.ts";

/** A grouping, as a report names it (contract 10.3, and ours) → what the sums go by. */
const GROUPINGS = {
  user: "user",
  model: "model",
  tag: "tags",
  provider: "provider",
  credential_type: "byok",
  zero_data_retention: "zdr",
  api_key_name: "key",
  api_key_id: "key",
  team: "team",
  app: "app",
  error: "error",
} as const satisfies Record<string, Dimension>;

type Grouping = keyof typeof GROUPINGS;

/** What is asked for. */
export interface Report {
  readonly question: ReportQuestion;
  readonly groupings: readonly Grouping[];
  /** Only requests with any of these tags, or with all. */
  readonly tags: readonly string[];
  readonly everyTag: boolean;
}

const ASKED = [
  "start_date",
  "end_date",
  "group_by",
  "date_part",
  "user_id",
  "model",
  "provider",
  "credential_type",
  "zero_data_retention",
  "tags",
  "tags_match",
];
/** Of whose requests: for who may see all. */
const OF_WHOM = ["api_key_id", "team"];
/** What only the admin API tells: the hosted service's report has nothing of these. */
const OURS = ["app", "error"];

const MOST_DAYS = 3660;
/** Of a report by the hour, which reads twenty times as much; of one that is about users or tags as well; and of one by so much that there are no shorter sums. */
const MOST_DAYS_BY_HOUR = 92;
const MOST_DAYS_BY_HOUR_AND_USER = 31;
const MOST_DAYS_BY_HOUR_AND_ALL = 7;
/** Groups of one report: it is sorted and written in one go. */
const MOST_GROUPS = 50_000;
/** Rows that are added up before others have a turn: a few milliseconds. */
const STEP = 1000;
/** Tags that a report is filtered by. */
const MOST_TAGS = 100;

/**
 * Reads what a report is asked for.
 * @param keyId whose requests it is about; `undefined` for everybody's, for the admin
 * @param isOurs whether it may be what the hosted service's has not: by moment, by the minute, by apps and errors
 * @throws GatewayError `invalid_request`
 */
export function readReport(asked: URLSearchParams, keyId: string | undefined, isOurs = false): Report {
  const more = isOurs ? OURS : [];
  mustKnow(asked, [...ASKED, ...(keyId === undefined ? OF_WHOM : []), ...more], ["group_by", "tags"]);
  const known = ["day", ...Object.keys(GROUPINGS).filter((one) => isOurs || !OURS.includes(one))];
  const grouped = listAt(asked, "group_by");
  const groups = grouped.length === 0 ? ["day"] : [...new Set(grouped)];
  const strange = groups.find((one) => !known.includes(one));
  if (strange !== undefined) throw unknown(strange, known, "group_by");
  const dated = groups.includes("day");
  const { unit, from, to } = stretchAt(asked, dated, isOurs);
  const groupings = groups.filter((one): one is Grouping => one !== "day");
  const tags = tagsAt(asked);
  const everyTag = choiceAt(asked, "tags_match", ["any", "all"]) === "all";
  const by = new Set<Dimension>(groupings.map((one) => GROUPINGS[one]));
  if (tags.length > 0) by.add("tags");
  const only = onlyOf(asked, keyId);
  const goesBy = (one: Dimension) => by.has(one) || only[one] !== undefined;
  if (goesBy("app") && !goesBy("error") && unit !== "minute" && (goesBy("user") || goesBy("tags")))
    throw invalid("group_by", "A report about apps goes by neither users nor tags, but for one about errors.");
  const isFine = !goesBy("error") && (goesBy("user") || goesBy("tags") || goesBy("app"));
  const hourly = unit === "hour" && dated;
  const isFinest = isFine && only.user === undefined && only.key === undefined && mixes(by);
  const most = !hourly
    ? MOST_DAYS
    : isFinest
      ? MOST_DAYS_BY_HOUR_AND_ALL
      : isFine
        ? MOST_DAYS_BY_HOUR_AND_USER
        : MOST_DAYS_BY_HOUR;
  // So many days from a moment on may begin within one hour and end within another.
  const isTooLong = unit === "hour" ? to - from > most * 24 : to - from >= most;
  if (unit !== "minute" && isTooLong) {
    const which = !hourly
      ? ""
      : isFinest
        ? BY_TAGS_AND_MORE
        : isFine
          ? " by the hour that goes by users, tags or apps"
          : " by the hour";
    throw invalid("end_date", `A report${which} is of ${most} days at most.`);
  }
  return {
    question: {
      unit,
      from,
      to,
      dated,
      by: [...by],
      only,
      ...(tags.length === 0 ? {} : { tagged: { tags, every: everyTag } }),
      limit: MOST_GROUPS + 1,
    },
    groupings,
    tags,
    everyTag,
  };
}

const BY_TAGS_AND_MORE = " by the hour that goes by tags and users, or by tags, models and keys,";

/** Whether it goes by tags and so much else that it is made from sums by everything (`store/totals.ts` has none shorter). */
function mixes(by: ReadonlySet<Dimension>): boolean {
  const any = (...some: Dimension[]) => some.some((one) => by.has(one));
  return by.has("tags") && (by.has("user") || (any("model", "provider") && any("key", "team")));
}

function onlyOf(asked: URLSearchParams, keyId: string | undefined): ReportQuestion["only"] {
  const only: Partial<Record<Dimension, string | number>> = {};
  const own = { user: "user_id", model: "model", provider: "provider", team: "team", key: "api_key_id" } as const;
  const texts = { ...own, app: "app", error: "error" } as const;
  for (const [member, name] of Object.entries(texts) as [Dimension, string][]) {
    const value = asked.get(name);
    if (value !== null) only[member] = value;
  }
  const whose = choiceAt(asked, "credential_type", ["system", "byok"]);
  if (whose !== undefined) only.byok = Number(whose === "byok");
  const zdr = choiceAt(asked, "zero_data_retention", ["false", "true"]);
  if (zdr !== undefined) only.zdr = Number(zdr === "true");
  if (keyId !== undefined) only.key = keyId;
  return only;
}

/** Counters of a group. Whole numbers without end: the sum of many may pass 2^53, and is a `bigint` then. */
type Sums = Record<(typeof SUMS)[number], number | bigint>;

const SUMS = [
  "requests",
  "errors",
  "cost",
  "charged",
  "input",
  "cache_read",
  "cache_write",
  "output",
  "reasoning",
] as const satisfies readonly (keyof ReportRow)[];

interface Group {
  readonly told: JsonObject;
  readonly at: number;
  readonly sums: Sums;
}

/**
 * The groups of a report, as it tells them: those of a time together, the dearest first. A request with several tags counts in the group of each.
 * @param nameOf the name of a key
 * @throws GatewayError `invalid_request` where there are too many
 */
export async function toldReport(
  report: Report,
  rows: readonly ReportRow[],
  nameOf: (keyId: string) => string | undefined,
): Promise<JsonObject[]> {
  const groups = new Map<string, Group>();
  const date = dates(report.question.unit);
  for (const [i, row] of rows.entries()) {
    if (i % STEP === STEP - 1) await new Promise(setImmediate);
    if (groups.size > MOST_GROUPS || rows.length > MOST_GROUPS)
      throw invalid("group_by", `There are more than ${MOST_GROUPS} groups: ask for fewer days, or group by less.`);
    const all = row.tags === undefined || row.tags === "" ? [] : (JSON.parse(String(row.tags)) as string[]);
    if (!has(report, all)) continue;
    const each = report.groupings.includes("tag") ? (all.length === 0 ? [undefined] : new Set(all)) : [undefined];
    for (const tag of each) {
      const told = namesOf(report, row, tag, nameOf, date);
      const key = JSON.stringify(told);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { told, at: row.at ?? 0, sums: sumsOf(row) });
      else for (const sum of SUMS) group.sums[sum] = plus(group.sums[sum], row[sum]);
    }
  }
  return [...groups.values()].sort(inOrder).map(({ told, sums }) => ({ ...told, ...counters(sums) }));
}

/** When a part of a report began, as it tells that: mostly of many rows one after the other, and a third of what each of them costs. */
function dates(unit: ReportQuestion["unit"]): (at: number) => ReturnType<typeof dateOf> {
  let last: { readonly at: number; readonly date: ReturnType<typeof dateOf> } | undefined;
  return (at) => {
    if (last?.at !== at) last = { at, date: dateOf(at, unit) };
    return last.date;
  };
}

function plus(one: number | bigint, other: number | bigint): number | bigint {
  const sum = typeof one === "number" && typeof other === "number" ? one + other : Number.NaN;
  return Number.isSafeInteger(sum) ? sum : BigInt(one) + BigInt(other);
}

function has({ tags, everyTag }: Report, all: readonly string[]): boolean {
  if (tags.length === 0) return true;
  return everyTag ? tags.every((tag) => all.includes(tag)) : tags.some((tag) => all.includes(tag));
}

/** What was not told is absent: the SDK wants texts. */
function namesOf(
  { groupings }: Report,
  row: ReportRow,
  tag: string | undefined,
  nameOf: (keyId: string) => string | undefined,
  date: ReturnType<typeof dates>,
): JsonObject {
  const told: JsonObject = row.at === undefined ? {} : { ...date(row.at) };
  for (const grouping of groupings) {
    const value = row[GROUPINGS[grouping]];
    if (grouping === "tag") {
      if (tag !== undefined) told.tag = tag;
    } else if (grouping === "credential_type") told.credential_type = value === 1 ? "byok" : "system";
    else if (grouping === "zero_data_retention") told.zero_data_retention = value === 1;
    else if (grouping === "api_key_name") told.api_key_name = nameOf(String(value)) ?? String(value);
    else if (value !== undefined && value !== "") told[grouping] = value;
  }
  return told;
}

function counters(sums: Sums): JsonObject {
  const charged = usdNumber(Number(sums.charged));
  return {
    total_cost: charged,
    market_cost: usdNumber(Number(sums.cost)),
    surcharge_cost: 0,
    gateway_cost: charged,
    input_tokens: Number(sums.input),
    output_tokens: Number(sums.output),
    cached_input_tokens: Number(sums.cache_read),
    cache_creation_input_tokens: Number(sums.cache_write),
    reasoning_tokens: Number(sums.reasoning),
    request_count: Number(sums.requests),
    error_count: Number(sums.errors),
  };
}

/** What a group may have, in the order in which a table has it: what it goes by, and what it counts. */
export function columnsOf({ question: { dated, unit }, groupings }: Report): string[] {
  const nothing = Object.fromEntries(SUMS.map((sum) => [sum, 0])) as Sums;
  return [...(dated ? [unit] : []), ...groupings, ...Object.keys(counters(nothing))];
}

function inOrder(a: Group, b: Group): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.sums.cost < b.sums.cost) return 1;
  if (a.sums.cost > b.sums.cost) return -1;
  return JSON.stringify(a.told) < JSON.stringify(b.told) ? -1 : 1;
}

function sumsOf({
  requests,
  errors,
  cost,
  charged,
  input,
  cache_read,
  cache_write,
  output,
  reasoning,
}: ReportRow): Sums {
  return { requests, errors, cost, charged, input, cache_read, cache_write, output, reasoning };
}

/** Where one has a comma in it they are a JSON list. */
export function tagsAt(asked: URLSearchParams): string[] {
  const lists = asked.getAll("tags").map((text) => (text.startsWith("[") ? parseJson(text) : undefined));
  const isList = lists.length === 1 && Array.isArray(lists[0]) && lists[0].every((one) => typeof one === "string");
  const tags = [...new Set(isList ? (lists[0] as string[]) : listAt(asked, "tags"))];
  if (tags.length > MOST_TAGS) throw invalid("tags", `A report goes by ${MOST_TAGS} tags at most.`);
  return tags;
}
