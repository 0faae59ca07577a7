import { expect, test } from "bun:test";
import type { JsonValue } from "../../core/json.ts";
import { decodeCitation } from "./citation.ts";

const sourceContent = [{ text: "Ice " }, { text: "melts." }];

test.each<[string, JsonValue, JsonValue]>([
  [
    "letters of a document",
    { title: "facts", sourceContent, location: { documentChar: { documentIndex: 1, start: 0, end: 10 } } },
    {
      type: "char_location",
      cited_text: "Ice melts.",
      document_index: 1,
      document_title: "facts",
      start_char_index: 0,
      end_char_index: 10,
    },
  ],
  [
    "pages of a document",
    { sourceContent, location: { documentPage: { documentIndex: 0, start: 2, end: 3 } } },
    {
      type: "page_location",
      cited_text: "Ice melts.",
      document_index: 0,
      document_title: null,
      start_page_number: 2,
      end_page_number: 3,
    },
  ],
  [
    "parts of a document",
    { location: { documentChunk: { start: 1, end: 2 } } },
    {
      type: "content_block_location",
      cited_text: "",
      document_index: 0,
      document_title: null,
      start_block_index: 1,
      end_block_index: 2,
    },
  ],
  [
    "a web page",
    { location: { web: { url: "https://example.com/ice", domain: "example.com" } } },
    { type: "url_citation", url: "https://example.com/ice", title: "example.com" },
  ],
  ["a place nobody knows", { location: { moon: {} } }, { location: { moon: {} } }],
  ["nonsense", [7], [7]],
])("%s", (_, theirs, ours) => expect(decodeCitation(theirs)).toEqual(ours));
