/**
 * Makes a data folder that has been lived in: two weeks of requests of several clients, some of which failed, with keys, teams, budgets,
 * rules and virtual models. `bun further/dashboard/lived-in.ts <folder> [requests]`, with the admin token in `HEADGATE_ADMIN_TOKEN`.
 *
 * A process of its own: the clock of all of it is turned back, and goes through the two weeks.
 */
import { checkConfig } from "../../src/config/load.ts";
import { createGateway } from "../../src/index.ts";
import type { KeptAttempt } from "../../src/ledger/attempt.ts";
import { GenerationStore, type LedgerEntry } from "../../src/store/generations.ts";

const [folder, requests = "1200"] = process.argv.slice(2);
const adminToken = process.env.HEADGATE_ADMIN_TOKEN;
if (folder === undefined || adminToken === undefined) throw new Error("which folder, and which admin token?");

const DAYS = 14;
const end = Date.now();
let shown = end - DAYS * 86_400_000;
Date.now = () => shown;

/** The same every time: what a picture shows must not depend on chance. */
let seed = 7;
const chance = () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return seed / 2_147_483_648;
};
const oneOf = <Item>(items: readonly Item[]): Item => items[Math.floor(chance() ** 1.6 * items.length)]!;

/** Milliseconds to the first token, and tokens a second, as models have them; nobody waits so long for a picture. */
const PACES: Readonly<Record<string, readonly [first: number, speed: number]>> = {
  "openai/gpt-5": [620, 74],
  "openai/gpt-5-mini": [340, 128],
  "anthropic/claude-sonnet-4.5": [780, 66],
  "anthropic/claude-haiku-4.5": [410, 142],
  "google/gemini-2.5-flash": [290, 171],
  "mistral/mistral-large": [350, 52],
};

/** What the simulator answers at once, as if it had taken its time: the row is told so before it is written and added up. */
function slowed(entry: LedgerEntry): LedgerEntry {
  const { row } = entry;
  const [first, speed] = PACES[row.model ?? ""] ?? [400, 80];
  // A few take much longer than most.
  const jitter = 0.7 + 0.5 * chance() + (chance() < 0.06 ? 2 * chance() : 0);
  const attempts = JSON.parse(row.attempts) as KeptAttempt[];
  let at = 4;
  const timed = attempts.map((attempt, i) => {
    const isLast = i === attempts.length - 1;
    const refused = Math.round(80 + 240 * chance());
    const ms = attempt.error !== undefined ? refused : Math.round(first * jitter + ((row.output ?? 0) / speed) * 1000);
    const told = { ...attempt, at, ms };
    at += ms + (isLast ? 0 : 2);
    return told;
  });
  if (timed.length === 0) return entry;
  const last = timed.at(-1)!;
  const firstContentMs = row.firstContentMs === null ? null : (last.at ?? 0) + Math.round(first * jitter);
  return { ...entry, row: { ...row, attempts: JSON.stringify(timed), firstContentMs, durationMs: at + 3 } };
}

const insert = GenerationStore.prototype.insert;
GenerationStore.prototype.insert = function (entries) {
  return insert.call(this, entries.map(slowed));
};

const headgate = await createGateway({
  config: checkConfig(
    { data: folder, simulate: "always", admin_token: adminToken, retries: { same_endpoint: 0 } },
    "lived-in",
  ),
  env: {},
  complain: (id, cause) => process.stderr.write(`${id}: ${cause}\n`),
});
/** When it is asked, of requests that come at once. */
const AT = "x-lived-in-at";
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  development: false,
  fetch(request, server) {
    const at = request.headers.get(AT);
    if (at !== null) shown = Number(at);
    return headgate.fetch(request, server);
  },
});
const send = (path: string, token: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(server.url.origin + path, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
const make = async (path: string, body: unknown) => {
  const reply = await send(path, adminToken, body);
  const told = (await reply.json()) as Record<string, string>;
  if (!reply.ok) throw new Error(`${path}: ${JSON.stringify(told)}`);
  return told;
};

const search = await make("/admin/teams", { name: "Search" });
const support = await make("/admin/teams", { name: "Support" });
const keys = [
  await make("/admin/keys", {
    name: "search-api",
    team: search.id,
    owner: "ines@example.com",
    budget: { limit_usd: 40, period: "monthly" },
  }),
  await make("/admin/keys", {
    name: "support-bot",
    team: support.id,
    limits: { requests_per_minute: 600 },
    budget: { limit_usd: 2, period: "weekly" },
  }),
  await make("/admin/keys", {
    name: "ci",
    owner: "build",
    models: ["openai/*"],
    budget: { limit_usd: 0.4, period: "total" },
  }),
  await make("/admin/keys", { name: "notebook of Ada", owner: "ada@example.com", keep_bodies: true }),
];
await make("/admin/keys", { name: "old importer", disabled: true });
await make("/admin/budgets", { scope: "team", scope_id: search.id, period: "monthly", limit_usd: 120 });
await make("/admin/budgets", { scope: "user", scope_id: "*", period: "daily", limit_usd: 5 });
await make("/admin/routing-rules", {
  id: "no-old-models",
  type: "rewrite",
  model: "openai/gpt-4o",
  to: "openai/gpt-5",
  description: "What asks for the old one gets the new one.",
});
await make("/admin/routing-rules", {
  id: "no-previews",
  type: "deny",
  model: "xai/*",
  reason: "No contract with them yet.",
});
await make("/admin/virtual-models", {
  id: "company/fast",
  name: "Fast",
  description: "Small and quick; whoever is up.",
  candidates: [
    { model: "openai/gpt-5-mini", weight: 80 },
    { model: "anthropic/claude-haiku-4.5", weight: 20 },
  ],
});

const MODELS = [
  "openai/gpt-5",
  "anthropic/claude-sonnet-4.5",
  "openai/gpt-5-mini",
  "google/gemini-2.5-flash",
  "anthropic/claude-haiku-4.5",
  "mistral/mistral-large",
];
const USERS = ["u-1042", "u-2210", "u-3187", "u-4006", "u-5121"];
const TAGS = ["env:prod", "feature:search", "feature:summary", "env:staging"];
const APPS = [
  ["https://search.example.com", "Search"],
  ["https://help.example.com", "Help desk"],
] as const;
const ASKED = [
  "Summarise the minutes of Tuesday's meeting.",
  "Which of our plans includes single sign-on?",
  "Write a regular expression for ISO dates.",
  "Translate the release notes into French.",
];

const PASTED = "The committee met at nine, took the minutes as read, and went on to what was left of last week. ";

/** Some at once: who is told to wait holds up nobody else. */
const AT_ONCE = 12;
const total = Number(requests);
for (let i = 0; i < total; i += AT_ONCE) {
  const times = Array.from({ length: AT_ONCE }, (_, n) => momentOf((i + n + chance()) / total)).sort((a, b) => a - b);
  await Promise.all(times.map(ask));
  headgate.gateway.health.forget();
}

/** More by day than by night, and more each day. @param share of all that came before it */
function momentOf(share: number): number {
  const at = end - DAYS * 86_400_000 * (1 - share ** 0.8);
  const isNight = new Date(at).getUTCHours() < 6;
  const moved = isNight ? at + 6 * 3_600_000 * chance() : at;
  return Math.floor(moved < end - 1000 ? moved : at - 60_000 * chance());
}

async function ask(at: number): Promise<void> {
  const [trouble, fault] = [chance(), faultOf(chance())];
  const [model, key, user, tag, text] = [oneOf(MODELS), oneOf(keys), oneOf(USERS), oneOf(TAGS), oneOf(ASKED)];
  const app = chance() < 0.6 ? oneOf(APPS) : undefined;
  const said = `[sim every=0 tokens=${20 + Math.floor(chance() * 400)} think=${/gpt-5$|sonnet/.test(model) && chance() < 0.4 ? 30 + Math.floor(500 * chance()) : 0} cached=${chance() < 0.35 ? 600 + Math.floor(5400 * chance()) : 0}]`;
  // What is asked about comes along.
  const about = chance() < 0.5 ? ` ${PASTED.repeat(1 + Math.floor(40 * chance()))}` : "";
  // One provider fails, and another answers.
  const isBroken = model === "openai/gpt-5" && trouble < 0.08;
  const fallback = isBroken ? { models: ["anthropic/claude-haiku-4.5"] } : {};
  const body = {
    model,
    stream: chance() < 0.6,
    user,
    messages: [
      { role: "user", content: `${isBroken ? "[sim model=gpt-5 status=503] " : fault}${said} ${text}${about}` },
    ],
    providerOptions: { gateway: { tags: [tag], ...fallback } },
  };
  const reply = await send("/v1/chat/completions", key.key!, body, {
    [AT]: String(at),
    ...(app === undefined ? {} : { "http-referer": app[0], "x-title": app[1] }),
  });
  await reply.text();
}

function faultOf(trouble: number): string {
  if (trouble < 0.02) return "[sim status=503] ";
  if (trouble < 0.03) return "[sim status=429 retry-after=1] ";
  return trouble < 0.035 ? "[sim error=3] " : "";
}

await headgate.listener.drain();
await server.stop(true);
await headgate.flush();
// What is kept of the last answer is written a turn after it.
await new Promise((done) => setImmediate(done));
await headgate.close();
process.stdout.write(`${JSON.stringify({ keys: keys.map(({ name, key }) => ({ name, key })) })}\n`);
