import { type JsonObject, jsonObject } from "../core/json.ts";
import { ADMIN_OPTIONS, adminCommand, flagOf, PAGE, queryOf, rowsOf, tableOf } from "./admin-command.ts";
import { type readOptions, UsageError } from "./usage.ts";

const OPTIONS = {
  ...ADMIN_OPTIONS,
  scope: {
    type: "string",
    value: "word",
    means: "create: gateway, team, key, user, tag or entity; list: only those of it.",
  },
  of: { type: "string", value: "id", means: "create: whose it is, * for each that has none; list: only this one's." },
  limit: { type: "string", value: "usd", means: "create, edit: what may be spent." },
  period: { type: "string", value: "word", means: "create: in which time: daily, weekly, monthly or total." },
  soft: { type: "string", value: "true|false", means: "create, edit: whether nobody is refused, only counted." },
  byok: {
    type: "string",
    value: "true|false",
    means: "create, edit: whether accounts of clients' own count as well.",
  },
  thresholds: { type: "string", value: "list", means: "create, edit: percentages to be told of, such as 50,75,100." },
  after: { type: "string", value: "id", means: "list: only those that were made after this one." },
} as const;

type Told = ReturnType<typeof readOptions<typeof OPTIONS>>;

export const budgets = adminCommand({
  many: "budgets",
  one: "budget",
  id: "budget_",
  path: "/admin/budgets",
  means: "List, create, show, edit, archive, restore or remove budgets of the gateway that runs.",
  options: OPTIONS,
  actions: {
    list: {
      one: false,
      ask: ({ scope, of, after }) => ({
        method: "GET",
        path: `?${queryOf({ scope, scope_id: of, after, limit: String(PAGE) })}`,
      }),
    },
    create: { one: false, ask: (told) => ({ method: "POST", path: "", body: membersOf(told) }) },
    show: { one: true, ask: (_, id) => ({ method: "GET", path: `/${id}` }) },
    edit: { one: true, ask: (told, id) => ({ method: "PATCH", path: `/${id}`, body: membersOf(told) }) },
    archive: { one: true, ask: (_, id) => ({ method: "PATCH", path: `/${id}`, body: { archived: true } }) },
    restore: { one: true, ask: (_, id) => ({ method: "PATCH", path: `/${id}`, body: { archived: false } }) },
    remove: { one: true, ask: (_, id) => ({ method: "DELETE", path: `/${id}` }) },
  },
  shown,
});

/** Money goes as it was typed: it is read exactly where it is kept. @throws UsageError */
function membersOf({ scope, of, limit, period, soft, byok, thresholds }: Told): JsonObject {
  return jsonObject({
    scope,
    scope_id: of,
    limit_usd: limit,
    period,
    soft: soft === undefined ? undefined : flagOf(soft, "soft"),
    includes_byok: byok === undefined ? undefined : flagOf(byok, "byok"),
    thresholds: thresholds === undefined ? undefined : percentagesOf(thresholds),
  });
}

/** None of them, where nothing stands there. @throws UsageError */
function percentagesOf(text: string): number[] {
  const parts = text === "" ? [] : text.split(",").map((one) => one.trim());
  if (parts.some((part) => !/^\d{1,3}$/.test(part)))
    throw new UsageError("--thresholds wants whole percentages, with commas between");
  return parts.map(Number);
}

/** For people: one budget a line. */
function shown(body: JsonObject): string {
  if (body.deleted === true) return `${body.id} removed\n`;
  const table = tableOf([["ID", "OF", "SPENT", "PERIOD", "RESET", "STATE"], ...rowsOf(body).map(columnsOf)]);
  const tail = body.has_more === true ? [`and more: ask with --after ${body.next}`] : [];
  return `${[...table, ...tail].join("\n")}\n`;
}

function columnsOf(row: JsonObject): string[] {
  const { id, scope, scope_id: of, spent_usd: spent, limit_usd: limit, period, resets_at: reset } = row;
  const whose = scope === "gateway" ? "gateway" : `${scope} ${of}`;
  const state = row.archived === true ? "archived" : row.soft === true ? "soft" : "hard";
  // One that is each's is spent by each apart.
  const money = spent === undefined ? `up to ${limit} USD` : `${spent} of ${limit} USD`;
  return [String(id), whose, money, String(period), reset === null ? "-" : String(reset), state];
}
