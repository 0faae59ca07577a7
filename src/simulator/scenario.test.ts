import { describe, expect, test } from "bun:test";
import { AT_ONCE, SCENARIO_KEYS, Scenarios, UnreadableDirective, withoutDirectives } from "./scenario.ts";

const subject = { model: "gpt-5", path: "/openai/v1/chat/completions" };
const read = (text: string) => new Scenarios().of(text, subject);

describe("a directive", () => {
  test("text without one asks for nothing", () => {
    expect(read("What is the capital of France?")).toEqual({});
    expect(read("a [simple] question")).toEqual({});
  });

  test("may stand anywhere in the text", () => {
    expect(read("please [sim tokens=200 every=20ms] now")).toEqual({ tokens: 200, every: 20 });
    expect(read("[sim]")).toEqual({});
    expect(read("[sim\n  status=429\n  retry-after=2 ]")).toEqual({ status: 429, "retry-after": "2" });
  });

  test("several add up, and the later wins", () => {
    expect(read("[sim tokens=5 every=1s] and [sim tokens=7 think=2]")).toEqual({ tokens: 7, every: 1000, think: 2 });
  });

  test.each([
    ["every=1.5s", 1500],
    ["every=2m", 120_000],
    ["every=30", 30],
    ["every=0", 0],
  ])("%s is a time", (pair, every) => {
    expect(read(`[sim ${pair}]`)).toEqual({ every });
  });

  test.each([
    ["big=25mb", 25 * 1024 * 1024],
    ["big=20KB", 20 * 1024],
    ["big=7", 7],
  ])("%s is a size", (pair, big) => {
    expect(read(`[sim ${pair}]`)).toEqual({ big });
  });

  test("a fault without a value comes at once", () => {
    expect(read("[sim reset]")).toEqual({ reset: AT_ONCE });
    expect(read("[sim reset=0]")).toEqual({ reset: 0 });
    expect(read("[sim cut=3]")).toEqual({ cut: 3 });
  });

  test("quotes hold spaces, brackets and quotes", () => {
    expect(read('[sim say="Hello, [brave] \\"new\\" world" tokens=3]')).toEqual({
      say: 'Hello, [brave] "new" world',
      tokens: 3,
    });
    expect(read(`[sim args='{"a":[1,2]}']`)).toEqual({ args: '{"a":[1,2]}' });
    expect(read('[sim say="a\\nb"]')).toEqual({ say: "a\nb" });
    expect(read('[sim body=""]')).toEqual({ body: "" });
    expect(read("[sim body=[] status=200]")).toMatchObject({ body: "[" });
    expect(read('[sim body="[]"]')).toEqual({ body: "[]" });
  });

  test("a redirect has a destination of its own", () => {
    expect(read("[sim redirect]").redirect).toContain("169.254.169.254");
    expect(read("[sim redirect=https://example.com/a?b=c]")).toEqual({ redirect: "https://example.com/a?b=c" });
  });

  test("lists are cut at commas", () => {
    expect(read("[sim omit=id,usage.total_tokens]")).toEqual({ omit: ["id", "usage.total_tokens"] });
  });

  test("JSON is parsed", () => {
    expect(read(`[sim patch='{"usage":{"prompt_tokens":-1}}']`)).toEqual({ patch: { usage: { prompt_tokens: -1 } } });
  });

  test.each([
    "[sim colour=red]",
    "[sim tokens]",
    "[sim tokens=many]",
    "[sim every=fast]",
    "[sim empty=1]",
    "[sim usage=never]",
    "[sim patch=5]",
    "[sim framing=morse]",
    "[sim quirk=ids,odd]",
    "[sim =]",
    "[sim tokens=5 &]",
  ])("%s cannot be read", (text) => {
    expect(() => read(text)).toThrow(UnreadableDirective);
  });

  test("an unknown key is named, and so are the known ones", () => {
    expect(() => read("[sim colour=red]")).toThrow(/'colour'.*tokens, say/s);
    expect(() => read("[sim constructor=1]")).toThrow(/Unknown key 'constructor'/);
  });

  test("a value that does not fit is answered with an example", () => {
    expect(() => read("[sim every=fast]")).toThrow(/every=20ms/);
  });

  test("the text is left without them", () => {
    expect(withoutDirectives('Hi [sim tokens=3] there [sim say="]"]')).toBe("Hi  there");
    expect(withoutDirectives("  plain ")).toBe("plain");
  });

  // Were they looked at again from each of them, this test would run out of its time.
  test("a hundred thousand brackets are read in one go", () => {
    expect(read("[sim".repeat(100_000))).toEqual({});
    expect(read("[sim ".repeat(100_000))).toEqual({});
    expect(() => read(`[sim ${'"a" '.repeat(20_000)}`)).not.toThrow();
  });
});

describe("a directive for some requests only", () => {
  test("goes by the model", () => {
    expect(read("[sim model=gpt-5 status=503]")).toMatchObject({ status: 503 });
    expect(read("[sim model=gpt-4o status=503] [sim tokens=2]")).toEqual({ tokens: 2 });
  });

  test("goes by the path", () => {
    expect(read("[sim path=/openai status=503]")).toMatchObject({ status: 503 });
    expect(read("[sim path=/azure status=503]")).toEqual({});
  });

  test("applies to the first few that carry it", () => {
    const scenarios = new Scenarios();
    const statuses = [1, 2, 3, 4].map(() => scenarios.of("[sim first=2 status=500]", subject).status);
    expect(statuses).toEqual([500, 500, undefined, undefined]);
  });

  test("a nonce counts for itself", () => {
    const scenarios = new Scenarios();
    expect(scenarios.of("[sim first=1 id=a status=500]", subject).status).toBe(500);
    expect(scenarios.of("[sim first=1 id=b status=500]", subject).status).toBe(500);
    expect(scenarios.of("again [sim first=1 id=a status=500]", subject).status).toBeUndefined();
  });

  test("a request of another model does not count", () => {
    const scenarios = new Scenarios();
    const text = "[sim first=1 model=gpt-5 status=500]";
    expect(scenarios.of(text, { ...subject, model: "other" })).toEqual({});
    expect(scenarios.of(text, subject).status).toBe(500);
    expect(scenarios.of(text, subject).status).toBeUndefined();
  });
});

describe("the table of keys", () => {
  test.each(Object.entries(SCENARIO_KEYS))(
    "the example of %s can be read, and its meaning is a sentence",
    (name, key) => {
      const scenario = new Scenarios().of(`[sim ${key.example.replace(/model=\S+|path=\S+/, "")}]`, subject);
      expect(key.example).toContain(name);
      expect(key.meaning).toMatch(/\.$/);
      if (name !== "model" && name !== "path") expect(scenario).toHaveProperty([name]);
    },
  );
});
