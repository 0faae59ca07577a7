import { describe, expect, test } from "bun:test";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { decodeGrounding, placesIn, searchesIn } from "./citation.ts";

const web = (uri: string, title = "T") => ({ web: { uri, title } });
const support = (segment: JsonObject, ...groundingChunkIndices: number[]) => ({ segment, groundingChunkIndices });

describe("a passage that rests on pages of the web", () => {
  test("is cited once for each page, by its place in characters", () => {
    const grounding = {
      groundingChunks: [web("https://a.example"), web("https://b.example")],
      groundingSupports: [support({ startIndex: 5, endIndex: 9, text: "日…" }, 0, 1)],
    };
    // Five bytes of "naïv" are four characters.
    const text = "naïv日…";
    expect(decodeGrounding(grounding, text)).toEqual([
      { type: "url_citation", start_index: 4, end_index: 6, url: "https://a.example", title: "T" },
      { type: "url_citation", start_index: 4, end_index: 6, url: "https://b.example", title: "T" },
    ]);
  });

  test("is looked for where the place is that of a part, and has none where it is not found", () => {
    const grounding = (text: string) => ({
      groundingChunks: [web("https://a.example")],
      groundingSupports: [support({ partIndex: 1, startIndex: 0, endIndex: text.length, text }, 0)],
    });
    expect(decodeGrounding(grounding("second"), "first second")).toMatchObject([{ start_index: 6, end_index: 12 }]);
    expect(decodeGrounding(grounding("third"), "first second")).toEqual([
      { type: "url_citation", url: "https://a.example", title: "T" },
    ]);
  });

  test("may rest on a file of a store that has an address, or a place on a map", () => {
    const groundingChunks = [
      { retrievedContext: { uri: "gs://b/f", title: "F" } },
      { maps: { uri: "https://maps.example/1", title: "M" } },
      { retrievedContext: { text: "no address" } },
    ];
    expect(decodeGrounding({ groundingChunks }, "").map(({ url }) => url)).toEqual([
      "gs://b/f",
      "https://maps.example/1",
    ]);
  });
});

test("whatever else a provider says of its grounding cites nothing, and throws nothing", () => {
  const odd: JsonValue[] = [
    null,
    7,
    "x",
    [],
    {},
    [null],
    [7],
    [[]],
    [{ segment: 7, groundingChunkIndices: [9, "x", null, {}] }],
  ];
  for (const value of odd) {
    for (const grounding of [
      { groundingChunks: value },
      { groundingSupports: value },
      { groundingChunks: [web("https://a.example")], groundingSupports: value },
      { webSearchQueries: value },
    ] as JsonObject[]) {
      expect(() => decodeGrounding(grounding, "text")).not.toThrow();
      expect(searchesIn(grounding, "gemini-3-flash")).toBeGreaterThanOrEqual(0);
    }
  }
  const far = { groundingChunks: [web("u")], groundingSupports: [support({ startIndex: 1e9, endIndex: -4 }, 0)] };
  expect(decodeGrounding(far, "text")).toEqual([{ type: "url_citation", url: "u", title: "T" }]);
});

test("searches are counted as Google bills them: queries since Gemini 3, prompts before", () => {
  const grounding = { webSearchQueries: ["a", "b", "c"] };
  expect(searchesIn(grounding, "gemini-3.5-flash")).toBe(3);
  expect(searchesIn(grounding, "gemini-2.5-pro")).toBe(1);
  expect(searchesIn({}, "gemini-2.5-pro")).toBe(0);
  expect(searchesIn({ webSearchQueries: ["a", "", "b", "a"] }, "gemini-3.5-flash")).toBe(2);
});

test("places are counted by the prompt before Gemini 3, and since then where no queries are told", () => {
  const mapped = { groundingChunks: [web("https://a.example"), { maps: { uri: "https://maps.example" } }] };
  const searched = { ...mapped, webSearchQueries: ["a", "b"] };
  const both = (model: string) => [placesIn(mapped, model), placesIn(searched, model)];
  expect([both("gemini-2.5-pro"), both("gemini-3.5-flash")]).toEqual([
    [1, 1],
    [1, 0],
  ]);
  expect(placesIn({ groundingChunks: [web("https://a.example"), null, { maps: 7 }] }, "gemini-2.5-pro")).toBe(0);
});
