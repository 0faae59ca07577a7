/**
 * Makes a data folder that has been lived in: two weeks of requests of several clients, some of which failed, with keys, teams, budgets,
 * rules and virtual models. `bun further/dashboard/lived-in.ts <folder> [requests]`, with the admin token in `HEADGATE_ADMIN_TOKEN`.
 *
 * A process of its own: the clock of all of it is turned back, and goes through the two weeks.
 */
import { checkConfig } from "../../src/config/load.ts";
import { createGateway } from "../../src/index.ts";

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

const headgate = await createGateway({
  config: checkConfig(
    { data: folder, simulate: "always", admin_token: adminToken, retries: { same_endpoint: 0 } },
    "lived-in",
  ),
  env: {},
  complain: (id, cause) => process.stderr.write(`${id}: ${cause}\n`),
});
const server = Bun.serve({ port: 0, hostname: "127.0.0.1", development: false, fetch: headgate.fetch });
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
  match: { model: "openai/gpt-4o" },
  action: { rewrite: "openai/gpt-5" },
}).catch(() => undefined);
await make("/admin/virtual-models", {
  id: "company/fast",
  models: ["openai/gpt-5-mini", "anthropic/claude-haiku-4.5"],
}).catch(() => undefined);

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

/** Some at once: who is told to wait holds up nobody else. */
const AT_ONCE = 12;
const total = Number(requests);
for (let i = 0; i < total; i += AT_ONCE) {
  // More by day than by night, and more each day.
  const share = (i + AT_ONCE) / total;
  const at = end - DAYS * 86_400_000 * (1 - share ** 0.8);
  const isNight = new Date(at).getUTCHours() < 6;
  shown = Math.min(end - 1000, Math.max(shown, Math.floor(isNight ? at + 6 * 3_600_000 * chance() : at)));
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  headgate.gateway.health.forget();
}

async function ask(): Promise<void> {
  const trouble = chance();
  const fault =
    trouble < 0.02
      ? "[sim status=503] "
      : trouble < 0.03
        ? "[sim status=429 retry-after=1] "
        : trouble < 0.035
          ? "[sim error=3] "
          : "";
  const [model, key, user, tag, text] = [oneOf(MODELS), oneOf(keys), oneOf(USERS), oneOf(TAGS), oneOf(ASKED)];
  const app = chance() < 0.6 ? oneOf(APPS) : undefined;
  const said = `[sim every=0 tokens=${20 + Math.floor(chance() * 400)} cached=${chance() < 0.3 ? 900 : 0}]`;
  const fallback = fault !== "" && chance() < 0.7 ? { models: ["openai/gpt-5-mini"] } : {};
  const body = {
    model,
    stream: chance() < 0.6,
    user,
    messages: [{ role: "user", content: `${fault}${said} ${text}` }],
    providerOptions: { gateway: { tags: [tag], ...fallback } },
  };
  const reply = await send(
    "/v1/chat/completions",
    key.key!,
    body,
    app === undefined ? {} : { "http-referer": app[0], "x-title": app[1] },
  );
  await reply.text();
}

await headgate.listener.drain();
await server.stop(true);
await headgate.flush();
await headgate.close();
process.stdout.write(`${JSON.stringify({ keys: keys.map(({ name, key }) => ({ name, key })) })}\n`);
