import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROUTES } from "../../src/admin/routes.ts";
import { sized as answer, startRawServer } from "../../src/upstream/fixtures/raw-server.ts";
import { framesOf, streamOf } from "../faults/provider.ts";
import { refusalOf, speechOf } from "../faults/speech.ts";
import { sized, tell } from "../support/figures.ts";
import { type Child, cleanUp, folder, startHeadgate } from "../support/process.ts";

const ROUNDS = sized(3, 18);

/** Secrets that look like nothing in particular: what takes them out must know them, and not how vendors' look. */
const canary = (name: string) => `cnry${name}${crypto.randomUUID().replaceAll("-", "").slice(0, 24)}`;
const CANARIES: Record<string, string> = Object.fromEntries(
  [
    "adminToken",
    "secret",
    "ownKey",
    "told",
    "listed",
    "fromFile",
    "fromVariable",
    "entered",
    "replaced",
    "brought",
    "shown",
    "alerts",
    "collector",
    "refused",
    "registration",
    "field",
  ].map((name) => [name, canary(name)]),
);
const secretOf = (name: string) => CANARIES[name]!;

/** Repeats whatever secret it is shown: in errors, in their header fields, in what is no JSON, in broken streams. */
function startGossip() {
  let asked = 0;
  return startRawServer({
    answer(line, { head, body }) {
      const shown = /(?:^|\n)(?:authorization|x-api-key): ([^\r]*)/i.exec(head)?.[1] ?? "";
      const said = (status: number, text: string) =>
        line.send(
          answer(
            text,
            `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\nx-request-id: ${shown}\r\nrequest-id: ${shown.replace(/^Bearer /, "")}\r\nserver: for ${shown}\r\nx-${shown.replace(/^Bearer /, "")}: 1\r\nset-cookie: k=${shown}`,
          ),
        );
      const { stream } = JSON.parse(body.toString());
      const speech = speechOf("openai-chat", { words: ["Well."], usage: { input: 1, output: 1 } });
      switch (asked++ % 9) {
        case 0:
          return said(
            401,
            refusalOf("openai-chat", { message: `Incorrect API key provided: ${shown}.`, type: "auth", code: shown }),
          );
        case 1:
          return said(400, refusalOf("openai-chat", { message: `Bad request of ${shown}`, type: shown }));
        case 2:
          return said(500, `<html>${shown}</html>`);
        case 3:
          return said(429, refusalOf("openai-chat", { message: `Slow down, ${shown}`, type: "limit" }));
        case 4:
          return said(200, `{"error": "${shown}"`);
        case 5:
          line.send(streamOf(framesOf(speech)).slice(0, -30));
          return line.reset();
        case 6:
          line.send(streamOf([`data: ${refusalOf("openai-chat", { message: `Broken for ${shown}`, type: "x" })}\n\n`]));
          return line.fin();
        default:
          return line.send(stream === true ? streamOf(framesOf(speech)) : answer(speech.whole));
      }
    },
  });
}

let gossip: ReturnType<typeof startGossip>;
let collected = "";
const collector = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    collected += await request.text();
    return new Response("{}");
  },
});
let data: string;
let gateway: Child & { url: string };
beforeAll(async () => {
  gossip = startGossip();
  data = folder();
  const keyFile = join(folder(), "key");
  writeFileSync(keyFile, `${secretOf("fromFile")}\n`);
  const file = join(folder(), "headgate.yaml");
  const at = { wire: "openai-chat", base_url: `${gossip.url}/v1` };
  const models = [{ id: "lab/gossip" }];
  const config = {
    admin_token: secretOf("adminToken"),
    secret: secretOf("secret"),
    retries: { same_endpoint: 0 },
    health: { failures: 1000, cooldown_ms: 1, longest_cooldown_ms: 1 },
    // Nobody is there: whoever goes that way is told so.
    dashboard: {
      oidc: {
        issuer: "http://127.0.0.1:9",
        client_id: "headgate",
        client_secret: secretOf("registration"),
        admins: [{ claims: { sub: ["ada"] } }],
      },
    },
    budgets: { alerts: { url: `${gossip.url}/alerts`, secret: secretOf("alerts") } },
    telemetry: {
      otlp: { endpoint: `http://127.0.0.1:${collector.port}`, headers: { "x-secret": secretOf("collector") } },
    },
    providers: {
      told: { ...at, api_key: secretOf("told"), models },
      listed: { ...at, models, credentials: [{ name: "one", api_key: secretOf("listed") }] },
      file: { ...at, api_key_file: keyFile, models },
      openai: { base_url: `${gossip.url}/v1` },
      groq: { base_url: `${gossip.url}/v1` },
    },
  };
  writeFileSync(file, JSON.stringify(config));
  const env = { OPENAI_API_KEY: secretOf("fromVariable"), AI_GATEWAY_API_KEY: secretOf("ownKey") };
  gateway = await startHeadgate(["--config", file, "--data", data], { env });
}, 30_000);
afterAll(async () => {
  gossip.stop();
  await collector.stop(true);
  await cleanUp();
});

async function beginningOf(reply: Response): Promise<string> {
  const reader = reply.body!.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return Buffer.from(value!).toString();
}

/** Every reply, with where it came from. */
const heard: { from: string; text: string }[] = [];
async function ask(method: string, path: string, token: string, body?: unknown, headers: Record<string, string> = {}) {
  const reply = await fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const isEndless = reply.headers.get("content-type") === "text/event-stream" && path === "/admin/events";
  const text = isEndless ? await beginningOf(reply) : await reply.text().catch((thrown) => String(thrown));
  return { status: reply.status, text, all: `${JSON.stringify([...reply.headers])}\n${text}` };
}
const hear = async (...asked: Parameters<typeof ask>) => {
  const reply = await ask(...asked);
  heard.push({ from: `${asked[0]} ${asked[1]} → ${reply.status}`, text: reply.all });
  return reply;
};

test("secrets go to whom they are for, and nowhere else", async () => {
  const token = secretOf("adminToken");
  // Keys are shown where they are made, and where they are rotated: there alone.
  const made = JSON.parse((await ask("POST", "/admin/keys", token, { name: "one", keep_bodies: true })).text);
  const rotated = JSON.parse((await ask("POST", `/admin/keys/${made.id}/rotate`, token, { overlap_seconds: 60 })).text);
  CANARIES.made = made.key;
  CANARIES.rotated = rotated.key;
  const groq = "/admin/providers/groq/credentials";
  await hear("POST", groq, token, { name: "blue", api_key: secretOf("replaced") });
  await hear("PATCH", `${groq}/blue`, token, { api_key: secretOf("entered") });
  await hear("POST", groq, token, { name: "b b", api_key: secretOf("refused") });
  await hear("POST", groq, token, {
    name: "red",
    api_kee: secretOf("refused"),
    secret_access_key: secretOf("refused"),
  });
  await hear("POST", groq, token, `{"api_key": "${secretOf("refused")}"`);
  await hear("POST", "/admin/virtual-models", token, {
    id: "vmc/x",
    relay: { base_url: gossip.url, api_key: secretOf("refused") },
  });
  await hear("POST", "/external/compromised_secret", token, { secret: { api_key: secretOf("refused") } });

  // Who signs in is shown a link and a cookie, once each.
  const link = JSON.parse((await ask("POST", "/admin/sign-in-links", token, { name: "ada" })).text).path.split("=")[1];
  const cookie = /headgate_session=(hgs_[\w-]+)/.exec((await ask("POST", "/admin/session", "", { link })).all)![1]!;
  CANARIES.link = link;
  CANARIES.session = cookie;
  CANARIES.unused = JSON.parse((await ask("POST", "/admin/sign-in-links", token, {})).text).path.split("=")[1];
  const signedIn = { authorization: "", cookie: `headgate_session=${cookie}`, "sec-fetch-site": "same-origin" };
  await hear("POST", "/admin/session", "", { link });
  for (const wrong of [secretOf("secret"), secretOf("ownKey"), `${token}x`])
    await hear("POST", "/admin/session", "", { token: wrong });
  for (const path of ["/", "/requests", "/admin/session", "/admin/sessions", "/admin/sign-in", "/admin/sign-in/oidc"])
    await hear("GET", path, "", undefined, { ...signedIn, accept: "text/html" });
  await hear("POST", "/admin/teams", "", { name: "blue", key: secretOf("refused") }, signedIn);
  await hear("POST", "/admin/teams", "", { name: "blue" }, { ...signedIn, "sec-fetch-site": "cross-site" });

  const messages = [{ role: "user", content: "Hello" }];
  const byok = { gateway: { byok: { openai: [{ apiKey: secretOf("brought") }] } } };
  const shownBeside = {
    "x-ai-gateway-api-key": secretOf("ownKey"),
    authorization: `Bearer sk-ant-${secretOf("shown")}`,
  };
  // What a client says of itself is kept beside the bodies of its requests.
  const beside = (key: string) => ({
    "user-agent": `an app with ${key}`,
    "x-client-request-id": key,
    "x-api-token": secretOf("field"),
    cookie: `session=${secretOf("field")}`,
    "x-note": secretOf("field"),
    [`x-${secretOf("field")}`]: "1",
  });
  const models = ["told/gossip", "listed/gossip", "file/gossip", "openai/gpt-5", "groq/llama-3.3-70b-versatile"];
  for (const key of [secretOf("ownKey"), made.key, rotated.key])
    for (const model of models)
      for (const stream of [false, true])
        for (let n = 0; n < ROUNDS; n++) {
          const fields = key === made.key || key === rotated.key ? beside(key) : {};
          await hear("POST", "/v1/chat/completions", key, { model, messages, stream, user: "ada" }, fields);
          if (n % 3 === 0) await hear("POST", "/v1/messages", key, { model, max_tokens: 9, messages, stream });
          if (n % 3 === 1) await hear("POST", "/v1/responses", key, { model, input: "Hello", stream });
          if (n % 3 === 2) await hear("POST", "/v1/embeddings", key, { model, input: "Hello" });
          if (model === "openai/gpt-5")
            await hear("POST", "/v1/chat/completions", key, { model, messages, stream, providerOptions: byok });
        }
  for (let n = 0; n < 9; n++)
    await hear(
      "POST",
      "/v1/messages",
      "",
      { model: "anthropic/claude-sonnet-4.5", max_tokens: 9, messages },
      shownBeside,
    );
  // What is not understood is not repeated either.
  for (const wrong of [`${secretOf("ownKey")}x`, `x${secretOf("adminToken")}`, secretOf("secret"), secretOf("told")]) {
    await hear("GET", "/admin/keys", wrong);
    await hear("POST", "/v1/chat/completions", wrong, { model: "told/gossip", messages });
  }
  const misplaced = {
    gateway: { byok: { openai: [{ apikey: secretOf("brought"), apiKey: `${secretOf("brought")} x` }] } },
  };
  await hear("POST", "/v1/chat/completions", made.key, { model: "openai/gpt-5", messages, providerOptions: misplaced });

  for (const name of ["blue", "default"])
    for (const [provider, n] of [
      ["groq", 9],
      ["told", 9],
      ["openai", 9],
    ] as const)
      for (let i = 0; i < n; i++) await hear("POST", `/admin/providers/${provider}/credentials/${name}/test`, token);
  const ids = heard.flatMap(({ text }) => /gen_[0-9A-Z]{26}/.exec(text)?.[0] ?? []);
  for (const id of ids.slice(0, 40)) await hear("GET", `/v1/generation?id=${id}`, secretOf("ownKey"));
  for (const path of ["/metrics", "/v1/models", "/v1/credits", "/v1/report?start_date=2026-01-01&end_date=2026-12-31"])
    await hear("GET", path, secretOf("ownKey"));
  for (const { method, path } of ROUTES) {
    if (method !== "GET") continue;
    // Of what is kept of requests, that of many.
    const all = path.includes("/generations/{") ? ids.filter((_, n) => n % 5 === 0) : ["groq"];
    for (const one of all) {
      const id = path.includes("/keys/") ? made.id : one;
      await hear("GET", path.replace("{provider}", "groq").replace(/\{\w+\}/, id), token);
    }
  }
  await hear("GET", `${groq}/blue`, token);
  await hear("GET", "/admin/audit?limit=500", token);

  // While it runs its log of writes is there as well.
  const running = filesIn(data);
  gateway.kill("SIGTERM");
  expect(await gateway.exited).toBe(0);
  const places = [
    ...heard.map(({ from, text }) => ({ from, bytes: Buffer.from(text) })),
    ...running.map(({ name, bytes }) => ({ from: `${name}, while it ran`, bytes })),
    ...filesIn(data).map(({ name, bytes }) => ({ from: name, bytes })),
    { from: "standard output", bytes: Buffer.from(gateway.stdout) },
    { from: "standard error", bytes: Buffer.from(gateway.stderr) },
    { from: "the collector", bytes: Buffer.from(collected) },
  ];
  const hits = places.flatMap(({ from, bytes }) =>
    Object.entries(CANARIES).flatMap(([name, secret]) =>
      formsOf(secret).some((form) => bytes.includes(form)) ? [`${name}: ${from}`] : [],
    ),
  );
  tell({ row: "H12", what: "secrets", value: Object.keys(CANARIES).length });
  tell({ row: "H12", what: "places looked at", value: places.length });
  tell({ row: "H12", what: "found", value: hits.length, atMost: 0 });
  expect(hits).toEqual([]);
  // There was something to look at: answers, refusals, a database, and what providers were told.
  expect(heard.filter(({ from }) => from.endsWith("200")).length).toBeGreaterThan(50);
  expect(running.map(({ name }) => name)).toContain("headgate.db-wal");
  expect(heard.filter(({ text }) => text.includes("[redacted]")).length).toBeGreaterThan(20);
  expect(collected.length).toBeGreaterThan(1000);
}, 120_000);

function filesIn(path: string): { name: string; bytes: Buffer }[] {
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(path, name)).isFile())
    .map((name) => ({ name, bytes: readFileSync(join(path, name)) }));
}

/** As it stands, and as it might be written. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // However it lies in a longer text: base64 of three beginnings.
  const coded = [0, 1, 2].map((n) =>
    Buffer.from("x".repeat(n) + secret)
      .toString("base64")
      .slice(n === 0 ? 0 : 4, -4),
  );
  return [secret, bytes.toString("hex"), bytes.toString("utf16le"), [...secret].reverse().join(""), ...coded];
}

test("what looks for them finds them", () => {
  const forms = formsOf("cnry-0123456789abcdef");
  for (const text of [
    "a cnry-0123456789abcdef b",
    btoa("xcnry-0123456789abcdefyy"),
    Buffer.from("cnry-0123456789abcdef").toString("hex"),
  ])
    expect(forms.some((form) => text.includes(form))).toBe(true);
  expect(forms.some((form) => "nothing of it".includes(form))).toBe(false);
});
