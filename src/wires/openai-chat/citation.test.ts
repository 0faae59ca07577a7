import { expect, test } from "bun:test";
import type { JsonValue } from "../../core/json.ts";
import { encodeCitation } from "./citation.ts";

const own = {
  type: "url_citation",
  url_citation: { url: "https://a.example", title: "A", start_index: 0, end_index: 3 },
};

test("one of this wire stays as it is", () => expect(encodeCitation(own)).toEqual(own));

test("a page of another wire is one, with or without a title", () => {
  const url = "https://a.example";
  expect(encodeCitation({ type: "web_search_result_location", url, title: "A", cited_text: "x" })).toEqual({
    type: "url_citation",
    url_citation: { url, title: "A" },
  });
  expect(encodeCitation({ url, title: null })).toEqual({ type: "url_citation", url_citation: { url, title: "" } });
});

test.each<[JsonValue]>([
  [null],
  ["https://a.example"],
  [[]],
  [{}],
  [{ type: "char_location", document_index: 0 }],
  [{ url: 7 }],
])("%p has no place here", (value) => expect(encodeCitation(value)).toBeUndefined());
