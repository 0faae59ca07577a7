import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../core/error.ts";
import type { Event } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";
import { fold } from "../../core/message.ts";
import { decodeAnswer } from "./decode-answer.ts";
import { GenerateStream } from "./decode-stream.ts";
import { decodeFinish } from "./finish.ts";
import { decodeUsage } from "./usage.ts";

const answer = (parts: JsonObject[], more: JsonObject = {}, chunk: JsonObject = {}): JsonObject => ({
  candidates: [{ content: { parts, role: "model" }, finishReason: "STOP", index: 0, ...more }],
  responseId: "r1",
  modelVersion: "m",
  ...chunk,
});
const said = (...chunks: JsonObject[]): Event[] => {
  const stream = new GenerateStream();
  return [...chunks.flatMap((chunk) => stream.push({ data: JSON.stringify(chunk) })), ...stream.end()];
};
const failureOf = (events: Event[]) => {
  const last = events.at(-1)!;
  return last.type === "error" ? last.error : undefined;
};

describe("signatures", () => {
  test("of calls and text are thinking that is sealed, behind all that they sign", () => {
    const { parts } = fold(
      decodeAnswer(
        answer([
          { text: "So:", thoughtSignature: "T" },
          { functionCall: { name: "f", args: {} }, thoughtSignature: "C" },
        ]),
      ),
    );
    expect(parts.map(({ kind }) => kind)).toEqual(["text", "tool-call", "reasoning", "reasoning"]);
    expect(parts.slice(2)).toEqual(
      ["T", "C"].map((encrypted) => ({ kind: "reasoning", text: "", encrypted, format: "google-gemini-v1" })),
    );
  });

  test("of thinking are its own", () => {
    const [part] = fold(
      decodeAnswer(
        answer([
          { text: "Hm.", thought: true },
          { text: "", thought: true, thoughtSignature: "S" },
        ]),
      ),
    ).parts;
    expect(part).toMatchObject({ text: "Hm.", signature: { format: "google-gemini-v1", value: "S" } });
  });
});

describe("calls without an id", () => {
  const idsOf = (events: Event[]) =>
    fold(events).parts.flatMap((part) => (part.kind === "tool-call" ? [part.call] : []));
  const calls = [{ functionCall: { name: "f", args: {} } }, { functionCall: { name: "f", args: {} } }];

  test("get one each, another in every answer, and the same when the same answer is read again", () => {
    expect(idsOf(decodeAnswer(answer(calls)))).toEqual(["call_r1_0", "call_r1_1"]);
    expect(idsOf(decodeAnswer(answer(calls, {}, { responseId: "é/2" })))).toEqual(["call_2_0", "call_2_1"]);
  });

  test("also where the answer has none", () => {
    const bare = answer(calls);
    delete bare.responseId;
    const ids = idsOf(decodeAnswer(bare));
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^call_[a-z0-9]+_\d$/);
    expect(idsOf(decodeAnswer(bare))).toEqual(ids);
  });

  test("an id is short enough for anyone", () => {
    const [id] = idsOf(decodeAnswer(answer(calls, {}, { responseId: "x".repeat(500) })));
    expect(id!.length).toBeLessThanOrEqual(40);
  });
});

describe("the end", () => {
  test("calls make it one of calls, but only a clean one", () => {
    const call = [{ functionCall: { name: "f", args: {} } }];
    expect(fold(decodeAnswer(answer(call))).finish).toBe("tool-calls");
    expect(fold(decodeAnswer(answer(call, { finishReason: "MAX_TOKENS" }))).finish).toBe("length");
  });

  test.each(["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MISSING_THOUGHT_SIGNATURE", "MALFORMED_RESPONSE"])(
    "%s is no end but a failure",
    (finishReason) => {
      const error = failureOf(decodeAnswer(answer([], { finishReason })));
      expect(error?.code).toBe("upstream_malformed");
      expect(error?.message).toContain(finishReason);
    },
  );

  test("a prompt that was blocked is a filtered answer, whatever the word", () => {
    const message = fold(decodeAnswer({ promptFeedback: { blockReason: "A_NEW_REASON" }, responseId: "r" }));
    expect(message).toMatchObject({ finish: "content-filter", rawFinish: "A_NEW_REASON", parts: [] });
    expect(message.metadata.promptFeedback).toEqual({ blockReason: "A_NEW_REASON" });
  });

  test("none at all is a truncated answer", () => {
    for (const chunks of [[], [{}], [{ candidates: [] }], [answer([{ text: "x" }], { finishReason: "" })]])
      expect(failureOf(said(...(chunks as JsonObject[])))?.code).toBe("upstream_truncated");
  });

  test("nothing follows it", () => {
    const stream = new GenerateStream();
    const chunk = { data: JSON.stringify(answer([{ text: "x" }], {}, { usageMetadata: { promptTokenCount: 1 } })) };
    expect(stream.push(chunk).at(-1)!.type).toBe("message-end");
    expect([...stream.push(chunk), ...stream.end()]).toEqual([]);
  });

  test("usage may come behind the reason, and counts", () => {
    const events = said(answer([{ text: "x" }]), { usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1 } });
    expect(fold(events).usage).toEqual({ input: 3, output: 1 });
  });

  test("a chunk that is no object is no answer", () => {
    const stream = new GenerateStream();
    const [event] = stream.push({ data: "[]" });
    expect(event?.type === "error" && event.error instanceof GatewayError).toBe(true);
  });

  test.each(["constructor", "toString", "__proto__", "7", "NEW"])("an unknown word, %s, is `other`", (word) => {
    expect(decodeFinish(word)).toBe("other");
  });
});

test("of several candidates the first is told", () => {
  const two = answer([{ text: "one" }]);
  (two.candidates as JsonObject[]).unshift({ content: { parts: [{ text: "two" }] }, finishReason: "STOP", index: 1 });
  expect(fold(decodeAnswer(two)).parts).toEqual([{ kind: "text", text: "one" }]);
});

test("odd things in the place of known ones are passed over", () => {
  const odd = {
    candidates: [{ content: { parts: [null, 7, "x", { text: "y" }] }, finishReason: "STOP" }, null],
    usageMetadata: [],
    promptFeedback: 7,
  };
  expect(fold(decodeAnswer(odd as never)).parts).toEqual([{ kind: "text", text: "y" }]);
});

describe("usage", () => {
  test("the output is what was said and thought, the input with what the tools read", () => {
    const raw = {
      promptTokenCount: 12,
      toolUsePromptTokenCount: 100,
      cachedContentTokenCount: 5,
      candidatesTokenCount: 7,
      thoughtsTokenCount: 30,
      totalTokenCount: 149,
    };
    expect(decodeUsage(raw)).toEqual({ input: 112, cache_read: 5, output: 37, reasoning: 30 });
  });

  test("without a word said, the rest of the total was written", () => {
    expect(decodeUsage({ promptTokenCount: 12, totalTokenCount: 12 })).toEqual({ input: 12, output: 0 });
    expect(decodeUsage({ promptTokenCount: 12, totalTokenCount: 15 })).toEqual({ input: 12, output: 3 });
    expect(decodeUsage({ promptTokenCount: 12 })).toEqual({ input: 12 });
    expect(decodeUsage({ trafficType: "ON_DEMAND" })).toEqual({});
  });

  test("the last report is the truth: what it leaves out of its total was not written", () => {
    const told = (usageMetadata: JsonObject) => ({ usageMetadata });
    const events = said(
      told({ promptTokenCount: 9, candidatesTokenCount: 21, thoughtsTokenCount: 35, totalTokenCount: 65 }),
      answer([{ text: "x" }], {}, told({ promptTokenCount: 87, thoughtsTokenCount: 78, totalTokenCount: 165 })),
    );
    expect(fold(events).usage).toEqual({ input: 87, output: 78, reasoning: 78 });
  });

  test("a part is never more than its whole", () => {
    expect(decodeUsage({ promptTokenCount: 3, cachedContentTokenCount: 9 })).toEqual({ input: 3, cache_read: 3 });
  });
});
