import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Event } from "../core/event.ts";
import { fold } from "../core/message.ts";
import type { Request } from "../core/request.ts";
import { eventFilter } from "./event-filter.ts";
import { cutAtRandom } from "./fixtures/cuts.ts";
import { withoutTextTools } from "./text-tools.ts";

const START: Event = { type: "message-start", id: "m", model: "m" };
const END: Event = { type: "message-end", finish: "tool-calls", raw: "tool_use" };

/** The call of a tool as the client is told it, its arguments said in these pieces. */
function told(pieces: readonly string[], name = "patch", by: "client" | "provider" = "client") {
  const filter = eventFilter({ answerTool: undefined, hideReasoning: false, textTools: new Set(["patch"]) })!;
  const said: Event[] = [
    START,
    { type: "block-start", index: 0, block: { kind: "tool-call", call: "c", name, by, format: "json" } },
    ...pieces.map((json): Event => ({ type: "block-delta", index: 0, delta: { kind: "arguments", json } })),
    { type: "block-end", index: 0 },
    END,
  ];
  const events = said.flatMap(filter);
  const deltas = events.flatMap((event) =>
    event.type === "block-delta" && event.delta.kind === "arguments" ? [event.delta.json] : [],
  );
  return { part: fold(events).parts[0], deltas };
}

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('"', "\\", "\n", "\u0001", "🌍", "é", "}", "u", "/"), maxLength: 40 }),
);
/** JSON as different models write it: with and without spaces, with every letter escaped, or none. */
const spelling = fc.constantFrom<(input: string) => string>(
  (input) => JSON.stringify({ input }),
  (input) => ` { "input" : ${JSON.stringify(input)} } `,
  (input) => JSON.stringify({ input }, null, 2),
  (input) =>
    `{"input":"${[...Array(input.length).keys()].map((i) => `\\u${input.charCodeAt(i).toString(16).padStart(4, "0")}`).join("")}"}`,
);

test("however it is spelled and cut, the text is what the model said, and comes as it does", () => {
  fc.assert(
    fc.property(
      text,
      spelling,
      fc.integer({ min: 1, max: 20 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      (input, spell, ways, chances) => {
        const pieces = cutAtRandom(spell(input), ways, () => chances.next().value as number);
        const { part, deltas } = told(pieces);
        expect(part).toMatchObject({ kind: "tool-call", name: "patch", format: "text", arguments: input });
        // Half a character is nothing that can be sent.
        for (const delta of deltas) expect(delta).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/);
      },
    ),
  );
});

test("it is told while it comes, not at its end", () => {
  expect(told(['{"input":"a', "bc", "\\", "nd", '"}']).deltas).toEqual(["a", "bc", "\nd"]);
});

describe("a model that does otherwise", () => {
  test.each<[string, string[], string]>([
    ["calls it without anything", [], ""],
    ["calls it with an empty object", ["{}"], "{}"],
    ["calls it with an empty text", ['{"input":""}'], ""],
    ["names the member otherwise", ['{"patch":', '"x"}'], '{"patch":"x"}'],
    ["names another member before", ['{"a":1,"input":"x"}'], "x"],
    ["gives no object", ['"x"'], '"x"'],
    ["writes line ends as they are", ['{"input":"a\nb"}'], "a\nb"],
    ["escapes what is not escaped", ['{"input":"a\\xb"}'], "a\\xb"],
    ["is cut off", ['{"input":"ab\\u00'], "ab"],
    ["says more behind it", ['{"input":"x","more":"y"}', " "], "x"],
  ])("%s", (_, pieces, expected) => {
    expect(told(pieces).part).toMatchObject({ format: "text", arguments: expected });
  });
});

test("calls of other tools, and of the provider's own, are left as they are", () => {
  expect(told(['{"input":"x"}'], "other").part).toMatchObject({ format: "json", arguments: '{"input":"x"}' });
  expect(told(['{"input":"x"}'], "patch", "provider").part).toMatchObject({
    format: "json",
    arguments: '{"input":"x"}',
  });
});

describe("a request", () => {
  const base: Request = { turns: [], stream: false, sampling: {}, extra: {}, providerOptions: {} };
  const custom = (more: object = {}) => ({
    kind: "native" as const,
    wire: "openai-chat" as const,
    value: { type: "custom", custom: { name: "patch", description: "Patches", ...more } },
  });

  test("without such tools and calls is left as it is", () => {
    const asked: Request = { ...base, tools: [{ kind: "function", name: "f" }] };
    expect(withoutTextTools(asked)).toEqual({ request: asked });
    expect(withoutTextTools(asked).request).toBe(asked);
  });

  test("offers them as functions of one string", () => {
    const { request, texts } = withoutTextTools({ ...base, tools: [custom({ format: { type: "text" } })] });
    expect(texts).toEqual(new Set(["patch"]));
    expect(request.unsaid).toBeUndefined();
    expect(request.tools).toMatchObject([
      { kind: "function", name: "patch", description: "Patches", parameters: { required: ["input"] } },
    ]);
  });

  test("shows the grammar, and tells that nobody is held to it", () => {
    const grammar = { syntax: "lark", definition: 'start: "x"+' };
    const { request } = withoutTextTools({ ...base, tools: [custom({ format: { type: "grammar", grammar } })] });
    expect(request.unsaid).toEqual(["tools[].format"]);
    expect(JSON.stringify(request.tools)).toContain(JSON.stringify('start: "x"+').slice(1, -1));
  });

  test("has the calls of its history in the same form, though the tool is offered no more", () => {
    const call = {
      kind: "tool-call",
      call: "c",
      name: "patch",
      arguments: 'a"b',
      by: "client",
      format: "text",
    } as const;
    const { request, texts } = withoutTextTools({ ...base, turns: [{ role: "assistant", parts: [call] }] });
    expect(texts).toBeUndefined();
    expect(request.turns[0]!.parts).toEqual([{ ...call, format: "json", arguments: '{"input":"a\\"b"}' }]);
  });
});
