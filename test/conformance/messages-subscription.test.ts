import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import type { Loose } from "./client.ts";
import { anthropicAt, CLAUDE, GPT, say } from "./messages-client.ts";

/** A client that is served on its own account with Anthropic, as Claude Code is with a subscription: its key stands in a field of its own. */

const TOKEN = "sk-ant-oat01-subscription";
let gateway: RunningGateway;
/** Its operator has no account with Anthropic. */
let keyless: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({
    config: { providers: { vertex: { api_key: "v", base_url: "http://127.0.0.1:9/v1" } } },
  });
  keyless = await startGateway({
    config: { providers: { anthropic: { base_url: `${gateway.simulator.url}/anthropic` } } },
  });
});
afterAll(async () => {
  await keyless.stop();
  await gateway.stop();
});
beforeEach(() => gateway.simulator.forget());

const beside = { defaultHeaders: { "x-ai-gateway-api-key": `Bearer ${KEY}` }, maxRetries: 0 };
const subscriber = (at: RunningGateway = gateway): Anthropic =>
  anthropicAt(at, { ...beside, apiKey: null, authToken: TOKEN });
const shown = () => gateway.simulator.requests.map(({ headers }) => headers.authorization ?? headers["x-api-key"]);

test("its token goes to Anthropic as that request's credential, and costs the operator nothing", async () => {
  const answer: Loose = await subscriber().messages.create(say(CLAUDE, "[sim every=0]"), {
    headers: { "anthropic-beta": "oauth-2025-04-20,claude-code-20250219" },
  });
  const [{ headers, text }] = gateway.simulator.requests as [Loose];
  expect(headers).toMatchObject({
    authorization: `Bearer ${TOKEN}`,
    "anthropic-beta": "oauth-2025-04-20,claude-code-20250219",
    "anthropic-version": "2023-06-01",
  });
  expect(headers["x-api-key"]).toBeUndefined();
  expect(JSON.stringify(headers) + text).not.toContain(KEY);
  const { routing, cost, marketCost } = answer.provider_metadata.gateway;
  expect([cost, Number(marketCost) > 0]).toEqual(["0", true]);
  expect(routing.modelAttempts[0].providerAttempts[0].credentialType).toBe("byok");
  expect(routing.planningReasoning).toContain("anthropic(byok)");
  const row = gateway.row(answer.id)!;
  expect(row.byok).toBe(true);
  expect(JSON.stringify(row, (_, value) => (typeof value === "bigint" ? String(value) : value))).not.toContain(TOKEN);
});

test("an API key of Anthropic's goes as it is shown, streamed, and where tokens are counted", async () => {
  const client = anthropicAt(gateway, { ...beside, apiKey: "sk-ant-api03-own" });
  const answer = await client.messages.stream(say(CLAUDE, "[sim every=0]")).finalMessage();
  expect(answer.stop_reason).toBe("end_turn");
  await client.messages.countTokens(say(CLAUDE, "Hello"));
  const raw = { authorization: "", "x-api-key": "sk-ant-api03-own", "x-ai-gateway-api-key": KEY };
  expect((await gateway.post("/v1/messages", say(CLAUDE, "[sim every=0]"), raw)).status).toBe(200);
  expect(shown()).toEqual(["Bearer sk-ant-api03-own", "Bearer sk-ant-api03-own", "sk-ant-api03-own"]);
});

test("an operator without an account there serves those who have one, and nobody else", async () => {
  const answer = await subscriber(keyless).messages.create(say(CLAUDE, "[sim every=0]"));
  expect(answer.stop_reason).toBe("end_turn");
  expect(shown()).toEqual([`Bearer ${TOKEN}`]);
  const reply = await keyless.post("/v1/messages", say(CLAUDE, "Hello"));
  expect(reply.status).toBe(404);
  expect(gateway.simulator.requests).toHaveLength(1);
});

test("no other provider is shown it, after a refusal neither, and no error repeats it", async () => {
  const request = { ...say(CLAUDE, "[sim path=/anthropic status=429 every=0]"), models: [GPT] };
  const answer = await subscriber().messages.create(request as Loose);
  expect(answer.model).toBe(GPT);
  expect(shown()).toEqual([`Bearer ${TOKEN}`, "Bearer sk-test-openai"]);
  const refused = await gateway.post("/v1/messages", say(CLAUDE, "[sim status=401]"), {
    authorization: `Bearer ${TOKEN}`,
    "x-ai-gateway-api-key": KEY,
  });
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(await refused.text()).not.toContain(TOKEN);
});

test.each([
  ["a secret of somebody else's", { authorization: "Bearer sk-other-secret", "x-ai-gateway-api-key": KEY }],
  ["what cannot be one", { authorization: "Basic sk-ant-x", "x-ai-gateway-api-key": KEY }],
  ["an x-api-key beside a key that is shown as a bearer token", { "x-api-key": "sk-ant-api03-own" }],
])("%s stays here", async (_, headers) => {
  const reply = await gateway.post("/v1/messages", say(CLAUDE, "[sim every=0]"), headers as Record<string, string>);
  expect(reply.status).toBe(200);
  expect(shown()).toEqual(["sk-test-anthropic"]);
});

test("without a key for the gateway it opens nothing", async () => {
  const reply = await gateway.post("/v1/messages", say(CLAUDE, "Hello"), { authorization: `Bearer ${TOKEN}` });
  expect(reply.status).toBe(401);
  const wrong = { authorization: `Bearer ${TOKEN}`, "x-ai-gateway-api-key": "wrong" };
  expect((await gateway.post("/v1/messages", say(CLAUDE, "Hello"), wrong)).status).toBe(401);
  expect(gateway.simulator.requests).toHaveLength(0);
});
