import { describe, expect, test } from "bun:test";
import type OpenAI from "openai";
import type { Message } from "../../core/message.ts";
import type { Part } from "../../core/request.ts";
import { CLOSING, STAMP } from "../fixtures/facts.ts";
import { encodeReply } from "./encode-reply.ts";

function message(...parts: Part[]): Message {
  return { id: "theirs", model: "theirs", parts, metadata: { secret: 1 }, finish: "stop", rawFinish: "end_turn" };
}

const reply = (said: Message) => encodeReply(said, STAMP, CLOSING) as unknown as OpenAI.ChatCompletion;
const told = (...parts: Part[]) => reply(message(...parts)).choices[0]!.message;
const call = (name: string, more: object = {}): Part => ({
  kind: "tool-call",
  call: `call_${name}`,
  name,
  arguments: "{}",
  by: "client",
  format: "json",
  ...more,
});

test("key for key", () => {
  const given = reply(message({ kind: "text", text: "Hi" }));
  expect(Object.keys(given)).toEqual([
    "id",
    "object",
    "created",
    "model",
    "choices",
    "usage",
    "system_fingerprint",
    "generationId",
  ]);
  expect(Object.keys(given.choices[0]!)).toEqual(["index", "message", "logprobs", "finish_reason"]);
  expect(given).toMatchObject({ id: STAMP.id, object: "chat.completion", created: STAMP.created, model: STAMP.model });
  expect(given.choices[0]).toEqual({
    index: 0,
    message: { role: "assistant", content: "Hi", provider_metadata: CLOSING.metadata },
    logprobs: null,
    finish_reason: "stop",
  } as never);
  expect(given.system_fingerprint).toMatch(/^fp_[0-9a-z]{10}$/);
});

test("nothing of the provider's id, model or facts shows by itself", () => {
  expect(JSON.stringify(reply(message()))).not.toMatch(/theirs|secret|end_turn/);
});

describe("content", () => {
  test("is null where there is none, and not where it is empty", () => {
    expect(told().content).toBeNull();
    expect(told(call("f")).content).toBeNull();
    expect(told({ kind: "text", text: "" }).content).toBe("");
  });
  test("is every text, in its order", () => {
    expect(told({ kind: "text", text: "a" }, call("f"), { kind: "text", text: "b" }).content).toBe("ab");
  });
  test("of a refusal stands apart", () => {
    expect(told({ kind: "refusal", text: "No" })).toMatchObject({ content: null, refusal: "No" });
  });
});

describe("tool calls", () => {
  test("of the client's tools, each with its id", () => {
    expect(told(call("f", { arguments: '{"a":1}' }), call("g")).tool_calls).toEqual([
      { id: "call_f", type: "function", function: { name: "f", arguments: '{"a":1}' } },
      { id: "call_g", type: "function", function: { name: "g", arguments: "{}" } },
    ]);
  });
  test("of the provider's own are none", () => {
    expect(told(call("web_search", { by: "provider" }))).not.toHaveProperty("tool_calls");
  });
  test("of free text", () => {
    expect(told(call("sh", { format: "text", arguments: "ls" })).tool_calls).toEqual([
      { id: "call_sh", type: "custom", custom: { name: "sh", input: "ls" } },
    ]);
  });
});

describe("thinking", () => {
  const format = "anthropic-claude-v1";
  test("is told as text and as details with their proofs", () => {
    expect(
      told(
        { kind: "reasoning", text: "Hm.", signature: { format, value: "sig" }, format },
        { kind: "reasoning", text: "", redacted: "blob", format },
        { kind: "text", text: "42" },
      ),
    ).toEqual({
      role: "assistant",
      content: "42",
      reasoning: "Hm.",
      reasoning_details: [
        { type: "reasoning.text", text: "Hm.", signature: "sig", format, index: 0 },
        { type: "reasoning.encrypted", data: "blob", format, index: 1 },
      ],
      provider_metadata: CLOSING.metadata,
    } as never);
  });
  test("that is only sealed has details without text", () => {
    const sealed = told({ kind: "reasoning", text: "", encrypted: "blob", format: "openai-responses-v1", id: "rs_1" });
    expect(sealed).not.toHaveProperty("reasoning");
    expect(sealed).toMatchObject({ reasoning_details: [{ type: "reasoning.encrypted", data: "blob", id: "rs_1" }] });
  });
});

test("images and citations have their places", () => {
  const url_citation = { url: "https://a.example", title: "A" };
  expect(
    told(
      { kind: "file", source: { from: "data", mediaType: "image/png", base64: "AA==" } },
      { kind: "text", text: "x", citations: [{ url: "https://a.example", title: "A" }, { type: "page_location" }] },
    ),
  ).toMatchObject({
    images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }],
    annotations: [{ type: "url_citation", url_citation }],
  } as never);
});

test.each([
  ["stop", "stop"],
  ["length", "length"],
  ["tool-calls", "tool_calls"],
  ["refusal", "content_filter"],
  ["pause", "stop"],
] as const)("a finish of %s is %s", (finish, reason) => {
  expect(reply({ ...message(), finish }).choices[0]!.finish_reason).toBe(reason);
});
