import { describe, expect, test } from "bun:test";
import { isRedacted, isSignatureOf, redact, signThought } from "./signature.ts";

describe("signatures of thought", () => {
  test("hold for the thought they were made for, and for no other", () => {
    const signature = signThought("I think");
    expect(isSignatureOf(signature, "I think")).toBe(true);
    expect(isSignatureOf(signature, "I think.")).toBe(false);
    expect(isSignatureOf(`${signature.slice(0, -4)}AAAA`, "I think")).toBe(false);
    expect(isSignatureOf("", "")).toBe(false);
  });

  test("are the same in every process, and are base64", () => {
    expect(signThought("a")).toBe(signThought("a"));
    expect(Buffer.from(signThought("a"), "base64").toString("base64")).toBe(signThought("a"));
  });

  test("redacted thought is known again, and does not show what was thought", () => {
    const data = redact("secret plan");
    expect(isRedacted(data)).toBe(true);
    expect(Buffer.from(data, "base64").toString("latin1")).not.toContain("secret");
    expect(redact("another")).not.toBe(data);
  });

  test.each(["", "abc", "not base64!", Buffer.from("12d8010a4608071802", "hex").toString("base64")])(
    "%p was never redacted here",
    (data) => {
      expect(isRedacted(data)).toBe(false);
    },
  );

  test("a changed letter is noticed", () => {
    const data = redact("x");
    for (const at of [3, 20, 50]) {
      const other = data[at] === "A" ? "B" : "A";
      expect(isRedacted(data.slice(0, at) + other + data.slice(at + 1))).toBe(false);
    }
  });
});
