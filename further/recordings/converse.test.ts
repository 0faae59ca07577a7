import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { type ErrorCode, GatewayError } from "../../src/core/error.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { Usage } from "../../src/core/usage.ts";
import { CLOSING, leg, STAMP } from "../../src/wires/fixtures/facts.ts";
import { wireNamed } from "../../src/wires/index.ts";
import { KEY, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { messageOf } from "../../test/support/wire-fixtures.ts";
import { answerOf, eventsOf, FINISH, saidBy } from "./support/answers.ts";
import { CONVERSE, cutAnywhere, type Exchange, isThere, titled } from "./support/exchanges.ts";
import { configFor, modelOf, type Playback, startPlayback } from "./support/playback.ts";
import type { Reading } from "./support/reading.ts";

/** Recorded conversations with Bedrock: what stands in their bytes is what is read, and what a chat client is told. */

const chat = wireNamed("openai-chat");
const answered = CONVERSE.filter(({ status }) => status === 200);
const streams = answered.filter(({ stream }) => stream);
const refused = CONVERSE.filter(({ status }) => status >= 400);

// biome-ignore lint/suspicious/noExplicitAny: somebody else's JSON, read where it is expected
type Loose = any;

/** Name and payload of every event, by their lengths alone: whoever wrote this knows nothing of checksums. */
function payloads(bytes: string): [name: string, payload: Loose][] {
  const buffer = Buffer.from(bytes, "latin1");
  const found: [string, Loose][] = [];
  for (let at = 0; at < buffer.length; at += buffer.readUInt32BE(at)) {
    const end = at + buffer.readUInt32BE(at) - 4;
    const body = at + 12 + buffer.readUInt32BE(at + 4);
    // Behind the name: one byte of type, two of length.
    const named = buffer.indexOf(":event-type", at + 12) + 14;
    const name = buffer.toString("utf8", named, named + buffer.readUInt16BE(named - 2));
    found.push([name, JSON.parse(buffer.toString("utf8", body, end))]);
  }
  return found;
}

/** What an answer says, put together by hand. */
function readingOf(one: Exchange): Omit<Reading, "error"> {
  const blocks: Loose[] = [];
  let finish: string | null = null;
  let usage: JsonObject | undefined;
  if (!one.stream) {
    const body: Loose = JSON.parse(one.text);
    blocks.push(...body.output.message.content.map(wholeBlock));
    ({ stopReason: finish, usage } = body);
  }
  for (const [name, value] of one.stream ? payloads(one.bytes) : []) {
    blocks[value.contentBlockIndex] ??= {};
    const block = blocks[value.contentBlockIndex];
    if (name === "contentBlockStart" && value.start.toolUse)
      Object.assign(block, { ...value.start.toolUse, input: "" });
    if (name === "contentBlockDelta") {
      const { text, toolUse, reasoningContent: thought = {} } = value.delta;
      if (text !== undefined) block.text = (block.text ?? "") + text;
      if (toolUse !== undefined) block.input += toolUse.input;
      if (thought.text !== undefined) block.thought = (block.thought ?? "") + thought.text;
      if (thought.signature) block.proof = thought.signature;
      if (thought.redactedContent) block.proof = Buffer.from(thought.redactedContent, "base64").toString();
    }
    if (name === "messageStop") finish = value.stopReason;
    if (name === "metadata") usage = value.usage;
  }
  const own = blocks.filter(({ toolUseId, type } = {}) => toolUseId !== undefined && type !== "server_tool_use");
  const said = (member: string) => blocks.map((block) => block?.[member] ?? "").join("");
  return {
    text: said("text"),
    refusal: "",
    reasoning: said("thought"),
    proofs: blocks.flatMap((block) => block?.proof ?? []),
    calls: own.map(({ toolUseId, name, input }) => ({ id: toolUseId, name, args: input || "{}" })),
    finish,
    usage,
  };
}

function wholeBlock({ text, toolUse, reasoningContent: thought, citationsContent: cited }: Loose): Loose {
  if (toolUse) return { ...toolUse, input: JSON.stringify(toolUse.input) };
  if (cited) return { text: (cited.content ?? []).map((piece: Loose) => piece.text).join("") };
  const sealed = thought?.redactedContent && Buffer.from(thought.redactedContent, "base64").toString();
  return { text, thought: thought?.reasoningText?.text, proof: thought?.reasoningText?.signature ?? sealed };
}

/** Bedrock's own arithmetic: what was read from the cache and written to it stands beside the input. */
function metersOf({
  inputTokens,
  outputTokens,
  cacheReadInputTokens: read,
  cacheWriteInputTokens: written,
}: Loose): Usage {
  const meters = { input: inputTokens + (read ?? 0) + (written ?? 0), output: outputTokens };
  return {
    ...meters,
    ...(read === undefined ? {} : { cache_read: read }),
    ...(written === undefined ? {} : { cache_write_5m: written }),
  };
}

if (isThere) {
  test("there is something to read", () => {
    expect([answered.length - streams.length, streams.length, refused.length]).toEqual([58, 25, 6]);
  });
}

describe("an answer says what stands in its bytes", () => {
  test.each(titled(answered))("%s", (_, one) => {
    const answer = answerOf(one);
    if (answer instanceof GatewayError) throw answer;
    const reading = readingOf(one);
    expect(saidBy(answer)).toEqual(reading);
    expect<string | undefined>(answer.finish).toBe(FINISH[reading.finish!]);
    expect(answer.usage).toEqual(metersOf(reading.usage));
  });
});

describe("however a stream is cut into pieces, it says the same", () => {
  test.each(titled(streams))("%s", (_, one) => {
    const expected = JSON.stringify(eventsOf(one));
    for (const longest of [1, 9, 300, 5000])
      expect(JSON.stringify(eventsOf(one, ...cutAnywhere(one.bytes, one.name, longest)))).toBe(expected);
  });
});

describe("a stream that is cut ends in an error, never in an end; one that is damaged says what came before", () => {
  test.each(titled(streams))("%s", (_, one) => {
    const step = Math.ceil(one.bytes.length / 200);
    const endMark = one.bytes.indexOf("messageStop");
    for (let cut = 0; cut < one.bytes.length; cut += step) {
      const [last] = eventsOf(one, one.bytes.slice(0, cut)).slice(-1);
      if (cut < endMark) expect([cut, last?.type]).toEqual([cut, "error"]);
      else expect(["error", "message-end"]).toContain(last!.type);
      const turned = String.fromCharCode(one.bytes.charCodeAt(cut) ^ 4);
      const events = eventsOf(one, one.bytes.slice(0, cut) + turned + one.bytes.slice(cut + 1));
      expect(events.at(-1)).toMatchObject({ type: "error", error: { code: "upstream_malformed" } });
    }
  });
});

describe("thinking goes back as it came", () => {
  test.each(titled(answered.filter((one) => readingOf(one).proofs.length > 0)))("%s", (_, one) => {
    const message = messageOf(eventsOf(one));
    const reply = chat.inbound!.transcode!.encodeReply(message, STAMP, CLOSING) as Loose;
    const ask = chat.inbound!.read({
      model: "acme/large",
      messages: [{ role: "user", content: "Think." }, reply.choices[0].message, { role: "user", content: "Again." }],
    });
    const request = chat.inbound!.transcode!.decodeRequest(ask);
    const { body } = one.wire.outbound!.encodeRequest(request, { ...leg(), upstreamModel: "us.anthropic.claude" });
    const sent = (body.messages as Loose)[1].content.flatMap(({ reasoningContent }: Loose) => reasoningContent ?? []);
    const proofs = sent.map(({ reasoningText, redactedContent }: Loose) =>
      reasoningText ? reasoningText.signature : Buffer.from(redactedContent, "base64").toString(),
    );
    expect(proofs).toEqual(readingOf(one).proofs);
  });
});

describe("a refusal is understood", () => {
  const CODES: [RegExp, ErrorCode][] = [
    [/bedrock_converse_error/, "upstream_auth"],
    [/errors-gracefully|test_bedrock_error/, "upstream_model_not_found"],
    [/context_length_exceeded/, "context_length_exceeded"],
    [/multimodal/, "upstream_invalid_request"],
  ];
  test.each(titled(refused))("%s", (_, one) => {
    const error = one.wire.decodeError(one.status, new Headers(one.headers), one.text);
    expect<string>(error.code).toBe(CODES.find(([pattern]) => pattern.test(one.name))![1]);
    expect(error.details.upstream?.status).toBe(one.status);
    if (error.status === 400) expect(error.message).toBe(JSON.parse(one.text).message);
  });
});

describe("OpenAI's client reads them through a gateway", () => {
  let playback: Playback;
  let gateway: RunningGateway;
  let client: OpenAI;
  beforeAll(async () => {
    playback = startPlayback(CONVERSE);
    gateway = await startGateway({ config: configFor(CONVERSE, playback.url) });
    client = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  });
  afterAll(async () => {
    await gateway.stop();
    await playback.stop();
  });

  test.each(titled(answered))("%s", async (_, one) => {
    const request = {
      model: modelOf(CONVERSE.indexOf(one)),
      messages: [{ role: "user" as const, content: "Say it again." }],
    };
    const stream = one.stream ? client.chat.completions.stream(request) : undefined;
    let last: Loose;
    stream?.on("chunk", (chunk) => {
      last = chunk;
    });
    const reply: Loose = stream ? await stream.finalChatCompletion() : await client.chat.completions.create(request);
    const told = stream === undefined ? reply : { ...last, ...reply, usage: last.usage };
    const { message } = reply.choices[0];
    const reading = readingOf(one);
    expect(message.content ?? "").toBe(reading.text);
    expect(
      (message.tool_calls ?? []).map(({ id, function: made }: Loose) => ({
        id,
        name: made.name,
        args: made.arguments,
      })),
    ).toEqual(reading.calls);
    const meters = metersOf(reading.usage);
    expect(gateway.row(told.generationId)).toMatchObject({
      input: meters.input!,
      output: meters.output!,
      cacheRead: meters.cache_read ?? null,
      finish: FINISH[reading.finish!]!,
      error: null,
      estimated: false,
    });
  });
});
