import { describe, expect, test } from "bun:test";
import type { Event } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";
import { fold } from "../../core/message.ts";
import { CLOSING, STAMP } from "../fixtures/facts.ts";
import { openaiCompletions } from "./index.ts";

const { inbound } = openaiCompletions;
const ask = (members: JsonObject = {}) => inbound!.read({ model: "acme/large", prompt: "Water", ...members });
const decoded = (members: JsonObject = {}) => inbound!.transcode!.decodeRequest(ask(members));

describe("a request to whoever only chats", () => {
  test("is one message of the user's", () => {
    const turns = [{ role: "user" as const, parts: [{ kind: "text" as const, text: "Water" }] }];
    expect(decoded()).toEqual({ turns, stream: false, sampling: {}, extra: {}, providerOptions: {} });
    expect(decoded({ prompt: ["Water"] }).turns).toEqual(turns);
  });

  test("says what a chat has words for, and the rest by name", () => {
    expect(
      decoded({
        stream: true,
        max_tokens: 5,
        temperature: 0.5,
        top_p: 0.9,
        stop: "END",
        seed: 7,
        frequency_penalty: 0.1,
        presence_penalty: 0.2,
        user: "u",
        best_of: 3,
        logit_bias: { "5": 1 },
        top_k: 4,
        service_tier: "flex",
        n: 1,
        suffix: "",
        echo: true,
        logprobs: null,
        models: ["a/b"],
        tags: ["t"],
        provider: {},
        providerOptions: { gateway: { order: [] }, acme: { x: 1 } },
      }),
    ).toMatchObject({
      stream: true,
      outputCap: 5,
      sampling: {
        temperature: 0.5,
        topP: 0.9,
        topK: 4,
        stop: ["END"],
        seed: 7,
        frequencyPenalty: 0.1,
        presencePenalty: 0.2,
      },
      user: "u",
      serviceTier: "flex",
      extra: { logit_bias: { "5": 1 } },
      unsaid: ["best_of"],
      providerOptions: { acme: { x: 1 } },
    });
    const usual = decoded({ n: 1, suffix: "", best_of: 1, echo: true, logprobs: null });
    expect([usual.extra, usual.unsaid]).toEqual([{}, undefined]);
  });
});

const EVENTS: Event[] = [
  { type: "message-start", id: "msg_1", model: "large" },
  { type: "block-start", index: 0, block: { kind: "reasoning" } },
  { type: "block-delta", index: 0, delta: { kind: "text", text: "I think." } },
  { type: "block-end", index: 0 },
  { type: "ping" },
  { type: "block-start", index: 1, block: { kind: "text" } },
  { type: "block-delta", index: 1, delta: { kind: "text", text: " comes" } },
  { type: "block-delta", index: 1, delta: { kind: "text", text: "" } },
  { type: "block-delta", index: 1, delta: { kind: "text", text: ' "down"' } },
  { type: "block-end", index: 1 },
  { type: "message-end", finish: "length", raw: "max_tokens" },
];

function streamed(events: readonly Event[], members?: JsonObject) {
  const stream = inbound!.transcode!.encodeStream(STAMP, ask(members));
  const told = events.map((event) => stream.push(event)).join("") + stream.finish(CLOSING);
  const chunks = told
    .split("\n\n")
    .filter((frame) => frame.startsWith("data: {"))
    .map((frame) => JSON.parse(frame.slice(6)));
  return { told, chunks };
}

describe("an answer of a chat", () => {
  const whole = (members?: JsonObject) =>
    inbound!.transcode!.encodeReply(fold(EVENTS), STAMP, CLOSING, ask(members)) as never as {
      choices: { text: string }[];
    };

  test("is its words", () => {
    expect(whole()).toMatchObject({
      id: STAMP.id,
      object: "text_completion",
      created: STAMP.created,
      model: STAMP.model,
      choices: [{ text: ' comes "down"', index: 0, logprobs: null, finish_reason: "length" }],
      usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
      generationId: STAMP.id,
      providerMetadata: CLOSING.metadata,
    });
  });

  test("streamed says the same, piece by piece", () => {
    const { told, chunks } = streamed(EVENTS);
    expect(chunks.map(({ choices }) => choices[0].text)).toEqual([" comes", ' "down"', ""]);
    expect(chunks.map(({ choices }) => choices[0].finish_reason)).toEqual([null, null, "length"]);
    for (const one of chunks)
      expect(one).toMatchObject({
        id: STAMP.id,
        object: "text_completion",
        created: STAMP.created,
        model: STAMP.model,
      });
    expect(chunks.at(-1)).toMatchObject({ usage: { total_tokens: 18 }, providerMetadata: CLOSING.metadata });
    expect(told).toContain(": ");
    expect(told).toEndWith("data: [DONE]\n\n");
  });

  test("has the prompt before it where that is wanted, once, and though nothing follows", () => {
    const echo = { echo: true };
    expect(whole(echo).choices[0]!.text).toBe('Water comes "down"');
    expect(
      streamed(EVENTS, echo)
        .chunks.map(({ choices }) => choices[0].text)
        .join(""),
    ).toBe('Water comes "down"');
    const silent = EVENTS.filter(({ type }) => type === "message-start" || type === "message-end");
    expect(streamed(silent, echo).chunks.map(({ choices }) => choices[0].text)).toEqual(["Water", ""]);
  });

  test.each([
    ["stop", "stop"],
    ["tool-calls", "stop"],
    ["pause", "stop"],
    ["other", "stop"],
    ["length", "length"],
    ["content-filter", "content_filter"],
    ["refusal", "content_filter"],
  ] as const)("that ends with %s ends with %s", (finish, told) => {
    const events = EVENTS.map((event) => (event.type === "message-end" ? { ...event, finish } : event));
    expect(streamed(events).chunks.at(-1).choices[0].finish_reason).toBe(told);
  });

  test("that is a refusal is told in words", () => {
    const refused: Event[] = [
      { type: "block-start", index: 0, block: { kind: "refusal" } },
      { type: "block-delta", index: 0, delta: { kind: "text", text: "No." } },
      { type: "block-end", index: 0 },
      { type: "message-end", finish: "refusal", raw: "refusal" },
    ];
    expect(streamed(refused).chunks[0].choices[0].text).toBe("No.");
  });
});
