import { describe, expect, test } from "bun:test";
import type { Operation } from "../core/ask.ts";
import type { JsonObject } from "../core/json.ts";
import { plausibleUsage } from "./plausible.ts";

const ask = (body: JsonObject = {}, operation: Operation = "generate") => ({ body, operation });
const WINDOW = { contextWindow: 1000 };
const HUGE = Number.MAX_SAFE_INTEGER;

describe("a count that can be stays", () => {
  test.each([
    ["within the window", { input: 900, output: 100, cache_read: 900 }, ask()],
    ["a window that has grown since", { input: 2000, output: 1 }, ask()],
    ["of several answers", { input: 10, output: 5000 }, ask({ n: 3 })],
    ["of several texts", { input: 5000 }, ask({ input: ["a", "b", "c"] }, "embed")],
    ["of several texts, as the AI SDK has them", { input: 5000 }, ask({ values: ["a", "b", "c"] }, "embed")],
    ["of several texts that are judged", { input: 5000 }, ask({ input: ["a", "b", "c"] }, "moderate")],
    ["of several documents", { input: 5000 }, ask({ documents: ["a", "b", "c"] }, "rerank")],
    ["of as many, as the AI SDK has them", { input: 5000 }, ask({ documents: { values: ["a", "b", "c"] } }, "rerank")],
    ["of several prompts, of each the best of some", { output: 9000 }, { ...ask({ n: 1 }, "complete"), answers: 6 }],
    ["of a provider that searches, and reads all of it anew", { input: 50_000, searches: 3 }, ask()],
    ["of a provider with tools of its own", { input: 50_000 }, ask({ tools: [{ type: "code_interpreter" }] })],
  ])("%s", (_, usage, asked) => {
    expect(plausibleUsage(usage, WINDOW, asked)).toEqual({ usage, impossible: undefined });
  });

  test("where nothing is known of the model", () => {
    const usage = { input: 9_000_000, output: 9_000_000 };
    expect(plausibleUsage(usage, {}, ask()).usage).toEqual(usage);
  });

  test("and none is none", () => {
    expect(plausibleUsage(undefined, WINDOW, ask())).toEqual({ usage: undefined, impossible: undefined });
  });
});

describe("a count that cannot be is left out", () => {
  test("with its parts, and the others stay", () => {
    const usage = { input: HUGE, cache_read: 5, output: 7, reasoning: 3 };
    expect(plausibleUsage(usage, WINDOW, ask())).toEqual({ usage: { output: 7, reasoning: 3 }, impossible: "input" });
    expect(plausibleUsage({ input: 3, output: HUGE, reasoning: HUGE }, {}, ask())).toEqual({
      usage: { input: 3 },
      impossible: "output",
    });
  });

  test("whatever tools the client has itself", () => {
    const tools = [
      { type: "function", function: { name: "f" } },
      { name: "g", input_schema: {} },
    ];
    expect(plausibleUsage({ input: 5000, output: 1 }, WINDOW, ask({ tools })).impossible).toBe("input");
  });

  test("and tools were used as often as they can be", () => {
    expect(plausibleUsage({ input: 1, output: 1, searches: HUGE }, WINDOW, ask())).toEqual({
      usage: { input: 1, output: 1, searches: 1000 },
      impossible: "searches",
    });
  });
});

describe("the seconds of a file", () => {
  const heard = (seconds: number, bytes = 100_000, told = 1) => {
    const files = [{ field: "file", name: "a.m4a", mediaType: "audio/mp4", bytes: new Uint8Array(bytes) }];
    return plausibleUsage({ seconds }, {}, { ...ask(), operation: "transcribe", most: { seconds: told }, files });
  };

  test("are believed as far as it is large enough, whatever its own header says", () => {
    expect(heard(2000)).toEqual({ usage: { seconds: 2000 }, impossible: undefined });
    expect(heard(2001)).toEqual({ usage: { seconds: 1 }, impossible: "seconds" });
    expect(heard(HUGE)).toEqual({ usage: { seconds: 1 }, impossible: "seconds" });
  });

  test("or as far as its header says so, and a little", () => {
    expect(heard(20, 10, 10).impossible).toBeUndefined();
    expect(heard(21, 10, 10).impossible).toBe("seconds");
  });
});
