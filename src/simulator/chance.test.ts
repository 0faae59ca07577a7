import { describe, expect, test } from "bun:test";
import { anthropicRequestId, callId, chatId, hash, messageId, openaiRequestId, sequence, toolUseId } from "./chance.ts";

describe("chance", () => {
  test("the hash of a text is the same on every machine", () => {
    expect(hash("headgate")).toBe(hash("headgate"));
    expect(hash("headgate")).not.toBe(hash("headgatf"));
    expect(hash("headgate", 1)).not.toBe(hash("headgate"));
    expect(Number.isSafeInteger(hash("x".repeat(1000), Number.MAX_SAFE_INTEGER))).toBe(true);
  });

  test("a sequence repeats for the same seed and lies between 0 and 1", () => {
    const [one, two] = [sequence(7), sequence(7)];
    for (let i = 0; i < 1000; i++) {
      const value = one();
      expect(value).toBe(two());
      expect(value >= 0 && value < 1).toBe(true);
    }
  });

  test.each([
    ["chat completions", chatId, /^chatcmpl-[A-Za-z0-9]{29}$/],
    ["calls", callId, /^call_[A-Za-z0-9]{24}$/],
    ["messages", messageId, /^msg_01[1-9A-HJ-NP-Za-km-z]{22}$/],
    ["tool uses", toolUseId, /^toolu_01[1-9A-HJ-NP-Za-km-z]{22}$/],
    ["OpenAI's requests", openaiRequestId, /^req_[0-9a-f]{32}$/],
    ["Anthropic's requests", anthropicRequestId, /^req_011C[1-9A-HJ-NP-Za-km-z]{20}$/],
  ] as const)("ids of %s look like the provider's and never repeat", (_, next, shape) => {
    const seen = new Set<string>();
    for (let i = 0; i < 20_000; i++) seen.add(next());
    expect(seen.size).toBe(20_000);
    for (const id of seen) if (!shape.test(id)) throw new Error(id);
  });
});
