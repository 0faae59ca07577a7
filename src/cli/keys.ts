import { isObject, type JsonObject, jsonObject } from "../core/json.ts";
import { ADMIN_OPTIONS, adminCommand, numberOf, PAGE, queryOf, rowsOf, tableOf } from "./admin-command.ts";
import type { readOptions } from "./usage.ts";

const OPTIONS = {
  ...ADMIN_OPTIONS,
  name: { type: "string", value: "text", means: "create, edit: what people call it." },
  owner: { type: "string", value: "text", means: "create, edit: whose it is; list: only this one's." },
  team: { type: "string", value: "id", means: "create, edit: the team that it belongs to; list: only of this one." },
  expires: { type: "string", value: "time", means: "create, edit: until when it opens, such as 2027-01-31T00:00:00Z." },
  models: { type: "string", value: "names", means: "create, edit: the only models, with commas between." },
  providers: { type: "string", value: "names", means: "create, edit: the only providers, with commas between." },
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
    edit: { one: true, ask: (told, id) => ({ method: "PATCH", path: `/${id}`, body: membersOf(told) }) },
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

function membersOf(told: Told): JsonObject {
  const { name, owner, team, expires, models, providers, budget, period, requests, tokens, streams } = told;
  const limits = jsonObject({
    requests_per_minute: requests === undefined ? undefined : numberOf(requests, "requests"),
    tokens_per_minute: tokens === undefined ? undefined : numberOf(tokens, "tokens"),
    concurrent_streams: streams === undefined ? undefined : numberOf(streams, "streams"),
  });
  const money = jsonObject({ limit_usd: budget, period });
  return jsonObject({
    name,
    owner,
    team,
    expires_at: expires,
    models: models === undefined ? undefined : listOf(models),
    providers: providers === undefined ? undefined : listOf(providers),
    limits: Object.keys(limits).length === 0 ? undefined : limits,
    budget: Object.keys(money).length === 0 ? undefined : money,
  } as Parameters<typeof jsonObject>[0]);
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
