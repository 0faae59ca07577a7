import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { traceIdOf } from "../../src/core/trace-context.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { cleanUp, startHeadgate } from "../support/process.ts";

/** What a collector of spans is told, and what a provider is told of the trace. */

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
type Loose = any;

const RELAYED = "openai/gpt-4o";
const TRANSCODED = "anthropic/claude-sonnet-4.5";
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const WORDS = "xyzzy-plugh";

let bodies: Loose[];
let collector: ReturnType<typeof Bun.serve>;
let gateway: RunningGateway | undefined;
beforeEach(() => {
  bodies = [];
  collector = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      bodies.push({
        path: new URL(request.url).pathname,
        head: request.headers,
        ...((await request.json()) as object),
      });
      return Response.json({});
    },
  });
});
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
  await cleanUp();
  await collector.stop(true);
});

async function start(telemetry: object = {}, env: Record<string, string> = {}): Promise<RunningGateway> {
  const otlp = { endpoint: `http://127.0.0.1:${collector.port}`, ...(telemetry as Loose).otlp };
  gateway = await startGateway({ config: { telemetry: { ...telemetry, otlp } }, env });
  return gateway;
}

async function ask(text: string, more: Loose = {}, headers: Record<string, string> = {}): Promise<Response> {
  const { path = "/v1/chat/completions", ...members } = more;
  const messages = [{ role: "user", content: `${WORDS} ${text}` }];
  const response = await gateway!.post(path, { model: RELAYED, messages, ...members }, headers);
  await response.arrayBuffer();
  return response;
}

const idOf = (response: Response) => response.headers.get("x-request-id")!;

interface Seen {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState?: string;
  kind: number;
  status?: { code: number };
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Record<string, unknown>;
}

/** Every span that came to the collector. */
async function spans(): Promise<Seen[]> {
  await gateway!.headgate.flush();
  return bodies.flatMap(({ resourceSpans }) =>
    resourceSpans[0].scopeSpans[0].spans.map((span: Loose) => ({
      ...span,
      attributes: Object.fromEntries(span.attributes.map(({ key, value }: Loose) => [key, plain(value)])),
    })),
  );
}

function plain(value: Loose): unknown {
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(plain);
  return value.intValue !== undefined ? Number(value.intValue) : Object.values(value)[0];
}

const ROOT = { parentSpanId: undefined };

describe("a generation", () => {
  test.each([false, true])("is a span, and each of its attempts another below it (streamed: %p)", async (stream) => {
    await start();
    const text = "[sim model=gpt-4o status=503] [sim tokens=30 every=1ms]";
    const response = await ask(text, { models: [TRANSCODED], stream, max_tokens: 77 });
    const row = gateway!.row(idOf(response))!;
    const [root, failed, answered, ...more] = await spans();
    expect(more).toEqual([]);
    expect(root).toMatchObject({ name: `chat ${RELAYED}`, kind: 2, traceId: traceIdOf(row.id) });
    expect(root!.parentSpanId).toBe(ROOT.parentSpanId);
    expect(root!.status).toBeUndefined();
    expect(root!.attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "anthropic",
      "gen_ai.request.model": RELAYED,
      ...(stream ? { "gen_ai.request.stream": true } : {}),
      "gen_ai.response.model": TRANSCODED,
      "gen_ai.response.id": row.id,
      "http.response.status_code": 200,
      "headgate.generation.id": row.id,
      "headgate.key.id": "key_environment",
      "headgate.door": "openai-chat",
      "headgate.attempts": 2,
      "headgate.cost.usd": row.cost! / 1e9,
    });
    for (const attempt of [failed!, answered!])
      expect(attempt).toMatchObject({ kind: 3, traceId: root!.traceId, parentSpanId: root!.spanId });
    expect(failed).toMatchObject({ name: "chat gpt-4o", status: { code: 2 } });
    expect(failed!.attributes).toMatchObject({
      "gen_ai.provider.name": "openai",
      "error.type": "upstream_overloaded",
      "http.response.status_code": 503,
    });
    expect(failed!.attributes).not.toHaveProperty("gen_ai.usage.input_tokens");
    expect(answered!.attributes).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "anthropic",
      "gen_ai.request.model": "claude-sonnet-4-5-20250929",
      "gen_ai.request.max_tokens": 77,
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.response.id": expect.stringMatching(/^msg_/),
      "gen_ai.usage.input_tokens": row.input,
      "gen_ai.usage.output_tokens": row.output,
      "headgate.credential": "system",
      "headgate.wire": "anthropic-messages",
      "headgate.provider.request_id": expect.stringMatching(/^req_/),
    });
    expect(answered!.attributes["gen_ai.response.time_to_first_chunk"] !== undefined).toBe(stream);
    for (const { startTimeUnixNano, endTimeUnixNano } of [root!, failed!, answered!])
      expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano));
    expect(BigInt(answered!.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(failed!.endTimeUnixNano));
    expect(BigInt(root!.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(answered!.endTimeUnixNano));
  });

  test("that nobody answered says why, in a code", async () => {
    await start();
    await ask("[sim model=gpt-4o status=503]");
    const [root] = await spans();
    expect(root).toMatchObject({ status: { code: 2 } });
    expect(root!.attributes).toMatchObject({ "error.type": "upstream_overloaded", "http.response.status_code": 503 });
    expect(root!.attributes).not.toHaveProperty("gen_ai.response.model");
  });

  test("of embeddings is called so, and so is one of another door", async () => {
    await start();
    await gateway!.post("/v1/embeddings", { model: "openai/text-embedding-3-small", input: WORDS });
    await ask("Hello", { path: "/v1/messages", max_tokens: 9 });
    const told = await spans();
    expect(told.map(({ name }) => name)).toEqual([
      "embeddings openai/text-embedding-3-small",
      "embeddings text-embedding-3-small",
      `chat ${RELAYED}`,
      "chat gpt-4o",
    ]);
    expect(told[2]!.attributes["headgate.door"]).toBe("anthropic-messages");
  });

  test("tells no words of anybody's: neither what was asked, nor answered, nor what providers say of it", async () => {
    await start({}, { OTEL_SERVICE_NAME: "gw" });
    await ask(`[sim say="${WORDS}"]`, { user: "somebody", tags: ["secret-tag"] });
    await ask(`[sim status=400 message="${WORDS}"]`);
    await spans();
    const told = JSON.stringify(bodies);
    expect(told).toContain('"stringValue":"gw"');
    for (const word of [WORDS, "somebody", "secret-tag", "test-key", "sk-test"]) expect(told).not.toContain(word);
  });
});

describe("a client's trace", () => {
  test("goes on: its id in spans and in the ledger, its span above ours", async () => {
    await start();
    const response = await ask("Hello", {}, { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: "a=b" });
    const [root, attempt] = await spans();
    expect(root).toMatchObject({ traceId: TRACE, parentSpanId: PARENT, traceState: "a=b" });
    expect(attempt).toMatchObject({ traceId: TRACE, parentSpanId: root!.spanId });
    expect(gateway!.row(idOf(response))!.traceId).toBe(TRACE);
    const { data } = await jsonOf(await gateway!.get(`/v1/generation?id=${idOf(response)}`));
    expect(data.trace_id).toBe(TRACE);
  });

  test("that is not kept is not told", async () => {
    await start();
    await ask("Hello", {}, { traceparent: `00-${TRACE}-${PARENT}-00` });
    expect(await spans()).toEqual([]);
  });

  test("that is broken begins anew, and costs nobody an answer", async () => {
    await start();
    const response = await ask("Hello", {}, { traceparent: "00-xyz" });
    expect(response.status).toBe(200);
    expect((await spans())[0]!.traceId).toBe(traceIdOf(idOf(response)));
    expect(gateway!.row(idOf(response))!.traceId).toBeNull();
  });
});

test("of traces that begin here the part that was asked for is told", async () => {
  await start({ otlp: { sample: 0 } });
  await ask("Hello");
  expect(await spans()).toEqual([]);
});

describe("a provider", () => {
  const heard = () => gateway!.simulator.requests.at(-1)!.headers;
  const trace = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: "a=b" };

  test("is told of no trace unless the operator says so", async () => {
    await start();
    await ask("Hello", {}, trace);
    expect([heard().traceparent, heard().tracestate]).toEqual([undefined, undefined]);
  });

  test.each([RELAYED, TRANSCODED])("is told it, as a child of ours, where the operator says so (%s)", async (model) => {
    await start({ propagate: true });
    await ask("Hello", { model }, trace);
    const [, attempt] = await spans();
    expect(heard().traceparent).toBe(`00-${TRACE}-${attempt!.spanId}-01`);
    expect(heard().tracestate).toBe("a=b");
  });

  test("gets the trace that begins here, and no state of others", async () => {
    await start({ propagate: true });
    const response = await ask("Hello");
    expect(heard().traceparent).toMatch(new RegExp(`^00-${traceIdOf(idOf(response))}-[0-9a-f]{16}-01$`));
    expect(heard().tracestate).toBeUndefined();
  });
});

test("OpenTelemetry's own variables say where spans go", async () => {
  gateway = await startGateway({
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}/otlp`,
      OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=gw",
    },
  });
  await ask("Hello");
  expect((await spans()).length).toBe(2);
  expect([bodies[0].path, bodies[0].head.get("x-tenant")]).toEqual(["/otlp/v1/traces", "gw"]);
});

test("a gateway that is told to stop sends what it still has, and ends", async () => {
  const child = await startHeadgate(["--simulate"], {
    env: { AI_GATEWAY_API_KEY: "stop-key", OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}` },
  });
  const response = await fetch(`${child.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer stop-key", "content-type": "application/json" },
    body: JSON.stringify({ model: RELAYED, messages: [{ role: "user", content: "Hello" }] }),
  });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
  expect(bodies).toEqual([]);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
  expect(bodies[0].resourceSpans[0].scopeSpans[0].spans).toHaveLength(2);
});

test("a collector that is away is told to the operator and to nobody else; the page of metrics counts what it missed", async () => {
  await start({ otlp: { endpoint: "http://127.0.0.1:1" } });
  expect((await ask("Hello")).status).toBe(200);
  await gateway!.headgate.flush();
  const page = await (await gateway!.get("/metrics")).text();
  expect(page).toContain('headgate_spans_total{outcome="dropped"} 2');
  expect(gateway!.complaints.splice(0).map(String)).toEqual([
    "Error: the collector at http://127.0.0.1:1/v1/traces cannot be reached",
  ]);
});
