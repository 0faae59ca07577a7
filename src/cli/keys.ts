import { isObject, type JsonObject, type JsonValue, jsonObject, objectAt, parseJson } from "../core/json.ts";
import { ADMIN_OPTIONS, adminCommand, flagOf, numberOf, PAGE, queryOf, rowsOf, tableOf } from "./admin-command.ts";
import { type readOptions, UsageError } from "./usage.ts";

const OPTIONS = {
  ...ADMIN_OPTIONS,
  name: { type: "string", value: "text", means: "create, edit: what people call it." },
  owner: { type: "string", value: "text", means: "create, edit: whose it is; list: only this one's." },
  team: { type: "string", value: "id", means: "create, edit: the team that it belongs to; list: only of this one." },
  expires: { type: "string", value: "time", means: "create, edit: until when it opens, such as 2027-01-31T00:00:00Z." },
  models: { type: "string", value: "names", means: "create, edit: the only models, with commas between." },
  providers: { type: "string", value: "names", means: "create, edit: the only providers, with commas between." },
  "zero-data-retention": {
    type: "string",
    value: "true|false",
    means: "create, edit: whether nobody is asked who keeps anything.",
  },
  metadata: { type: "string", value: "json", means: "create, edit: what else is to be noted, an object." },
  budget: { type: "string", value: "usd", means: "create, edit: what it may spend." },
  period: { type: "string", value: "word", means: "create, edit: in which time: daily, weekly, monthly or total." },
  requests: { type: "string", value: "number", means: "create, edit: most requests a minute." },
  tokens: { type: "string", value: "number", means: "create, edit: most tokens a minute." },
  streams: { type: "string", value: "number", means: "create, edit: most streams at a time." },
  overlap: { type: "string", value: "seconds", means: "rotate: for how long the secret before opens as well." },
  search: { type: "string", value: "text", means: "list: only those with this in a name, an id, an owner or a hint." },
  revoked: { type: "boolean", means: "list: those that are revoked as well." },
} as const;

type Told = ReturnType<typeof readOptions<typeof OPTIONS>>;

export const keys = adminCommand({
  many: "keys",
  one: "key",
  id: "key_",
  path: "/admin/keys",
  means: "List, create, show, edit, disable, enable, rotate or revoke client keys of the gateway that runs.",
  options: OPTIONS,
  actions: {
    list: { one: false, ask: (told) => ({ method: "GET", path: `?${questionOf(told)}` }) },
    create: { one: false, ask: (told) => ({ method: "POST", path: "", body: membersOf(told) }) },
    show: { one: true, ask: (_, id) => ({ method: "GET", path: `/${id}` }) },
    edit: {
      one: true,
      ask: async (told, id, known) => ({ method: "PATCH", path: `/${id}`, body: await changesOf(told, known) }),
    },
    disable: { one: true, ask: (_, id) => ({ method: "PATCH", path: `/${id}`, body: { disabled: true } }) },
    enable: { one: true, ask: (_, id) => ({ method: "PATCH", path: `/${id}`, body: { disabled: false } }) },
    rotate: {
      one: true,
      ask: ({ overlap }, id) => ({
        method: "POST",
        path: `/${id}/rotate`,
        body: overlap === undefined ? {} : { overlap_seconds: numberOf(overlap, "overlap") },
      }),
    },
    revoke: { one: true, ask: (_, id) => ({ method: "DELETE", path: `/${id}` }) },
  },
  shown,
});

function questionOf({ search, owner, team, revoked }: Told): string {
  return queryOf({ q: search, owner, team, revoked: revoked === true ? "true" : undefined, limit: String(PAGE) });
}

/** The API is told all limits at once, and people one of them. */
async function changesOf(told: Told, known: () => Promise<JsonObject>): Promise<JsonObject> {
  const members = membersOf(told);
  const limits = objectAt(members.limits);
  if (limits === undefined) return members;
  const all = Object.entries({ ...objectAt((await known()).limits), ...limits }).filter(([, most]) => most !== "");
  return { ...members, limits: all.length === 0 ? null : Object.fromEntries(all) };
}

/** Where nothing stands behind an option, what it says is taken away. @throws UsageError */
function membersOf(told: Told): JsonObject {
  const { name, owner, team, expires, models, providers, metadata, budget, period, requests, tokens, streams } = told;
  const zdr = told["zero-data-retention"];
  const limits = jsonObject({
    requests_per_minute: mostOf(requests, "requests"),
    tokens_per_minute: mostOf(tokens, "tokens"),
    concurrent_streams: mostOf(streams, "streams"),
  });
  const money = jsonObject({ limit_usd: budget, period });
  return jsonObject({
    name,
    owner: orNull(owner),
    team: orNull(team),
    expires_at: orNull(expires),
    models: orNull(models, listOf),
    providers: orNull(providers, listOf),
    zero_data_retention: zdr === undefined ? undefined : flagOf(zdr, "zero-data-retention"),
    metadata: orNull(metadata, noteOf),
    limits: Object.keys(limits).length === 0 ? undefined : limits,
    budget: budget === "" ? null : Object.keys(money).length === 0 ? undefined : money,
  });
}

function orNull(text: string | undefined, read: (text: string) => JsonValue = (own) => own): JsonValue | undefined {
  return text === "" ? null : text === undefined ? undefined : read(text);
}

/** @throws UsageError */
function mostOf(text: string | undefined, option: string): JsonValue | undefined {
  return text === undefined || text === "" ? text : numberOf(text, option);
}

/** @throws UsageError */
function noteOf(text: string): JsonObject {
  const note = objectAt(parseJson(text));
  if (note === undefined) throw new UsageError(`--metadata wants an object, such as '{"ticket": 7}'`);
  return note;
}

function listOf(text: string): string[] {
  return text.split(",").map((one) => one.trim());
}

/** For people: one key a line, and the secret, where it is told, alone on the last. */
function shown(body: JsonObject): string {
  if (body.deleted === true) return `${body.id} revoked\n`;
  const { key, has_more: more } = body;
  const table = tableOf([["ID", "STATUS", "SECRET", "SPENT", "NAME"], ...rowsOf(body).map(columnsOf)]);
  const tail = [...(more === true ? ["and more: ask with --search"] : []), ...(typeof key === "string" ? [key] : [])];
  return `${[...table, ...tail].join("\n")}\n`;
}

function columnsOf({ id, status, hint, name, budgets }: JsonObject): string[] {
  const all = (Array.isArray(budgets) ? budgets : []).filter(isObject);
  const spent = all.map(({ spent_usd: spent, limit_usd: limit, period }) => `${spent} of ${limit} USD ${period}`);
  return [String(id), String(status), String(hint), spent.join(", ") || "-", String(name)];
}
