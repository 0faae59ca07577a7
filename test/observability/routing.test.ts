import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closedPort } from "../faults/ports.ts";
import { chunksOf, jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

/** Every answer explains itself, at every door, and the ledger tells the same of it (contract 6.2). */

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
type Loose = any;

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const DEAD = "openai/gpt-4o";
const SPARE = "anthropic/claude-sonnet-4.5";
const SECRET = "sk-live-1234567890abcdef";
const FAILS = `[sim model=gpt-4o status=503 message="${SECRET} is tired"] [sim every=0] Hello`;
const BREAKS = "[sim tokens=9 every=1ms cut=3] Hello";

interface Door {
  path: string;
  /** A request with this text. */
  body(text: string): object;
  /** The metadata of a whole reply, and of the last events of a stream. */
  whole(body: Loose): Loose;
  last(events: Loose[]): Loose;
  /** What an error tells beside itself. */
  refusal(body: Loose): Loose;
}

/** The events of a stream, whatever stands on the line before their data. */
function eventsOf(sse: string): Loose[] {
  return chunksOf(sse.replace(/^event: .*\n/gm, ""));
}

const DOORS: Record<string, Door> = {
  chat: {
    path: "/v1/chat/completions",
    body: (text) => ({ messages: [{ role: "user", content: text }] }),
    whole: (body) => body.choices[0].message.provider_metadata,
    last: (events) =>
      events.findLast((one) => one.choices?.[0]?.delta.provider_metadata).choices[0].delta.provider_metadata,
    refusal: (body) => body.providerMetadata,
  },
  messages: {
    path: "/v1/messages",
    body: (text) => ({ max_tokens: 99, messages: [{ role: "user", content: text }] }),
    whole: (body) => body.provider_metadata,
    last: (events) => events.find(({ type }) => type === "message_delta").provider_metadata,
    refusal: (body) => body.provider_metadata,
  },
  responses: {
    path: "/v1/responses",
    body: (text) => ({ input: text }),
    whole: (body) => body.providerMetadata ?? body.provider_metadata,
    last: (events) => {
      const { response } = events.find(({ type }) => type === "response.completed");
      return response.providerMetadata ?? response.provider_metadata;
    },
    refusal: (body) => body.providerMetadata,
  },
};

async function ledgerRouting(id: string): Promise<Loose> {
  return (await jsonOf(await gateway.get(`/v1/generation?id=${id}`))).data.routing;
}

const idOf = (response: Response) => response.headers.get("x-request-id")!;

/** Who was tried, in short. */
const trace = ({ modelAttempts }: Loose) =>
  modelAttempts.flatMap(({ canonicalSlug, providerAttempts }: Loose) =>
    providerAttempts.map(({ provider, statusCode, success, attemptNumber }: Loose) => [
      canonicalSlug,
      provider,
      statusCode,
      success,
      attemptNumber,
    ]),
  );

describe.each(Object.entries(DOORS))("at the door of %s", (_, door) => {
  describe.each([false, true])("streamed: %p", (stream) => {
    const post = (model: string, text: string, more: object = {}) =>
      gateway.post(door.path, { model, stream, ...door.body(text), ...more });

    test("an answer tells who was planned, who failed and who answered, and so does the ledger", async () => {
      const response = await post(DEAD, FAILS, { models: [SPARE] });
      const text = await response.text();
      expect(response.status).toBe(200);
      const { routing } = (stream ? door.last(eventsOf(text)) : door.whole(JSON.parse(text))).gateway;
      expect(routing).toMatchObject({
        originalModelId: DEAD,
        canonicalSlug: SPARE,
        resolvedProvider: "openai",
        finalProvider: "anthropic",
        fallbacksAvailable: ["anthropic"],
        modelAttemptCount: 2,
        totalProviderAttemptCount: 2,
      });
      expect(routing.planningReasoning).toStartWith(
        "System credentials planned for: openai, anthropic. Total execution order: openai(system) → anthropic(system). Skipped: ",
      );
      expect(trace(routing)).toEqual([
        [DEAD, "openai", 503, false, 1],
        [SPARE, "anthropic", 200, true, 2],
      ]);
      const [failed, answered] = routing.modelAttempts.map(({ providerAttempts }: Loose) => providerAttempts[0]);
      expect(failed.error).toBe("The provider is overloaded.");
      expect(failed.providerRequestId).toStartWith("req_");
      expect(answered.providerRequestId).toStartWith("req_");
      expect(answered.providerResponseId).toStartWith("msg_");
      expect(answered.startTime).toBeGreaterThanOrEqual(failed.endTime - 1);
      expect(text).not.toContain(SECRET);
      expect(await ledgerRouting(idOf(response))).toEqual(routing);
    });

    test("an error tells the attempts as well", async () => {
      const response = await post(DEAD, FAILS);
      const body = await jsonOf(response);
      expect(response.status).toBe(503);
      const { routing, generationId } = door.refusal(body).gateway;
      expect(generationId).toBe(idOf(response));
      expect(trace(routing)).toEqual([[DEAD, "openai", 503, false, 1]]);
      expect(JSON.stringify(body)).not.toContain(SECRET);
      expect(await ledgerRouting(generationId)).toEqual(routing);
    });

    test("what is refused before anybody was asked has nothing to tell", async () => {
      const body = await jsonOf(await post("nobody/knows", "Hello"));
      expect(body.error.message.length).toBeGreaterThan(5);
      expect(door.refusal(body)).toBeUndefined();
    });
  });

  test("an answer that breaks tells so in its last event", async () => {
    const response = await gateway.post(door.path, { model: DEAD, stream: true, ...door.body(BREAKS) });
    const events = eventsOf(await response.text());
    const { routing } = door.refusal(events.findLast((one) => one.error !== undefined)).gateway;
    expect(trace(routing)).toEqual([[DEAD, "openai", 200, false, 1]]);
    expect(await ledgerRouting(idOf(response))).toEqual(routing);
  });
});

describe("what was asked of routing", () => {
  const ask = (text: string, options: object) =>
    gateway.post("/v1/chat/completions", {
      model: DEAD,
      messages: [{ role: "user", content: text }],
      providerOptions: { gateway: options },
    });
  const routingOf = async (response: Response): Promise<Loose> =>
    DOORS.chat!.whole(JSON.parse(await response.text())).gateway.routing;

  test("a limit of the client's own ran out: the record says which, and who answered instead", async () => {
    const options = { models: [SPARE], providerTimeouts: { openai: 1000 } };
    const response = await ask("[sim model=gpt-4o delay=60s] [sim every=0] Hello", options);
    const routing = await routingOf(response);
    expect(routing.modelAttempts[0].providerAttempts[0]).toMatchObject({
      provider: "openai",
      success: false,
      error: "PROVIDER_TIMEOUT",
      providerTimeout: true,
      configuredTimeoutMs: 1000,
    });
    expect(routing.finalProvider).toBe("anthropic");
    expect(await ledgerRouting(idOf(response))).toEqual(routing);
  });

  test("an account of the client's own is told as such, before the operator's", async () => {
    const response = await ask("Hello", { byok: { openai: [{ apiKey: "sk-own-1234567890abcdef" }] } });
    const text = await response.clone().text();
    const routing = await routingOf(response);
    expect(routing.planningReasoning).toStartWith(
      "BYOK credentials planned for: openai. System credentials planned for: openai. Total execution order: openai(byok) → openai(system)",
    );
    expect(routing.modelAttempts[0].providerAttempts[0].credentialType).toBe("byok");
    expect(text).not.toContain("sk-own");
    expect(await ledgerRouting(idOf(response))).toEqual(routing);
  });

  test("a sort is told with its figures", async () => {
    const response = await ask("Hello", { sort: "cost" });
    const routing = await routingOf(response);
    expect(routing.sort).toMatchObject({ option: "cost", executionOrder: ["openai"] });
    expect(routing.sort.metrics.openai).toBeGreaterThan(0);
    expect(await ledgerRouting(idOf(response))).toEqual(routing);
  });
});

test("an answer that broke before it had said anything has its ids, by which its provider finds it", async () => {
  const text = "[sim model=gpt-4o error=0] [sim every=0] Hello";
  const response = await gateway.post("/v1/chat/completions", {
    model: DEAD,
    models: [SPARE],
    stream: true,
    messages: [{ role: "user", content: text }],
  });
  const { routing } = DOORS.chat!.last(eventsOf(await response.text())).gateway;
  expect(routing.modelAttempts[0].providerAttempts[0]).toMatchObject({
    success: false,
    statusCode: 200,
    providerRequestId: expect.stringMatching(/^req_/),
    providerResponseId: expect.stringMatching(/^chatcmpl-/),
  });
  expect(await ledgerRouting(idOf(response))).toEqual(routing);
});

describe("where the operator leads a request elsewhere", () => {
  let led: RunningGateway;
  beforeAll(async () => {
    led = await startGateway({
      config: {
        routing_rules: [{ id: "newer", type: "rewrite", model: "openai/gpt-4", to: "vmc/house" }],
        virtual_models: { "vmc/house": { candidates: [{ model: DEAD }, { model: SPARE }] } },
      },
    });
  });
  afterAll(() => led.stop());

  const CELLS = Object.values(DOORS).flatMap((door) =>
    ["vmc/house", "openai/gpt-4"].flatMap((asked) => [true, false].map((stream) => ({ door, asked, stream }))),
  );
  test.each(CELLS)(
    "an answer names what was asked for and what it became: $door.path, $asked, streamed: $stream",
    async (cell) => {
      const { door, asked, stream } = cell;
      const response = await led.post(door.path, { model: asked, stream, ...door.body(FAILS) });
      const text = await response.text();
      const { routing } = (stream ? door.last(eventsOf(text)) : door.whole(JSON.parse(text))).gateway;
      expect([routing.originalModelId, routing.canonicalSlug]).toEqual([asked, SPARE]);
      expect(trace(routing)).toEqual([
        [DEAD, "openai", 503, false, 1],
        [SPARE, "anthropic", 200, true, 2],
      ]);
      const { data } = await jsonOf(await led.get(`/v1/generation?id=${idOf(response)}`));
      expect(data.routing).toEqual(routing);
    },
  );

  test.each(CELLS)("and so does an error: $door.path, $asked, streamed: $stream", async ({ door, asked, stream }) => {
    const response = await led.post(door.path, { model: asked, stream, ...door.body("[sim status=503] Hello") });
    expect(response.status).toBe(503);
    const { routing } = door.refusal(await jsonOf(response)).gateway;
    expect([routing.originalModelId, routing.resolvedProvider]).toEqual([asked, "openai"]);
    expect(trace(routing)).toEqual([
      [DEAD, "openai", 503, false, 1],
      [SPARE, "anthropic", 503, false, 2],
    ]);
    const { data } = await jsonOf(await led.get(`/v1/generation?id=${idOf(response)}`));
    expect(data.routing).toEqual(routing);
  });
});

test.each([
  ["/v1/embeddings", { model: "openai/text-embedding-3-small", input: "[sim status=503] Hello" }],
  ["/v1/chat/completions", { model: DEAD, messages: [{ role: "user", content: "[sim status=400] Hello" }] }],
  ["/v1/chat/completions", { model: DEAD, messages: [{ role: "user", content: "[sim status=401] Hello" }] }],
  ["/v1/messages", { model: SPARE, max_tokens: 9, messages: [{ role: "user", content: "[sim status=529] Hello" }] }],
])("every refusal of a provider's explains itself: %s, %j", async (path, body) => {
  const response = await gateway.post(path, body);
  const told = await jsonOf(response);
  const { routing, generationId } = (told.providerMetadata ?? told.provider_metadata).gateway;
  expect([generationId, routing.totalProviderAttemptCount]).toEqual([idOf(response), 1]);
  expect(routing.modelAttempts[0]).toMatchObject({ success: false, providerAttemptCount: 1 });
  expect(routing.modelAttempts[0].providerAttempts[0].error.length).toBeGreaterThan(5);
  expect(await ledgerRouting(generationId)).toEqual(routing);
});

test("compaction explains itself too", async () => {
  const response = await gateway.post("/v1/responses/compact", { model: "openai/gpt-5", input: "Hello" });
  const { routing } = (await jsonOf(response)).providerMetadata.gateway;
  expect(trace(routing)).toEqual([["openai/gpt-5", "openai", 200, true, 1]]);
  expect(await ledgerRouting(idOf(response))).toEqual(routing);
});

test("embeddings explain themselves too", async () => {
  const response = await gateway.post("/v1/embeddings", { model: "openai/text-embedding-3-small", input: "Hello" });
  const { routing } = (await jsonOf(response)).providerMetadata.gateway;
  expect(trace(routing)).toEqual([["openai/text-embedding-3-small", "openai", 200, true, 1]]);
  expect(await ledgerRouting(idOf(response))).toEqual(routing);
});

test("who failed a moment ago is left alone, and the record says so", async () => {
  const both = "openai/gpt-oss-120b";
  const remembering = await startGateway({
    remembers: true,
    config: {
      health: { failures: 1, cooldown_ms: 60_000 },
      providers: { cerebras: { api_key: "sk-test", base_url: `http://127.0.0.1:${closedPort()}` } },
    },
  });
  try {
    const ask = async () => {
      const body = {
        model: both,
        messages: [{ role: "user", content: "Hello" }],
        providerOptions: { gateway: { order: ["cerebras"] } },
      };
      return DOORS.chat!.whole(await jsonOf(await remembering.post("/v1/chat/completions", body))).gateway.routing;
    };
    const first = await ask();
    expect(first.planningReasoning).not.toContain("Left alone");
    expect(first.resolvedProvider).toBe("cerebras");
    expect(first.totalProviderAttemptCount).toBe(2);
    const second = await ask();
    expect(second.planningReasoning).toContain(". Left alone for now: cerebras (upstream_unreachable)");
    expect(second.totalProviderAttemptCount).toBe(1);
    expect(second.fallbacksAvailable).toEqual(["cerebras"]);
  } finally {
    await remembering.stop();
  }
});
