import { GatewayError } from "../core/error.ts";
import { generationFloor, isGenerationId } from "../core/id.ts";
import { MOST_USD, nanodollarsOf } from "../core/usd.ts";
import type { PageFilter, PageQuery } from "../store/generation-pages.ts";

/** Parameter → what a row must have. */
const FILTERS = {
  api_key_id: "keyId",
  team: "team",
  model: "model",
  requested_model: "requested",
  provider: "provider",
  user_id: "user",
  quota_entity_id: "entity",
  app: "app",
  error: "error",
  finish_reason: "finish",
  operation: "operation",
} as const satisfies Record<string, PageFilter>;

const OTHERS = [
  "from",
  "to",
  "before",
  "limit",
  "tag",
  "status",
  "streamed",
  "credential_type",
  "min_cost",
  "min_duration_ms",
  "search",
  "format",
];
/** Those that may be given several times, for either. */
const SEVERAL = [...Object.keys(FILTERS), "tag"];
const MOST_OF_ONE = 50;

const USUAL = 50;
const MOST = 500;
const LONGEST_SEARCH = 200;
const DAY_MS = 86_400_000;

/** Reads which generations are asked for. @throws GatewayError `invalid_request` */
export function readPageQuery(asked: URLSearchParams): PageQuery & { readonly format: "json" | "jsonl" | "csv" } {
  const known = [...Object.keys(FILTERS), ...OTHERS];
  for (const name of new Set(asked.keys())) {
    if (!known.includes(name))
      throw invalid(name, `There is no ${JSON.stringify(name.slice(0, 80))} to ask by: there are ${known.join(", ")}.`);
    const times = asked.getAll(name).length;
    if (times > 1 && !SEVERAL.includes(name)) throw invalid(name, `${name} is given twice.`);
    if (times > MOST_OF_ONE) throw invalid(name, `${name} may have ${MOST_OF_ONE} values.`);
  }
  const only: { -readonly [Filter in PageFilter]?: PageQuery["only"][Filter] } = {};
  for (const [name, member] of Object.entries(FILTERS)) {
    const all = asked.getAll(name);
    if (all.length > 0) only[member] = all;
  }
  const streamed = choiceAt(asked, "streamed", ["false", "true"]);
  if (streamed !== undefined) only.streamed = Number(streamed === "true");
  const whose = choiceAt(asked, "credential_type", ["system", "byok"]);
  if (whose !== undefined) only.byok = Number(whose === "byok");
  const status = choiceAt(asked, "status", ["ok", "error"]);
  const from = momentAt(asked, "from", 0);
  const to = momentAt(asked, "to", DAY_MS);
  const cursor = asked.get("before");
  if (cursor !== null && !isGenerationId(cursor))
    throw invalid("before", "before must be the id of the last generation that was told.");
  const ends = [...(cursor === null ? [] : [cursor]), ...(to === undefined ? [] : [generationFloor(to)])];
  const search = asked.get("search");
  if (search !== null && search.length > LONGEST_SEARCH)
    throw invalid("search", `search may have ${LONGEST_SEARCH} characters.`);
  return {
    from: from === undefined ? undefined : generationFloor(from),
    before: ends.sort()[0],
    limit: limitAt(asked),
    only,
    tagged: asked.has("tag") ? asked.getAll("tag") : undefined,
    minCost: asked.has("min_cost") ? dollarsAt(asked, "min_cost") : undefined,
    minDurationMs: asked.has("min_duration_ms") ? wholeAt(asked, "min_duration_ms") : undefined,
    failed: status === undefined ? undefined : status === "error",
    containing: search === null || search === "" ? undefined : search,
    format: choiceAt(asked, "format", ["json", "jsonl", "csv"]) ?? "json",
  };
}

/** Reads which alarms are asked for. @throws GatewayError `invalid_request` */
export function readAlarmQuery(asked: URLSearchParams): { limit: number; before: string | undefined } {
  for (const name of asked.keys())
    if (name !== "limit" && name !== "before") throw invalid(name, "There are limit and before to ask alarms by.");
  return { limit: limitAt(asked), before: asked.get("before") ?? undefined };
}

function limitAt(asked: URLSearchParams): number {
  const text = asked.get("limit");
  if (text === null) return USUAL;
  if (!/^\d{1,3}$/.test(text) || Number(text) < 1 || Number(text) > MOST)
    throw invalid("limit", `limit must be a whole number from 1 to ${MOST}.`);
  return Number(text);
}

function dollarsAt(asked: URLSearchParams, name: string): number {
  const nanodollars = nanodollarsOf(asked.get(name));
  if (nanodollars === undefined) throw invalid(name, `${name} must be dollars, from 0 to ${MOST_USD}, as in 0.05.`);
  return nanodollars;
}

function wholeAt(asked: URLSearchParams, name: string): number {
  const text = asked.get(name) ?? "";
  if (!/^\d{1,12}$/.test(text)) throw invalid(name, `${name} must be a whole number.`);
  return Number(text);
}

/** Unix milliseconds of a day, or of a moment in ISO 8601. @param dayMs what is added to a day, which counts as a whole */
function momentAt(asked: URLSearchParams, name: string, dayMs: number): number | undefined {
  const text = asked.get(name);
  if (text === null) return undefined;
  const ms = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text.slice(0, 10) || ms < 0)
    throw invalid(name, `${name} must be a day, as in 2026-01-31, or a moment, as in 2026-01-31T12:00:00Z.`);
  return text.length === 10 ? ms + dayMs : ms;
}

function choiceAt<const Choice extends string>(asked: URLSearchParams, name: string, choices: readonly Choice[]) {
  const value = asked.get(name);
  if (value === null) return undefined;
  const chosen = choices.find((one) => one === value);
  if (chosen === undefined) throw invalid(name, `${name} must be ${choices.join(" or ")}.`);
  return chosen;
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param });
}
