import { describe, expect, test } from "bun:test";
import type { JsonValue } from "../core/json.ts";
import { completeUsage, mostInput, unitsUsed } from "./estimate.ts";

const inputOf = (request: JsonValue) => completeUsage(undefined, request, 0).usage.input;

describe("what was told is left alone", () => {
  test("when it is whole", () => {
    const told = { input: 3, output: 0, cache_read: 1 };
    expect(completeUsage(told, { text: "x".repeat(400) }, 400)).toEqual({ usage: told, estimated: false });
  });

  test.each([
    [{ input: 3 }, { input: 3, output: 100 }],
    [
      { output: 7, reasoning: 2 },
      { input: 100, output: 7, reasoning: 2 },
    ],
    [
      { output: 7, cache_read: 9000 },
      { input: 100, output: 7, cache_read: 100 },
    ],
    [{}, { input: 100, output: 100 }],
    [undefined, { input: 100, output: 100 }],
  ])("and of %p only the rest is guessed", (told, usage) => {
    expect(completeUsage(told, { text: "word ".repeat(80) }, 400)).toEqual({ usage, estimated: true });
  });
});

describe("the output", () => {
  test.each([
    [0, 0],
    [1, 1],
    [4, 1],
    [5, 2],
  ])("of %i bytes is %i tokens", (bytes, tokens) => {
    expect(completeUsage(undefined, null, bytes).usage).toEqual({ input: 0, output: tokens });
  });
});

describe("the input", () => {
  test("is all the words, however deep, and not the names of members", () => {
    const request = { a: "four", list: ["four", { [`${"long".repeat(50)}`]: "four" }] };
    expect(inputOf(request)).toBe(3);
  });

  test("counts a number as a character, one of a list as a token, and nothing for what is no text", () => {
    expect(inputOf({ a: 1, b: 2, c: 3, d: 4, e: 5, f: null, g: true, h: {} })).toBe(2);
    expect(inputOf({ input: [[1, 2, 3], [4], null, true] })).toBe(4);
  });

  test("takes a picture for what it is, wherever it stands", () => {
    const picture = Buffer.alloc(90_000, 7);
    picture.write("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\xe0", "latin1");
    const base64 = picture.toString("base64");
    expect(inputOf({ url: `data:image/png;base64,${base64}` })).toBe(410);
    expect(inputOf([{ data: base64 }, { data: base64 }, "four"])).toBe(821);
  });

  test("and other files for something", () => {
    expect(inputOf({ data: "UklGRiQAAABXQVZF".repeat(1000) })).toBe(64);
  });

  test("takes for text what stands where text does, though it looks like data", () => {
    expect(inputOf({ messages: [{ role: "user", content: "x".repeat(40_000) }] })).toBe(10_001);
    expect(inputOf({ input: ["A1b2".repeat(10_000)] })).toBe(10_000);
    expect(inputOf({ type: "tool_use", input: { data: "x".repeat(40_000) } })).toBe(10_002);
    expect(inputOf({ content: [{ type: "text", text: `data:image/png;base64,${"A".repeat(40_000)}` }] })).toBe(10_007);
  });

  test("but long text for text", () => {
    expect(inputOf("word ".repeat(1000))).toBe(1250);
    expect(inputOf(`${"x".repeat(1999)}\n${"x".repeat(2000)}`)).toBe(1000);
  });

  test("also in a language without spaces, by its bytes", () => {
    expect(inputOf("水".repeat(4000))).toBe(3000);
  });

  test("and a short word without a space is a word", () => {
    expect(inputOf("x".repeat(2000))).toBe(500);
  });
});

describe("the most that the input may be", () => {
  test("has everything in it that is not where files stand", () => {
    expect(mostInput("x".repeat(4000))).toBe(1000);
    expect(mostInput({ text: "x".repeat(4000) })).toBe(1001);
    expect(mostInput({ ["x".repeat(4000)]: null })).toBe(1000);
  });

  test("has what tools are given in it, whatever its members are called", () => {
    const words = "word ".repeat(1000);
    expect(mostInput({ type: "tool_use", input: { data: words, deep: [{ url: words }] } })).toBeGreaterThan(2500);
    expect(mostInput({ tools: [{ input_schema: { properties: { url: { data: words } } } }] })).toBeGreaterThan(1250);
    expect(mostInput({ input: [{ content: [{ image_url: "https://example.com/a.png" }] }] })).toBeLessThan(1700);
  });

  test("has a token for each number: a text may be sent in tokens", () => {
    expect(mostInput({ input: [1, 2, 3, 4] })).toBe(6);
  });

  test("has a large picture for each file that is only named", () => {
    expect(mostInput({ image_url: { url: "https://example.com/a.png" } })).toBe(1603);
    expect(mostInput({ file_id: "file-1" })).toBeGreaterThan(1600);
  });

  test("has something for sound, and a picture for what it is", () => {
    expect(mostInput({ data: "UklGRiQAAABXQVZF".repeat(1000) })).toBe(65);
    const picture = Buffer.alloc(90_000, 7);
    picture.write("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\xe0", "latin1");
    expect(mostInput({ url: `data:image/png;base64,${picture.toString("base64")}` })).toBe(411);
  });
});

describe("what is paid by something else than tokens", () => {
  const price = { rates: { images: 40_000_000_000 } };

  test("is as it is told, without a guess of tokens", () => {
    expect(unitsUsed({ images: 2 }, { images: 3, input: 9000 }, price)).toEqual({
      usage: { images: 2 },
      estimated: false,
    });
  });

  test("is the most that was allowed where nobody tells, which is a guess; of tokens that says nothing", () => {
    expect(unitsUsed(undefined, { images: 3, input: 9000 }, price)).toEqual({ usage: { images: 3 }, estimated: true });
    expect(unitsUsed({ input: 5 }, { images: 3 }, undefined)).toEqual({
      usage: { images: 3, input: 5 },
      estimated: true,
    });
  });

  test("is no less sound than so many words take", () => {
    const listener = { rates: { seconds: 1 } };
    const heard = (bytes: number) => unitsUsed(undefined, { seconds: 3 }, listener, bytes)?.usage.seconds;
    expect([heard(0), heard(180), heard(181)]).toEqual([3, 3, 4]);
    expect(unitsUsed({ seconds: 3 }, { seconds: 3 }, listener, 1000)?.usage).toEqual({ seconds: 3 });
  });

  test("is nothing of that where tokens are paid for, or where nothing else is allowed", () => {
    expect(unitsUsed({ images: 2 }, { images: 3 }, { rates: { input: 1, output: 1 } })).toBeUndefined();
    expect(unitsUsed({ input: 2 }, { input: 3 }, price)).toBeUndefined();
  });
});
