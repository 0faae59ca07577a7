import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { isObject, type JsonObject, jsonObject, parseJson } from "../core/json.ts";
import { nearest } from "../core/near.ts";
import { secretFile } from "../gateway/secret-file.ts";
import { CONFIG_OPTIONS } from "./options.ts";
import { type Command, readOptions, UsageError } from "./usage.ts";

const { config, host, port } = CONFIG_OPTIONS;

const OPTIONS = {
  config,
  host,
  port,
  url: { type: "string", value: "address", means: "The gateway, where it is not at that host and port." },
  json: { type: "boolean", means: "What the admin API answers, as it stands." },
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

/** One thing that can be done with keys, at the gateway that runs. */
interface Action {
  /** Whether it is done to one key, whose id stands behind it. */
  readonly one: boolean;
  ask(told: Told, id: string): { method: string; path: string; body?: JsonObject };
}

const ACTIONS: Readonly<Record<string, Action>> = {
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
};

export const keys: Command = {
  means: "List, create, show, edit, disable, enable, rotate or revoke client keys of the gateway that runs.",
  options: OPTIONS,
  async run(typed) {
    const [name = "", ...args] = typed[0] === undefined || typed[0].startsWith("-") ? ["list", ...typed] : typed;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name]! : undefined;
    if (action === undefined) throw strangeAction(name);
    const [id = "", ...rest] = action.one ? args : ["", ...args];
    if (action.one && !/^\w[\w-]*$/.test(id))
      throw new UsageError(`keys ${name} wants the id of a key, key_…, behind it`);
    const told = readOptions(rest, OPTIONS);
    const body = await asked(told, action.ask(told, id));
    process.stdout.write(told.json === true ? `${JSON.stringify(body, null, 2)}\n` : shown(body));
    return 0;
  },
};

function strangeAction(name: string): UsageError {
  const near = nearest(name, Object.keys(ACTIONS));
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  return new UsageError(`keys are not to be ${JSON.stringify(name)}: ${Object.keys(ACTIONS).join(", ")}${hint}`);
}

/** @throws Error where it refuses, or nobody answers */
async function asked(told: Told, { method, path, body }: ReturnType<Action["ask"]>): Promise<JsonObject> {
  const { config } = loadConfig({ config: told.config, host: told.host, port: told.port }, process.env);
  const url = (told.url ?? `http://${authority(config)}`).replace(/\/+$/, "");
  const headers = { authorization: `Bearer ${tokenOf(config)}`, "content-type": "application/json" };
  let reply: Response;
  try {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    // The token goes where it was told and nowhere else.
    reply = await fetch(`${url}/admin/keys${path}`, { method, headers, redirect: "manual", ...sent });
  } catch {
    throw new Error(`no gateway answers at ${url}: start it, or tell where it is by --url`);
  }
  const answer = parseJson(await reply.text());
  if (!isObject(answer)) throw new Error(`${url} answers with ${reply.status} and no JSON: is it a gateway?`);
  if (reply.ok) return answer;
  const { error } = answer;
  throw new Error(isObject(error) && typeof error.message === "string" ? error.message : `refused (${reply.status})`);
}

/** @throws Error where there is none */
function tokenOf({ admin_token: token, admin_token_file: file }: Config): string {
  if (file !== undefined) return secretFile(file, "admin_token_file");
  if (token !== undefined) return token;
  throw new Error("which admin token? Set HEADGATE_ADMIN_TOKEN to the one that the first start has told");
}

function authority({ host, port }: Config): string {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `${name.includes(":") ? `[${name}]` : name}:${port}`;
}

function questionOf({ search, owner, team, revoked }: Told): string {
  const asked = { q: search, owner, team, revoked: revoked === true ? "true" : undefined, limit: "500" };
  const told = Object.entries(asked).filter((one): one is [string, string] => one[1] !== undefined);
  return new URLSearchParams(told).toString();
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

/** @throws UsageError */
function numberOf(text: string, option: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--${option} wants a whole number`);
  return Number(text);
}

/** For people: one key a line, and the secret, where it is told, alone on the last. */
function shown(body: JsonObject): string {
  if (body.deleted === true) return `${body.id} revoked\n`;
  const { data, key, has_more: more } = body;
  const rows = (Array.isArray(data) ? data : [body]).filter(isObject);
  const lines = [["ID", "STATUS", "SECRET", "SPENT", "NAME"], ...rows.map(columnsOf)];
  const widths = lines[0]!.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  const table = lines.map((line) =>
    line
      .map((text, at) => text.padEnd(widths[at]!))
      .join("  ")
      .trimEnd(),
  );
  const tail = [...(more === true ? ["and more: ask with --search"] : []), ...(typeof key === "string" ? [key] : [])];
  return `${[...table, ...tail].join("\n")}\n`;
}

function columnsOf({ id, status, hint, name, budgets }: JsonObject): string[] {
  const all = (Array.isArray(budgets) ? budgets : []).filter(isObject);
  const spent = all.map(({ spent_usd: spent, limit_usd: limit, period }) => `${spent} of ${limit} USD ${period}`);
  return [String(id), String(status), String(hint), spent.join(", ") || "-", String(name)];
}
