import { describe, expect, test } from "bun:test";
import { PromptCache, type PromptPart } from "./prompt-cache.ts";

const part = (text: string, tokens: number, mark: PromptPart["mark"] = null): PromptPart => ({
  text: () => text,
  tokens,
  mark,
});
const TOOLS = part("tools", 10);
const SYSTEM = part("system", 100, "5m");
const NOTHING = { read: 0, written5m: 0, written1h: 0 };

describe("the prompt cache", () => {
  test("without a mark nothing is read or written", () => {
    const cache = new PromptCache();
    expect(cache.use("m", [TOOLS])).toEqual(NOTHING);
    expect(cache.use("m", [TOOLS])).toEqual(NOTHING);
    expect(cache.use("m", [])).toEqual(NOTHING);
  });

  test("the first writes, the second reads", () => {
    const cache = new PromptCache();
    expect(cache.use("m", [TOOLS, SYSTEM, part("hi", 3)])).toEqual({ ...NOTHING, written5m: 110 });
    expect(cache.use("m", [TOOLS, SYSTEM, part("other", 4)])).toEqual({ ...NOTHING, read: 110 });
  });

  test("another model, or another beginning, reads nothing", () => {
    const cache = new PromptCache();
    cache.use("m", [TOOLS, SYSTEM]);
    expect(cache.use("n", [TOOLS, SYSTEM]).read).toBe(0);
    expect(cache.use("m", [part("other tools", 10), SYSTEM]).read).toBe(0);
    expect(cache.use("m", [SYSTEM]).read).toBe(0);
  });

  test("a mark further on writes only what is new", () => {
    const cache = new PromptCache();
    cache.use("m", [SYSTEM]);
    expect(cache.use("m", [SYSTEM, part("turn", 7, "5m")])).toEqual({ ...NOTHING, read: 100, written5m: 7 });
  });

  test("a mark that has moved on still reads what was kept before it", () => {
    const cache = new PromptCache();
    const bare = part("system", 100);
    cache.use("m", [SYSTEM]);
    expect(cache.use("m", [bare, part("a", 5), part("b", 6, "5m")])).toEqual({ ...NOTHING, read: 100, written5m: 11 });
  });

  test("what is kept for an hour is told apart", () => {
    const cache = new PromptCache();
    const long = part("system", 100, "1h");
    expect(cache.use("m", [long, part("turn", 7, "5m")])).toEqual({ read: 0, written1h: 100, written5m: 7 });
    expect(cache.use("m", [long, part("turn", 7, "5m")])).toEqual({ ...NOTHING, read: 107 });
  });
});
