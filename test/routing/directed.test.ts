import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ConfigError } from "../../src/config/explain.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

/** Where rules and virtual models lead, at every door, whoever is asked for under which name (contract 9.5). */

const GPT = "openai/gpt-4o";
const MINI = "openai/gpt-4o-mini";
const OLD = "openai/gpt-3.5-turbo";
const CLAUDE = "anthropic/claude-sonnet-4.5";
const WORDS = "openai/text-embedding-3-small";
const LLAMA = "meta/llama-3.3-70b";
const AT_GROQ = "groq/llama-3.3-70b-versatile";

const TEXT = "[sim every=0]";
const messages = [{ role: "user", content: TEXT }];
const body = {
  chat: (model: string) => ({ model, messages }),
  stream: (model: string) => ({ model, messages, stream: true }),
  message: (model: string) => ({ model, messages, max_tokens: 50 }),
  response: (model: string) => ({ model, input: TEXT }),
};

/** Every door at which a model is asked for. */
const DOORS: readonly [string, string, (model: string) => object][] = [
  ["chat", "/v1/chat/completions", body.chat],
  ["chat, streamed", "/v1/chat/completions", body.stream],
  ["messages", "/v1/messages", body.message],
  ["messages, streamed", "/v1/messages", (model) => ({ ...body.message(model), stream: true })],
  ["Claude Code", "/claude-code/v1/messages", body.message],
  ["responses", "/v1/responses", body.response],
  ["responses, streamed", "/v1/responses", (model) => ({ ...body.response(model), stream: true })],
  ["Codex", "/codex/v1/responses", body.response],
];
const COUNT: (typeof DOORS)[number] = ["count_tokens", "/v1/messages/count_tokens", body.chat];
const EMBED: (typeof DOORS)[number] = ["embeddings", "/v1/embeddings", body.response];
const COMPACT: (typeof DOORS)[number] = ["compaction", "/v1/responses/compact", body.response];

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      routing_rules: [
        { id: "none", type: "deny", model: "openai/gpt-4.1*", reason: "Ask for openai/gpt-4o." },
        { id: "no-words", type: "deny", model: "openai/text-embedding-3-large", reason: "Too dear." },
        { id: "newer", type: "rewrite", model: OLD, to: MINI },
        { id: "newer-words", type: "rewrite", model: "openai/text-embedding-ada-002", to: "vmc/words" },
        { id: "by-way", type: "rewrite", model: "openai/gpt-5-nano", to: "vmc/one" },
        { id: "at-groq", type: "rewrite", model: "openai/gpt-oss-20b", to: AT_GROQ },
        { id: "not-there", type: "deny", model: "groq/llama-3.1-8b-instant" },
        { id: "moved", type: "rewrite", model: "moonshotai/kimi-k2", to: CLAUDE },
      ],
      virtual_models: {
        "vmc/one": { model: GPT },
        "vmc/words": { model: WORDS },
        "vmc/spare": {
          candidates: [
            { model: GPT, weight: 0 },
            { model: CLAUDE, weight: 1 },
          ],
        },
        "vmc/split": {
          candidates: [
            { model: GPT, weight: 1 },
            { model: CLAUDE, weight: 1 },
          ],
          sticky: "user",
        },
        "vmc/seeing": { candidates: [{ model: OLD }, { model: GPT }, { model: CLAUDE }], requires: ["vision"] },
        "vmc/any": { candidates: [{ model: "deepseek/deepseek-v4-pro" }, { model: CLAUDE }] },
        "vmc/draft": { model: GPT, status: "draft" },
      },
    },
  });
});
afterAll(async () => {
  await gateway.stop();
});
beforeEach(() => gateway.simulator.forget());

const chat = (model: string, more: object = {}) => gateway.post("/v1/chat/completions", { model, messages, ...more });
const asked = () => gateway.simulator.requests.map(({ text }) => JSON.parse(text).model);

describe("at the door of", () => {
  describe.each([...DOORS, COUNT, COMPACT])("%s", (_door, path, bodyFor) => {
    test("a denial is told, with its reason and its rule, before anybody is asked", async () => {
      const reply = await gateway.post(path, bodyFor("openai/gpt-4.1-mini"));
      expect([reply.status, (await jsonOf(reply)).error]).toMatchObject([
        403,
        {
          message: "Request denied by a routing rule. Ask for openai/gpt-4o.",
          param: { ruleId: "none" },
        },
      ]);
      expect(asked()).toEqual([]);
    });

    test("a virtual model that is not offered is not found", async () => {
      expect((await gateway.post(path, bodyFor("vmc/draft"))).status).toBe(404);
      expect((await gateway.post(path, bodyFor("vmc/nothing"))).status).toBe(404);
      expect(asked()).toEqual([]);
    });
  });

  test.each(DOORS)("%s, a rule leads to another model", async (_door, path, bodyFor) => {
    const reply = await gateway.post(path, bodyFor(OLD));
    expect([reply.status, await reply.text()]).toEqual([200, expect.stringMatching(new RegExp(`"model": ?"${MINI}"`))]);
    expect(asked()).toEqual(["gpt-4o-mini"]);
  });

  test.each(DOORS)("%s, a rule leads to a virtual model", async (_door, path, bodyFor) => {
    const reply = await gateway.post(path, bodyFor("openai/gpt-5-nano"));
    expect([reply.status, await reply.text()]).toEqual([200, expect.stringMatching(new RegExp(`"model": ?"${GPT}"`))]);
    expect(asked()).toEqual(["gpt-4o"]);
  });

  test("counts, a rule leads to who counts", async () => {
    const [, path, bodyFor] = COUNT;
    expect((await gateway.post(path, bodyFor("moonshotai/kimi-k2"))).status).toBe(200);
    expect(gateway.simulator.requests.map(({ path }) => path)).toEqual(["/anthropic/v1/messages/count_tokens"]);
  });

  test("embeddings, a rule denies, and leads by way of a virtual model", async () => {
    const [, path, bodyFor] = EMBED;
    const denied = await gateway.post(path, bodyFor("openai/text-embedding-3-large"));
    expect([denied.status, (await jsonOf(denied)).error.message]).toEqual([403, expect.stringContaining("Too dear.")]);
    const led = await gateway.post(path, bodyFor("openai/text-embedding-ada-002"));
    expect([led.status, (await jsonOf(led)).model]).toEqual([200, WORDS]);
    expect(asked()).toEqual(["text-embedding-3-small"]);
  });
});

describe("a provider's own name for a model", () => {
  test("is denied with the model, and the model with it", async () => {
    for (const model of ["meta/llama-3.1-8b", "groq/llama-3.1-8b-instant"]) {
      const reply = await chat(model);
      expect([reply.status, (await jsonOf(reply)).error.param]).toEqual([403, { ruleId: "not-there" }]);
    }
    expect(asked()).toEqual([]);
  });

  test("is led where the model is", async () => {
    expect((await jsonOf(await chat("groq/moonshotai/kimi-k2-instruct-0905"))).model).toBe(CLAUDE);
  });

  test("may be led to: that provider is asked, and no other", async () => {
    const answer = await jsonOf(await chat("openai/gpt-oss-20b"));
    expect(answer.model).toBe(LLAMA);
    expect(gateway.row(answer.id)).toMatchObject({ requested: "openai/gpt-oss-20b", provider: "groq" });
  });
});

describe("among candidates", () => {
  test("one without weight is never asked first, and stands in", async () => {
    const all = await Promise.all(
      Array.from({ length: 40 }, async () => (await jsonOf(await chat("vmc/spare"))).model),
    );
    expect(new Set(all)).toEqual(new Set([CLAUDE]));
    const failing = [{ role: "user", content: "[sim path=/anthropic status=503 every=0]" }];
    const reply = await gateway.post("/v1/chat/completions", { model: "vmc/spare", messages: failing });
    expect((await jsonOf(reply)).model).toBe(GPT);
  });

  test("the same user is given the same one at every door, however the user is told", async () => {
    const modelIn = async (reply: Promise<Response>) => /"model": ?"([^"]+)"/.exec(await (await reply).text())?.[1];
    const given = new Set<string>();
    for (let i = 0; i < 12; i++) {
      const user = `user-${i}`;
      const told = await Promise.all([
        modelIn(gateway.post("/v1/chat/completions", { ...body.chat("vmc/split"), user })),
        modelIn(gateway.post("/v1/chat/completions", body.stream("vmc/split"), { "ai-reporting-user": user })),
        modelIn(gateway.post("/v1/messages", { ...body.message("vmc/split"), metadata: { user_id: user } })),
        modelIn(gateway.post("/v1/responses", { ...body.response("vmc/split"), user })),
        modelIn(
          gateway.post("/v1/responses", { ...body.response("vmc/split"), providerOptions: { gateway: { user } } }),
        ),
      ]);
      expect([user, new Set(told).size]).toEqual([user, 1]);
      given.add(told[0]!);
    }
    expect(given).toEqual(new Set([GPT, CLAUDE]));
  });

  test("one that does not have what is required is not chosen, and is told", async () => {
    const answer = await jsonOf(await chat("vmc/seeing"));
    expect(answer.model).toBe(GPT);
    const { routing } = answer.choices[0].message.provider_metadata.gateway;
    expect(routing.planningReasoning).toContain(`${OLD}`);
    expect(routing.planningReasoning).toContain("does not have `vision`");
  });

  test("what is required holds for whoever stands in as well, beside what the client asks for", async () => {
    const failing = {
      messages: [{ role: "user", content: "[sim path=/ status=503 every=0]" }],
      models: ["deepseek/deepseek-v4-pro"],
    };
    await chat("vmc/seeing", { ...failing, providerOptions: { gateway: { has: ["tool-use"] } } });
    expect(asked().length).toBeGreaterThan(0);
    for (const model of asked()) expect(model).toBeOneOf(["gpt-4o", "claude-sonnet-4-5-20250929"]);
    gateway.simulator.forget();
    const wrong = await chat("vmc/seeing", { providerOptions: { gateway: { has: ["visoin"] } } });
    expect([wrong.status, (await jsonOf(wrong)).error.param]).toEqual([400, "providerOptions.gateway.has"]);
  });

  test("one that cannot read what the request shows is passed over for the next", async () => {
    const url = `data:image/png;base64,${Buffer.from("no picture").toString("base64")}`;
    const content = [
      { type: "text", text: TEXT },
      { type: "image_url", image_url: { url } },
    ];
    const reply = await gateway.post("/v1/chat/completions", {
      model: "vmc/any",
      messages: [{ role: "user", content }],
    });
    expect([reply.status, (await jsonOf(reply)).model]).toEqual([200, CLAUDE]);
  });
});

describe("rules that have no end are told when the configuration is loaded", () => {
  const rewrites = (...steps: [string, string][]) =>
    steps.map(([model, to], i) => ({ id: `r${i}`, type: "rewrite", model, to }));
  const chain = (length: number) => {
    const names = Array.from({ length }, (_, i) => `vmc/v${i}`);
    return {
      virtual_models: Object.fromEntries(names.map((name) => [name, { model: GPT }])),
      routing_rules: rewrites(...names.slice(1).map((name, i): [string, string] => [names[i]!, name])),
    };
  };
  const vmc = { "vmc/v": { model: GPT }, "vmc/w": { model: GPT } };
  test.each<[string, object]>([
    ["two", { routing_rules: rewrites([GPT, MINI], [MINI, GPT]) }],
    ["three", { routing_rules: rewrites([GPT, MINI], [MINI, CLAUDE], [CLAUDE, GPT]) }],
    ["a rule and a virtual model", { virtual_models: vmc, routing_rules: rewrites([GPT, "vmc/v"], ["vmc/v", GPT]) }],
    [
      "virtual models",
      { virtual_models: vmc, routing_rules: rewrites(["vmc/v", "vmc/w"], ["vmc/w", "vmc/v"], [GPT, "vmc/v"]) },
    ],
    ["a name's beginning", { routing_rules: rewrites(["openai/*", CLAUDE], ["anthropic/*", GPT]) }],
    ["a provider's own name", { routing_rules: rewrites([CLAUDE, AT_GROQ], [LLAMA, CLAUDE]) }],
    ["more than ten steps", chain(12)],
  ])("%s", async (_what, config) => {
    const thrown = await startGateway({ config: { ...config } }).then(
      (started) => started.stop(),
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(ConfigError);
    expect((thrown as ConfigError).problems.join()).toContain("without an end, or more than ten times");
  });

  test("ten steps are followed", async () => {
    const { virtual_models, routing_rules } = chain(11);
    const running = await startGateway({ config: { virtual_models, routing_rules } });
    try {
      const reply = await running.post("/v1/chat/completions", body.chat("vmc/v0"));
      expect((await jsonOf(reply)).model).toBe(GPT);
    } finally {
      await running.stop();
    }
  });

  test("a candidate that nobody knows", async () => {
    const config = { virtual_models: { "vmc/v": { candidates: [{ model: GPT }, { model: "openai/gpt-4oo" }] } } };
    await expect(startGateway({ config })).rejects.toThrow(/nobody knows a model "openai\/gpt-4oo"; did you mean/);
  });
});

describe("where the gateway's policy lets not everybody be asked", () => {
  let strict: RunningGateway;
  beforeAll(async () => {
    strict = await startGateway({
      config: {
        policy: { zero_data_retention: true },
        routing_rules: [
          { id: "out", type: "rewrite", model: MINI, to: "mistral/mistral-large" },
          { id: "in", type: "rewrite", model: OLD, to: "vmc/v" },
        ],
        virtual_models: {
          "vmc/v": { candidates: [{ model: "mistral/mistral-large" }, { model: "lab/ours" }] },
          "vmc/loose": { model: "mistral/mistral-large", provider_options: { gateway: { zeroDataRetention: false } } },
        },
        providers: {
          ours: {
            wire: "openai-chat",
            api_key: "none",
            base_url: "http://127.0.0.1:9/v1",
            zero_data_retention: true,
            models: [{ id: "lab/ours" }],
          },
        },
      },
    });
  });
  afterAll(() => strict.stop());

  test.each(DOORS)("%s: a rule leads nobody to whom may not be asked", async (_door, path, bodyFor) => {
    for (const model of [MINI, "vmc/loose"]) {
      const reply = await strict.post(path, bodyFor(model));
      const text = await reply.text();
      expect([reply.status, text]).toEqual([400, expect.stringContaining("as the gateway's policy demands")]);
    }
    expect(strict.simulator.requests).toEqual([]);
  });

  test("candidates that may are asked instead", async () => {
    // The one that may be asked is not there: that it was tried is what shows.
    const reply = await strict.post("/v1/chat/completions", body.chat(OLD));
    expect(reply.status).toBe(503);
    expect(strict.simulator.requests).toEqual([]);
  });
});
