import { describe, expect, test } from "bun:test";
import type { Event } from "../../core/event.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { fold } from "../../core/message.ts";
import { decodeAnswer } from "../anthropic-messages/decode-answer.ts";
import { encodeRequest as toClaude } from "../anthropic-messages/encode-request.ts";
import { CLOSING, leg, STAMP } from "../fixtures/facts.ts";
import { decodeAnswer as ofGemini } from "../gemini-generate/decode-answer.ts";
import { encodeRequest as toGemini } from "../gemini-generate/encode-request.ts";
import { encodeRequest as toChat } from "../openai-chat/encode-request.ts";
import { decodeAnswer as ofOpenai } from "../openai-responses/decode-answer.ts";
import { encodeRequest as toOpenai } from "../openai-responses/encode-request.ts";
import { asked, called } from "./fixtures/call.ts";
import { aiSdkLanguageModel } from "./index.ts";

const SEARCH = {
  type: "web_search_tool_result",
  tool_use_id: "srvtoolu_1",
  content: [
    { type: "web_search_result", url: "https://a.example", title: "A", encrypted_content: "Eq8=", page_age: "1 day" },
  ],
};
const FETCH = {
  type: "web_fetch_tool_result",
  tool_use_id: "srvtoolu_1",
  content: {
    type: "web_fetch_result",
    url: "https://a.example",
    retrieved_at: "2026-01-01",
    content: { type: "document", source: { type: "text", media_type: "text/plain", data: "Words." } },
  },
};
const RUN = {
  type: "code_execution_tool_result",
  tool_use_id: "srvtoolu_1",
  content: { type: "code_execution_result", stdout: "1", stderr: "", return_code: 0, content: [] },
};
const FAILED = {
  type: "web_search_tool_result",
  tool_use_id: "srvtoolu_1",
  content: { type: "web_search_tool_result_error", error_code: "max_uses_exceeded" },
};
const NAMES: Record<string, string> = {
  web_search_tool_result: "web_search",
  web_fetch_tool_result: "web_fetch",
  code_execution_tool_result: "code_execution",
};

const answered = (block: JsonObject): Event[] => [
  ...decodeAnswer({
    id: "msg_1",
    model: "claude",
    content: [
      { type: "server_tool_use", id: "srvtoolu_1", name: NAMES[String(block.type)]!, input: { query: "dam" } },
      block,
      { type: "text", text: "Found." },
    ],
    stop_reason: "end_turn",
    usage: { input_tokens: 1, output_tokens: 1 },
  }),
];

const { encodeReply, encodeStream } = aiSdkLanguageModel.inbound!.transcode!;
const edition = (number: number) => ({ "ai-language-model-specification-version": String(number) });

function streamed(events: readonly Event[], ask: ReturnType<typeof asked>): JsonObject[] {
  const stream = encodeStream(STAMP, ask);
  const told = events.map((event) => stream.push(event)).join("") + stream.finish(CLOSING);
  return told
    .split("\n\n")
    .filter((frame) => frame.startsWith("data: {"))
    .map((frame) => JSON.parse(frame.slice(6)));
}

/** What the client's SDK makes of an answer, to send it back. */
const sentBack = (content: readonly JsonObject[]): JsonObject[] =>
  content.flatMap<JsonObject>(({ type, providerMetadata, text, toolCallId, toolName, input, result, isError }) => {
    const beside = isObject(providerMetadata) ? { providerOptions: providerMetadata } : {};
    if (type === "text") return [{ type, text, ...beside }];
    if (type === "tool-call")
      return [{ type, toolCallId, toolName, input: JSON.parse(String(input)), providerExecuted: true, ...beside }];
    const output = { type: isError ? "error-json" : "json", value: result };
    return [{ type, toolCallId, toolName, output, ...beside }];
  });

describe.each([2, 3, 4])("what a provider's own tool gave, in edition %d", (number) => {
  test.each([SEARCH, FETCH, RUN, FAILED])("$type goes back as it came", (block) => {
    const ask = asked({}, edition(number));
    const content = encodeReply(fold(answered(block)), STAMP, CLOSING, ask).content as JsonObject[];
    expect(content.map(({ type }) => type)).toEqual(["tool-call", "tool-result", "text"]);
    expect(content[1]).toMatchObject({ toolCallId: "srvtoolu_1", toolName: NAMES[block.type]! });
    expect(content[1]!.providerExecuted).toBe(number === 2 ? true : undefined);
    expect(content[1]!.isError).toBe(block === FAILED ? true : undefined);
    const result = streamed(answered(block), ask).find(({ type }) => type === "tool-result");
    expect(result).toEqual(content[1]!);
    // Not every edition keeps what stands beside a result.
    for (const bare of [false, true]) {
      const parts = sentBack(content).map(({ providerOptions, ...part }) =>
        bare ? part : { ...part, ...(providerOptions === undefined ? {} : { providerOptions }) },
      );
      const prompt = [
        { role: "user", content: [{ type: "text", text: "Look." }] },
        { role: "assistant", content: parts as never },
      ];
      const { body, dropped } = toClaude(called({ prompt }), leg());
      expect((body.messages as JsonObject[])[1]!.content).toEqual([
        { type: "server_tool_use", id: "srvtoolu_1", name: NAMES[block.type]!, input: { query: "dam" } },
        block,
        { type: "text", text: "Found." },
      ]);
      expect(dropped).toEqual([]);
    }
  });
});

describe("programs that Claude ran", () => {
  const RESULTS: readonly [name: string, input: JsonObject, result: JsonObject][] = [
    ["code_execution", { code: "print(1)" }, RUN],
    [
      "bash_code_execution",
      { command: "ls" },
      {
        type: "bash_code_execution_tool_result",
        tool_use_id: "srvtoolu_1",
        content: { type: "bash_code_execution_result", stdout: "a", stderr: "", return_code: 0, content: [] },
      },
    ],
    [
      "text_editor_code_execution",
      { command: "create", path: "/a", file_text: "A" },
      {
        type: "text_editor_code_execution_tool_result",
        tool_use_id: "srvtoolu_1",
        content: { type: "text_editor_code_execution_create_result", is_file_update: false },
      },
    ],
  ];

  test.each(RESULTS)(
    "by %s are calls of the one tool that the client offered, and go back as they came",
    (name, input, result) => {
      const use = { type: "server_tool_use", id: "srvtoolu_1", name, input };
      const events = [
        ...decodeAnswer({ id: "msg_1", model: "claude", content: [use, result], stop_reason: "end_turn" }),
      ];
      const tools = [{ type: "provider", id: "anthropic.code_execution_20250825", name: "run", args: {} }];
      const type = name === "code_execution" ? "programmatic-tool-call" : name;
      for (const number of [2, 3, 4]) {
        const ask = asked({ tools }, edition(number));
        const content = encodeReply(fold(events), STAMP, CLOSING, ask).content as JsonObject[];
        expect(content).toMatchObject([
          { type: "tool-call", toolName: "run", input: JSON.stringify({ type, ...input }) },
          { type: "tool-result", toolName: "run", result: result.content },
        ]);
        expect(content[0]).not.toHaveProperty("dynamic");
        const parts = streamed(events, ask);
        expect(parts.find(({ type }) => type === "tool-input-delta")?.delta).toBe(content[0]!.input!);
        const bare = sentBack(content).map(({ providerOptions: _, ...part }) => part);
        for (const parts of [sentBack(content), bare]) {
          const prompt = [
            { role: "user", content: [{ type: "text", text: "Run." }] },
            { role: "assistant", content: parts },
          ];
          const { messages } = toClaude(called({ tools, prompt }), leg()).body as { messages: JsonObject[] };
          expect(messages[1]!.content).toEqual([use, result]);
        }
      }
    },
  );
});

test("a search is told as the SDK has it: members in its spelling, and the name that the client gave the tool", () => {
  const tools = [{ type: "provider", id: "anthropic.web_search_20250305", name: "find", args: {} }];
  const [call, result] = streamed(answered(SEARCH), asked({ tools })).filter(({ type }) =>
    /^tool-(call|result)/.test(String(type)),
  );
  expect(call).toMatchObject({ toolName: "find", providerExecuted: true });
  expect(call).not.toHaveProperty("dynamic");
  expect(result).toMatchObject({
    toolName: "find",
    result: [{ type: "web_search_result", url: "https://a.example", encryptedContent: "Eq8=", pageAge: "1 day" }],
  });
});

test("is nothing to others, who are asked without and told so", () => {
  const content = encodeReply(fold(answered(SEARCH)), STAMP, CLOSING).content as JsonObject[];
  const prompt = [
    { role: "user", content: [{ type: "text", text: "Look." }] },
    { role: "assistant", content: sentBack(content) },
    { role: "user", content: [{ type: "text", text: "And?" }] },
  ];
  const { body, dropped } = toGemini(called({ prompt }), leg());
  expect(JSON.stringify(body)).not.toContain("srvtoolu_1");
  expect(dropped).toContain("web_search_tool_result");
});

test("a search of OpenAI's is told to be done, and is not sent to anybody again", () => {
  const item = { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "dam" } };
  const message = {
    type: "message",
    role: "assistant",
    content: [{ type: "output_text", text: "Found.", annotations: [] }],
  };
  const events = [...ofOpenai({ id: "resp_1", model: "gpt", status: "completed", output: [item, message] })];
  const content = encodeReply(fold(events), STAMP, CLOSING).content as JsonObject[];
  expect(content[1]).toMatchObject({ type: "tool-result", toolCallId: "ws_1", result: { action: item.action } });
  const told = streamed(events, asked()).filter(({ type }) => type === "tool-call" || type === "tool-result");
  expect(told.map(({ type }) => type)).toEqual(["tool-call", "tool-result"]);
  const request = called({ prompt: [{ role: "assistant", content: sentBack(content) }] });
  expect(request.turns[0]!.parts).toMatchObject([{ kind: "text", text: "Found." }]);
  expect(request.unsaid).toEqual(["web_search"]);
});

describe("code that Gemini ran", () => {
  const PARTS = [
    { executableCode: { language: "PYTHON", code: "print(1)" }, thoughtSignature: "c2ln" },
    { codeExecutionResult: { outcome: "OUTCOME_OK", output: "1" } },
    { text: "One." },
  ];
  const candidates = [{ content: { role: "model", parts: PARTS }, finishReason: "STOP" }];
  const events = [...ofGemini({ responseId: "r", modelVersion: "gemini", candidates })];

  test.each([2, 3, 4])("is a call and what came of it, and goes back as it came, in edition %d", (number) => {
    const tools = [{ type: "provider", id: "google.code_execution", name: "python", args: {} }];
    const ask = asked({ tools }, edition(number));
    const content = encodeReply(fold(events), STAMP, CLOSING, ask).content as JsonObject[];
    expect(content.slice(0, 2)).toMatchObject([
      {
        type: "tool-call",
        toolName: "python",
        input: JSON.stringify(PARTS[0]!.executableCode),
        providerExecuted: true,
      },
      { type: "tool-result", toolName: "python", result: PARTS[1]!.codeExecutionResult as never },
    ]);
    expect(content[0]!.toolCallId).toBe(content[1]!.toolCallId!);
    expect(streamed(events, ask).filter(({ type }) => /^tool-(call|result)/.test(String(type)))).toMatchObject(
      content.slice(0, 2).map(({ providerMetadata: _, ...part }) => part),
    );
    const prompt = [
      { role: "user", content: [{ type: "text", text: "Count." }] },
      { role: "assistant", content: sentBack(content) },
      { role: "user", content: [{ type: "text", text: "And?" }] },
    ];
    const { contents } = toGemini(called({ tools, prompt }), leg()).body as { contents: JsonObject[] };
    expect(contents[1]).toEqual({ role: "model", parts: PARTS });
    // Others go on without.
    for (const encode of [toClaude, toOpenai, toChat]) {
      const { body, dropped } = encode(called({ prompt }), leg());
      expect(JSON.stringify(body)).not.toContain("print(1)");
      expect(dropped.length).toBeGreaterThan(0);
    }
  });
});
