import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { ERRORS, GatewayError } from "../../src/core/error.ts";
import { KEY, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { answerOf, finishOf } from "./support/answers.ts";
import {
  answered,
  choicesOf,
  EXCHANGES,
  type Exchange,
  embeddings,
  refused,
  streams,
  titled,
  whole,
} from "./support/exchanges.ts";
import { configFor, modelOf, type Playback, startPlayback } from "./support/playback.ts";
import { metersOf, type Reading, readingOf } from "./support/reading.ts";

/**
 * Recorded answers through a running gateway: a server plays them, in pieces cut anywhere, as the providers of the
 * catalogue; OpenAI's own client is on the other side.
 */

// biome-ignore lint/suspicious/noExplicitAny: what the gateway adds to OpenAI's types
type Loose = any;

let playback: Playback;
let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  playback = startPlayback(EXCHANGES);
  gateway = await startGateway({ config: configFor(EXCHANGES, playback.url) });
  client = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.stop();
  await playback.stop();
});

const places = new Map(EXCHANGES.map((one, place) => [one, place]));
const modelFor = (one: Exchange) => modelOf(places.get(one)!);

function bodyFor(one: Exchange) {
  const n = choicesOf(one);
  return {
    model: modelFor(one),
    messages: [{ role: "user" as const, content: "Say it again." }],
    ...(n > 1 ? { n } : {}),
  };
}

interface Told {
  id: string;
  text: string;
  refusal: string;
  reasoning: string;
  calls: Reading["calls"];
  finish: string | null;
  usage: Loose;
}

const FINISH_TOLD: Record<string, string> = {
  "tool-calls": "tool_calls",
  "content-filter": "content_filter",
  refusal: "content_filter",
  pause: "stop",
  other: "stop",
};

/** What the client was told is what the recording says, and the ledger has it too. */
function mustAgree(one: Exchange, told: Told): void {
  const reading = readingOf(one);
  const calls = reading.calls.map((call) => ({ ...call, args: call.args || "{}" }));
  const said = reading.finish ?? (calls.length > 0 ? "tool_calls" : "stop");
  const finish = finishOf(said, reading)!;
  expect(told.text).toBe(reading.text);
  expect(told.refusal).toBe(reading.refusal);
  expect(told.reasoning).toBe(reading.reasoning);
  // Relayed, a call has no id or arguments where its provider gave none.
  const heard = told.calls.map(({ id, name, args }, place) => ({
    id: id || calls[place]!.id,
    name,
    args: args || "{}",
  }));
  expect(heard).toEqual(calls);

  const row = gateway.row(told.id);
  if (row === undefined) throw new Error(`the ledger has no ${told.id}`);
  expect(row).toMatchObject({
    requested: modelFor(one),
    model: modelFor(one),
    finish,
    error: null,
    streamed: one.stream,
  });
  // A relayed answer keeps its provider's word; a transcoded one has the word that clients know.
  expect(told.finish).toBe(row.mode === "relay" ? reading.finish : (FINISH_TOLD[finish] ?? finish));

  expect(told.usage.prompt_tokens).toBe(row.input);
  expect(told.usage.completion_tokens).toBe(row.output);
  // Served ahead of others it was twice as dear.
  const times = /service_tier\\*": ?\\*"priority/.test(JSON.stringify(one)) ? 2 : 1;
  expect(row.cost).toBe(times * (1000 * row.input! + 2000 * row.output!));
  const meters = reading.usage === undefined ? {} : metersOf(one, reading.usage);
  // One answer has a usage object without a count in it.
  if (meters.input === undefined) {
    expect(row.estimated).toBe(true);
    return;
  }
  expect({ input: row.input, output: row.output }).toEqual({ input: meters.input, output: meters.output! });
  expect(row.estimated).toBe(false);
  expect(row).toMatchObject({
    cacheRead: meters.cache_read ?? null,
    reasoning: meters.reasoning ?? null,
    searches: meters.searches ?? null,
  });
  expect(told.usage.prompt_tokens_details?.cached_tokens).toBe(meters.cache_read);
}

const argsOf = (call: Loose) => call.function?.arguments ?? call.custom?.input ?? "";
const nameOf = (call: Loose) => call.function?.name ?? call.custom?.name ?? "";
const reasoningOf = (said: Loose): string =>
  said.reasoning_content ??
  said.reasoning ??
  (said.reasoning_details ?? []).map((each: Loose) => each.text ?? each.summary ?? "").join("");

describe("OpenAI's client reads a whole answer", () => {
  const clean = whole.filter((one) => !(answerOf(one) instanceof GatewayError));
  test.each(titled(clean))("%s", async (_, one) => {
    const reply = (await client.chat.completions.create(bodyFor(one))) as Loose;
    const [{ message, finish_reason: finish }] = reply.choices;
    const old = message.function_call;
    const calls = message.tool_calls ?? (old ? [{ id: old.name, function: old }] : []);
    mustAgree(one, {
      id: reply.generationId,
      // Relayed, the content of Mistral's thinking models would be a list: they are not relayed.
      text: message.content ?? "",
      refusal: message.refusal ?? "",
      reasoning: reasoningOf(message),
      calls: calls.map((call: Loose) => ({ id: call.id, name: nameOf(call), args: argsOf(call) })),
      finish: finish ?? null,
      usage: reply.usage,
    });
    expect(reply.model).toBe(modelFor(one));
    expect(reply.id).toBe(reply.generationId);
  });
});

describe("OpenAI's client reads a stream, by its helper", () => {
  const clean = streams.filter((one) => !(answerOf(one) instanceof GatewayError));
  test.each(titled(clean))("%s", async (_, one) => {
    const stream = client.chat.completions.stream(bodyFor(one));
    const chunks: Loose[] = [];
    stream.on("chunk", (chunk) => chunks.push(structuredClone(chunk)));
    const { choices } = await stream.finalChatCompletion();
    const [{ message, finish_reason: finish }] = choices as Loose;
    const deltas = chunks.flatMap((chunk) =>
      chunk.choices.filter(({ index }: Loose) => index === 0).map(({ delta }: Loose) => delta),
    );
    const old = message.function_call;
    const calls = message.tool_calls ?? (old ? [{ id: old.name, function: old }] : []);
    expect(chunks.filter(({ usage }) => usage)).toEqual([chunks.at(-1)]);
    mustAgree(one, {
      id: chunks.at(-1).generationId,
      text: message.content ?? "",
      refusal: message.refusal ?? "",
      reasoning: deltas.map(reasoningOf).join(""),
      calls: calls.map((call: Loose) => ({ id: call.id, name: nameOf(call), args: argsOf(call) })),
      finish,
      usage: chunks.at(-1).usage,
    });
  });
});

describe("OpenAI's client reads vectors, in the encoding that it asks for by itself", () => {
  // Perplexity's vectors of bytes are nothing that this wire has a word for.
  const floats = embeddings.filter(({ name }) => !name.includes("int8"));
  test.each(titled(floats))("%s", async (_, one) => {
    const reply = await client.embeddings.create({ model: modelFor(one), input: "Say it again." });
    const theirs = JSON.parse(one.text).data.map(({ embedding }: Loose) =>
      typeof embedding === "string"
        ? [...new Float32Array(Uint8Array.from(Buffer.from(embedding, "base64")).buffer)]
        : embedding,
    );
    for (const [i, { embedding }] of reply.data.entries()) {
      expect(embedding.length).toBe(theirs[i].length);
      // Base64 carries floats of 32 bits.
      for (const [at, value] of embedding.entries()) expect(value).toBeCloseTo(theirs[i][at], 6);
    }
  });
});

/** The error that the client gets, and the row that the ledger has of it. */
async function failureOf(one: Exchange): Promise<{ error: Loose; row: Loose }> {
  const ask =
    one.wire.operation === "embed"
      ? client.embeddings.create({ model: modelFor(one), input: "Say it again." })
      : one.stream
        ? client.chat.completions.stream(bodyFor(one)).finalChatCompletion()
        : client.chat.completions.create(bodyFor(one));
  const error: Loose = await ask.then(
    (reply) => new Error(`not refused: ${JSON.stringify(reply).slice(0, 200)}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(OpenAI.APIError);
  const id = error.headers?.get("x-request-id") ?? error.error?.generationId;
  return { error, row: id === undefined ? undefined : gateway.row(id) };
}

describe("a refusal reaches the client as the error that it is", () => {
  test.each(titled(refused))("%s", async (_, one) => {
    const { code } = one.wire.decodeError(one.status, new Headers(one.headers), one.text);
    const { error, row } = await failureOf(one);
    expect(error.code).toBe(code);
    expect(error.status).toBe(ERRORS[code].status);
    expect(row).toMatchObject({ error: code });
  });
});

describe("a stream that breaks is an error to the client, never an end", () => {
  const broken = answered.filter((one) => answerOf(one) instanceof GatewayError);
  test.each(titled(broken))("%s", async (_, one) => {
    const { code } = answerOf(one) as GatewayError;
    const { error } = await failureOf(one);
    expect(error.code).toBe(code);
    // Before the first word there is still a status to say it with.
    const { text, reasoning } = readingOf(one);
    if (text + reasoning === "") expect(error.status).toBe(ERRORS[code].status);
  });
});
