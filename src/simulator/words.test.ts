import { describe, expect, test } from "bun:test";
import { countTokens } from "./tokens.ts";
import { Words } from "./words.ts";

describe("words", () => {
  test("some tokens are as many as were asked for, by the simulator's own count", () => {
    for (const count of [0, 1, 2, 13, 40, 100, 1000]) {
      const words = Words.some(count);
      expect([...words]).toHaveLength(count);
      expect(countTokens(words.toString())).toBe(count);
    }
  });

  test("they begin without a space", () => {
    expect(Words.some(3).toString()).toBe("Water comes down");
  });

  test("another offset says something else", () => {
    expect(Words.some(20, 1).toString()).not.toBe(Words.some(20, 0).toString());
  });

  test("numbered tokens all differ", () => {
    const list = [...Words.numbered(50, "a7")];
    expect(new Set(list).size).toBe(50);
    expect(list.slice(0, 3)).toEqual(["a7-0", " a7-1", " a7-2"]);
  });

  test("an endless text is read as far as one likes", () => {
    const words = Words.some(Number.POSITIVE_INFINITY);
    const seen: string[] = [];
    for (const piece of words) {
      seen.push(piece);
      if (seen.length === 500) break;
    }
    expect(seen.join("")).toBe(Words.some(500).toString());
    expect(words.take(7).toString()).toBe(Words.some(7).toString());
  });

  test("taking more than there is takes all, taking less than nothing takes nothing", () => {
    const words = Words.of("one two three");
    expect(words.take(9)).toBe(words);
    expect(words.take(2).toString()).toBe("one two");
    expect(words.take(-1).count).toBe(0);
  });
});
