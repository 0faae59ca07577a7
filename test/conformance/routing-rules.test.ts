import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { clientOf, RELAYED, TRANSCODED } from "./client.ts";

/** Models as the operator has them: rules that rewrite and deny, and names of the operator's own (contract 9.5). */

const DENIED = "openai/gpt-4.1";
let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      routing_rules: [
        { id: "no-old", type: "deny", model: DENIED, reason: "Ask for a newer one." },
        { id: "no-fast", type: "deny", model: "anthropic/claude-opus-4.6-fast" },
        { id: "mini", type: "rewrite", model: "openai/gpt-4o-mini", to: "vmc/chat" },
        { id: "off", type: "deny", model: RELAYED, enabled: false },
      ],
      virtual_models: {
        "vmc/chat": { model: RELAYED, name: "Chat", description: "What we chat with." },
        "vmc/both": { candidates: [{ model: RELAYED }, { model: TRANSCODED }] },
        "vmc/split": {
          candidates: [
            { model: RELAYED, weight: 1 },
            { model: TRANSCODED, weight: 1 },
          ],
          sticky: "user",
        },
        "vmc/cheap": {
          candidates: [{ model: TRANSCODED }, { model: "openai/gpt-4.1-nano" }, { model: RELAYED }],
          selector: "cost",
        },
        "vmc/denied": { candidates: [{ model: DENIED }, { model: RELAYED }] },
        "vmc/strict": { model: RELAYED, provider_options: { gateway: { zeroDataRetention: true } } },
        "vmc/tuned": {
          model: RELAYED,
          provider_options: { gateway: { tags: ["ours"], models: [TRANSCODED] }, openai: { promptCacheKey: "ours" } },
        },
        "vmc/inside": { model: RELAYED, visibility: "internal" },
        "vmc/stealth": { model: RELAYED, visibility: "stealth" },
        "vmc/gone": { model: RELAYED, status: "archived" },
        "vmc/words": { candidates: [{ model: "openai/text-embedding-3-small" }] },
      },
    },
  });
});
afterAll(async () => {
  await gateway.stop();
});
beforeEach(() => gateway.simulator.forget());

const QUICK = "[sim every=0]";
const chat = (model: string, more: object = {}, text = QUICK) => ({
  model,
  messages: [{ role: "user" as const, content: text }],
  ...more,
});
const asked = () => gateway.simulator.requests.map(({ text }) => JSON.parse(text).model);
const post = (body: object, path = "/v1/chat/completions") => gateway.post(path, body);

describe("a rule", () => {
  test("denies a model to OpenAI's client with a 403 that names it, at every door, and nothing is sent", async () => {
    const thrown = await clientOf(gateway)
      .chat.completions.create(chat(DENIED))
      .catch((error) => error);
    expect(thrown).toBeInstanceOf(OpenAI.PermissionDeniedError);
    const reply = await post(chat(DENIED));
    expect([reply.status, (await jsonOf(reply)).error]).toEqual([
      403,
      {
        message: "Request denied by a routing rule. Ask for a newer one.",
        type: "forbidden",
        param: { ruleId: "no-old" },
        code: "denied_by_rule",
      },
    ]);
    const messages = await post({ ...chat(DENIED), max_tokens: 9 }, "/v1/messages");
    expect([messages.status, (await jsonOf(messages)).error]).toMatchObject([
      403,
      { type: "permission_error", param: { ruleId: "no-old" } },
    ]);
    const counted = await post(chat(DENIED), "/v1/messages/count_tokens");
    expect(counted.status).toBe(403);
    expect((await post({ model: DENIED, input: QUICK }, "/v1/responses")).status).toBe(403);
    expect(asked()).toEqual([]);
  });

  test("rewrites a model, by way of a virtual one; the row and the record know what was asked for", async () => {
    const answer = await jsonOf(await post(chat("openai/gpt-4o-mini")));
    expect([answer.model, asked()]).toEqual([RELAYED, ["gpt-4o"]]);
    const { routing } = answer.choices[0].message.provider_metadata.gateway;
    expect([routing.originalModelId, routing.canonicalSlug]).toEqual(["openai/gpt-4o-mini", RELAYED]);
    expect(gateway.row(answer.id)).toMatchObject({ requested: "openai/gpt-4o-mini", model: RELAYED });
    const told = await jsonOf(await gateway.get(`/v1/generation?id=${answer.id}`));
    expect(told.data.model).toBe(RELAYED);
  });

  test("holds for models to fall back to: they are passed over, and told", async () => {
    const reply = await post(chat(RELAYED, { models: [DENIED, TRANSCODED] }, "[sim path=/openai status=503 every=0]"));
    const answer = await jsonOf(reply);
    expect(answer.model).toBe(TRANSCODED);
    const { routing, dropped } = answer.choices[0].message.provider_metadata.gateway;
    expect(dropped).toEqual([`models: ${DENIED}`]);
    expect(routing.planningReasoning).toContain("no-old");
  });
});

test("what is denied is listed nowhere, and not to be had under another name on an account of the client's own", async () => {
  const models = (await jsonOf(await gateway.get("/v1/models"))).data.map(({ id }: { id: string }) => id);
  expect(models).not.toContain(DENIED);
  expect(models).toContain("vmc/denied");
  expect((await gateway.get(`/v1/models/${DENIED}`)).status).toBe(404);
  const mapped = (customModelId: string) => ({
    gateway: { byok: { openai: [{ apiKey: "own", modelMappings: [{ gatewayModelSlug: RELAYED, customModelId }] }] } },
  });
  expect((await post(chat(RELAYED, { providerOptions: mapped("gpt-4.1") }))).status).toBe(403);
  expect((await post(chat(TRANSCODED, { providerOptions: mapped("gpt-4.1") }))).status).toBe(200);
  expect((await post(chat(RELAYED, { providerOptions: mapped("my-own") }))).status).toBe(200);
});

describe("a virtual model", () => {
  test("answers at every door under the name of the model that it stands for", async () => {
    expect((await jsonOf(await post(chat("vmc/chat")))).model).toBe(RELAYED);
    const streamed = await (await post(chat("vmc/chat", { stream: true }))).text();
    expect(streamed).toContain(`"model":"${RELAYED}"`);
    const message = await jsonOf(await post({ ...chat("vmc/chat"), max_tokens: 99 }, "/v1/messages"));
    expect(message.model).toBe(RELAYED);
    expect((await jsonOf(await post({ model: "vmc/chat", input: QUICK }, "/v1/responses"))).model).toBe(RELAYED);
    const embedded = await jsonOf(await post({ model: "vmc/words", input: "Hello" }, "/v1/embeddings"));
    expect(embedded.model).toBe("openai/text-embedding-3-small");
    expect(asked()).toEqual(["gpt-4o", "gpt-4o", "gpt-4o", "gpt-4o", "text-embedding-3-small"]);
    expect((await post(chat("vmc/chat"), "/v1/messages/count_tokens")).status).toBe(200);
  });

  test("has its other candidates stand in, before the client's", async () => {
    const failing = "[sim path=/openai status=503 every=0]";
    const answer = await jsonOf(await post(chat("vmc/both", { models: ["openai/gpt-5"] }, failing)));
    expect(answer.model).toBe(TRANSCODED);
    expect(asked().at(0)).toBe("gpt-4o");
  });

  test("gives the same user the same model, and different users both", async () => {
    const given = async (user: string) => (await jsonOf(await post(chat("vmc/split", { user })))).model as string;
    const first = await given("user-1");
    for (let i = 0; i < 3; i++) expect(await given("user-1")).toBe(first);
    const all = await Promise.all(Array.from({ length: 16 }, (_, i) => given(`somebody-${i}`)));
    expect(new Set(all)).toEqual(new Set([RELAYED, TRANSCODED]));
  });

  test("chooses the cheapest of its candidates", async () => {
    expect((await jsonOf(await post(chat("vmc/cheap")))).model).toBe("openai/gpt-4.1-nano");
  });

  test("goes without what is denied", async () => {
    const answer = await jsonOf(await post(chat("vmc/denied")));
    expect(answer.model).toBe(RELAYED);
    expect(answer.choices[0].message.provider_metadata.gateway.dropped).toEqual([`models: ${DENIED}`]);
  });

  test("protects whoever asks for it, whatever the request says", async () => {
    const reply = await post(chat("vmc/strict", { providerOptions: { gateway: { zeroDataRetention: false } } }));
    expect([reply.status, (await jsonOf(reply)).error.code]).toEqual([400, "no_providers_available"]);
    expect(asked()).toEqual([]);
  });

  test("brings options for routing and for providers, which win", async () => {
    const own = { gateway: { tags: ["theirs"], models: ["openai/gpt-5"] }, openai: { promptCacheKey: "theirs" } };
    const failing = "[sim path=/openai status=503 every=0]";
    const answer = await jsonOf(await post(chat("vmc/tuned", { providerOptions: own }, failing)));
    expect(answer.model).toBe(TRANSCODED);
    expect(JSON.parse(gateway.row(answer.id)!.tags!)).toEqual(["ours"]);
    expect(JSON.parse(gateway.simulator.requests[0]!.text).prompt_cache_key).toBe("ours");
  });

  test("that is no longer offered is not found", async () => {
    const reply = await post(chat("vmc/gone"));
    expect([reply.status, (await jsonOf(reply)).error.code]).toEqual([404, "model_not_found"]);
  });

  test("is found by whom it may be found", async () => {
    const listed = async (headers?: Record<string, string>) =>
      (await jsonOf(await fetch(`${gateway.url}/v1/models`, { headers: headers ?? {} }))).data
        .map(({ id }: { id: string }) => id)
        .filter((id: string) => id.startsWith("vmc/"));
    const everybody = await listed();
    expect(everybody).toContain("vmc/chat");
    for (const hidden of ["vmc/inside", "vmc/stealth", "vmc/gone"]) expect(everybody).not.toContain(hidden);
    const keyed = await listed({ authorization: "Bearer test-key" });
    expect(keyed).toContain("vmc/inside");
    expect(keyed).not.toContain("vmc/stealth");
    expect((await post(chat("vmc/stealth"))).status).toBe(200);
    const entry = await jsonOf(await fetch(`${gateway.url}/v1/models/vmc/chat`));
    expect(entry).toMatchObject({ id: "vmc/chat", name: "Chat", description: "What we chat with.", owned_by: "vmc" });
    const { data } = await jsonOf(await fetch(`${gateway.url}/v1/models/vmc/chat/endpoints`));
    const endpoint = data.endpoints.find((one: { provider_name: string }) => one.provider_name === "openai");
    expect(endpoint.uptime_last_1h).toBeGreaterThanOrEqual(0);
  });
});
