import { describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import type OpenAI from "openai";
import { utf8ByteText } from "../src/core/byte-text.ts";
import { GatewayError } from "../src/core/error.ts";
import type { Event, Finish, WireName } from "../src/core/event.ts";
import type { JsonObject } from "../src/core/json.ts";
import { awsEvent } from "../src/wires/fixtures/aws-frame.ts";
import { CLOSING, STAMP } from "../src/wires/fixtures/facts.ts";
import { wireNamed } from "../src/wires/index.ts";
import { decodeAnswer, decodeStream, messageOf, outcome, tell } from "./support/wire-fixtures.ts";

/** How an answer ended, from every word that a provider of each wire has for it to every word that a client of each door knows. */

type Words = Readonly<Record<string, Finish>>;

/** Every reason that the SDK knows: a new one does not compile. */
const CHAT: Record<OpenAI.ChatCompletion.Choice["finish_reason"], Finish> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
};
const MESSAGES: Record<Anthropic.Beta.Messages.BetaStopReason, Finish> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool-calls",
  pause_turn: "pause",
  refusal: "refusal",
  // A block of Anthropic's own is the answer: nothing that another wire has a word for.
  compaction: "other",
};
const RESPONSES: Record<NonNullable<OpenAI.Responses.Response.IncompleteDetails["reason"]>, Finish> = {
  max_output_tokens: "length",
  content_filter: "content-filter",
  max_messages: "other",
  steered: "other",
};

/** What each wire says. `error`: an answer that nobody should take for one. */
const SAID: Partial<Record<WireName, Words>> = {
  "openai-chat": { ...CHAT, eos: "stop", model_length: "length", error: "error", a_new_word: "other" },
  "anthropic-messages": { ...MESSAGES, a_new_word: "other" },
  "openai-responses": { ...RESPONSES, completed: "stop", a_new_word: "other" },
  // https://ai.google.dev/api/generate-content#FinishReason, and those of Vertex AI.
  "gemini-generate": {
    STOP: "stop",
    MAX_TOKENS: "length",
    SAFETY: "content-filter",
    RECITATION: "content-filter",
    BLOCKLIST: "content-filter",
    PROHIBITED_CONTENT: "content-filter",
    SPII: "content-filter",
    MODEL_ARMOR: "content-filter",
    IMAGE_SAFETY: "content-filter",
    IMAGE_PROHIBITED_CONTENT: "content-filter",
    IMAGE_RECITATION: "content-filter",
    MALFORMED_FUNCTION_CALL: "error",
    MALFORMED_RESPONSE: "error",
    UNEXPECTED_TOOL_CALL: "error",
    TOO_MANY_TOOL_CALLS: "error",
    MISSING_THOUGHT_SIGNATURE: "error",
    LANGUAGE: "other",
    OTHER: "other",
    IMAGE_OTHER: "other",
    NO_IMAGE: "other",
    A_NEW_WORD: "other",
  },
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
  "bedrock-converse": {
    end_turn: "stop",
    stop_sequence: "stop",
    max_tokens: "length",
    model_context_window_exceeded: "length",
    tool_use: "tool-calls",
    guardrail_intervened: "content-filter",
    content_filtered: "content-filter",
    malformed_model_output: "error",
    malformed_tool_use: "error",
    a_new_word: "other",
  },
};

/** An answer of one word that ended so, whole. */
const WHOLE: Partial<Record<WireName, (word: string) => JsonObject>> = {
  "openai-chat": (word) => ({
    id: "c",
    choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: word }],
  }),
  "anthropic-messages": (word) => ({
    id: "m",
    type: "message",
    role: "assistant",
    content: [{ type: "text", text: "Hi" }],
    stop_reason: word,
    usage: { input_tokens: 1, output_tokens: 1 },
  }),
  "openai-responses": (word) => ({
    id: "r",
    object: "response",
    ...(word === "completed" ? { status: word } : { status: "incomplete", incomplete_details: { reason: word } }),
    output: [{ type: "message", id: "i", role: "assistant", content: [{ type: "output_text", text: "Hi" }] }],
  }),
  "gemini-generate": (word) => ({
    candidates: [{ content: { role: "model", parts: [{ text: "Hi" }] }, finishReason: word }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1 },
  }),
  "bedrock-converse": (word) => ({
    output: { message: { role: "assistant", content: [{ text: "Hi" }] } },
    stopReason: word,
    usage: { inputTokens: 1, outputTokens: 1 },
  }),
};

const frame = (value: JsonObject) => `event: ${String(value.type)}\ndata: ${JSON.stringify(value)}\n\n`;
const line = (value: JsonObject) => `data: ${JSON.stringify(value)}\n\n`;

/** The same, streamed. */
const STREAMED: Partial<Record<WireName, (word: string) => string>> = {
  "openai-chat": (word) =>
    line({ id: "c", choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: null }] }) +
    line({ id: "c", choices: [{ index: 0, delta: {}, finish_reason: word }] }),
  "anthropic-messages": (word) =>
    [
      { type: "message_start", message: { id: "m", role: "assistant", content: [], usage: { input_tokens: 1 } } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi" } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: word }, usage: { output_tokens: 1 } },
      { type: "message_stop" },
    ]
      .map(frame)
      .join(""),
  "openai-responses": (word) => {
    const response = WHOLE["openai-responses"]!(word);
    return (
      frame({ type: "response.created", response: { id: "r", status: "in_progress", output: [] } }) +
      frame({ type: `response.${String(response.status)}`, response })
    );
  },
  "gemini-generate": (word) => line(WHOLE["gemini-generate"]!(word)),
  "bedrock-converse": (word) =>
    awsEvent("messageStart", { role: "assistant" }) +
    awsEvent("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hi" } }) +
    awsEvent("contentBlockStop", { contentBlockIndex: 0 }) +
    awsEvent("messageStop", { stopReason: word }) +
    awsEvent("metadata", { usage: { inputTokens: 1, outputTokens: 1 } }),
};

for (const [name, words] of Object.entries(SAID)) {
  const outbound = wireNamed(name as WireName).outbound!;
  describe(`what a provider of ${name} says`, () => {
    test.each(Object.entries(words))("%s is %s", (word, finish) => {
      for (const events of [
        decodeAnswer(outbound, WHOLE[name as WireName]!(word)),
        decodeStream(outbound, STREAMED[name as WireName]!(word)),
      ]) {
        const result = outcome(events);
        if (finish === "error") expect(result).toBeInstanceOf(GatewayError);
        else expect(result).toMatchObject({ finish, rawFinish: word });
      }
    });
  });
}

/** What a client of each door reads, in the words of its own wire and as ours again. */
const TOLD: Partial<Record<WireName, Record<Exclude<Finish, "error">, [word: string, again: Finish]>>> = {
  "openai-chat": {
    stop: ["stop", "stop"],
    length: ["length", "length"],
    "tool-calls": ["tool_calls", "tool-calls"],
    "content-filter": ["content_filter", "content-filter"],
    refusal: ["content_filter", "content-filter"],
    pause: ["stop", "stop"],
    other: ["stop", "stop"],
  },
  "openai-responses": {
    stop: ["completed", "stop"],
    length: ["max_output_tokens", "length"],
    // What says it is the call itself.
    "tool-calls": ["completed", "stop"],
    "content-filter": ["content_filter", "content-filter"],
    refusal: ["content_filter", "content-filter"],
    pause: ["completed", "stop"],
    other: ["completed", "stop"],
  },
  "anthropic-messages": {
    stop: ["end_turn", "stop"],
    length: ["max_tokens", "length"],
    "tool-calls": ["tool_use", "tool-calls"],
    "content-filter": ["refusal", "refusal"],
    refusal: ["refusal", "refusal"],
    pause: ["pause_turn", "pause"],
    other: ["end_turn", "stop"],
  },
};

for (const [name, words] of Object.entries(TOLD)) {
  const door = wireNamed(name as WireName);
  describe(`what a client of ${name} reads`, () => {
    test.each(Object.entries(words))("%s", (finish, [word, again]) => {
      const events: Event[] = [
        { type: "message-start", id: "x", model: "y" },
        { type: "block-start", index: 0, block: { kind: "text" } },
        { type: "block-delta", index: 0, delta: { kind: "text", text: "Hi" } },
        { type: "block-end", index: 0 },
        { type: "message-end", finish: finish as Finish, raw: "theirs" },
      ];
      const reply = door.inbound!.transcode!.encodeReply(messageOf(events), STAMP, CLOSING);
      for (const back of [
        decodeStream(door.outbound!, utf8ByteText(tell(door.inbound!, events))),
        decodeAnswer(door.outbound!, reply),
      ])
        expect(messageOf(back)).toMatchObject({ finish: again, rawFinish: word });
    });
  });
}

test("every wire that answers has its words here, every door the ends that it tells", () => {
  const wires = ["openai-chat", "openai-responses", "anthropic-messages", "gemini-generate", "bedrock-converse"];
  expect(Object.keys(SAID).sort()).toEqual(wires.sort());
  expect(Object.keys(TOLD).sort()).toEqual(wires.filter((name) => wireNamed(name as WireName).inbound).sort());
});
