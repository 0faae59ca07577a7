import { describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import type { JsonObject } from "../../core/json.ts";
import { ask, errorOf } from "../fixtures/facts.ts";
import { decodeRequest } from "../openai-chat/decode-request.ts";
import { encodeTurns } from "./encode-turns.ts";

/** What these chat messages are here, and what was left out. */
function encoded(...messages: JsonObject[]) {
  const dropped = new Set<string>();
  return { ...encodeTurns(decodeRequest(ask({ messages })).turns, dropped), dropped: [...dropped] };
}

/** They are these messages, as the official SDK would take them. */
function expectMessages(messages: JsonObject[], expected: Anthropic.MessageParam[], dropped: string[] = []): void {
  const result = encoded(...messages);
  expect(result.messages as unknown as Anthropic.MessageParam[]).toEqual(expected);
  expect(result.dropped).toEqual(dropped);
}

const user = (content: unknown, more: JsonObject = {}) => ({ role: "user", content, ...more }) as JsonObject;
const assistant = (members: JsonObject) => ({ role: "assistant", ...members });
const result = (tool_call_id: string, content: unknown) => ({ role: "tool", tool_call_id, content }) as JsonObject;
const call = (id: string, args = "{}", name = "f") => ({ id, type: "function", function: { name, arguments: args } });
const text = (words: string) => ({ type: "text" as const, text: words });
const HI: Anthropic.MessageParam = { role: "user", content: [text("Hi")] };

describe("system and developer messages", () => {
  test("stand apart, wherever they were, in their order", () => {
    const { system, messages } = encoded(
      { role: "system", content: "A" },
      user("Hi"),
      { role: "developer", content: [text("B"), text("C")] },
      assistant({ content: "Yes?" }),
      { role: "system", content: "D" },
    );
    expect(system).toEqual(["A", "B", "C", "D"].map(text) satisfies Anthropic.TextBlockParam[]);
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
  });
  test("between two of the user's do not divide them", () => {
    const { messages } = encoded(user("a"), { role: "system", content: "x" }, user("b"));
    expect(messages).toEqual([{ role: "user", content: [text("a"), text("b")] }]);
  });
});

test("instructions that stand alone are what the user says", () => {
  const { system, messages } = encoded({ role: "developer", content: "A" }, { role: "system", content: "B" });
  expect(system).toEqual([]);
  expect(messages as unknown).toEqual([{ role: "user", content: ["A", "B"].map(text) }]);
});

describe("roles take turns", () => {
  test("consecutive messages of one role are one", () => {
    expectMessages(
      [user("a"), user("b"), assistant({ content: "c" }), assistant({ content: "d" }), user("e")],
      [
        { role: "user", content: [text("a"), text("b")] },
        { role: "assistant", content: [text("c"), text("d")] },
        { role: "user", content: [text("e")] },
      ],
    );
  });

  test.each<[string, JsonObject]>([
    ["an empty text", { content: "" }],
    ["null", { content: null }],
    ["no content at all", {}],
    ["white space alone", { content: " \n" }],
    ["empty parts", { content: [text(""), text(" ")] }],
  ])("an assistant message of %s is none, and divides nothing", (_, members) => {
    expectMessages([user("a"), assistant(members), user("b")], [{ role: "user", content: [text("a"), text("b")] }]);
  });

  test("a name has no place, and that is told", () => {
    expectMessages([user("Hi", { name: "ann" })], [HI], ["messages[].name"]);
  });
});

test("an answer that is to be gone on with loses the white space at its end, which would be refused; others keep theirs", () => {
  expectMessages(
    [user("Hi"), assistant({ content: "One. " }), user("Hi"), assistant({ content: " The answer is \n" })],
    [HI, { role: "assistant", content: [text("One. ")] }, HI, { role: "assistant", content: [text(" The answer is")] }],
  );
  expectMessages(
    [user("Hi"), assistant({ content: "So: ", tool_calls: [call("a")] })],
    [HI, { role: "assistant", content: [text("So: "), { type: "tool_use", id: "a", name: "f", input: {} }] }],
  );
});

describe("tool calls and their results", () => {
  const asked = assistant({ content: null, tool_calls: [call("a", '{"x":1}'), call("b")] });
  const calls: Anthropic.MessageParam = {
    role: "assistant",
    content: [
      { type: "tool_use", id: "a", name: "f", input: { x: 1 } },
      { type: "tool_use", id: "b", name: "f", input: {} },
    ],
  };

  test("results of several messages are one turn of the user's, and what the user says follows", () => {
    expectMessages(
      [user("Hi"), asked, result("a", "1"), result("b", "2"), user("Thanks")],
      [
        HI,
        calls,
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "a", content: "1" },
            { type: "tool_result", tool_use_id: "b", content: "2" },
            text("Thanks"),
          ],
        },
      ],
    );
  });

  test("results come first, though the user spoke before them", () => {
    expectMessages(
      [user("Hi"), asked, user("Wait"), result("a", "1"), result("b", "2")],
      [
        HI,
        calls,
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "a", content: "1" },
            { type: "tool_result", tool_use_id: "b", content: "2" },
            text("Wait"),
          ],
        },
      ],
    );
  });

  test("a result may hold images, several texts, or nothing", () => {
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } };
    expectMessages(
      [user("Hi"), asked, result("a", [text("see"), image]), result("b", "")],
      [
        HI,
        calls,
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "a",
              content: [
                text("see"),
                { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } },
              ],
            },
            { type: "tool_result", tool_use_id: "b" },
          ],
        },
      ],
    );
  });

  test("text beside calls comes before them", () => {
    const { messages } = encoded(user("Hi"), assistant({ content: "One moment.", tool_calls: [call("a")] }));
    expect(messages[1]!.content).toMatchObject([{ type: "text" }, { type: "tool_use" }]);
  });

  test("ids with letters that are refused here change alike at both ends", () => {
    const { messages } = encoded(
      user("Hi"),
      assistant({ tool_calls: [call("functions.f:0")] }),
      result("functions.f:0", "1"),
    );
    expect(messages.slice(1).map(({ content }) => (content as JsonObject[])[0])).toMatchObject([
      { id: "functions_f_0" },
      { tool_use_id: "functions_f_0" },
    ]);
  });

  test.each([["[1]"], ['"x"'], ["{"], ["null"]])(
    "arguments of %s are refused by name: this API wants an object",
    (args) => {
      const error = errorOf(() => encoded(user("Hi"), assistant({ tool_calls: [call("call_9", args)] })));
      expect(error).toMatchObject({ code: "unsupported", details: { param: "messages" } });
      expect(error.message).toContain('"call_9"');
    },
  );

  test.each([[""], [" "], ["{}"]])("arguments of %p are an empty object", (args) => {
    const { messages } = encoded(user("Hi"), assistant({ tool_calls: [call("a", args)] }));
    expect(messages[1]!.content).toEqual([{ type: "tool_use", id: "a", name: "f", input: {} }]);
  });
});

describe("images and files", () => {
  const part = (value: JsonObject) => encoded(user([value]));
  const file = (members: JsonObject) => part({ type: "file", file: members });

  test.each<[string, ReturnType<typeof part>, Anthropic.ContentBlockParam]>([
    [
      "an image by address",
      part({ type: "image_url", image_url: { url: "https://a.example/x.png", detail: "auto" } }),
      { type: "image", source: { type: "url", url: "https://a.example/x.png" } },
    ],
    [
      "an image as data",
      part({ type: "image_url", image_url: { url: "data:image/webp;base64,AA==" } }),
      { type: "image", source: { type: "base64", media_type: "image/webp", data: "AA==" } },
    ],
    [
      "a PDF as OpenAI has it",
      file({ filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" }),
      {
        type: "document",
        title: "a.pdf",
        source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" },
      },
    ],
    [
      "a PDF as the hosted gateway has it",
      file({ data: "JVBERi0=", media_type: "application/pdf" }),
      { type: "document", source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" } },
    ],
    [
      "a PDF by address",
      file({ file_data: "https://a.example/a.pdf" }),
      { type: "document", source: { type: "url", url: "https://a.example/a.pdf" } },
    ],
    [
      "a text",
      file({ filename: "n.md", data: Buffer.from("Grüße").toString("base64"), media_type: "text/markdown" }),
      { type: "document", title: "n.md", source: { type: "text", media_type: "text/plain", data: "Grüße" } },
    ],
    [
      "an image sent as a file",
      file({ filename: "x.png", data: "AA==", media_type: "image/png" }),
      { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } },
    ],
  ])("%s", (_, { messages, dropped }, block) => {
    expect(messages).toEqual([{ role: "user", content: [block as unknown as JsonObject] }]);
    expect(dropped).toEqual([]);
  });

  test("the detail of an image cannot be chosen, and that is told", () => {
    expect(part({ type: "image_url", image_url: { url: "https://a.example/x.png", detail: "low" } }).dropped).toEqual([
      "image_url.detail",
    ]);
  });
});

describe("cache marks", () => {
  test("stand on the block they were set on, each with its time", () => {
    const { system, messages } = encoded(
      { role: "system", content: "Long.", cache_control: { type: "ephemeral", ttl: "1h" } },
      user([{ ...text("a"), cache_control: { type: "ephemeral" } }, text("b")]),
      assistant({ tool_calls: [{ ...call("c"), cache_control: { type: "ephemeral" } }] }),
      { ...result("c", [{ ...text("r"), cache_control: { type: "ephemeral" } }]) },
    );
    expect(system).toEqual([{ ...text("Long."), cache_control: { type: "ephemeral", ttl: "1h" } }]);
    expect(messages).toEqual([
      { role: "user", content: [{ ...text("a"), cache_control: { type: "ephemeral" } }, text("b")] },
      {
        role: "assistant",
        content: [{ type: "tool_use", id: "c", name: "f", input: {}, cache_control: { type: "ephemeral" } }],
      },
      {
        role: "user",
        content: [
          {
            type: "tool_result",
            tool_use_id: "c",
            content: [{ ...text("r"), cache_control: { type: "ephemeral" } }],
          },
        ],
      },
    ] satisfies Anthropic.MessageParam[]);
  });
});

describe("thinking that is sent back", () => {
  const FORMAT = "anthropic-claude-v1";
  const signed = { type: "reasoning.text", text: "Hm.", signature: "sig", format: FORMAT, index: 0 };
  const sealed = { type: "reasoning.encrypted", data: "blob", format: FORMAT, index: 1 };
  const said = (members: JsonObject) => encoded(user("Hi"), assistant(members));

  test("comes before text and calls, in its order, whatever the order of the members", () => {
    const { messages, dropped } = said({
      tool_calls: [call("a")],
      content: "Yes.",
      reasoning: "Hm.",
      reasoning_details: [signed, sealed],
    });
    expect(messages[1]!.content).toEqual([
      { type: "thinking", thinking: "Hm.", signature: "sig" },
      { type: "redacted_thinking", data: "blob" },
      { type: "text", text: "Yes." },
      { type: "tool_use", id: "a", name: "f", input: {} },
    ] satisfies Anthropic.ContentBlockParam[]);
    expect(dropped).toEqual([]);
  });

  test("in the pieces it was streamed in is one block", () => {
    const pieces = [
      { ...signed, text: "H", signature: undefined },
      { ...signed, text: "m.", signature: "" },
      { ...signed, text: "" },
    ];
    expect(said({ content: "Yes.", reasoning_details: pieces as JsonObject[] }).messages[1]!.content).toEqual([
      { type: "thinking", thinking: "Hm.", signature: "sig" },
      { type: "text", text: "Yes." },
    ]);
  });

  test.each<[string, JsonObject, string]>([
    ["without a signature", { reasoning: "Hm." }, "reasoning"],
    ["signed by another", { reasoning_details: [{ ...signed, format: "google-gemini-v1" }] }, "reasoning_details"],
    ["sealed by another", { reasoning_details: [{ ...sealed, format: "openai-responses-v1" }] }, "reasoning_details"],
    ["of no format", { reasoning_details: [{ ...signed, format: "unknown" }] }, "reasoning_details"],
  ])("%s is worthless here: it is left out, and that is told", (_, members, dropped) => {
    const result = said({ content: "Yes.", ...members });
    expect(result.messages[1]!.content).toEqual([text("Yes.")]);
    expect(result.dropped).toEqual([dropped]);
  });

  test("a refusal of the history is what was said", () => {
    expect(said({ content: null, refusal: "No." }).messages[1]!.content).toEqual([text("No.")]);
  });
});
