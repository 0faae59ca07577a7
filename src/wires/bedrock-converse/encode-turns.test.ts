import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../core/json.ts";
import { ask, errorOf, leg } from "../fixtures/facts.ts";
import { decodeRequest } from "../openai-chat/decode-request.ts";
import { encodeRequest } from "./encode-request.ts";

const CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

/** What a model gets of these chat messages. */
function encoded(messages: JsonObject[], upstreamModel = CLAUDE) {
  const { body, dropped } = encodeRequest(decodeRequest(ask({ messages })), { ...leg(), upstreamModel });
  return { system: body.system, messages: body.messages, dropped };
}

const user = (...content: JsonObject[]): JsonObject => ({ role: "user", content });
const textPart = (text: string, more: JsonObject = {}): JsonObject => ({ type: "text", text, ...more });
const refused = (part: JsonObject) => errorOf(() => encoded([user(part)]));
const PNG = "data:image/png;base64,iVBORw0KGgo=";

describe("turns", () => {
  test("system texts stand apart, and the others alternate", () => {
    const { system, messages } = encoded([
      { role: "system", content: "Be brief." },
      { role: "user", content: "One" },
      { role: "user", content: "Two" },
      { role: "assistant", content: "Three" },
      { role: "developer", content: "Be kind." },
      { role: "user", content: "Four" },
    ]);
    expect(system).toEqual([{ text: "Be brief." }, { text: "Be kind." }]);
    expect(messages).toEqual([
      { role: "user", content: [{ text: "One" }, { text: "Two" }] },
      { role: "assistant", content: [{ text: "Three" }] },
      { role: "user", content: [{ text: "Four" }] },
    ]);
  });

  test("instructions alone are what the user says", () => {
    expect(encoded([{ role: "system", content: "Sing." }])).toMatchObject({
      system: undefined,
      messages: [{ role: "user", content: [{ text: "Sing." }] }],
    });
  });

  test("blank texts are no blocks", () => {
    expect(
      encoded([
        { role: "user", content: "Hi" },
        { role: "assistant", content: " \n" },
      ]).messages,
    ).toEqual([{ role: "user", content: [{ text: "Hi" }] }]);
  });

  test("names are reported", () => {
    expect(encoded([{ role: "user", content: "Hi", name: "Ann" }]).dropped).toEqual(["messages[].name"]);
  });
});

describe("calls and their results", () => {
  const call = (id: string, args = "{}") => ({ id, type: "function", function: { name: "look", arguments: args } });

  test("several results in a row are one turn, in front of what the user says", () => {
    const { messages } = encoded([
      { role: "user", content: "Look" },
      { role: "assistant", content: "Yes.", tool_calls: [call("a", '{"at":"sky"}'), call("functions.look:1")] },
      { role: "tool", tool_call_id: "a", content: "Blue" },
      { role: "tool", tool_call_id: "functions.look:1", content: "" },
      { role: "user", content: "And?" },
    ]);
    expect(messages).toEqual([
      { role: "user", content: [{ text: "Look" }] },
      {
        role: "assistant",
        content: [
          { text: "Yes." },
          { toolUse: { toolUseId: "a", name: "look", input: { at: "sky" } } },
          { toolUse: { toolUseId: "functions_look_1", name: "look", input: {} } },
        ],
      },
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: "a", content: [{ text: "Blue" }] } },
          { toolResult: { toolUseId: "functions_look_1", content: [{ text: "(nothing)" }] } },
          { text: "And?" },
        ],
      },
    ]);
  });

  test("arguments must be an object", () => {
    const messages = [
      { role: "user", content: "Look" },
      { role: "assistant", tool_calls: [call("a", "[1")] },
    ];
    expect(errorOf(() => encoded(messages))).toMatchObject({ code: "unsupported", details: { param: "messages" } });
  });

  test("images in results", () => {
    const { messages } = encoded([
      { role: "user", content: "Look" },
      { role: "assistant", tool_calls: [call("a")] },
      { role: "tool", tool_call_id: "a", content: [{ type: "image_url", image_url: { url: PNG } }] },
    ]);
    expect((messages as JsonObject[])[2]).toEqual({
      role: "user",
      content: [
        {
          toolResult: {
            toolUseId: "a",
            content: [{ image: { format: "png", source: { bytes: "iVBORw0KGgo=" } } }],
          },
        },
      ],
    });
  });
});

describe("images and files", () => {
  const file = (data: string, filename?: string): JsonObject => ({
    type: "file",
    file: { file_data: data, ...(filename === undefined ? {} : { filename }) },
  });
  const blocks = (...parts: JsonObject[]) => (encoded([user(...parts)]).messages as JsonObject[])[0]!.content;

  test("are sent as bytes with their format", () => {
    expect(blocks({ type: "image_url", image_url: { url: PNG } })).toEqual([
      { image: { format: "png", source: { bytes: "iVBORw0KGgo=" } } },
    ]);
    expect(blocks(file("data:video/mp4;base64,AAAA"))).toEqual([
      { video: { format: "mp4", source: { bytes: "AAAA" } } },
    ]);
    expect(blocks(file("data:image/jpeg;base64,AAAA"))).toEqual([
      { image: { format: "jpeg", source: { bytes: "AAAA" } } },
    ]);
  });

  test("documents have a name that is allowed, and each its own", () => {
    const pdf = "data:application/pdf;base64,JVBERi0=";
    const named = (name: string, format = "pdf") => ({
      document: { format, name, source: { bytes: "JVBERi0=" } },
    });
    expect(
      blocks(
        file(pdf, "Q3_report  (final).v2.pdf"),
        file(pdf, "Q3 report (final) v2"),
        file(pdf),
        file(pdf, "日本.pdf"),
      ),
    ).toEqual([named("Q3 report (final) v2"), named("Q3 report (final) v2 2"), named("document"), named("document 2")]);
    expect(blocks(file("data:text/plain;base64,JVBERi0=", "a.txt"))).toEqual([named("a", "txt")]);
  });

  test("in AWS's own store are named, not sent, on the client's own account alone", () => {
    const picture = { type: "image_url", image_url: { url: "s3://bucket/a.JPG" } };
    expect(refused(picture)).toMatchObject({ code: "unsupported", details: { param: "messages" } });
    const request = decodeRequest(ask({ messages: [user(picture)] }));
    const { body } = encodeRequest(request, { ...leg(), upstreamModel: CLAUDE, own: true });
    expect(body.messages).toEqual([
      {
        role: "user",
        content: [{ image: { format: "jpeg", source: { s3Location: { uri: "s3://bucket/a.JPG" } } } }],
      },
    ]);
  });

  test.each<[string, JsonObject]>([
    ["an address that nobody fetched", { type: "image_url", image_url: { url: "https://example.org/a.png" } }],
    ["a kind of image", { type: "image_url", image_url: { url: "data:image/tiff;base64,AAAA" } }],
    ["a kind of file", file("data:application/zip;base64,AAAA")],
    ["audio", { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } }],
  ])("refused by name: %s", (_, part) => {
    expect(refused(part)).toMatchObject({ code: "unsupported", details: { param: "messages" } });
  });
});

describe("cache marks", () => {
  const marked = [
    { role: "system", content: [textPart("Be brief.", { cache_control: { type: "ephemeral", ttl: "1h" } })] },
    user(textPart("One", { cache_control: { type: "ephemeral" } }), textPart("Two")),
  ];

  test("stand behind what they mark", () => {
    expect(encoded(marked)).toEqual({
      system: [{ text: "Be brief." }, { cachePoint: { type: "default", ttl: "1h" } }],
      messages: [{ role: "user", content: [{ text: "One" }, { cachePoint: { type: "default" } }, { text: "Two" }] }],
      dropped: [],
    });
  });

  test("are left out where the model would refuse them", () => {
    expect(encoded(marked, "us.meta.llama3-3-70b-instruct-v1:0")).toEqual({
      system: [{ text: "Be brief." }],
      messages: [{ role: "user", content: [{ text: "One" }, { text: "Two" }] }],
      dropped: ["cache_control"],
    });
  });
});

describe("thinking in the history", () => {
  const thought = (detail: JsonObject) => [
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Yes.", reasoning_details: [detail] },
    { role: "user", content: "And?" },
  ];
  const said = (detail: JsonObject) => {
    const { messages, dropped } = encoded(thought(detail));
    return { content: (messages as JsonObject[])[1]!.content, dropped };
  };

  test("goes back with Claude's own signature, wherever that was given", () => {
    const detail = { type: "reasoning.text", text: "Hm.", signature: "EtkB", format: "anthropic-claude-v1" };
    expect(said(detail)).toEqual({
      content: [{ reasoningContent: { reasoningText: { text: "Hm.", signature: "EtkB" } } }, { text: "Yes." }],
      dropped: [],
    });
  });

  test("goes back withheld, in the base64 that it came in", () => {
    const detail = { type: "reasoning.encrypted", data: "EtkECkgI", format: "anthropic-claude-v1" };
    const redactedContent = Buffer.from("EtkECkgI").toString("base64");
    expect(said(detail).content).toEqual([{ reasoningContent: { redactedContent } }, { text: "Yes." }]);
    const own = { type: "reasoning.encrypted", data: "AP8H", format: "bedrock-converse-v1" };
    expect(said(own).content).toEqual([{ reasoningContent: { redactedContent: "AP8H" } }, { text: "Yes." }]);
  });

  test.each([
    [{ type: "reasoning.text", text: "Hm.", signature: "x", format: "google-gemini-v1" }, "reasoning_details"],
    [{ type: "reasoning.encrypted", data: "x", format: "openai-responses-v1" }, "reasoning_details"],
    [{ type: "reasoning.text", text: "Hm." }, "reasoning"],
  ])("of others is left out and reported: %j", (detail, name) => {
    expect(said(detail)).toEqual({ content: [{ text: "Yes." }], dropped: [name] });
  });
});

test("the ids that Kimi gives its calls stay as they are: it counts on them, and Claude refuses them", () => {
  const call = { id: "functions.look:0", type: "function", function: { name: "look", arguments: "{}" } };
  const history = [
    { role: "user", content: "Look." },
    { role: "assistant", content: null, tool_calls: [call] },
    { role: "tool", tool_call_id: call.id, content: "Blue" },
  ];
  const idsFor = (model: string) => JSON.stringify(encoded(history, model).messages).match(/functions.look.0/g);
  expect(idsFor("moonshot.kimi-k2-thinking")).toEqual(["functions.look:0", "functions.look:0"]);
  expect(idsFor(CLAUDE)).toEqual(["functions_look_0", "functions_look_0"]);
});
