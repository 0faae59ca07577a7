import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { deafPort } from "../faults/ports.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

/** What clients ask of routing, as they ask it: at every door, whole and streamed. */

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
type Loose = any;

const MODEL = "lab/model";
const EMBEDDER = "lab/embedder";

let upstream: Upstream;
let gateway: RunningGateway;
beforeAll(async () => {
  upstream = startUpstream();
  const provider = (name: string, more: object = {}, price?: object, abilities: string[] = []) => ({
    wire: "openai-chat",
    base_url: `${upstream.url}/${name}`,
    api_key: `sk-${name}`,
    models: [
      { id: MODEL, upstream: "m", abilities, ...(price === undefined ? {} : { price }) },
      { id: EMBEDDER, upstream: "e", type: "embedding", abilities, ...(price === undefined ? {} : { price }) },
    ],
    ...more,
  });
  gateway = await startGateway({
    config: {
      providers: {
        first: provider("first", {}, { input: 5, output: 10 }),
        cheap: provider("cheap", {}, { input: 1, output: 2 }),
        contracted: provider(
          "contracted",
          { zero_data_retention: true, regions: ["eu-west-3"] },
          { input: 3, output: 4 },
        ),
        secret: provider("secret", { no_training: true }),
      },
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  upstream.stop();
});
beforeEach(() => upstream.forget());

interface Door {
  path: string;
  body: object;
  routing(body: Loose): Loose;
}

const DOORS: Record<string, Door> = {
  chat: {
    path: "/v1/chat/completions",
    body: { model: MODEL, messages: [{ role: "user", content: "Hello" }] },
    routing: (body) => body.choices[0].message.provider_metadata.gateway.routing,
  },
  messages: {
    path: "/v1/messages",
    body: { model: MODEL, max_tokens: 9, messages: [{ role: "user", content: "Hello" }] },
    routing: (body) => body.provider_metadata.gateway.routing,
  },
  responses: {
    path: "/v1/responses",
    body: { model: MODEL, input: "Hello" },
    routing: (body) => (body.providerMetadata ?? body.provider_metadata).gateway.routing,
  },
  embeddings: {
    path: "/v1/embeddings",
    body: { model: EMBEDDER, input: "Hello" },
    routing: (body) => body.providerMetadata.gateway.routing,
  },
};

const ask = ({ path, body }: Door, options: unknown, more: object = {}) =>
  gateway.post(path, { ...body, ...more, providerOptions: { gateway: options } });

describe.each(Object.entries(DOORS))("at the door for %s", (name, door) => {
  test.each<[string, object, string[]]>([
    ["nothing", {}, ["first"]],
    ["`sort`", { sort: "cost" }, ["cheap"]],
    ["`order` and `sort`", { order: ["secret"], sort: "cost" }, ["secret"]],
    ["`ignore`", { ignore: ["first", "cheap"] }, ["contracted"]],
    ["`only` and `sort`", { only: ["first", "contracted"], sort: "price" }, ["contracted"]],
    ["`max_price`", { max_price: { input: 3 } }, ["cheap"]],
    ["`zeroDataRetention`", { zeroDataRetention: true }, ["contracted"]],
    ["`disallowPromptTraining`", { disallowPromptTraining: true, order: ["secret"] }, ["secret"]],
    ["`inferenceRegion`", { inferenceRegion: { scope: "zone", geoRegion: "eu" } }, ["contracted"]],
  ])("%s is obeyed, whole and streamed", async (_, options, asked) => {
    const whole = await ask(door, options);
    expect(whole.status).toBe(200);
    expect(door.routing(await jsonOf(whole)).finalProvider).toBe(asked[0]!);
    expect(upstream.asked.splice(0)).toEqual(asked);
    if (name === "embeddings") return;
    const stream = await ask(door, options, { stream: true });
    expect(stream.status).toBe(200);
    await stream.text();
    expect(upstream.asked).toEqual(asked);
  });

  test("where it was processed is told, as far as it is known, and the ledger has it", async () => {
    const inferenceEndpoint = {
      slug: "eu-west-3",
      scope: "specific",
      geoRegion: "eu",
      providerRegion: "eu-west-3",
    };
    const places = (routing: Loose) =>
      routing.modelAttempts[0].providerAttempts.map((one: Loose) => one.inferenceEndpoint);
    const known = await ask(door, { only: ["contracted"] });
    expect(places(door.routing(await jsonOf(known)))).toEqual([inferenceEndpoint]);
    const id = known.headers.get("x-request-id");
    const { data } = await jsonOf(await gateway.get(`/v1/generation?id=${id}`));
    expect(places(data.routing)).toEqual([inferenceEndpoint]);
    expect(places(door.routing(await jsonOf(await ask(door, { only: ["first"] }))))).toEqual([undefined]);
  });

  test("`sort` tells what it went by", async () => {
    const { sort } = door.routing(await jsonOf(await ask(door, { sort: "cost", ignore: ["secret"] })));
    expect(sort).toEqual({
      option: "cost",
      executionOrder: ["cheap", "contracted", "first"],
      metrics: { cheap: 1.25, contracted: 3.25, first: 6.25 },
      deprioritizedProviders: [],
    });
  });

  test("`provider` is short for it", async () => {
    const { path, body } = door;
    const reply = await gateway.post(path, { ...body, provider: { sort: "cost", ignore: ["cheap"] } });
    expect([reply.status, upstream.asked]).toEqual([200, ["contracted"]]);
    expect(Object.keys(upstream.bodies[0]!)).not.toContain("provider");
  });

  test("`clocks` run out for this request as it says", async () => {
    upstream.silent.add("first");
    const reply = await ask(door, { only: ["first", "cheap"], clocks: { total_ms: 1000 } });
    expect([reply.status, upstream.asked]).toEqual([200, ["first", "cheap"]]);
    const [attempt] = door.routing(await jsonOf(reply)).modelAttempts[0].providerAttempts;
    expect(attempt.error).toContain("1000 ms (clock: total)");
  });

  test("`allow_fallbacks: false` asks nobody else", async () => {
    upstream.failing.add("first");
    expect([(await ask(door, { allow_fallbacks: false })).status, upstream.asked.splice(0)]).toEqual([503, ["first"]]);
    expect([(await ask(door, {})).status, upstream.asked.splice(0)]).toEqual([200, ["first", "cheap"]]);
    expect((await ask(door, { allow_fallbacks: false, order: ["first", "secret"] })).status).toBe(200);
    expect(upstream.asked).toEqual(["first", "secret"]);
  });

  test("options for a provider that nobody is called are told, and refused where nothing may be left out", async () => {
    const { path, body } = door;
    const providerOptions = { frist: { user: "u" }, first: { user: "u" }, gateway: { only: ["first"] } };
    const reply = await gateway.post(path, { ...body, providerOptions });
    expect([reply.status, upstream.bodies.map(({ user }) => user)]).toEqual([200, ["u"]]);
    expect(JSON.stringify(await jsonOf(reply))).toContain('"providerOptions.frist"');
    const strict = { ...providerOptions, gateway: { only: ["first"], strict: true } };
    const refused = await gateway.post(path, { ...body, providerOptions: strict });
    expect([refused.status, upstream.asked]).toEqual([400, ["first"]]);
  });

  test("policies hold for those who stand in as well", async () => {
    upstream.failing.add("contracted");
    const reply = await ask(door, { zeroDataRetention: true, order: ["first", "contracted"] });
    expect([reply.status, upstream.asked]).toEqual([503, ["contracted"]]);
  });

  test.each<[string, unknown, string]>([
    ["an option nobody knows", { sorting: "cost" }, "providerOptions.gateway.sorting"],
    ["a sort nobody knows", { sort: "cheapest" }, "providerOptions.gateway.sort"],
    ["an empty `order`", { order: [] }, "providerOptions.gateway.order"],
    [
      "a thousand models",
      {
        models: Array(1000)
          .fill(0)
          .map((_, i) => `a/${i}`),
      },
      "providerOptions.gateway.models",
    ],
    ["a provider nobody knows", { ignore: ["frist"] }, "providerOptions.gateway.ignore"],
    ["a timeout out of range", { providerTimeouts: { first: 1 } }, "providerOptions.gateway.providerTimeouts.first"],
    ["a clock that nobody has", { clocks: { total: 60_000 } }, "providerOptions.gateway.clocks.total"],
    ["a clock out of range", { clocks: { idle_ms: 10 } }, "providerOptions.gateway.clocks.idle_ms"],
    ["a timeout of a stranger", { providerTimeouts: { frist: 2000 } }, "providerOptions.gateway.providerTimeouts"],
    ["a feature nobody knows", { has: ["visoin"] }, "providerOptions.gateway.has"],
    ["a negative price", { max_price: { input: -1 } }, "providerOptions.gateway.max_price.input"],
    ["a region of no scope", { inferenceRegion: { geoRegion: "eu" } }, "providerOptions.gateway.inferenceRegion.scope"],
    ["options that are none", "sort", "providerOptions.gateway"],
  ])("%s is refused by its name, sent to nobody and written nowhere", async (_, options, param) => {
    const reply = await ask(door, options);
    expect(reply.status).toBe(400);
    const { error } = await jsonOf(reply);
    expect([error.code, error.param]).toEqual(["invalid_request", param]);
    expect(upstream.asked).toEqual([]);
    expect(gateway.row(reply.headers.get("x-request-id")!)).toBeUndefined();
  });

  test("preferences that leave nobody are refused with everybody who could, and what stood in the way", async () => {
    const reply = await ask(door, { only: ["first", "secret"], has: ["vision"], max_price: { input: 1 } });
    expect(reply.status).toBe(400);
    const { error } = await jsonOf(reply);
    const model = name === "embeddings" ? EMBEDDER : MODEL;
    expect(error.code).toBe("no_providers_available");
    expect(error.message).toBe(
      `No provider can serve this request. first for ${model}: does not have \`vision\`; cheap for ${model}: not in \`only\`; ` +
        `contracted for ${model}: not in \`only\`; secret for ${model}: does not have \`vision\`.`,
    );
    expect(upstream.asked).toEqual([]);
  });
});

describe("`providerTimeouts`", () => {
  const slow = { only: ["first", "cheap"], providerTimeouts: { first: 1000 } };

  test("give up on one that does not begin, and the next one answers", async () => {
    upstream.silent.add("first");
    const reply = await ask(DOORS.chat!, slow);
    expect([reply.status, upstream.asked]).toEqual([200, ["first", "cheap"]]);
    const [attempt] = DOORS.chat!.routing(await jsonOf(reply)).modelAttempts[0].providerAttempts;
    expect(attempt).toMatchObject({ provider: "first", error: "PROVIDER_TIMEOUT", configuredTimeoutMs: 1000 });
  });

  test("count while a connection is not made, too", async () => {
    const deaf = await deafPort();
    const away = await startGateway({
      config: {
        providers: {
          deaf: {
            wire: "openai-chat",
            base_url: `http://127.0.0.1:${deaf.port}`,
            api_key: "sk-deaf",
            models: [{ id: "openai/gpt-4o", upstream: "m" }],
          },
        },
      },
    });
    // Without it, connecting may take twice as long as a test.
    const reply = await away.post("/v1/chat/completions", {
      model: "openai/gpt-4o",
      messages: [{ role: "user", content: "Hello" }],
      providerOptions: { gateway: { providerTimeouts: { deaf: 1000 } } },
    });
    const routing = DOORS.chat!.routing(await jsonOf(reply));
    expect(routing.finalProvider).toBe("openai");
    const [attempt] = routing.modelAttempts[0].providerAttempts;
    expect(attempt).toMatchObject({ provider: "deaf", error: "PROVIDER_TIMEOUT", configuredTimeoutMs: 1000 });
    await away.stop();
    deaf.stop();
  });

  test("count until a stream begins, and not from there on", async () => {
    upstream.silent.add("first");
    const reply = await ask(DOORS.chat!, slow, { stream: true });
    expect(await reply.text()).toContain('"finalProvider":"cheap"');
    expect(upstream.asked).toEqual(["first", "cheap"]);
  });
});

test("tokens are counted by those who may read the request", async () => {
  const count = (options: object) =>
    gateway.post("/v1/messages/count_tokens", { ...DOORS.messages!.body, providerOptions: { gateway: options } });
  expect((await count({ zeroDataRetention: true })).status).toBe(200);
  const refused = await count({ zeroDataRetention: true, ignore: ["contracted"] });
  expect([refused.status, (await jsonOf(refused)).error.code]).toEqual([400, "no_providers_available"]);
});

test("who does not count in the time that the client has for it is not waited for", async () => {
  const slow = { wire: "anthropic-messages", base_url: `${upstream.url}/slow`, api_key: "sk-slow" };
  const at = await startGateway({ config: { providers: { slow: { ...slow, models: [{ id: MODEL }] } } } });
  upstream.silent.add("slow");
  // Without it, the head of an answer may take longer than any test.
  const options = { providerTimeouts: { slow: 1000 } };
  const body = { ...DOORS.messages!.body, providerOptions: { gateway: options } };
  const reply = await at.post("/v1/messages/count_tokens", body);
  expect([reply.status, (await jsonOf(reply)).estimated, upstream.asked]).toEqual([200, true, ["slow"]]);
  await at.stop();
});
