import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { isObject, type JsonObject, parseJson } from "../core/json.ts";
import { nearest } from "../core/near.ts";
import { secretFile } from "../gateway/secret-file.ts";
import { CONFIG_OPTIONS } from "./options.ts";
import { type Command, type Option, readOptions, UsageError } from "./usage.ts";

const { config, host, port } = CONFIG_OPTIONS;

/** Options of every command that asks a gateway that runs. */
export const ADMIN_OPTIONS = {
  config,
  host,
  port,
  url: { type: "string", value: "address", means: "The gateway, where it is not at that host and port." },
  json: { type: "boolean", means: "What the admin API answers, as it stands." },
} as const;

type Options = Readonly<Record<string, Option>> & typeof ADMIN_OPTIONS;
type Told<O extends Options> = ReturnType<typeof readOptions<O>>;

/** One thing that can be done. */
export interface Action<O extends Options> {
  /** Whether it is done to one, whose id stands behind it; or may be, where none is told as well. */
  readonly one: boolean | "perhaps";
  /** @param id empty where it is done to none; `known` asks for that one as it is @throws UsageError */
  ask(told: Told<O>, id: string, known: () => Promise<JsonObject>): Question | Promise<Question>;
}

interface Question {
  readonly method: string;
  readonly path: string;
  readonly body?: JsonObject;
}

export interface AdminCommand<O extends Options> {
  /** What it is about: many, one, and how an id of one begins. */
  readonly many: string;
  readonly one: string;
  readonly id: string;
  /** Where the admin API has them. */
  readonly path: string;
  readonly means: string;
  readonly options: O;
  readonly actions: Readonly<Record<string, Action<O>>>;
  /** What an answer says to people. */
  shown(body: JsonObject): string;
}

/** A command that does things at the gateway that runs, by its admin API. */
export function adminCommand<const O extends Options>(given: AdminCommand<O>): Command {
  const { actions, many, one, path, means, options, shown } = given;
  return {
    means,
    options,
    async run(typed) {
      const [name = "", ...args] = typed[0] === undefined || typed[0].startsWith("-") ? ["list", ...typed] : typed;
      const action = Object.hasOwn(actions, name) ? actions[name]! : undefined;
      if (action === undefined) throw strangeAction(many, name, Object.keys(actions));
      const isOne = action.one === "perhaps" ? args[0]?.startsWith("-") === false : action.one;
      const [id = "", ...rest] = isOne ? args : ["", ...args];
      if (isOne && !/^\w[\w-]*$/.test(id))
        throw new UsageError(`${many} ${name} wants the id of a ${one}, ${given.id}…, behind it`);
      const told = readOptions(rest, options);
      const question = await action.ask(told, id, () => asked(told, { method: "GET", path: `${path}/${id}` }));
      const body = await answered(told, { ...question, path: path + question.path });
      process.stdout.write(told.json === true ? `${JSON.stringify(body, null, 2)}\n` : shown(body));
      return 0;
    },
  };
}

function strangeAction(many: string, name: string, known: readonly string[]): UsageError {
  const near = nearest(name, known);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  return new UsageError(`${many} are not to be ${JSON.stringify(name)}: ${known.join(", ")}${hint}`);
}

/** As many as one page is to have. */
export const PAGE = 500;

/** What is looked for in many comes in pages that are not full: they are told as one. @throws as {@link asked} */
async function answered(told: Told<Options>, question: Question): Promise<JsonObject> {
  let body = await asked(told, question);
  while (Array.isArray(body.data) && body.data.length < PAGE && typeof body.next === "string") {
    const path = `${question.path}&${queryOf({ before: body.next })}`;
    const { data, ...rest } = await asked(told, { ...question, path });
    body = { ...rest, data: [...body.data, ...(Array.isArray(data) ? data : [])] };
  }
  return body;
}

/** @throws Error where it refuses, or nobody answers */
export async function asked(
  { config: file, host, port, url: told }: Told<typeof ADMIN_OPTIONS>,
  { method, path, body }: Question,
): Promise<JsonObject> {
  const { config } = loadConfig({ config: file, host, port }, process.env);
  const url = (told ?? `http://${authority(config)}`).replace(/(?<!\/)\/+$/, "");
  const headers = { authorization: `Bearer ${tokenOf(config)}`, "content-type": "application/json" };
  let reply: Response;
  try {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    // The token goes where it was told and nowhere else.
    reply = await fetch(url + path, { method, headers, redirect: "manual", ...sent });
  } catch {
    throw new Error(`no gateway answers at ${url}: start it, or tell where it is by --url`);
  }
  const answer = parseJson(await reply.text());
  if (!isObject(answer)) throw new Error(`${url} answers with ${reply.status} and no JSON: is it a gateway?`);
  if (reply.ok) return answer;
  const { error } = answer;
  throw new Error(isObject(error) && typeof error.message === "string" ? error.message : `refused (${reply.status})`);
}

/** What the first start has written where nobody was watching. */
const FRESH_TOKEN = /^ {4}(hga_[\w-]{32})$/m;

/** @throws Error where there is none */
function tokenOf({ admin_token: token, admin_token_file: file, data }: Config): string {
  if (file !== undefined) return secretFile(file, "admin_token_file");
  if (token !== undefined) return token;
  const first = join(data, "first-run.txt");
  const found = existsSync(first) ? FRESH_TOKEN.exec(readFileSync(first, "utf8"))?.[1] : undefined;
  if (found !== undefined) return found;
  throw new Error("which admin token? Set HEADGATE_ADMIN_TOKEN to the one that the first start has told");
}

export function authority({ host, port }: Pick<Config, "host" | "port">): string {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `${name.includes(":") ? `[${name}]` : name}:${port}`;
}

/** Behind the question mark, without what nobody has told. */
export function queryOf(asked: Readonly<Record<string, string | undefined>>): string {
  const told = Object.entries(asked).filter((one): one is [string, string] => one[1] !== undefined);
  return new URLSearchParams(told).toString();
}

/** @throws UsageError */
export function numberOf(text: string, option: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--${option} wants a whole number`);
  return Number(text);
}

/** @throws UsageError */
export function flagOf(text: string, option: string): boolean {
  if (text !== "true" && text !== "false") throw new UsageError(`--${option} wants true or false`);
  return text === "true";
}

/** What an answer has: of a list its members, else itself. */
export function rowsOf(body: JsonObject): JsonObject[] {
  return (Array.isArray(body.data) ? body.data : [body]).filter(isObject);
}

/** Lines, in columns as wide as what stands in them. */
export function tableOf(lines: readonly (readonly string[])[]): string[] {
  const widths = lines[0]!.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  return lines.map((line) =>
    line
      .map((text, at) => text.padEnd(widths[at]!))
      .join("  ")
      .trimEnd(),
  );
}
