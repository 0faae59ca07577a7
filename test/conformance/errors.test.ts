import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, clientOf, failure, type Loose, RELAYED, sent, TRANSCODED } from "./client.ts";

let gateway: RunningGateway;
/** Retries as it does out of the box: twice. */
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

type ErrorClass = abstract new (...args: never[]) => InstanceType<typeof OpenAI.APIError>;

/** What a provider does, and what the client makes of it. Requests: how often the provider was asked, all retries included. */
const FAILURES: readonly [does: string, type: ErrorClass, status: number, code: string, kind: string][] = [
  [
    'status=400 message="no such thing"',
    OpenAI.BadRequestError,
    400,
    "upstream_invalid_request",
    "invalid_request_error",
  ],
  ["too-long", OpenAI.BadRequestError, 400, "context_length_exceeded", "invalid_request_error"],
  ["status=401", OpenAI.InternalServerError, 502, "upstream_auth", "internal_server_error"],
  ["status=402", OpenAI.InternalServerError, 503, "upstream_quota", "internal_server_error"],
  ["no-credit", OpenAI.InternalServerError, 503, "upstream_quota", "internal_server_error"],
  ["status=403", OpenAI.InternalServerError, 502, "upstream_auth", "internal_server_error"],
  ["status=404", OpenAI.NotFoundError, 404, "upstream_model_not_found", "model_not_found"],
  ["status=413", OpenAI.APIError, 413, "upstream_too_large", "invalid_request_error"],
  ["status=422", OpenAI.UnprocessableEntityError, 422, "upstream_unprocessable", "invalid_request_error"],
  ["status=429 retry-after=3", OpenAI.RateLimitError, 429, "upstream_rate_limited", "rate_limit_exceeded"],
  ["status=500", OpenAI.InternalServerError, 503, "upstream_error", "internal_server_error"],
  ["status=503", OpenAI.InternalServerError, 503, "upstream_overloaded", "internal_server_error"],
  ["status=529", OpenAI.InternalServerError, 503, "upstream_overloaded", "internal_server_error"],
  ["html", OpenAI.InternalServerError, 502, "upstream_malformed", "internal_server_error"],
];

describe.each([RELAYED, TRANSCODED])(
  "a provider's failure at %s is raised as what it is, and asked for once",
  (model) => {
    describe.each([false, true])("streamed: %p", (stream) => {
      test.each(FAILURES)("%s", async (does, type, status, code, kind) => {
        const error = await failure(client.chat.completions.create({ ...ask(model, `[sim ${does}]`), stream }), type);
        expect(error).toMatchObject({ status, code, type: kind });
        expect(error.message).toStartWith(`${status} `);
        expect(error.requestID).toMatch(/^gen_/);
        expect(gateway.row(error.requestID!)).toMatchObject({ error: code, streamed: stream });
        // The gateway has done what retrying could be done: the client is told not to.
        sent(gateway);
      });
    });
  },
);

test("a provider that says when to come back is believed, in seconds", async () => {
  const { headers } = await failure(
    client.chat.completions.create(ask(RELAYED, "[sim status=429 retry-after=3]")),
    OpenAI.RateLimitError,
  );
  expect(headers.get("retry-after")).toBe("3");
  expect(headers.get("x-should-retry")).toBe("false");
});

test("a wrong key is the client's own, and only that is an AuthenticationError", async () => {
  for (const apiKey of ["wrong", "hg_wrong", "sk-test-openai"]) {
    const stranger = clientOf(gateway, { apiKey });
    const error = await failure(stranger.chat.completions.create(ask(RELAYED, "Hello")), OpenAI.AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: "invalid_api_key", type: "authentication_error" });
    expect(error.message).toBe("401 Invalid API key");
  }
  expect(gateway.simulator.requests).toHaveLength(0);
});

test("a provider's complaint about the gateway's credential tells the client nothing of it", async () => {
  const bad = await startGateway({
    config: {
      providers: {
        openai: { api_key: "sk-bad-secret-of-the-operator", base_url: `${gateway.simulator.url}/openai/v1` },
      },
    },
  });
  const error = await failure(clientOf(bad).chat.completions.create(ask(RELAYED, "Hello")), OpenAI.InternalServerError);
  expect(error).toMatchObject({ status: 502, code: "upstream_auth" });
  const known = JSON.stringify([error.message, error.error, gateway.row(error.requestID!), bad.row(error.requestID!)]);
  expect(known).not.toContain("sk-bad");
  expect(known).not.toContain("secret");
  await bad.stop();
});

test("an unknown model is a 404 with the nearest name", async () => {
  const error = await failure(client.chat.completions.create(ask("openai/gpt-4oo", "Hello")), OpenAI.NotFoundError);
  expect(error).toMatchObject({ code: "model_not_found", type: "model_not_found", param: "model" });
  expect(error.message).toContain('Did you mean "openai/gpt-4o"?');
  expect(gateway.simulator.requests).toHaveLength(0);
});

test("a known model that nobody here can serve says what to set", async () => {
  const error = await failure(client.chat.completions.create(ask("xai/grok-4", "Hello")), OpenAI.NotFoundError);
  expect(error.message).toMatch(/XAI_API_KEY|Did you mean/);
});

test.each([
  ["messages", { messages: [] }],
  ["messages[0].content", { messages: [{ role: "user", content: 7 }] }],
  ["messages[0].role", { messages: [{ role: "judge", content: "x" }] }],
  ["temperature", { temperature: "hot" }],
  ["tools[0].function.name", { tools: [{ type: "function", function: {} }] }],
  ["stream", { stream: "yes" }],
  ["max_tokens", { max_tokens: 0 }],
  ["providerOptions.gateway.only", { providerOptions: { gateway: { only: [] } } }],
])("a field that is wrong is named by its path: %s", async (param, more: Loose) => {
  const call = client.chat.completions.create({ ...ask(RELAYED, "Hello"), ...more });
  const error = await failure(call, OpenAI.BadRequestError);
  expect(error).toMatchObject({ code: "invalid_request", param });
  expect(error.message).toContain(param);
  expect(gateway.simulator.requests).toHaveLength(0);
});

test("a surface that is not here yet says so, and is asked for once", async () => {
  const asked: string[] = [];
  const counting = clientOf(gateway, {
    fetch: (url: unknown, init: unknown) => {
      asked.push(String(url));
      return fetch(url as string, init as RequestInit);
    },
  });
  const error = await failure(counting.post("/evaluate", { body: {} }), OpenAI.InternalServerError);
  expect(error).toMatchObject({ status: 501, code: "not_implemented" });
  expect(error.message).toContain("evaluation");
  expect(asked).toHaveLength(1);
});

test("a gateway without any credential says which variables to set, and is asked once", async () => {
  const asked: string[] = [];
  const empty = await startGateway({
    config: { providers: { openai: {}, anthropic: {}, groq: {}, mistral: {}, deepseek: {} }, simulate: "never" },
  });
  const counting = clientOf(empty, {
    fetch: (url: unknown, init: unknown) => {
      asked.push(String(url));
      return fetch(url as string, init as RequestInit);
    },
  });
  const error = await failure(counting.chat.completions.create(ask(RELAYED, "Hello")), OpenAI.InternalServerError);
  expect(error).toMatchObject({ status: 503, code: "no_credentials" });
  expect(error.message).toContain("OPENAI_API_KEY");
  expect(asked).toHaveLength(1);
  await empty.stop();
});

describe.each([RELAYED, TRANSCODED])("a stream of %s that breaks", (model) => {
  test.each([
    ["error=3", "upstream_"],
    ["eof=3", "upstream_truncated"],
    ["reset=3", "upstream_truncated"],
    ["cut=3", "upstream_truncated"],
  ])("raises an APIError where it broke (%s), after what had been said", async (does, code) => {
    const said: string[] = [];
    const stream = await client.chat.completions.create({
      ...ask(model, `[sim tokens=9 mark=b every=1ms ${does}]`),
      stream: true,
    });
    const reading = (async () => {
      for await (const chunk of stream) said.push(chunk.choices[0]?.delta.content ?? "");
    })();
    const error = await failure(reading, OpenAI.APIError);
    expect(error.code).toStartWith(code);
    expect(said.join("")).toBe("b-0 b-1 b-2");
    sent(gateway);
  });

  test("makes the helper fail too, rather than end early", async () => {
    const stream = client.chat.completions.stream(ask(model, "[sim tokens=9 every=1ms eof=3]"));
    const error = await failure(stream.finalChatCompletion(), OpenAI.OpenAIError);
    expect(error.message).toContain("ended");
  });
});

test("a stream that fails before its first word is an ordinary error, not a broken stream", async () => {
  for (const model of [RELAYED, TRANSCODED]) {
    const call = client.chat.completions.create({ ...ask(model, "[sim error]"), stream: true });
    expect((await failure(call, OpenAI.InternalServerError)).status).toBe(503);
  }
});

test("when everybody fails the client is told of each, once", async () => {
  const request: Loose = {
    ...ask(RELAYED, "[sim model=gpt-4o status=429 retry-after=7][sim model=claude-sonnet-4-5-20250929 status=529]"),
    models: [TRANSCODED],
  };
  const error = await failure(client.chat.completions.create(request), OpenAI.InternalServerError);
  expect(error).toMatchObject({ status: 503, code: "provider_unavailable" });
  expect(error.message).toContain(`openai for ${RELAYED}`);
  expect(error.message).toContain(`anthropic for ${TRANSCODED}`);
  expect(error.headers.get("retry-after")).toBe("7");
  sent(gateway, 2);
});

test("when everybody is limited, so is the client: for as long as the first of them", async () => {
  const request: Loose = {
    ...ask(RELAYED, "[sim model=gpt-4o status=429 retry-after=9][sim status=429 retry-after=4]"),
    models: [TRANSCODED],
  };
  for (const stream of [false, true]) {
    gateway.simulator.forget();
    const error = await failure(client.chat.completions.create({ ...request, stream }), OpenAI.RateLimitError);
    expect(error).toMatchObject({ status: 429, code: "upstream_rate_limited", type: "rate_limit_exceeded" });
    expect(error.headers.get("retry-after")).toBe("4");
    sent(gateway, 2);
  }
});
