import { describe, expect, test } from "bun:test";
import { doubledKey } from "./doubled.ts";

describe("a key that stands twice", () => {
  test.each<[string, string, object]>([
    ["at the top", "port: 1\nhost: x\nport: 2\n", { key: "port", first: 1, second: 3 }],
    [
      "at the top, a whole block",
      "providers:\n  openai: { api_key: a }\n\n# more\nproviders:\n  groq: { api_key: b }\n",
      { key: "providers", first: 1, second: 5 },
    ],
    [
      "further in",
      "providers:\n  openai:\n    api_key: a\n  groq: {}\n  openai:\n    base_url: b\n",
      { key: "openai", first: 2, second: 5 },
    ],
    ["in another spelling", "a:\n  \"b c\": 1\n  'b c': 2", { key: "b c", first: 2, second: 3 }],
    ["in an entry of a list", "models:\n  - id: a\n    id: b\n", { key: "id", first: 2, second: 3 }],
    ["behind an entry of a list", "a:\n- id: x\nb: 1\na: 2", { key: "a", first: 1, second: 4 }],
    ["without a value", "clocks:\nclocks:\r\n", { key: "clocks", first: 1, second: 2 }],
  ])("%s", (_, yaml, doubled) => expect(doubledKey(yaml)).toEqual(doubled as never));
});

describe("a key that stands once in each of several places", () => {
  test.each([
    ["of mappings beside each other", "a:\n  x: 1\nb:\n  x: 2\n"],
    ["of a mapping and the one within", "x:\n  x:\n    x: 1\n"],
    ["of entries of a list", "models:\n  - id: a\n    price: 1\n  - id: b\n    price: 2\n"],
    ["of entries of a list that is not set in", "models:\n- id: a\n  price: { input: 1 }\n- id: b\n"],
    ["of lists within lists", "a:\n  - - x: 1\n      y: 2\n    - x: 1\n  - - x: 2\n"],
    ["in a text", "a: |\n  x: 1\n  x: 2\n\n  x: 3\nb: >-\n  x: 1\n  x: 2\nc: 1\n"],
    ["in documents of their own", "a: 1\n---\na: 2\n"],
    ["in a comment", "a: 1\n# a: 2\n"],
    ["in a value", "a: http://x\nb: http://x\n"],
    ["merged", "a: &a { x: 1 }\nb:\n  <<: *a\n  <<: *a\n"],
    ["in nothing", ""],
  ])("%s", (_, yaml) => expect(doubledKey(yaml)).toBeUndefined());
});
