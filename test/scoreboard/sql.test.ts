import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROUTES } from "../../src/admin/routes.ts";
import { oneOfEach, WRITES } from "../support/admin-writes.ts";
import { sized, tell } from "../support/figures.ts";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { MARK, marked, sqlTexts } from "../support/sql-texts.ts";

const ROOT = join(import.meta.dir, "..", "..");
const TOKEN = "an-admin-token-of-the-operator";
const COUNT = sized(24, 300);
const PAYLOADS = sqlTexts(COUNT);

/** Every SQL text that ran. */
const ran = new Set<string>();
const real = { query: Database.prototype.query, prepare: Database.prototype.prepare, run: Database.prototype.run };

let gateway: RunningGateway;
let pathOf: (route: string) => string;
beforeAll(async () => {
  for (const name of ["query", "prepare", "run"] as const) {
    const original = real[name] as (this: Database, sql: string, ...rest: unknown[]) => unknown;
    Object.assign(Database.prototype, {
      [name](this: Database, sql: string, ...rest: unknown[]) {
        ran.add(sql);
        return original.call(this, sql, ...rest);
      },
    });
  }
  gateway = await startGateway({ config: { admin_token: TOKEN, health: { failures: 1000 } } });
  ({ pathOf } = await oneOfEach(gateway));
});
afterAll(async () => {
  Object.assign(Database.prototype, real);
  await gateway.stop();
});

const inHeader = (text: string) => text.replace(/[^\x20-\x7e]/g, "?").trim();

function ask(
  method: string,
  path: string,
  more: { body?: unknown; headers?: Record<string, string>; token?: string } = {},
) {
  return fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${more.token ?? TOKEN}`, "content-type": "application/json", ...more.headers },
    ...(more.body === undefined ? {} : { body: JSON.stringify(more.body) }),
  });
}
const chat = (more: object, headers: Record<string, string> = {}, token = KEY) =>
  ask("POST", "/v1/chat/completions", {
    body: { model: "openai/gpt-5", messages: [{ role: "user", content: "[sim every=0]" }], ...more },
    headers,
    token,
  });

/** What of a question may name something. */
const ASKED =
  "q name owner team user tag tags tags_any tags_all model provider key key_id id scope target actor action before after cursor from to start_date end_date group_by sort format period limit date_part".split(
    " ",
  );

/** Of rules, models and credentials those that are there are changed: more of them are looked at for every request. */
const EDITS = Object.entries(WRITES).filter(([route]) => !/^POST .*(rules|virtual-models|credentials)$/.test(route));
let told = 0;

/** The same with the text in the place of each that it has. */
function bodiesWith<T>(value: T, text: string): T[] {
  if (typeof value === "string") return [text as T];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    bodiesWith(inner, text).map((other) => Object.assign(structuredClone(value), { [name]: other })),
  );
}

/** Whatever takes a text: some answer it, some refuse it, nobody fails. */
const INPUTS: Record<string, (text: string) => Promise<Response>[]> = {
  "secrets that are shown": (text) => [
    chat({}, {}, inHeader(text)),
    chat({}, {}, `hg_${inHeader(text)}`),
    chat({}, { "x-ai-gateway-api-key": inHeader(text) }),
    chat({}, { authorization: "", "x-api-key": inHeader(text) }),
    ask("GET", "/admin/keys", { token: inHeader(text) }),
    ask("POST", "/external/compromised_secret", { body: { secret: { api_key: text, url: text } } }),
  ],
  requests: (text) => [
    chat({ user: text, messages: [{ role: "user", content: `[sim every=0] ${text}` }] }),
    chat({ tags: [text], metadata: { a: text }, safety_identifier: text, prompt_cache_key: text }),
    chat({ providerOptions: { gateway: { user: text, tags: [text], quotaEntityId: text } } }),
    chat({ providerOptions: { gateway: { order: [text], only: [text], models: [text] } } }),
    chat({ model: text }),
    chat({ models: [text] }),
    chat({ stream: true, user: text }),
    chat({}, { "http-referer": inHeader(text), "x-title": inHeader(text), "idempotency-key": inHeader(text) }),
    chat({}, { "ai-reporting-user": inHeader(text), "ai-reporting-tags": inHeader(text), traceparent: inHeader(text) }),
    ask("POST", "/v1/messages", {
      body: { model: text, max_tokens: 1, messages: [{ role: "user", content: text }], metadata: { user_id: text } },
      token: KEY,
    }),
    ask("POST", "/v1/responses", {
      body: { model: "openai/gpt-5", input: `[sim every=0] ${text}`, previous_response_id: text },
      token: KEY,
    }),
  ],
  "what is looked up": (text) => {
    const word = encodeURIComponent(text);
    return [
      ...["/v1/generation?id=", "/v1/models/", "/v1/credits?x="].map((path) => ask("GET", path + word, { token: KEY })),
      ...ASKED.map((name) => ask("GET", `/v1/report?${name}=${word}`, { token: KEY })),
    ];
  },
  "what operators ask": (text) =>
    ROUTES.filter(({ method, role }) => method === "GET" && role === "admin").flatMap(({ path }) => {
      const word = encodeURIComponent(text);
      if (path.includes("{")) return [ask("GET", path.replace(/\{\w+\}/g, word))];
      return ASKED.map((name) => ask("GET", `${path}?${name}=${word}`));
    }),
  "what operators make": (text) => [
    ask("POST", "/admin/teams", { body: { name: text, metadata: { a: text, [text]: 1 } } }),
    ask("POST", "/admin/budgets", { body: { scope: "user", scope_id: text, period: "daily", limit_usd: 1 } }),
    ask("POST", "/admin/budgets", { body: { scope: text, scope_id: text, period: text, limit_usd: text } }),
    ask("POST", "/admin/keys", { body: { name: "x", team: text, user: { fixed: text }, tags: { fixed: [text] } } }),
    ask("POST", "/admin/keys", { body: { name: "x", models: [text], providers: [text], expires_at: text } }),
    ask("POST", "/admin/routing-rules", {
      body: { id: text, type: "deny", model: `nobody/${marked(1)}`, reason: text },
    }),
    ask("POST", "/admin/routing-rules", { body: { type: "deny", model: text } }),
    ask("POST", "/admin/virtual-models", { body: { id: text, model: "openai/gpt-5", description: text } }),
    ask("POST", "/admin/providers/groq/credentials", { body: { name: text, api_key: text } }),
    ask("POST", "/admin/providers/groq/credentials", { body: { api_key: inHeader(text).replaceAll(" ", "") } }),
    ask("POST", "/v1/api-keys", { body: { purpose: "ai-gateway", name: text } }),
  ],
  "each text that operators tell of anything": (text) =>
    EDITS.flatMap(([route, { good, whole = good }]) => {
      const bodies = bodiesWith(whole(told++), text);
      return bodies.map((body) => ask(route.split(" ")[0]!, pathOf(route), { body }));
    }),
  "what operators change": (text) =>
    ROUTES.filter(({ method, path, role }) => method !== "GET" && path.includes("{") && role === "admin").map(
      ({ method, path, takesBody }) =>
        ask(
          method,
          path.replace(/\{\w+\}/g, encodeURIComponent(text)),
          takesBody ? { body: { name: text, reason: text } } : {},
        ),
    ),
};

describe.each(Object.entries(INPUTS))("%s", (_, all) => {
  test(`${COUNT} texts that look like SQL are answered or refused, and nothing fails`, async () => {
    const failed: string[] = [];
    for (const text of PAYLOADS)
      for (const reply of await Promise.all(all(text))) {
        if (reply.status >= 500) failed.push(`${reply.url}: ${reply.status} for ${JSON.stringify(text)}`);
        await reply.arrayBuffer();
      }
    expect(failed).toEqual([]);
    // Whoever was let in before still is, and nobody else.
    expect((await chat({})).status).toBe(200);
  }, 300_000);
});

test("what is told is kept as it was told, and found by that alone", async () => {
  const made: { id: string; name: string }[] = [];
  for (const text of PAYLOADS) {
    const reply = await ask("POST", "/admin/keys", {
      body: { name: "kept", owner: `own ${text}`, metadata: { a: text } },
    });
    const body = await jsonOf(reply);
    // One that cannot be kept as it is, is refused.
    if (reply.status !== 201) continue;
    made.push({ id: body.id, name: text });
    const found = await jsonOf(await ask("GET", `/admin/keys?owner=${encodeURIComponent(`own ${text}`)}`));
    expect([text, found.data.map((one: { id: string }) => one.id)]).toEqual([text, [body.id]]);
    expect(found.data[0]).toMatchObject({ owner: `own ${text}`, metadata: { a: text } });
    const sought = await jsonOf(await ask("GET", `/admin/keys?q=${encodeURIComponent(`own ${text}`)}`));
    expect([text, sought.data.map((one: { id: string }) => one.id)]).toEqual([text, [body.id]]);
  }
  expect(made.length).toBeGreaterThan(PAYLOADS.length * 0.8);
  tell({ row: "H10", what: "payloads", value: PAYLOADS.length });
}, 300_000);

test("what stands for anything in a search stands for itself", async () => {
  for (const name of ["per%cent", "under_score", "underXscore", "per-cent", "back\\slash", "ex!claimed"])
    expect((await ask("POST", "/admin/keys", { body: { name } })).status).toBe(201);
  const names = async (q: string) =>
    (await jsonOf(await ask("GET", `/admin/keys?q=${encodeURIComponent(q)}`))).data.map(
      (one: { name: string }) => one.name,
    );
  expect(await names("per%cent")).toEqual(["per%cent"]);
  expect(await names("per%")).toEqual(["per%cent"]);
  expect(await names("under_s")).toEqual(["under_score"]);
  expect(await names("k\\s")).toEqual(["back\\slash"]);
  expect(await names("x!c")).toEqual(["ex!claimed"]);
});

test("nothing that was told ever stood in the text of a statement", () => {
  expect(ran.size).toBeGreaterThan(20);
  expect([...ran].filter((sql) => MARK.test(sql))).toEqual([]);
  // Few statements, however much was asked.
  tell({ row: "H10", what: "different statements", value: ran.size });
  expect(ran.size).toBeLessThan(400);
});

/**
 * What may be put into the text of a statement: names that a store has, one of two texts of its own, and lists of them. Whatever is made of anything else is no
 * name; that no name is what somebody told is seen above, where every statement that ran was looked at.
 */
const NAMES = /^(\w+(\.\w+|\[\w+\])*|\w+\(\w+\)|\w+ [-+*/] \d+|[\w. =!]+ \? "[^"]*" : "[^"]*")$/;
const LISTS =
  /^(\w+|\[[\w., ]+\]|Array\(\w+\)\.fill\(\w+\))(\.map\(\((\w+)?\) => [`"][^`]*[`"]\))?\.join\(" ?(,|AND|OR) ?"\)$/;
/** What stands in quotes is a text of its engine, and no name. */
const QUOTED = /'\$\{(?![A-Z_]+\})/;
/** Where they are written down. */
const WRITTEN = /^src\/(store|counters)\//;

test("statements are written down in stores, and put together of nothing but names of ours", () => {
  const stray: string[] = [];
  let statements = 0;
  for (const path of new Bun.Glob("src/**/*.ts").scanSync({ cwd: ROOT })) {
    if (/\.test\.ts$|\/fixtures\//.test(path)) continue;
    for (const { text, parts, behind } of literalsIn(readFileSync(join(ROOT, path), "utf8"))) {
      if (!SQL.test(text)) continue;
      statements++;
      if (!WRITTEN.test(path) || QUOTED.test(text)) stray.push(`${path}: ${text.slice(0, 60)}`);
      if (/^\s*\+/.test(behind)) stray.push(`${path}: ${text.slice(0, 60)} +`);
      stray.push(...parts.filter((part) => !NAMES.test(part) && !LISTS.test(part)).map((part) => `${path}: ${part}`));
    }
  }
  expect(stray).toEqual([]);
  expect(statements).toBeGreaterThan(50);
});

/** How what an engine is told begins. */
const SQL =
  /^\s*(SELECT\s|INSERT INTO\b|UPDATE \S+ SET\b|DELETE FROM\b|CREATE (TABLE|INDEX|UNIQUE|OR REPLACE)\b|ALTER TABLE\b|DROP TABLE\b|WITH \w+ AS\b|PRAGMA \w|ATTACH\s|\$\{(SELECT|INSERT|UPDATE|DELETE)\w*\})/;

interface Literal {
  readonly text: string;
  /** What is put in. */
  readonly parts: readonly string[];
  /** What comes after it. */
  readonly behind: string;
}

/** The texts that stand in a source, by hand: comments and regular expressions are told from them well enough for this. */
function literalsIn(source: string): Literal[] {
  const found: Literal[] = [];
  let at = 0;
  const string = (quote: string): void => {
    const from = ++at;
    while (source[at] !== quote && source[at] !== "\n") at += source[at] === "\\" ? 2 : 1;
    found.push({ text: source.slice(from, at++), parts: [], behind: source.slice(at, at + 20) });
  };
  const template = (): void => {
    const from = ++at;
    const parts: string[] = [];
    while (at < source.length && source[at] !== "`") {
      if (source[at] === "\\") at += 2;
      else if (source.startsWith("${", at)) {
        const inside = at + 2;
        at = inside;
        code("}");
        parts.push(source.slice(inside, at++).replace(/\s+/g, " "));
      } else at++;
    }
    found.push({ text: source.slice(from, at++), parts, behind: source.slice(at, at + 20) });
  };
  /** Reads on to the end, or to the brace that closes what was opened before. */
  const code = (until?: string): void => {
    for (let open = 0; at < source.length; ) {
      const char = source[at]!;
      if (source.startsWith("//", at)) at = source.indexOf("\n", at);
      else if (source.startsWith("/*", at)) at = source.indexOf("*/", at) + 2;
      else if (char === "/" && /[(=:,!&|?;{[\n]\s*$/.test(source.slice(Math.max(0, at - 40), at)))
        at += /^\/(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\n])+\//.exec(source.slice(at))?.[0].length ?? 1;
      else if (char === '"' || char === "'") string(char);
      else if (char === "`") template();
      else if (char === until && open === 0) return;
      else {
        if (char === "{") open++;
        if (char === "}") open--;
        at++;
      }
      if (at < 0) return;
    }
  };
  code();
  return found;
}

test("the scan for statements finds what it is for", () => {
  const source =
    'const a = "SELECT 1"; /* `no` */ const r = /["`]/; const b = `SELECT ${x ? `a${y}` : "b"} FROM t`; run("DELETE FROM t WHERE id = " + id);';
  expect(literalsIn(source).filter(({ text }) => SQL.test(text))).toMatchObject([
    { text: "SELECT 1", parts: [] },
    { parts: ['x ? `a${y}` : "b"'] },
    { text: "DELETE FROM t WHERE id = ", behind: expect.stringMatching(/^ \+ id/) },
  ]);
});
