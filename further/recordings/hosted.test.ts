import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { endpointsOf } from "../../src/catalog/endpoint.ts";
import { PROVIDERS } from "../../src/catalog/providers/index.ts";
import { type ByteText, toByteText, utf8ByteText } from "../../src/core/byte-text.ts";
import { GatewayError } from "../../src/core/error.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { Readings } from "../../src/core/readings.ts";
import { relayPassage } from "../../src/gateway/relay.ts";
import { CLOSING, leg, STAMP } from "../../src/wires/fixtures/facts.ts";
import { wireNamed } from "../../src/wires/index.ts";
import type { LegFacts } from "../../src/wires/wire.ts";
import { outcome } from "../../test/support/wire-fixtures.ts";
import { relayedText, saidBy } from "./support/answers.ts";
import { askOf, cutAnywhere, type Exchange } from "./support/exchanges.ts";
import { readingOf } from "./support/reading.ts";

/** Claude where clouds serve it: every recorded exchange of Bedrock's invoke and Vertex AI's rawPredict, there and back. */

// biome-ignore lint/suspicious/noExplicitAny: somebody else's JSON, read where it is expected
type Loose = any;

const FOLDER = resolve(process.env.HEADGATE_RECORDINGS ?? join(import.meta.dir, "../../../shared/recordings"));
const messages = wireNamed("anthropic-messages");
const APIS = ["invoke", "invoke-with-response-stream", "rawPredict", "streamRawPredict"];

interface Hosted {
  readonly name: string;
  readonly facts: LegFacts;
  readonly model: string;
  readonly stream: boolean;
  readonly path: string;
  readonly request: Loose;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly bytes: ByteText;
  /** The same answer as Anthropic would have framed it. */
  readonly asSse: ByteText;
}

/** What the catalogue says of Claude at this provider. */
function factsAt(provider: string, upstream: string): LegFacts {
  const model = { id: "anthropic/claude", name: "", type: "language" as const, abilities: [] };
  const [endpoint] = endpointsOf({ ...model, offers: [{ provider, upstream }] }, PROVIDERS);
  const { maker, quirks, maxOutput } = endpoint!;
  return { provider, maker, upstreamModel: upstream, quirks, maxOutput };
}

function read(folder: string): Hosted[] {
  return readdirSync(join(FOLDER, folder)).flatMap((file): Hosted[] => {
    const { api, model, stream, request, response } = JSON.parse(readFileSync(join(FOLDER, folder, file), "utf8"));
    // Bedrock invokes others' models as well, and Claude's first API, which is not Messages.
    if (!APIS.includes(api) || request?.body?.anthropic_version === undefined) return [];
    const text = typeof response.body === "string" ? response.body : JSON.stringify(response.body);
    const bytes = response.encoding === "base64" ? toByteText(Buffer.from(text, "base64")) : utf8ByteText(text);
    const { path, body } = request;
    return [
      {
        ...{ name: `${folder}/${file.slice(0, -5)}`, facts: factsAt(folder, model), model, stream, path, bytes },
        ...{ request: body, status: response.status, headers: response.headers },
        asSse: response.encoding === "base64" ? unpacked(bytes) : bytes,
      },
    ];
  });
}

/** AWS's frames as somebody reads them who knows where in them the lengths are. */
function unpacked(bytes: ByteText): ByteText {
  const buffer = Buffer.from(bytes, "latin1");
  let text = "";
  for (let at = 0; at < buffer.length; at += buffer.readUInt32BE(at)) {
    const end = at + buffer.readUInt32BE(at) - 4;
    const { bytes: chunk } = JSON.parse(buffer.subarray(at + 12 + buffer.readUInt32BE(at + 4), end).toString());
    const data = Buffer.from(chunk, "base64").toString();
    text += `event: ${JSON.parse(data).type}\ndata: ${data}\n\n`;
  }
  return utf8ByteText(text);
}

const ALL = existsSync(FOLDER) ? ["bedrock", "vertex"].flatMap(read) : [];
const titled = (list: readonly Hosted[]) => list.map((one) => [one.name, one] as const);
const answered = ALL.filter(({ status }) => status === 200);

/** The answer as any exchange of Anthropic's. */
function asAnthropics(one: Hosted): Exchange {
  const { name, stream, status, headers, asSse } = one;
  const text = Buffer.from(asSse, "latin1").toString();
  return {
    ...{
      name,
      folder: "",
      provider: "anthropic",
      wire: messages,
      quirks: new Set<never>(),
      features: new Set<string>(),
    },
    ...{ stream, request: one.request, status, headers, text, bytes: asSse },
  };
}

/** What a client of Anthropic's would have sent to get this through. */
function asClient({ request, model, stream }: Hosted): { body: JsonObject; headers: Headers } {
  const { anthropic_version: _version, anthropic_beta: betas, ...said } = request;
  const headers = new Headers(betas === undefined ? {} : { "anthropic-beta": betas.join(",") });
  return { body: { model, ...said, ...(stream ? { stream: true } : {}) }, headers };
}

test("there are some of each", () => {
  if (ALL.length === 0) return;
  expect(ALL.filter(({ facts }) => facts.quirks.has("invoke-model")).length).toBeGreaterThanOrEqual(20);
  expect(ALL.filter(({ facts }) => facts.quirks.has("raw-predict")).length).toBeGreaterThanOrEqual(12);
});

describe("a request of Anthropic's client arrives as it was recorded, by the path that was recorded", () => {
  test.each(titled(ALL))("%s", (_, one) => {
    const { body, headers } = asClient(one);
    const ask = messages.inbound!.read(body, headers);
    const sent = messages.relay!.request(ask, one.facts);
    expect(sent.body).toEqual(one.request);
    expect(sent.dropped).toEqual([]);
    const host = messages.hosted!(one.facts.quirks)!;
    const below = PROVIDERS.get(one.facts.provider)!.below?.["anthropic-messages"] ?? "";
    // One SDK leaves the colon of a version as it is.
    expect(decodeURIComponent(one.path)).toEndWith(below + decodeURIComponent(host.path(one.model, one.stream)));
    // By way of events only what the cloud wants otherwise is otherwise.
    const request = messages.inbound!.transcode!.decodeRequest(ask);
    const there = messages.outbound!.encodeRequest(request, one.facts);
    const { model: _model, ...home } = messages.outbound!.encodeRequest(request, {
      ...one.facts,
      quirks: leg().quirks,
    }).body;
    const { anthropic_version: version, ...said } = there.body;
    expect(version).toBe(one.request.anthropic_version);
    if (one.facts.quirks.has("invoke-model")) delete home.stream;
    expect(said).toEqual(home);
  });
});

describe("an answer is read as who has the bytes reads it, however it is cut", () => {
  test.each(titled(answered))("%s", (_, one) => {
    const exchange = asAnthropics(one);
    const { error: _error, ...reading } = readingOf(exchange);
    const passage = relayPassage(
      {
        ask: { ...askOf(exchange), stream: one.stream },
        wire: messages,
        leg: one.facts,
        stamp: STAMP,
        readings: new Readings(),
      },
      messages.relay!,
    );
    if (!one.stream) {
      const message = outcome([...messages.outbound!.decodeAnswer(JSON.parse(exchange.text), one.facts.quirks)]);
      if (message instanceof GatewayError) throw message;
      expect(saidBy(message)).toEqual(reading);
      const { id, model, usage, provider_metadata, ...said } = JSON.parse(String(passage.whole(one.bytes)(CLOSING)));
      const { id: _id, model: _model, usage: _usage, ...theirs } = JSON.parse(exchange.text);
      expect(said).toEqual(theirs);
      return;
    }
    const framing = messages.hosted!(one.facts.quirks)!.framing?.();
    if (framing !== undefined) {
      const stage = messages.outbound!.decodeStream(one.facts.quirks);
      const frames = cutAnywhere(one.bytes, one.name).flatMap((piece) => [...framing.push(piece)]);
      const message = outcome([...frames.flatMap((frame) => [...stage.push(frame)]), ...stage.end()]);
      if (message instanceof GatewayError) throw message;
      expect(saidBy(message)).toEqual(reading);
    }
    const course = passage.stream();
    const told = cutAnywhere(one.bytes, one.name).map((piece) => course.push(piece));
    told.push(course.end());
    expect(passage.readings.error).toBeUndefined();
    expect(passage.readings.rawUsage).toEqual(reading.usage);
    expect(Buffer.concat(told).toString() + course.finish(CLOSING)).toBe(relayedText(exchange));
  });
});

describe("a stream that is cut or damaged is no answer", () => {
  const binary = answered.filter(({ stream, facts }) => stream && facts.quirks.has("invoke-model"));
  test.each(titled(binary))("%s", (_, one) => {
    const run = (bytes: ByteText) => {
      const ask = askOf(asAnthropics(one));
      const facts = { ask, wire: messages, leg: one.facts, stamp: STAMP, readings: new Readings() };
      const course = relayPassage(facts, messages.relay!).stream();
      course.push(bytes);
      if (facts.readings.error === undefined && !facts.readings.ended) course.end();
      return facts.readings;
    };
    const half = one.bytes.slice(0, one.bytes.length >> 1);
    expect(run(half).error?.code).toBe("upstream_truncated");
    const at = one.bytes.length >> 1;
    const flipped = half + String.fromCharCode(one.bytes.charCodeAt(at) ^ 0x20) + one.bytes.slice(at + 1);
    expect(run(flipped).error?.code).toBe("upstream_malformed");
  });
});

test("tokens of Claude's are counted by the path that was recorded, and the answer is read", () => {
  if (ALL.length === 0) return;
  const file = join(FOLDER, "bedrock/pydantic-ai--test_anthropic_bedrock_count_tokens_real_api.json");
  const { model, request, response } = JSON.parse(readFileSync(file, "utf8"));
  const { count } = messages.hosted!(factsAt("bedrock", model).quirks)!;
  expect(decodeURIComponent(count.path(`global.${model}`))).toBe(request.path);
  const invoked = JSON.parse(Buffer.from(request.body.input.invokeModel.body, "base64").toString());
  expect(count.body(invoked, model, new Set())).toEqual(request.body);
  expect(count.read(response.body)).toBe(response.body.inputTokens);
});

describe("a refusal says what was wrong", () => {
  test.each(titled(ALL.filter(({ status }) => status >= 400)))("%s", (_, one) => {
    const body = Buffer.from(one.bytes, "latin1").toString();
    const host = messages.hosted!(one.facts.quirks)!;
    const error = host.decodeError(one.status, new Headers(one.headers), body);
    expect(error.code).toBe("upstream_model_not_found");
    expect(error.details.upstream?.status).toBe(one.status);
  });
});
