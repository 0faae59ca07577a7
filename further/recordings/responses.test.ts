import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { ResponseStream } from "openai/lib/responses/ResponseStream";
import { ERRORS, GatewayError } from "../../src/core/error.ts";
import type { Message } from "../../src/core/message.ts";
import type { Readings } from "../../src/core/readings.ts";
import { CLOSING, leg, STAMP } from "../../src/wires/fixtures/facts.ts";
import { wireNamed } from "../../src/wires/index.ts";
import { FrameSplitter } from "../../src/wires/sse.ts";
import { KEY, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { decodeStream, relayStream, relayWhole } from "../../test/support/wire-fixtures.ts";
import { answerOf, eventsOf, relayedText, saidBy } from "./support/answers.ts";
import { askOf, COMPACTED, cutAnywhere, type Exchange, isThere, RESPONSES, titled } from "./support/exchanges.ts";
import { modelOf, type Playback, startPlayback } from "./support/playback.ts";
import { payloads } from "./support/reading.ts";

/** The Responses API over what was recorded of it at OpenAI, Azure, xAI, OpenRouter, DeepSeek, Bedrock and LM Studio. */

// biome-ignore lint/suspicious/noExplicitAny: somebody else's JSON, read where it is expected
type Loose = any;

const wire = wireNamed("openai-responses");
const relay = wire.relay!;
const answered = RESPONSES.filter(({ status }) => status === 200);
const streams = answered.filter(({ stream }) => stream);
const whole = answered.filter(({ stream }) => !stream);

/** The last response that an answer tells: with everything in it. */
function responseIn(one: Exchange): Loose {
  if (!one.stream) return JSON.parse(one.text);
  return payloads(one.text).findLast(({ response }) => response)?.response;
}

/** Recorded in the background: the answer was asked for later. */
const isUnfinished = (one: Exchange) => /queued|in_progress/.test(responseIn(one)?.status);
const isFailed = (one: Exchange) => payloads(one.stream ? one.text : "").some(({ type }) => type === "error");
const finished = answered.filter((one) => !isUnfinished(one) && !isFailed(one));

if (isThere) {
  test("there is enough to read, and all but a handful has an end", () => {
    expect(streams.length).toBeGreaterThan(70);
    expect(whole.length).toBeGreaterThan(100);
    expect(
      answered
        .filter((one) => !finished.includes(one))
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      // Told to come back later: the gateway does not ask for answers in the background.
      "openai/pydantic-ai--test_background_mode_reasoning_vcr-0",
      "openai/pydantic-ai--test_background_mode_with_tool_vcr-0",
      "openai/pydantic-ai--test_background_mode_with_tool_vcr-2",
      // An error in band.
      "openai/vercel-ai--openai-error.1-stream",
    ]);
  });
}

/** What a response says, read by somebody who has its JSON: everything of one kind in a row. */
function readingOf(one: Exchange) {
  const items: Loose[] = itemsOf(one);
  const parts = (type: string) =>
    items
      .filter((item) => item.type === "message")
      .flatMap(({ content }) => content.filter((part: Loose) => part.type === type));
  const thoughts = items.filter(({ type }) => type === "reasoning");
  const calls = items.filter(({ type }) => type === "function_call" || type === "custom_tool_call");
  const response = responseIn(one);
  return {
    text: parts("output_text")
      .map(({ text }: Loose) => text)
      .join(""),
    refusal: parts("refusal")
      .map(({ refusal }: Loose) => refusal)
      .join(""),
    reasoning: thoughts
      .flatMap(({ summary = [], content }) => [...summary, ...(content ?? [])])
      .map(({ text }: Loose) => text)
      .join(""),
    proofs: thoughts.flatMap(({ encrypted_content: sealed }) => sealed || []),
    calls: calls.map(({ call_id, name, arguments: args, input }) => ({ id: call_id, name, args: args ?? input })),
    finish: response.incomplete_details?.reason ?? response.status,
    usage: response.usage ?? undefined,
  };
}

/** The items as they were said to be done: the last event may have them sealed anew. */
function itemsOf(one: Exchange): Loose[] {
  const { output } = responseIn(one);
  if (!one.stream) return output;
  const items = payloads(one.text).flatMap(({ type, item }) => (type === "response.output_item.done" ? [item] : []));
  return items.length > 0 ? items : output;
}

describe("an answer says what stands in its JSON", () => {
  test.each(titled(finished))("%s", (_, one) => {
    const answer = answerOf(one);
    if (answer instanceof GatewayError) throw answer;
    expect(saidBy(answer)).toEqual(readingOf(one));
    const calls = readingOf(one).calls.length > 0;
    const finish = {
      completed: calls ? "tool-calls" : "stop",
      max_output_tokens: "length",
      content_filter: "content-filter",
    };
    expect<string | undefined>(answer.finish).toBe((finish as Record<string, string>)[readingOf(one).finish]);
  });
});

const endOf = (result: Message | GatewayError) =>
  result instanceof GatewayError
    ? { error: result.code, message: result.message }
    : { usage: result.usage, rawUsage: result.rawUsage, finish: result.finish, rawFinish: result.rawFinish };
const endRead = ({ usage, rawUsage, finish, rawFinish, error }: Readings) =>
  error === undefined ? { usage, rawUsage, finish, rawFinish } : { error: error.code, message: error.message };

describe("what the relay reads is what the decoder reads", () => {
  test.each(titled(answered))("%s", (_, one) => {
    const decoded = answerOf(one);
    if (!one.stream) {
      if (decoded instanceof GatewayError)
        expect(() => relayWhole(relay, askOf(one), one.bytes)).toThrow(decoded.message);
      else expect(endRead(relayWhole(relay, askOf(one), one.bytes).readings)).toEqual(endOf(decoded));
      return;
    }
    const { readings } = relayStream(relay, askOf(one), one.bytes);
    expect(endRead(readings)).toEqual(endOf(decoded));
    if (decoded instanceof GatewayError) return;
    expect(readings.upstreamId).toBe(decoded.id);
    expect(readings.upstreamModel).toBe(decoded.model);
    const { text, reasoning, calls } = saidBy(decoded);
    const size = text.length + reasoning.length + calls.map(({ args }) => args).join("").length;
    expect(readings.contentBytes > 0).toBe(decoded.parts.length > 0);
    expect(readings.contentBytes).toBeGreaterThanOrEqual(Math.floor(size / 2));
  });
});

describe("however a stream is cut into pieces, it says the same", () => {
  test.each(titled(streams))("%s", (_, one) => {
    const expected = JSON.stringify(eventsOf(one));
    const { told } = relayStream(relay, askOf(one), one.bytes);
    for (const longest of [9, 300, 5000]) {
      const pieces = cutAnywhere(one.bytes, one.name, longest);
      expect(JSON.stringify(eventsOf(one, ...pieces))).toBe(expected);
      expect(relayStream(relay, askOf(one), ...pieces).told).toBe(told);
    }
  });
});

describe("a stream that is cut ends in an error, never in an end", () => {
  test.each(titled(streams.filter((one) => finished.includes(one))))("%s", (_, one) => {
    const frames = new FrameSplitter().push(one.bytes);
    const ends = frames.map((_, i) => frames.slice(0, i + 1).join("").length);
    const step = Math.ceil(ends.length / 30);
    for (const [i, end] of ends.entries()) {
      if (i % step !== 0 && i < ends.length - 5) continue;
      for (const cut of [end, end - 2, end - 17]) {
        const rest = one.bytes.slice(0, cut);
        const [last] = decodeStream(wire.outbound!, rest).slice(-1);
        const { readings, told } = relayStream(relay, askOf(one), rest);
        expect([cut, readings.error?.code]).toEqual([cut, last?.type === "error" ? last.error.code : undefined]);
        expect(/"type":"response\.(completed|incomplete)"/.test(told)).toBe(readings.error === undefined);
        if (!/"type":\s*"response\.(completed|incomplete)"/.test(rest))
          expect([cut, last?.type]).toEqual([cut, "error"]);
      }
    }
  });
});

describe("what is relayed is the provider's but for the declared edits", () => {
  const unedited = ({ id, model, usage, provider_metadata, providerMetadata, ...rest }: Loose) => rest;
  test.each(titled(finished))("%s", (_, one) => {
    if (!one.stream) {
      const ours = JSON.parse(relayWhole(relay, askOf(one), one.bytes).told);
      expect(unedited(ours)).toEqual(unedited(JSON.parse(one.text)));
      expect(ours).toMatchObject({ id: STAMP.id, model: STAMP.model, provider_metadata: CLOSING.metadata });
      expect(ours.usage).toMatchObject({ input_tokens: 11, output_tokens: 7 });
      return;
    }
    const text = relayedText(one);
    const [theirs, ours] = [payloads(one.text), payloads(text)];
    expect(ours.length).toBe(theirs.length);
    for (const [i, event] of ours.entries()) {
      if (event.response === undefined) expect(event).toEqual(theirs[i]);
      else {
        expect({ ...event, response: unedited(event.response) }).toEqual({
          ...theirs[i],
          response: unedited(theirs[i].response),
        });
        expect(event.response).toMatchObject({ id: STAMP.id, model: STAMP.model });
      }
    }
    // What is not a response goes through to the byte.
    const plain = (sse: string) =>
      sse.split(/\r?\n\r?\n/).filter((frame) => frame !== "" && !/"response":|\[DONE\]/.test(frame));
    expect(plain(text)).toEqual(plain(one.text).map((frame) => frame.replaceAll("\r", "")));
    expect(ours.at(-1).response.usage).toMatchObject({ input_tokens: 11, output_tokens: 7 });
  });
});

describe("OpenAI's own client puts every relayed stream together", () => {
  test.each(titled(streams.filter((one) => finished.includes(one))))("%s", async (_, one) => {
    const lines = payloads(relayedText(one)).map((event) => `${JSON.stringify(event)}\n`);
    const stream = ResponseStream.fromReadableStream(new Blob(lines).stream());
    const final = await stream.finalResponse();
    expect(final.id).toBe(STAMP.id);
    expect(final.output_text).toBe(readingOf(one).text);
  });
});

const EXPECTED: [RegExp, keyof typeof ERRORS][] = [
  [/auth_error|specific_api_keys/, "upstream_auth"],
  [/quota/, "upstream_quota"],
];

describe("a refusal is understood", () => {
  test.each(titled(RESPONSES.filter(({ status }) => status >= 400)))("%s", (_, one) => {
    const error = wire.decodeError(one.status, new Headers(one.headers), one.text);
    const code = one.status === 401 ? "upstream_auth" : "upstream_invalid_request";
    expect(error.code).toBe(EXPECTED.find(([name]) => one.status !== 400 && name.test(one.name))?.[1] ?? code);
    const body = JSON.parse(one.text);
    if (ERRORS[error.code].status === 400)
      expect(body.error.message ?? body.error).toStartWith(error.message.slice(0, 40));
  });
});

describe("a recorded request", () => {
  const asked = RESPONSES.filter(({ request }) => request !== undefined);
  /** What the door refuses, by the member that it names. */
  const refusals = new Map<string, string>();
  const read = (one: Exchange) => {
    try {
      return wire.inbound!.read(one.request!);
    } catch (thrown) {
      refusals.set(one.name, GatewayError.from(thrown).details.param ?? String(thrown));
      return undefined;
    }
  };
  const served = asked.flatMap((one) => {
    const ask = read(one);
    return ask === undefined ? [] : [{ one, ask }];
  });
  const cases = served.map(({ one, ask }) => [one.name, one, ask] as const);

  if (isThere) {
    test("is taken, but for those that name what lies in a provider's account", () => {
      const named = [...refusals.values()].map((param) => param.replace(/\[\d+\]/g, "[]"));
      expect([...new Set(named)].sort()).toEqual(["background", "previous_response_id", "tools[].vector_store_ids"]);
      expect(refusals.size).toBeLessThan(30);
    });
  }

  test.each(cases)("goes through as it came: %s", (_, one, ask) => {
    const { body, dropped } = relay.request(ask, leg());
    const { provider: _provider, ...rest } = one.request!;
    expect(body).toEqual({ ...rest, model: "large-2026" });
    expect(dropped).toEqual([]);
  });

  test.each(cases.filter(([, , ask]) => ask.needs.length === 0))(
    "says the same decoded and encoded: %s",
    (_name, _one, ask) => {
      const decode = wire.inbound!.transcode!.decodeRequest;
      const request = decode(ask);
      const { body } = wire.outbound!.encodeRequest(request, leg());
      const again = decode(wire.inbound!.read({ ...body, include: ask.body.include }));
      const { unsaid: _unsaid, serviceTier: _tier, tools, turns, ...rest } = request;
      const { unsaid: _again, serviceTier: _tierAgain, tools: toolsAgain, turns: turnsAgain, ...same } = again;
      expect(same).toEqual(rest);
      // What is left out here, this API takes for the first of what it allows.
      expect(toolsAgain).toEqual(
        tools?.map((tool) => (tool.kind === "function" ? { ...tool, strict: tool.strict ?? false } : tool)),
      );
      expect(turnsAgain.length).toBe(turns.length);
    },
  );
});

describe("through a running gateway, to OpenAI's clients of both APIs", () => {
  let playback: Playback;
  let gateway: RunningGateway;
  let client: OpenAI;
  const places = new Map(finished.map((one, place) => [one, place]));
  beforeAll(async () => {
    playback = startPlayback(finished);
    const price = { input: 1, output: 2 };
    const models = finished.map((_, place) => ({ id: modelOf(place), upstream: String(place), price }));
    const replay = { wire: "openai-responses", base_url: playback.url, api_key: "sk-test-replay", models };
    gateway = await startGateway({ config: { providers: { replay } } });
    client = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  });
  afterAll(async () => {
    await gateway.stop();
    await playback.stop();
  });

  test.each(titled(finished))("%s", async (_, one) => {
    const model = modelOf(places.get(one)!);
    const { text, calls, usage } = readingOf(one);
    const request = { model, input: "Say it again." };
    const response = one.stream
      ? await client.responses.stream(request).finalResponse()
      : await client.responses.create(request);
    expect(response.output_text).toBe(text);
    expect(response.model).toBe(model);
    const chat = { model, messages: [{ role: "user" as const, content: "Say it again." }] };
    const completion = one.stream
      ? await client.chat.completions.stream(chat).finalChatCompletion()
      : await client.chat.completions.create(chat);
    const { message } = completion.choices[0]!;
    expect(message.content ?? "").toBe(text);
    expect((message.tool_calls ?? []).map(({ id }) => id)).toEqual(calls.map(({ id }) => id));
    for (const { id } of [response, completion]) {
      const row = gateway.row(id)!;
      expect([row.input, row.output === null, row.error]).toEqual([usage.input_tokens, false, null]);
      expect(row.cost).toBe((row.input! + 2 * row.output!) * 1000);
    }
  });
});

describe("a conversation that was made shorter is the provider's but for the declared edits", () => {
  test.each(titled(COMPACTED))("%s", (_, one) => {
    const { told, readings } = relayWhole(one.wire.relay!, askOf(one), one.bytes);
    const { id, usage, provider_metadata, providerMetadata, ...said } = JSON.parse(told);
    const { id: theirId, usage: theirUsage, ...saidByThem } = JSON.parse(one.text);
    expect(said).toEqual(saidByThem);
    expect([id, provider_metadata, providerMetadata]).toEqual([STAMP.id, CLOSING.metadata, CLOSING.metadata]);
    expect(usage).toMatchObject({ input_tokens: 11, output_tokens: 7 });
    expect(readings).toMatchObject({ upstreamId: theirId, rawUsage: theirUsage, finish: "stop" });
  });
});
