import { expect, test } from "bun:test";
import { chance } from "../../src/wires/fixtures/cuts.ts";
import { sized } from "../support/figures.ts";
import { jsonOf, startGateway } from "../support/gateway.ts";
import { ANSWERS, billOf, type Counted, LIST } from "./biller.ts";

const TOKEN = "an-admin-token-of-the-operator";
const REQUESTS = sized(400, 5000);

/** By a number in what it is asked, the provider knows what it is to have counted. */
const asked = new Map<string, { counted: Counted; style: number }>();
const billed = new Map<string, bigint>();

const provider = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  development: false,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const text = await request.text();
    const number = /number-(\d+)-/.exec(text)![1]!;
    const format = pathname.split("/")[1]!;
    const stream = JSON.parse(text).stream === true || pathname.endsWith(":streamGenerateContent");
    const { style, counted: all } = asked.get(number)!;
    const counted = {
      ...all,
      kept5m: format === "gemini" ? 0 : all.kept5m,
      kept1h: format === "messages" ? all.kept1h : 0,
    };
    billed.set(number, (billed.get(number) ?? 0n) + billOf(counted));
    const type = stream ? "text/event-stream" : "application/json";
    return new Response(ANSWERS[format]!(counted, { stream, style }), { headers: { "content-type": type } });
  },
});

const FORMATS = {
  chat: { wire: "openai-chat", at: "/chat/v1" },
  messages: { wire: "anthropic-messages", at: "/messages" },
  responses: { wire: "openai-responses", at: "/responses/v1" },
  gemini: { at: "/gemini" },
};

const providerOf = (format: string) => (format === "gemini" ? "google" : format);
const nano = (usd: number | string) => BigInt(Math.round(Number(usd) * 1e9));

const sdk = (version: number) => (model: string, text: string, stream: boolean) => ({
  path: `/v${version}/ai/language-model`,
  fields: {
    "ai-language-model-id": model,
    "ai-language-model-streaming": String(stream),
    "ai-language-model-specification-version": String(Math.max(2, version)),
  },
  body: { prompt: [{ role: "user", content: [{ type: "text", text }] }] },
});
const DOORS: readonly ((
  model: string,
  text: string,
  stream: boolean,
) => { path: string; body: object; fields?: Record<string, string> })[] = [
  (model, content, stream) => ({
    path: "/v1/chat/completions",
    body: { model, messages: [{ role: "user", content }], stream },
  }),
  (model, prompt, stream) => ({ path: "/v1/completions", body: { model, prompt, stream } }),
  (model, content, stream) => ({
    path: "/v1/messages",
    body: { model, max_tokens: 100, messages: [{ role: "user", content }], stream },
  }),
  (model, input, stream) => ({ path: "/v1/responses", body: { model, input, stream } }),
  sdk(1),
  sdk(3),
  sdk(4),
];

test(`of ${REQUESTS} requests at every door, each costs what its provider bills for it, and so does all that is told of them together`, async () => {
  const random = chance(20_261_126);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const base = `http://127.0.0.1:${provider.port}`;
  const entries = Object.entries(FORMATS).map(([format, { at, ...wire }]) => {
    const models = [{ id: `lab/${format}`, upstream: "up", price: LIST }];
    return [providerOf(format), { ...wire, base_url: base + at, api_key: "sk-biller", models }];
  });
  const gateway = await startGateway({ config: { admin_token: TOKEN, providers: Object.fromEntries(entries) } });
  const admin = { authorization: `Bearer ${TOKEN}` };
  const scopes = [{ scope: "gateway" }, { scope: "user", scope_id: "ann" }, { scope: "tag", scope_id: "all" }];
  const budgets = await Promise.all(
    scopes.map(async (one) => jsonOf(await gateway.post("/admin/budgets", { ...one, limit_usd: 9_000_000 }, admin))),
  );
  const since = new Date().toISOString().slice(0, 10);
  const sums = { system: 0n, own: 0n };
  for (let i = 0; i < REQUESTS; i++) {
    const counted = {
      fresh: pick([1, 7, 1000, 12_345, 250_000]),
      cached: pick([0, 0, 5, 999, 100_000]),
      kept5m: pick([0, 0, 13, 5000]),
      kept1h: pick([0, 0, 17, 7000]),
      said: pick([1, 5, 333, 20_000]),
      thought: pick([0, 0, 3, 777, 9999]),
    };
    asked.set(String(i), { counted, style: Math.floor(random() * 4) });
    const [format, stream, isOwn] = [pick(Object.keys(FORMATS)), random() < 0.5, random() < 0.2];
    const credential = { byok_only: true, byok: { [providerOf(format)]: [{ apiKey: "sk-own-0123456789" }] } };
    const options = isOwn ? { providerOptions: { gateway: credential } } : {};
    const { path, body, fields } = pick(DOORS)(`lab/${format}`, `number-${i}- hello`, stream);
    const whose = { "ai-reporting-user": "ann", "ai-reporting-tags": "all" };
    const reply = await gateway.post(path, { ...body, ...options }, { ...fields, ...whose });
    const text = await reply.text();
    const bill = billed.get(String(i))!;
    const { cost, byok, estimated, error } = gateway.row(reply.headers.get("x-request-id")!)!;
    const what = `number ${i}: ${path} ${format} ${stream ? "streamed" : "whole"} ${JSON.stringify(asked.get(String(i)))}`;
    expect([what, reply.status, cost, byok, estimated, error]).toEqual([what, 200, Number(bill), isOwn, false, null]);
    const told = (member: RegExp) => new Set([...text.matchAll(member)].map(([, usd]) => nano(usd!)));
    expect([what, ...told(/"(?:marketCost|market_cost)":\s*"?([\d.e-]+)/g)]).toEqual([what, bill]);
    expect([what, ...told(/"(?:gatewayCost|cost)":\s*"([\d.e-]+)"/g)]).toEqual([what, isOwn ? 0n : bill]);
    sums[isOwn ? "own" : "system"] += bill;
  }
  const query = `start_date=${since}&end_date=${new Date().toISOString().slice(0, 10)}&group_by=tag`;
  const { results } = await jsonOf(await gateway.get(`/admin/usage?${query}`, admin));
  expect(results).toMatchObject([{ tag: "all", request_count: REQUESTS }]);
  const { total_used: used } = await jsonOf(await gateway.get("/v1/credits"));
  const accounts = await Promise.all(
    budgets.map(async ({ id }) => jsonOf(await gateway.get(`/admin/budgets/${id}`, admin))),
  );
  expect([results[0].total_cost, used].map(nano)).toEqual([sums.system, sums.system]);
  expect(nano(results[0].market_cost)).toBe(sums.system + sums.own);
  for (const { spent_usd: spent, byok_spent_usd: own } of accounts)
    expect({ system: nano(spent), own: nano(own) }).toEqual(sums);
  expect(accounts.map((one) => one.reserved_usd)).toEqual([0, 0, 0]);
  await gateway.stop();
  provider.stop(true);
}, 120_000);
