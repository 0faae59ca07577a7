import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { CHAT, EMBEDDINGS, GOOD, headOf, mustStillServe, type Path, talk } from "./client.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await mustStillServe(gateway);
  await gateway.stop();
});
afterEach(() => gateway.simulator.forget());

/** What a client may send along: none of it is a provider's business. */
const FIELDS: Record<string, string> = {
  "x-api-key": "sk-clients-own",
  "api-key": "sk-clients-own",
  "x-goog-api-key": "sk-clients-own",
  "x-ai-gateway-api-key": `Bearer ${KEY}`,
  "x-auth-token": "t",
  "proxy-authorization": "Basic dTpw",
  "proxy-connection": "keep-alive",
  cookie: "session=1",
  "set-cookie": "session=1",
  "x-forwarded-for": "203.0.113.7",
  "x-forwarded-host": "other.example",
  "x-forwarded-proto": "https",
  forwarded: "for=203.0.113.7",
  "x-real-ip": "203.0.113.7",
  "cf-connecting-ip": "203.0.113.7",
  "true-client-ip": "203.0.113.7",
  via: "1.1 proxy",
  te: "trailers",
  trailer: "X-Checksum",
  "keep-alive": "timeout=5",
  "openai-organization": "org-client",
  "openai-project": "proj-client",
  "openai-beta": "assistants=v2",
  "anthropic-version": "1999-01-01",
  "anthropic-beta": "everything",
  "anthropic-dangerous-direct-browser-access": "true",
  "x-stainless-lang": "js",
  "x-stainless-retry-count": "2",
  "x-stainless-helper-method": "stream",
  "user-agent": "OpenAI/JS 7.57.0",
  "accept-encoding": "gzip, br",
  "accept-language": "de",
  accept: "text/html",
  origin: "https://page.example",
  referer: "https://page.example/secret",
  "http-referer": "https://app.example",
  "x-title": "App",
  "idempotency-key": "k",
  // Ours to pass on: whoever keeps caches may look at it.
  "x-session-affinity": "conversation-1",
  "x-vercel-ai-gateway-team": "team",
  "ai-reporting-user": "u",
  "ai-reporting-tags": "a,b",
  "x-request-id": "client-chosen",
  "request-id": "client-chosen",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  tracestate: "a=b",
  baggage: "user=secret",
  range: "bytes=0-1",
  "if-none-match": '"x"',
  "if-modified-since": "Wed, 21 Oct 2015 07:28:00 GMT",
  "cache-control": "no-cache",
  pragma: "no-cache",
  dnt: "1",
  "sec-fetch-mode": "cors",
  "sec-ch-ua": '"x"',
  "x-http-method-override": "DELETE",
  "x-original-url": "/admin",
  "x-rewrite-url": "/admin",
  "content-md5": "x",
  "content-language": "de",
  "x-headgate-simulated": "true",
  __proto__: "x",
  constructor: "x",
};

const COMMON = ["accept", "accept-encoding", "content-length", "content-type", "host", "user-agent"];
const PASSED_ON = { "x-session-affinity": "conversation-1" };
const CLAUDE = { model: "anthropic/claude-sonnet-4.5", messages: GOOD[CHAT].messages };

describe.each<[string, Path, object, string[], Record<string, string>]>([
  ["relayed", CHAT, GOOD[CHAT], ["authorization"], { authorization: "Bearer sk-test-openai" }],
  ["relayed as a stream", CHAT, { ...GOOD[CHAT], stream: true }, ["authorization"], { accept: "text/event-stream" }],
  ["embeddings", EMBEDDINGS, GOOD[EMBEDDINGS], ["authorization"], { authorization: "Bearer sk-test-openai" }],
  [
    "transcoded",
    CHAT,
    CLAUDE,
    ["anthropic-version", "x-api-key"],
    { "x-api-key": "sk-test-anthropic", "anthropic-version": "2023-06-01" },
  ],
])("%s", (_, path, body, own, values) => {
  test("a provider gets exactly the fields that it needs, whatever the client sent", async () => {
    expect(Object.keys(FIELDS).length).toBeGreaterThanOrEqual(60);
    const text = JSON.stringify(body);
    // A name that was used is not served again.
    const told = { ...FIELDS, "idempotency-key": crypto.randomUUID() };
    const fields = Object.entries(told).map(([name, value]) => `${name}: ${value}`);
    const { statuses } = await talk(
      gateway,
      headOf(`POST ${path} HTTP/1.1`, `Content-Length: ${text.length}`, ...fields) + text,
    );
    expect(statuses).toEqual([200]);
    const [request, ...others] = gateway.simulator.requests;
    expect(others).toEqual([]);
    expect(Object.keys(request!.headers).sort()).toEqual([...COMMON, ...Object.keys(PASSED_ON), ...own].sort());
    expect(request!.headers).toMatchObject({
      ...PASSED_ON,
      host: new URL(gateway.simulator.url).host,
      "user-agent": "headgate",
      "accept-encoding": "identity",
      "content-type": "application/json",
      ...values,
    });
    const all = JSON.stringify(request!.headers);
    expect(all).not.toContain(KEY);
    for (const trace of ["clients-own", "client-chosen", "203.0.113.7", "secret", "session="])
      expect(all).not.toContain(trace);
  });
});

test("a field that is called a connection's own is not passed on either, nor does it take away ours", async () => {
  const text = JSON.stringify(GOOD[CHAT]);
  const fields = [
    "Connection: keep-alive, authorization, content-type, x-a",
    "X-A: 1",
    `Content-Length: ${text.length}`,
  ];
  const { statuses } = await talk(gateway, headOf(`POST ${CHAT} HTTP/1.1`, ...fields) + text);
  expect(statuses).toEqual([200]);
  expect(Object.keys(gateway.simulator.requests[0]!.headers).sort()).toEqual([...COMMON, "authorization"].sort());
});

describe("bytes that are no ASCII", () => {
  test.each(["\xe9\xff", "Gr\xc3\xbc\xc3\x9fe", "\x80", "a\tb"])(
    "in a client's fields (%j) are no matter",
    async (value) => {
      const text = JSON.stringify(GOOD[CHAT]);
      const fields = ["X-Title", "HTTP-Referer", "AI-Reporting-User", "User-Agent"].map((name) => `${name}: ${value}`);
      const { statuses } = await talk(
        gateway,
        headOf(`POST ${CHAT} HTTP/1.1`, `Content-Length: ${text.length}`, ...fields) + text,
      );
      expect(statuses).toEqual([200]);
      expect(Object.keys(gateway.simulator.requests[0]!.headers)).toHaveLength(COMMON.length + 1);
    },
  );

  test("in a model's name do not reach a field of the reply", async () => {
    for (const model of ["openai/gpt-5é", "模型/名", "a/b\r\nx-evil: 1", "🙂", "a/b\u0000"]) {
      const reply = await gateway.post(CHAT, { ...GOOD[CHAT], model });
      expect(reply.status).toBe(404);
      expect(reply.headers.has("x-evil")).toBe(false);
      expect((await reply.json()) as object).toMatchObject({ error: { code: "model_not_found", param: "model" } });
    }
  });

  test("in a key make it an unknown one", async () => {
    for (const key of ["\xe9", `${KEY}\xa0`, "ключ"]) {
      const bytes = headOf(`POST ${CHAT} HTTP/1.1`, "Content-Length: 2").replace(
        KEY,
        Buffer.from(key).toString("latin1"),
      );
      expect((await talk(gateway, `${bytes}{}`)).statuses).toEqual([401]);
    }
  });
});

describe("what a provider says about itself stays here", () => {
  const EVIL: Record<string, string> = {
    "set-cookie": "session=provider",
    server: "provider/1.0",
    "x-request-id": "req_provider",
    "openai-organization": "org-of-the-operator",
    "x-ratelimit-remaining-tokens": "7",
    "access-control-allow-origin": "https://provider.example",
    "access-control-allow-credentials": "true",
    "strict-transport-security": "max-age=1",
    "content-security-policy": "default-src *",
    "www-authenticate": "Basic",
    location: "https://provider.example",
    "alt-svc": 'h3=":443"',
    link: "<x>; rel=preload",
    vary: "*",
    etag: '"provider"',
    "cache-control": "public, max-age=86400",
    "x-should-retry": "true",
  };
  const ANSWER = {
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "x" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
  const CHUNK = {
    ...ANSWER,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta: { content: "x" }, finish_reason: "stop" }],
  };

  test.each([
    ["an answer", false, 200],
    ["a stream", true, 200],
    ["a refusal", false, 400],
    ["a refusal to stream", true, 400],
  ])("with %s", async (_, stream, status) => {
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch() {
        const refused = { error: { message: "no", type: "invalid_request_error" } };
        const body =
          status === 400
            ? JSON.stringify(refused)
            : stream
              ? `data: ${JSON.stringify(CHUNK)}\n\ndata: [DONE]\n\n`
              : JSON.stringify(ANSWER);
        const type = stream && status === 200 ? "text/event-stream" : "application/json";
        return new Response(body, { status, headers: { ...EVIL, "content-type": type } });
      },
    });
    const other = await startGateway({
      config: { providers: { openai: { api_key: "k", base_url: `http://127.0.0.1:${server.port}/v1` } } },
    });
    const reply = await other.post(CHAT, { ...GOOD[CHAT], stream });
    expect(reply.status).toBe(status);
    const names = [...reply.headers.keys()];
    const ours = [
      "access-control-allow-origin",
      "access-control-expose-headers",
      "cache-control",
      "content-type",
      "date",
      "request-id",
      "x-request-id",
    ];
    const framing = ["content-length", "transfer-encoding"];
    const retry = status === 200 ? [] : ["x-should-retry"];
    const streamed = stream && status === 200 ? ["x-accel-buffering"] : [];
    expect(names.filter((name) => !framing.includes(name)).sort()).toEqual([...ours, ...retry, ...streamed].sort());
    expect(reply.headers.get("cache-control")).toBe("no-store");
    expect(reply.headers.get("access-control-allow-origin")).toBe("*");
    expect(reply.headers.get("x-request-id")).toMatch(/^gen_/);
    if (status === 400) expect(reply.headers.get("x-should-retry")).toBe("false");
    const text = await reply.text();
    for (const secret of ["org-of-the-operator", "session=provider"]) expect(text).not.toContain(secret);
    // Only the record of the attempt names the request as the provider knows it (contract 6.2).
    expect(text.split("req_provider").length - 1).toBe(1);
    expect(text).toContain('"providerRequestId":"req_provider"');
    await other.stop();
    server.stop(true);
  });
});
