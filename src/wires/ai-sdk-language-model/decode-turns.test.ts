import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../core/json.ts";
import type { Part } from "../../core/request.ts";
import { called } from "./fixtures/call.ts";

const partsOf = (role: string, ...content: JsonObject[]): readonly Part[] =>
  called({ prompt: [{ role, content }] }).turns.flatMap(({ parts }) => parts);
const data = (mediaType: string, base64: string) => ({ from: "data", mediaType, base64 });

describe("a file, in the words of each edition", () => {
  const PNG = "iVBORw0KGgo=";
  test.each<[string, JsonObject, object]>([
    [
      "base64, tagged",
      { data: { type: "data", data: PNG }, mediaType: "image/png" },
      { kind: "image", source: data("image/png", PNG) },
    ],
    ["base64, bare", { data: PNG, mediaType: "image/png" }, { kind: "image", source: data("image/png", PNG) }],
    [
      "a data URL",
      { data: `data:image/png;base64,${PNG}`, mediaType: "image/png" },
      { kind: "image", source: data("image/png", PNG) },
    ],
    [
      "a data URL, tagged",
      { data: { type: "url", url: `data:image/png;base64,${PNG}` }, mediaType: "image/*" },
      { kind: "image", source: data("image/png", PNG) },
    ],
    [
      "an address",
      { data: { type: "url", url: "https://a.example/x" }, mediaType: "image/*" },
      { kind: "image", source: { from: "url", url: "https://a.example/x" } },
    ],
    [
      "an address, bare",
      { data: "https://a.example/x.pdf", mediaType: "application/pdf" },
      { kind: "file", source: { from: "url", url: "https://a.example/x.pdf" } },
    ],
    ["any picture: a PNG", { data: PNG, mediaType: "image/*" }, { kind: "image", source: data("image/png", PNG) }],
    [
      "any picture: a GIF",
      { data: "R0lGODlh", mediaType: "image/*" },
      { kind: "image", source: data("image/gif", "R0lGODlh") },
    ],
    [
      "any picture: a WebP",
      { data: "UklGRiQA", mediaType: "image/*" },
      { kind: "image", source: data("image/webp", "UklGRiQA") },
    ],
    [
      "any picture: whatever it is",
      { data: "AAAA", mediaType: "image/*" },
      { kind: "image", source: data("image/jpeg", "AAAA") },
    ],
    [
      "a document, named",
      { data: { type: "data", data: "JVBE" }, mediaType: "application/pdf", filename: "a.pdf" },
      { kind: "file", source: data("application/pdf", "JVBE"), filename: "a.pdf" },
    ],
    ["a sound", { data: "//uQ", mediaType: "audio/mpeg" }, { kind: "audio", base64: "//uQ", format: "mp3" }],
    [
      "a sound of another name",
      { data: "UklG", mediaType: "audio/x-wav" },
      { kind: "audio", base64: "UklG", format: "wav" },
    ],
    ["words", { data: { type: "text", text: "Plain." }, mediaType: "text/plain" }, { kind: "text", text: "Plain." }],
    [
      "a picture to be looked at closely",
      { data: PNG, mediaType: "image/png", providerOptions: { openai: { imageDetail: "high" } } },
      { kind: "image", source: data("image/png", PNG), detail: "high" },
    ],
  ])("%s", (_, file, part) => {
    expect(partsOf("user", { type: "file", ...file })).toEqual([part as never]);
  });
});

describe("what a tool gave", () => {
  const result = (output: JsonObject) =>
    partsOf("tool", { type: "tool-result", toolCallId: "c1", toolName: "f", output })[0] as Extract<
      Part,
      { kind: "tool-result" }
    >;
  test.each<[JsonObject, object]>([
    [{ type: "text", value: "Warm." }, { parts: [{ kind: "text", text: "Warm." }] }],
    [{ type: "json", value: { t: 9 } }, { parts: [{ kind: "text", text: '{"t":9}' }] }],
    [{ type: "json", value: null }, { parts: [{ kind: "text", text: "null" }] }],
    [
      { type: "error-text", value: "Dark." },
      { parts: [{ kind: "text", text: "Dark." }], failed: true },
    ],
    [
      { type: "error-json", value: [1] },
      { parts: [{ kind: "text", text: "[1]" }], failed: true },
    ],
    [{ type: "execution-denied" }, { parts: [{ kind: "text", text: "Tool execution denied." }] }],
    [{ type: "execution-denied", reason: "No." }, { parts: [{ kind: "text", text: "No." }] }],
  ])("%j", (output, expected) => {
    expect(result(output)).toEqual({ kind: "tool-result", call: "c1", ...expected } as never);
  });

  test.each<[JsonObject, object]>([
    [
      { type: "text", text: "a" },
      { kind: "text", text: "a" },
    ],
    [
      { type: "media", mediaType: "image/png", data: "iVBO" },
      { kind: "image", source: data("image/png", "iVBO") },
    ],
    [
      { type: "image-data", mediaType: "image/png", data: "iVBO" },
      { kind: "image", source: data("image/png", "iVBO") },
    ],
    [
      { type: "image-url", url: "https://a.example/x" },
      { kind: "image", source: { from: "url", url: "https://a.example/x" } },
    ],
    [
      { type: "file-data", mediaType: "application/pdf", data: "JVBE", filename: "a.pdf" },
      { kind: "file", source: data("application/pdf", "JVBE"), filename: "a.pdf" },
    ],
    [
      { type: "file-url", url: "https://a.example/x.pdf" },
      { kind: "file", source: { from: "url", url: "https://a.example/x.pdf" } },
    ],
    [
      { type: "file", mediaType: "image/png", data: { type: "data", data: "iVBO" } },
      { kind: "image", source: data("image/png", "iVBO") },
    ],
  ])("in parts: %j", (inner, part) => {
    expect(result({ type: "content", value: [inner] }).parts).toEqual([part as never]);
  });

  test("several times at once is a turn each", () => {
    const output = { type: "text", value: "x" };
    const content = ["c1", "c2"].map((toolCallId) => ({ type: "tool-result", toolCallId, toolName: "f", output }));
    const { turns } = called({ prompt: [{ role: "tool", content }] });
    expect(turns.map(({ role, parts }) => [role, parts.length])).toEqual([
      ["tool", 1],
      ["tool", 1],
    ]);
  });

  test("beside its call is a turn behind it", () => {
    const call = { type: "tool-call", toolCallId: "c1", toolName: "f", input: {} };
    const output = { type: "text", value: "x" };
    const { turns } = called({
      prompt: [
        { role: "assistant", content: [call, { type: "tool-result", toolCallId: "c1", toolName: "f", output }] },
      ],
    });
    expect(turns.map(({ role, parts }) => [role, parts[0]!.kind])).toEqual([
      ["assistant", "tool-call"],
      ["tool", "tool-result"],
    ]);
  });
});

describe("a call", () => {
  const argumentsOf = (input: JsonObject[string], tools: JsonObject[] = []) => {
    const content = [{ type: "tool-call", toolCallId: "c1", toolName: "f", input }];
    const [part] = called({ tools, prompt: [{ role: "assistant", content } as never] }).turns[0]!.parts;
    const { arguments: args, format } = part as Extract<Part, { kind: "tool-call" }>;
    return [args, format];
  };
  test("has its arguments as JSON, whatever the client made of them", () => {
    expect(argumentsOf({ a: 1 })).toEqual(['{"a":1}', "json"]);
    expect(argumentsOf(undefined)).toEqual(["{}", "json"]);
    expect(argumentsOf('{"a":1}')).toEqual(['{"a":1}', "json"]);
    expect(argumentsOf("not JSON")).toEqual(['{"input":"not JSON"}', "json"]);
  });

  test("of a tool that takes free text has free text", () => {
    const tools = [{ type: "provider", id: "openai.custom", name: "f", args: { name: "f" } }];
    expect(argumentsOf("SELECT 1", tools)).toEqual(["SELECT 1", "text"]);
  });
});

describe("marks for a cache", () => {
  const ephemeral = { anthropic: { cacheControl: { type: "ephemeral", ttl: "1h" } } };
  test("stand where the client put them: on a part, a message, a tool", () => {
    const { turns, tools } = called({
      tools: [{ type: "function", name: "f", inputSchema: {}, providerOptions: ephemeral }],
      prompt: [
        { role: "system", content: "Be brief.", providerOptions: ephemeral },
        {
          role: "user",
          content: [
            { type: "text", text: "a", providerOptions: { anthropic: { cacheControl: { type: "ephemeral" } } } },
            { type: "text", text: "b" },
          ],
        },
        {
          role: "user",
          content: [
            { type: "text", text: "c" },
            { type: "text", text: "d" },
          ],
          providerOptions: ephemeral,
        },
      ],
    });
    expect(turns.map(({ parts }) => parts.map(({ cache }) => cache))).toEqual([
      [{ ttl: "1h" }],
      [{}, undefined],
      [undefined, { ttl: "1h" }],
    ]);
    expect(tools).toMatchObject([{ cache: { ttl: "1h" } }]);
  });
});

test("what no word covers is told by its name", () => {
  const { turns, unsaid } = called({
    prompt: [
      { role: "user", content: [{ type: "hologram" }, { type: "text", text: "Hi" }] },
      {
        role: "assistant",
        content: [
          { type: "custom", kind: "lab.note" },
          { type: "reasoning-file", mediaType: "image/png", data: { type: "url", url: "https://a.example/b.png" } },
        ],
      },
      { role: "tool", content: [{ type: "tool-approval-response", approvalId: "a", approved: true }] },
    ],
  });
  expect(turns.map(({ parts }) => parts.length)).toEqual([1]);
  expect(unsaid).toEqual(expect.arrayContaining(["hologram", "lab.note", "reasoning-file", "tool-approval-response"]));
});
