import { describe, expect, test } from "bun:test";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { ReasoningPart } from "../../core/request.ts";
import {
  decodeReasoningDetails,
  encodeReasoningDetail,
  reasoningBlock,
  ungathered,
  withoutSeals,
} from "./reasoning.ts";

const CLAUDE = "anthropic-claude-v1";
const OPENAI = "openai-responses-v1";

/** Every shape of contract 3.1.5, with what it means. */
const SHAPES: [string, JsonObject, ReasoningPart][] = [
  [
    "a signed text",
    { type: "reasoning.text", text: "Hm", signature: "sig", format: CLAUDE, index: 0 },
    { kind: "reasoning", text: "Hm", signature: { format: CLAUDE, value: "sig" }, format: CLAUDE },
  ],
  [
    "a text",
    { type: "reasoning.text", text: "Hm", format: "google-gemini-v1", index: 0 },
    { kind: "reasoning", text: "Hm", format: "google-gemini-v1" },
  ],
  [
    "a text of no format",
    { type: "reasoning.text", text: "Hm", format: "unknown", index: 0 },
    { kind: "reasoning", text: "Hm" },
  ],
  [
    "a summary",
    { type: "reasoning.summary", summary: "Plan", id: "rs_1", format: OPENAI, index: 0 },
    { kind: "reasoning", text: "Plan", summary: true, id: "rs_1", format: OPENAI },
  ],
  [
    "sealed, with an id",
    { type: "reasoning.encrypted", data: "blob", id: "rs_1", format: OPENAI, index: 0 },
    { kind: "reasoning", text: "", encrypted: "blob", id: "rs_1", format: OPENAI },
  ],
  [
    "sealed, without",
    { type: "reasoning.encrypted", data: "blob", format: "google-gemini-v1", index: 0 },
    { kind: "reasoning", text: "", encrypted: "blob", format: "google-gemini-v1" },
  ],
];

describe.each(SHAPES)("%s", (_, detail, part) => {
  test("is read", () => expect(decodeReasoningDetails([detail])).toEqual([part]));
  test("is written, key for key in its order", () => {
    expect(JSON.stringify(encodeReasoningDetail(part, 0))).toBe(JSON.stringify(detail));
  });
  test("begins a block of its kind", () => {
    const { text: _text, signature: _signature, ...block } = part;
    expect(reasoningBlock(detail)).toEqual(block);
  });
});

test("thinking that was withheld is written as sealed", () => {
  expect(encodeReasoningDetail({ kind: "reasoning", text: "", redacted: "gone", format: CLAUDE }, 3)).toEqual({
    type: "reasoning.encrypted",
    data: "gone",
    format: CLAUDE,
    index: 3,
  });
});

describe("several details", () => {
  const text = (words: string, more: JsonObject = {}): JsonObject => ({
    type: "reasoning.text",
    text: words,
    format: CLAUDE,
    index: 0,
    ...more,
  });

  test("of one index and type are one", () => {
    expect(decodeReasoningDetails([text("H"), text("m"), text("", { signature: "sig" })])).toEqual([
      { kind: "reasoning", text: "Hm", signature: { format: CLAUDE, value: "sig" }, format: CLAUDE },
    ]);
  });
  test("of one index but another type are two", () => {
    const sealed = { type: "reasoning.encrypted", data: "blob", index: 0 };
    expect(decodeReasoningDetails([text("H"), sealed])).toHaveLength(2);
  });
  test("without an index are each their own", () => {
    expect(decodeReasoningDetails([text("a", { index: undefined }), text("b", { index: undefined })])).toMatchObject([
      { text: "a" },
      { text: "b" },
    ]);
  });
  test("keep their order", () => {
    const parts = decodeReasoningDetails([text("b", { index: 7 }), text("a", { index: 2 })]);
    expect(parts.map((part) => part.text)).toEqual(["b", "a"]);
  });
  test.each<[JsonValue]>([[null], ["x"], [[]], [{}], [{ type: "reasoning.hologram" }]])(
    "%p is none of them",
    (detail) => {
      expect(decodeReasoningDetails([detail])).toEqual([]);
    },
  );
});

describe("a body without its seals", () => {
  const text = { type: "reasoning.text", text: "Hm", format: CLAUDE, index: 0 };
  const sealed = { type: "reasoning.encrypted", data: "gAAA", format: OPENAI, index: 1 };
  const summary = { type: "reasoning.summary", summary: "In short", format: OPENAI, index: 2 };
  const said = (...details: JsonValue[]) => ({
    role: "assistant",
    content: "Hi",
    reasoning: "Hm",
    reasoning_details: details,
  });

  test("has the words still, and everything that is none of it", () => {
    const body = {
      model: "m",
      x_unknown: 1,
      messages: [{ role: "user", content: "Hi" }, said({ ...text, signature: "sig" }, sealed, summary)],
    };
    const before = structuredClone(body);
    expect(withoutSeals(body)).toEqual({
      body: { ...body, messages: [body.messages[0]!, said(text, summary)] },
      dropped: ["reasoning_details"],
    });
    expect(body).toEqual(before);
  });

  test("has no list of nothing", () => {
    expect(withoutSeals({ messages: [said(sealed)] })!.body.messages).toEqual([
      { role: "assistant", content: "Hi", reasoning: "Hm" },
    ]);
  });

  test.each([[said(text, summary)], [{ role: "assistant", content: "Hi" }], [null], []])(
    "is none where there were none: %j",
    (...messages) => expect(withoutSeals({ messages: messages as JsonValue[] })).toBeUndefined(),
  );
});

describe("what LiteLLM has gathered", () => {
  const details = [{ type: "reasoning.text", text: "Hm", signature: "sig" }];
  const gathered = { reasoning: "Hm", reasoning_details: details, provider_metadata: {}, citations: [] };

  test("of thinking stands where it stood, and nothing else", () => {
    const body = {
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", provider_specific_fields: gathered },
      ],
    };
    const before = structuredClone(body);
    expect(ungathered(body)).toEqual({
      messages: [body.messages[0]!, { role: "assistant", reasoning: "Hm", reasoning_details: details }],
    });
    expect(body).toEqual(before);
  });

  test("is nothing beside what the message says itself", () => {
    const said = { role: "assistant", reasoning: "No", reasoning_details: [] };
    expect(ungathered({ messages: [{ ...said, provider_specific_fields: gathered }] })).toEqual({ messages: [said] });
  });

  test.each<[JsonValue]>([[null], ["text"], [[]]])("may be %j", (provider_specific_fields) => {
    expect(ungathered({ messages: [{ role: "assistant", provider_specific_fields }] })).toEqual({
      messages: [{ role: "assistant" }],
    });
  });

  test.each<[JsonObject]>([[{ messages: [null, "text", { role: "user" }] }], [{ messages: "none" }], [{}]])(
    "is none in %j",
    (body) => {
      expect(ungathered(body)).toBe(body);
    },
  );
});
