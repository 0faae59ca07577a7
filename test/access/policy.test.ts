import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, chat, KEYS, MODEL, made, post, TOKEN } from "./keys.ts";

const CLAUDE = "anthropic/claude-sonnet-4.5";
const LLAMA = "meta/llama-3.3-70b";
const OWN_NAME = "groq/llama-3.3-70b-versatile";

let gateway: RunningGateway;
let simulator: Simulator;
beforeAll(async () => {
  simulator = startSimulator();
  const at = (path: string) => ({ api_key: "sk-test", base_url: simulator.url + path });
  gateway = await startGateway({
    config: {
      admin_token: TOKEN,
      routing_rules: [{ id: "led", type: "rewrite", model: "openai/gpt-4.1", to: "openai/gpt-5-mini" }],
      virtual_models: { "vmc/support": { candidates: [{ model: CLAUDE }, { model: MODEL }] } },
      providers: {
        anthropic: { ...at("/anthropic"), zero_data_retention: true, hipaa: true },
        openai: {
          ...at("/openai/v1"),
          no_training: true,
          models: [{ id: "openai/gpt-5-fast", upstream: "gpt-5-fast" }],
        },
        mistral: at("/mistral/v1"),
        groq: at("/groq/openai/v1"),
      },
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  simulator.stop();
});
beforeEach(() => simulator.forget());

/** What of a reply tells who served it, or why nobody did. */
async function told(reply: Response) {
  const body = await jsonOf(reply);
  const { error } = body;
  const text = JSON.stringify(body);
  return {
    status: reply.status,
    code: error?.code,
    message: error?.message,
    param: error?.param,
    provider: /"finalProvider":"([^"]*)"/.exec(text)?.[1],
    text,
  };
}

const asked = async (key: string, body: object, path?: string) => told(await post(gateway, key, body, path));
const options = (gatewayOptions: object) => ({ providerOptions: { gateway: gatewayOptions } });

describe("the models of a key", () => {
  test.each([
    [[MODEL], MODEL, 200],
    [[MODEL], "openai/gpt-5-mini", 403],
    [[MODEL], "openai/gpt-5-fast", 403],
    [["openai/*"], "openai/gpt-5-mini", 200],
    [["openai/*"], CLAUDE, 403],
    [["*"], CLAUDE, 200],
    [[CLAUDE, MODEL], MODEL, 200],
    // A provider's own name is the model that it means; who makes a model is not who serves it.
    [[LLAMA], OWN_NAME, 200],
    [["meta/*"], OWN_NAME, 200],
    [["groq/*"], OWN_NAME, 403],
    [[OWN_NAME], OWN_NAME, 200],
    [[OWN_NAME], LLAMA, 403],
    // The operator says where a virtual model and a rule lead.
    [["vmc/support"], "vmc/support", 200],
    [["vmc/*"], "vmc/support", 200],
    [["vmc/support"], CLAUDE, 403],
    [[CLAUDE, MODEL], "vmc/support", 403],
    [["openai/gpt-4.1"], "openai/gpt-4.1", 200],
    [["openai/gpt-5-mini"], "openai/gpt-4.1", 403],
    // Whether there is a model is not for everybody to find out.
    [[MODEL], "openai/gpt-55", 403],
    [[MODEL], "OpenAI/GPT-5", 403],
    [[MODEL], "openai/gpt-5 ", 403],
  ])("%j, asked for %s: %d", async (models, model, status) => {
    const { key } = await made(gateway, { models });
    const reply = await asked(key, chat(model));
    expect(reply.status).toBe(status);
    if (status === 200) return;
    expect([reply.code, reply.param]).toEqual(["denied_to_key", "model"]);
    expect(simulator.requests).toEqual([]);
  });

  test("hold at every door, in its own words", async () => {
    const { key } = await made(gateway, { models: [CLAUDE] });
    const messages = { model: MODEL, max_tokens: 5, messages: [{ role: "user", content: "x" }] };
    const bodies: [string, object][] = [
      ["/v1/chat/completions", chat()],
      ["/v1/chat/completions", chat(MODEL, { stream: true })],
      ["/v1/responses", { model: MODEL, input: "x" }],
      ["/v1/messages", messages],
      ["/v1/messages/count_tokens", messages],
      ["/v1/embeddings", { model: "openai/text-embedding-3-small", input: "x" }],
    ];
    for (const [path, body] of bodies) {
      const reply = await post(gateway, key, body, path);
      expect([path, reply.status, reply.headers.get("x-should-retry")]).toEqual([path, 403, "false"]);
      expect(await reply.text()).toContain("may not ask for");
    }
    expect(simulator.requests).toEqual([]);
  });

  test("leave out models to fall back to, and tell it", async () => {
    const { key } = await made(gateway, { models: [MODEL, CLAUDE] });
    const body = chat(MODEL, { models: ["mistral/mistral-small", CLAUDE] }, "[sim error=500]");
    const reply = await asked(key, { ...body, messages: [{ role: "user", content: "[sim error=500 for=openai]" }] });
    expect(reply.text).toContain("not for this key");
    const sent = simulator.requests.map(({ path }) => path);
    expect(sent.some((path) => path.startsWith("/mistral"))).toBe(false);
    const listed = await asked(key, chat(MODEL, options({ models: ["groq/llama-3.3-70b-versatile"] })));
    expect([listed.status, listed.text.includes("not for this key")]).toEqual([200, true]);
  });

  test("do not open the fast variant with the model", async () => {
    const { key } = await made(gateway, { models: [MODEL] });
    const both = await made(gateway, { models: [MODEL, "openai/gpt-5-fast"] });
    await asked(key, chat(MODEL, options({ speed: "fast" })));
    await asked(both.key, chat(MODEL, options({ speed: "fast" })));
    expect(simulator.requests.map(({ text }) => JSON.parse(text).model)).toEqual(["gpt-5", "gpt-5-fast"]);
    const only = await asked(key, chat(MODEL, options({ speed: "fast", allowFallbackFromFast: false })));
    expect([only.status, only.code]).toEqual([403, "denied_to_key"]);
  });

  test("hold for accounts of the client's own and for what these call models", async () => {
    const { key } = await made(gateway, { models: ["mistral/mistral-large", "mistral/my-own"] });
    const account = (customModelId: string) =>
      options({
        byok: {
          mistral: [
            { apiKey: "sk-own", modelMappings: [{ gatewayModelSlug: "mistral/mistral-large", customModelId }] },
          ],
        },
      });
    const mapped = await asked(key, chat("mistral/mistral-large", account("mistral-small-latest")));
    expect([mapped.status, mapped.code]).toEqual([403, "denied_to_key"]);
    const other = await asked(key, chat("mistral/unheard-of", account("my-own")));
    expect([other.status, other.code]).toEqual([403, "denied_to_key"]);
    expect(simulator.requests).toEqual([]);
  });

  test("are what /v1/models lists for it, in every list", async () => {
    const { key } = await made(gateway, { models: [CLAUDE, "vmc/support"] });
    const authorization = `Bearer ${key}`;
    const { data } = await jsonOf(await gateway.get("/v1/models", { authorization }));
    expect(data.map(({ id }: { id: string }) => id).sort()).toEqual([CLAUDE, "vmc/support"]);
    expect((await gateway.get(`/v1/models/${CLAUDE}`, { authorization })).status).toBe(200);
    for (const below of ["", "/endpoints"])
      expect((await gateway.get(`/v1/models/${MODEL}${below}`, { authorization })).status).toBe(404);
    const picker = await (await gateway.get("/claude-code/v1/models", { authorization })).text();
    expect([picker.includes("claude-sonnet-4.5"), picker.includes("gpt-5")]).toEqual([true, false]);
  });
});

describe("the providers of a key", () => {
  test("are the only ones, whatever a request says", async () => {
    const { key } = await made(gateway, { providers: ["anthropic"] });
    expect(await asked(key, chat(CLAUDE))).toMatchObject({ status: 200, provider: "anthropic" });
    for (const more of [{}, options({ only: ["openai"] }), options({ order: ["openai", "anthropic"] })]) {
      const reply = await asked(key, chat(MODEL, more));
      expect([reply.status, reply.code]).toEqual([400, "no_providers_available"]);
      expect(reply.message).toContain("not among the providers of this key");
    }
    expect(simulator.requests.every(({ path }) => path.startsWith("/anthropic"))).toBe(true);
  });

  test("hold for accounts of the client's own, in the body and beside the key", async () => {
    const { key } = await made(gateway, { providers: ["anthropic"] });
    const brought = await asked(key, chat(MODEL, options({ byok: { openai: [{ apiKey: "sk-own" }] } })));
    expect(brought.status).toBe(400);
    const beside = await gateway.post("/v1/chat/completions", chat(MODEL), {
      authorization: "Bearer sk-own-openai-key",
      "x-ai-gateway-api-key": key,
    });
    expect(beside.status).toBe(400);
    expect(simulator.requests).toEqual([]);
  });

  test("may be called by any of their names", async () => {
    const { key } = await made(gateway, { providers: ["azure", "mistral"] });
    const reply = await asked(key, chat("mistral/mistral-large"));
    expect([reply.status, reply.provider]).toEqual([200, "mistral"]);
    const { data } = await jsonOf(await gateway.get("/v1/models", { authorization: `Bearer ${key}` }));
    const ids = data.map(({ id }: { id: string }) => id);
    expect([ids.includes("mistral/mistral-large"), ids.includes(MODEL)]).toEqual([true, false]);
  });
});

describe("what a key demands of whoever is asked", () => {
  test.each([
    [{ zero_data_retention: true }, CLAUDE, 200, undefined],
    [{ zero_data_retention: true }, MODEL, 400, "no zero data retention, as this key demands"],
    [{ no_training: true }, MODEL, 200, undefined],
    [{ no_training: true }, "mistral/mistral-large", 400, "may train on prompts, as this key demands"],
    [{ hipaa: true }, CLAUDE, 200, undefined],
    [{ hipaa: true }, MODEL, 400, "no agreement under HIPAA, as this key demands"],
  ])("%j, asked for %s: %d", async (policy, model, status, words) => {
    const { key } = await made(gateway, policy);
    for (const more of [{}, options({ zeroDataRetention: false, disallowPromptTraining: false })]) {
      const reply = await asked(key, chat(model, more));
      expect(reply.status).toBe(status);
      if (words !== undefined) expect(reply.message).toContain(words);
    }
    const { data } = await jsonOf(await gateway.get("/v1/models", { authorization: `Bearer ${key}` }));
    expect(data.some(({ id }: { id: string }) => id === model)).toBe(status === 200);
  });

  test("holds for accounts of the client's own: nobody here has read those contracts", async () => {
    const { key } = await made(gateway, { no_training: true });
    const reply = await asked(
      key,
      chat("groq/llama-3.3-70b-versatile", options({ byok: { groq: [{ apiKey: "k" }] } })),
    );
    expect([reply.status, simulator.requests.length]).toEqual([400, 0]);
  });
});

describe("the end user and the tags", () => {
  const rowOf = async (key: string, body: object, headers: Record<string, string> = {}) => {
    const reply = await gateway.post("/v1/chat/completions", body, { authorization: `Bearer ${key}`, ...headers });
    const { id, error } = await jsonOf(reply);
    if (error !== undefined) return { status: reply.status, param: error.param };
    const { keys } = gateway.headgate.gateway.snapshot;
    const row = await gateway.headgate.gateway.generations.find(id, keys.find(key)!.id);
    return { status: 200, user: row?.user, tags: row?.tags, ...(row?.entity === null ? {} : { entity: row?.entity }) };
  };

  test("are those of the key where it fixes them", async () => {
    const { key } = await made(gateway, { user: { fixed: "ada" }, tags: { fixed: ["blue"], most: 1 } });
    const own = options({ user: "eve", tags: ["red"] });
    for (const [body, headers, tags] of [
      [chat(), {}, ["blue"]],
      [chat(MODEL, own), {}, ["blue", "red"]],
      [chat(MODEL, { user: "eve" }), { "ai-reporting-user": "eve", "ai-reporting-tags": "blue, red" }, ["blue", "red"]],
    ] as const) {
      const row = { status: 200, user: "ada", tags: JSON.stringify(tags) };
      expect(await rowOf(key, body, headers)).toEqual(row);
    }
    expect(await rowOf(key, chat(MODEL, options({ tags: ["a", "b"] })))).toEqual({
      status: 400,
      param: "providerOptions.gateway.tags",
    });
  });

  test("and whose budget it is for is what the key says, or must be told", async () => {
    const { key } = await made(gateway, { entity: { fixed: "shop" } });
    for (const body of [chat(), chat(MODEL, options({ quotaEntityId: "other" }))])
      expect(await rowOf(key, body)).toMatchObject({ status: 200, entity: "shop" });
    const wants = await made(gateway, { entity: { required: true } });
    expect(await rowOf(wants.key, chat(MODEL, options({ quotaEntityId: "own" })))).toMatchObject({ entity: "own" });
    for (const more of [{}, options({ quotaEntityId: "" })])
      expect(await rowOf(wants.key, chat(MODEL, more))).toEqual({
        status: 400,
        param: "providerOptions.gateway.quotaEntityId",
      });
    // A budget that a request could leave out by saying nothing holds.
    const budget = { scope: "entity", scope_id: "shop", limit_usd: 0 };
    const { id } = await jsonOf(await ask(gateway, "POST", "/admin/budgets", budget));
    expect((await asked(key, chat(MODEL, options({ quotaEntityId: "other" })))).status).toBe(402);
    await ask(gateway, "DELETE", `/admin/budgets/${id}`);
  });

  test("must be told where the key wants it", async () => {
    const wants = await made(gateway, { user: { required: true }, tags: { required: true, allowed: ["blue", "red"] } });
    const full = options({ user: "eve", tags: ["red"] });
    expect((await asked(wants.key, chat(MODEL, full))).status).toBe(200);
    const headers = { "ai-reporting-user": "eve", "ai-reporting-tags": "blue" };
    const byHeader = await gateway.post("/v1/chat/completions", chat(), {
      authorization: `Bearer ${wants.key}`,
      ...headers,
    });
    expect(byHeader.status).toBe(200);
    for (const [more, param] of [
      [{}, "user"],
      [options({ tags: ["red"] }), "user"],
      [options({ user: "eve" }), "tags"],
      [options({ user: "eve", tags: ["green"] }), "tags"],
    ] as const) {
      const reply = await asked(wants.key, chat(MODEL, more));
      expect([reply.status, reply.param]).toEqual([400, `providerOptions.gateway.${param}`]);
    }
  });
});

test("what is changed holds from the next request on", async () => {
  const { id, key } = await made(gateway, { models: [MODEL] });
  expect((await asked(key, chat(CLAUDE))).status).toBe(403);
  await ask(gateway, "PATCH", `${KEYS}/${id}`, { models: [CLAUDE] });
  expect([(await asked(key, chat(CLAUDE))).status, (await asked(key, chat())).status]).toEqual([200, 403]);
  await ask(gateway, "PATCH", `${KEYS}/${id}`, { models: null });
  expect((await asked(key, chat())).status).toBe(200);
});
