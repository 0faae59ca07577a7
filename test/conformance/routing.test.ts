import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { closedPort } from "../faults/ports.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, bodyOf, clientOf, failure, type Loose, RELAYED, sent, TRANSCODED } from "./client.ts";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway({
    // Two providers for one model, so that an order can be asked for.
    config: { providers: { cerebras: { api_key: "sk-test-cerebras", base_url: `http://127.0.0.1:${closedPort()}` } } },
  });
  client = clientOf(gateway, { maxRetries: 0 });
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

const BOTH = "openai/gpt-oss-120b";

/** A request with the gateway's own members, which OpenAI's types do not know. */
function create(request: Loose): Promise<OpenAI.Chat.ChatCompletion> {
  return client.chat.completions.create(request);
}

function routingOf(answer: OpenAI.Chat.ChatCompletion): Loose {
  return (answer.choices[0]!.message as Loose).provider_metadata.gateway.routing;
}

describe("models to fall back to", () => {
  const text = "[sim model=gpt-4o status=503 every=0] Hello";

  test.each([
    ["at top level", { models: ["openai/gpt-5-mini", TRANSCODED] }],
    ["among the gateway's options", { providerOptions: { gateway: { models: ["openai/gpt-5-mini", TRANSCODED] } } }],
  ])("are asked in their order (%s), and `model` says who answered", async (_, more) => {
    const answer = await create({ ...ask(RELAYED, text), ...more });
    expect(answer.model).toBe("openai/gpt-5-mini");
    expect(gateway.simulator.requests.map((request) => bodyOf(request).model)).toEqual(["gpt-4o", "gpt-5-mini"]);
    expect(routingOf(answer).modelAttempts).toMatchObject([
      {
        canonicalSlug: RELAYED,
        success: false,
        providerAttempts: [{ provider: "openai", statusCode: 503, success: false }],
      },
      {
        canonicalSlug: "openai/gpt-5-mini",
        success: true,
        providerAttempts: [{ provider: "openai", statusCode: 200 }],
      },
    ]);
    expect(gateway.row(answer.id)).toMatchObject({
      requested: RELAYED,
      model: "openai/gpt-5-mini",
      provider: "openai",
      error: null,
    });
  });

  test("take over unseen in a stream, across formats", async () => {
    const request: Loose = { ...ask(RELAYED, `${text} [sim tokens=5 mark=f every=0]`), models: [TRANSCODED] };
    const completion = await client.chat.completions.stream(request).finalChatCompletion();
    expect(completion.model).toBe(TRANSCODED);
    expect(completion.choices[0]!.message.content).toBe("f-0 f-1 f-2 f-3 f-4");
    sent(gateway, 2);
  });

  test("are not asked when the first one answers", async () => {
    const answer = await create({ ...ask(RELAYED, "Hello"), models: [TRANSCODED] });
    expect(answer.model).toBe(RELAYED);
    sent(gateway);
  });

  test("never learn of each other: the gateway's own members reach no provider", async () => {
    await create({
      ...ask(RELAYED, text),
      models: [TRANSCODED],
      tags: ["a"],
      provider: { sort: "price" },
      providerOptions: { gateway: { user: "u" }, openai: { store: false }, anthropic: { topK: 3 } },
    });
    const [openai, anthropic] = gateway.simulator.requests.map((request) => bodyOf(request) as Loose);
    for (const body of [openai, anthropic])
      for (const name of ["models", "tags", "provider", "providerOptions"]) expect(body[name]).toBeUndefined();
    expect(openai).toMatchObject({ store: false });
    expect(openai.top_k).toBeUndefined();
    expect(anthropic).toMatchObject({ top_k: 3 });
  });

  test("are passed over where nobody knows them, and the reply says so", async () => {
    const answer = await create({ ...ask(RELAYED, text), models: ["openai/gpt-77", TRANSCODED] });
    expect(answer.model).toBe(TRANSCODED);
    const { dropped, routing } = (answer.choices[0]!.message as Loose).provider_metadata.gateway;
    expect(dropped).toEqual(["models: openai/gpt-77"]);
    expect(routing.planningReasoning).toContain("openai/gpt-77 (no such model");
  });
});

describe("a provider's own name for a model", () => {
  test("asks for it there and nowhere else, under the name that all providers share", async () => {
    const answer = await create(ask("groq/llama-3.3-70b-versatile", "Hello"));
    expect(routingOf(answer)).toMatchObject({
      originalModelId: "groq/llama-3.3-70b-versatile",
      finalProvider: "groq",
      fallbacksAvailable: [],
    });
    expect(answer.model).toBe("meta/llama-3.3-70b");
    expect(bodyOf(sent(gateway)).model).toBe("llama-3.3-70b-versatile");
    expect(gateway.row(answer.id)).toMatchObject({
      requested: "groq/llama-3.3-70b-versatile",
      model: "meta/llama-3.3-70b",
    });
  });

  test("leads to nobody else where that provider has no credential", async () => {
    const error = await failure(create(ask("openrouter/openai/gpt-5", "Hello")), OpenAI.NotFoundError);
    expect(error.message).toContain("Set OPENROUTER_API_KEY");
    sent(gateway, 0);
  });
});

describe("the order of providers", () => {
  test("is the catalogue's where nobody asks for another", async () => {
    const answer = await create(ask(BOTH, "Hello"));
    expect(routingOf(answer)).toMatchObject({ finalProvider: "groq", fallbacksAvailable: ["cerebras"] });
    expect(sent(gateway).path).toStartWith("/groq/");
  });

  test("is the client's where it asks for one, and the others stay behind", async () => {
    const answer = await create({ ...ask(BOTH, "Hello"), providerOptions: { gateway: { order: ["cerebras"] } } });
    expect(routingOf(answer)).toMatchObject({ resolvedProvider: "cerebras", finalProvider: "groq" });
    // Nothing listens there: the second one answers.
    expect(JSON.parse(gateway.row(answer.id)!.attempts)).toMatchObject([
      { endpoint: expect.stringContaining("cerebras:"), error: "upstream_unreachable" },
      { endpoint: expect.stringContaining("groq:") },
    ]);
  });

  test("of `only` leaves nobody else, even when it fails", async () => {
    const only = { gateway: { only: ["cerebras"] } };
    const error = await failure(create({ ...ask(BOTH, "Hello"), providerOptions: only }), OpenAI.InternalServerError);
    expect(error).toMatchObject({ status: 503, code: "upstream_unreachable" });
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("of the seed works with Anthropic alone: a known provider without a credential is passed over", async () => {
    const gatewayOptions = { order: ["vertex", "anthropic"], only: ["vertex", "anthropic"] };
    const answer = await create({
      ...ask("anthropic/claude-sonnet-4", "Hello"),
      providerOptions: { gateway: gatewayOptions },
    });
    expect(routingOf(answer).finalProvider).toBe("anthropic");
  });

  test("that leaves nobody is refused, with everybody who could", async () => {
    const error = await failure(
      create({ ...ask(RELAYED, "Hello"), providerOptions: { gateway: { only: ["anthropic"] } } }),
      OpenAI.BadRequestError,
    );
    expect(error).toMatchObject({ code: "no_providers_available", type: "no_providers_available" });
    expect(error.message).toContain("openai");
  });

  test("must name providers that somebody knows", async () => {
    const error = await failure(
      create({ ...ask(RELAYED, "Hello"), providerOptions: { gateway: { order: ["opnai"] } } }),
      OpenAI.BadRequestError,
    );
    expect(error.message).toContain('Did you mean "openai"?');
    expect(error.param).toBe("providerOptions.gateway.order");
  });

  test("must use options that there are, and those of the hosted gateway that are not here yet are named", async () => {
    const unknown = create({ ...ask(RELAYED, "Hello"), providerOptions: { gateway: { ordr: ["openai"] } } });
    expect((await failure(unknown, OpenAI.BadRequestError)).message).toContain('Did you mean "order"?');
    const answer = await create({ ...ask(RELAYED, "Hello"), providerOptions: { gateway: { idempotencyKey: "e" } } });
    const { dropped } = (answer.choices[0]!.message as Loose).provider_metadata.gateway;
    expect(dropped).toEqual(["providerOptions.gateway.idempotencyKey"]);
  });
});

describe("zero data retention", () => {
  const private_ = { providerOptions: { gateway: { zeroDataRetention: true } } };

  test("fails closed where no contract says so, with the line to add", async () => {
    const error = await failure(create({ ...ask(TRANSCODED, "Sensitive"), ...private_ }), OpenAI.BadRequestError);
    expect(error.code).toBe("no_providers_available");
    expect(error.message).toContain("providers.anthropic.zero_data_retention: true");
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("holds for models to fall back to as well", async () => {
    const request = { ...ask(TRANSCODED, "Sensitive"), models: [RELAYED], ...private_ };
    await failure(create(request), OpenAI.BadRequestError);
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("is served where the operator has it in contract, and by nobody else", async () => {
    const other = await startGateway({
      config: {
        providers: {
          openai: { api_key: "sk-test-o", base_url: `${gateway.simulator.url}/openai/v1` },
          anthropic: {
            api_key: "sk-test-a",
            base_url: `${gateway.simulator.url}/anthropic`,
            zero_data_retention: true,
          },
        },
      },
    });
    const request: Loose = { ...ask(RELAYED, "Sensitive"), models: [TRANSCODED], ...private_ };
    const answer = await clientOf(other).chat.completions.create(request);
    expect(answer.model).toBe(TRANSCODED);
    expect(routingOf(answer).planningReasoning).toContain("zero data retention");
    expect(sent(gateway).path).toStartWith("/anthropic/");
    await other.stop();
  });

  test("counts as a promise not to train, which alone is less", async () => {
    const other = await startGateway({
      config: {
        providers: {
          openai: { api_key: "sk-test-o", base_url: `${gateway.simulator.url}/openai/v1`, no_training: true },
          anthropic: {
            api_key: "sk-test-a",
            base_url: `${gateway.simulator.url}/anthropic`,
            zero_data_retention: true,
          },
        },
      },
    });
    const asked = clientOf(other).chat.completions;
    const untrained = { providerOptions: { gateway: { disallowPromptTraining: true } } };
    for (const model of [RELAYED, TRANSCODED]) await asked.create({ ...ask(model, "Hello"), ...untrained } as Loose);
    await failure(asked.create({ ...ask(RELAYED, "Hello"), ...private_ } as Loose), OpenAI.BadRequestError);
    sent(gateway, 2);
    await other.stop();
  });
});

describe("who asks, and on whose behalf", () => {
  test("stands in the row: app, user and tags, of headers and body together", async () => {
    const request: Loose = {
      ...ask(RELAYED, "Hello"),
      user: "body-user",
      tags: ["top"],
      providerOptions: { gateway: { tags: ["option"], user: "option-user" } },
    };
    const answer = await client.chat.completions.create(request, {
      headers: {
        "HTTP-Referer": "https://myapp.vercel.app",
        "X-Title": "MyApp",
        "ai-reporting-tags": "header, other",
        "ai-reporting-user": "header-user",
      },
    });
    const row = gateway.row(answer.id)!;
    expect(row).toMatchObject({ appUrl: "https://myapp.vercel.app", appTitle: "MyApp", user: "header-user" });
    expect(JSON.parse(row.tags!).sort()).toEqual(["header", "option", "other", "top"]);
    const { headers } = sent(gateway);
    for (const name of ["http-referer", "x-title", "ai-reporting-tags", "ai-reporting-user"])
      expect(headers[name]).toBeUndefined();
  });

  test("is nobody where nobody says", async () => {
    const answer = await create(ask(RELAYED, "Hello"));
    expect(gateway.row(answer.id)).toMatchObject({ appUrl: null, appTitle: null, user: null, tags: null });
  });

  test("the end user is told to providers in their own member", async () => {
    for (const model of [RELAYED, TRANSCODED]) await create({ ...ask(model, "Hello"), user: "end-user" });
    const [openai, anthropic] = gateway.simulator.requests.map((request) => bodyOf(request) as Loose);
    expect(openai.user).toBe("end-user");
    expect(anthropic.metadata).toEqual({ user_id: "end-user" });
  });
});
