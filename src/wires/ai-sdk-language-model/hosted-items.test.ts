import { describe, expect, test } from "bun:test";
import type { Event } from "../../core/event.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { fold } from "../../core/message.ts";
import { decodeAnswer as ofClaude } from "../anthropic-messages/decode-answer.ts";
import { encodeRequest as toClaude } from "../anthropic-messages/encode-request.ts";
import { CLOSING, leg, STAMP } from "../fixtures/facts.ts";
import { decodeAnswer as ofGemini } from "../gemini-generate/decode-answer.ts";
import { encodeRequest as toGemini } from "../gemini-generate/encode-request.ts";
import { leftOut } from "../left-out.ts";
import { decodeAnswer } from "../openai-responses/decode-answer.ts";
import { encodeRequest as toOpenai } from "../openai-responses/encode-request.ts";
import { asked, called } from "./fixtures/call.ts";
import { aiSdkLanguageModel } from "./index.ts";

const { inbound, editions } = aiSdkLanguageModel;
const { encodeReply, encodeStream } = inbound!.transcode!;
const edition = (number: number) => ({ "ai-language-model-specification-version": String(number) });

const SAID = {
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text: "Done.", annotations: [] }],
};
const said = (...items: JsonObject[]): Event[] => [
  ...decodeAnswer({ id: "resp_1", model: "gpt", status: "completed", output: [...items, SAID] }),
];

/** The parts of a whole answer, which those of a stream must be as well. */
function partsOf(events: readonly Event[], number: number, members: JsonObject = {}): JsonObject[] {
  const ask = asked(members, edition(number));
  const whole = encodeReply(fold(events), STAMP, CLOSING, ask).content as JsonObject[];
  const stream = encodeStream(STAMP, ask);
  const told = events.map((event) => stream.push(event)).join("") + stream.finish(CLOSING);
  const streamed = told.split("\n\n").filter((frame) => frame.startsWith("data: {"));
  const mentioned = /^(text|reasoning|tool-input)-(start|delta|end)$|^(stream-start|response-metadata|finish)$/;
  const parts = streamed.map((frame) => JSON.parse(frame.slice(6)) as JsonObject);
  expect(parts.filter(({ type }) => !mentioned.test(String(type)))).toEqual(
    whole.filter(({ type }) => type !== "text"),
  );
  return whole;
}

/** What the client's SDK keeps of an answer. */
const kept = (content: readonly JsonObject[]): JsonObject[] =>
  content.flatMap<JsonObject>(({ type, providerMetadata, input, result, isError, ...part }) => {
    const { dynamic: _, providerExecuted, ...told } = part;
    const { gateway: __, ...metadata } = isObject(providerMetadata) ? providerMetadata : {};
    const beside = { providerOptions: metadata };
    if (type === "source" || type === "tool-approval-request") return [];
    if (type === "tool-call")
      return [{ type, ...told, input: JSON.parse(String(input)), providerExecuted: providerExecuted!, ...beside }];
    if (type !== "tool-result") return [{ type: type!, ...told, ...beside }];
    return [{ type, ...told, output: { type: isError ? "error-json" : "json", value: result! }, ...beside }];
  });
const user = (text: string): JsonObject => ({ role: "user", content: [{ type: "text", text }] });
const inputOf = (prompt: JsonObject[]) => {
  const request = called({ prompt });
  const { body, dropped } = toOpenai(request, leg());
  return { input: body.input as JsonObject[], dropped, unsaid: request.unsaid };
};

const CODE = {
  type: "code_interpreter_call",
  id: "ci_1",
  status: "completed",
  code: "print(1)",
  container_id: "cntr_1",
  outputs: [{ type: "logs", logs: "1" }],
};
const FILES = {
  type: "file_search_call",
  id: "fs_1",
  status: "completed",
  queries: ["dam"],
  results: [
    { file_id: "file-1", filename: "a.txt", score: 0.9, text: "A dam.", attributes: {} },
    { file_id: "file-1", filename: "a.txt", score: 0.8, text: "Another.", attributes: {} },
  ],
};
const ARGUMENTS = '{"url":"https://a.example"}';
const MCP = {
  type: "mcp_call",
  id: "mcp_1",
  server_label: "zip",
  name: "shorten",
  arguments: ARGUMENTS,
  output: "https://z.example/1",
};
const ASKS = {
  type: "mcp_approval_request",
  id: "mcpr_1",
  server_label: "zip",
  name: "shorten",
  arguments: ARGUMENTS,
};

describe.each([2, 3, 4])("in edition %d", (number) => {
  const beside = number === 2 ? { providerExecuted: true } : {};

  test("code that OpenAI ran is a call with what it printed, by the client's name for it", () => {
    const tools = [{ type: "provider", id: "openai.code_interpreter", name: "python", args: {} }];
    const [call, result] = partsOf(said(CODE), number, { tools });
    expect(call).toMatchObject({
      type: "tool-call",
      toolCallId: "ci_1",
      toolName: "python",
      input: '{"code":"print(1)","containerId":"cntr_1"}',
      providerExecuted: true,
    });
    expect(call).not.toHaveProperty("dynamic");
    const outputs = CODE.outputs;
    expect(result).toEqual({
      ...{ type: "tool-result", toolCallId: "ci_1", toolName: "python", ...beside },
      result: { outputs },
    });
  });

  test("files that OpenAI searched are a call, what was found and each file as a source", () => {
    const [call, result, source, ...rest] = partsOf(said(FILES), number);
    expect(call).toMatchObject({ toolName: "file_search", input: "{}", providerExecuted: true, dynamic: true });
    expect(result!.result).toEqual({
      queries: ["dam"],
      results: [
        { fileId: "file-1", filename: "a.txt", score: 0.9, text: "A dam.", attributes: {} },
        { fileId: "file-1", filename: "a.txt", score: 0.8, text: "Another.", attributes: {} },
      ],
    });
    expect(source).toMatchObject({ type: "source", sourceType: "document", title: "a.txt", mediaType: "text/plain" });
    expect(rest.map(({ type }) => type)).toEqual(["text"]);
    const unfound = partsOf(said({ ...FILES, results: null }), number);
    expect(unfound[1]!.result).toEqual({ queries: ["dam"], results: null });
  });

  test("files that OpenAI cites are sources", () => {
    const cited = { type: "file_citation", file_id: "file-1", filename: "a.txt", index: 3 };
    const wrote = { type: "container_file_citation", file_id: "cfile_1", filename: "b.csv", container_id: "cntr_1" };
    const path = { type: "file_path", file_id: "file-2", index: 4 };
    const annotations = [cited, wrote, path];
    const message = { ...SAID, content: [{ type: "output_text", text: "Done.", annotations }] };
    const events = [...decodeAnswer({ id: "resp_1", model: "gpt", status: "completed", output: [message] })];
    expect(partsOf(events, number).slice(1)).toMatchObject([
      { type: "source", sourceType: "document", title: "a.txt", filename: "a.txt", mediaType: "text/plain" },
      { title: "b.csv", providerMetadata: { openai: { type: "container_file_citation", fileId: "cfile_1" } } },
      { title: "file-2", mediaType: "application/octet-stream" },
    ]);
  });

  test("what another's server gave is a call with its outcome, and goes back as it came", () => {
    const content = partsOf(said(MCP), number);
    expect(content[0]).toMatchObject({
      toolName: number === 2 ? "mcp" : "mcp.shorten",
      input: ARGUMENTS,
      providerExecuted: true,
      dynamic: true,
    });
    expect(content[1]!.result).toEqual({
      ...{ type: "call", serverLabel: "zip", name: "shorten", arguments: ARGUMENTS },
      output: MCP.output,
    });
    const { input, dropped, unsaid } = inputOf([user("Shorten."), { role: "assistant", content: kept(content) }]);
    expect(input.slice(1)).toEqual([MCP, { role: "assistant", content: "Done." }]);
    expect([dropped, unsaid]).toEqual([[], undefined]);
  });

  test("what another's server failed at is told as such", () => {
    const { output: _, ...failed } = { ...MCP, error: "gone" };
    const content = partsOf(said(failed), number);
    expect(content[1]!.result).toMatchObject({ error: "gone" });
    expect(inputOf([{ role: "assistant", content: kept(content) }]).input[0]).toEqual(failed);
  });
});

test("what names the account's own containers and files goes to nobody, and that is told", () => {
  const content = kept(partsOf(said(CODE, FILES), 4));
  const { input, unsaid } = inputOf([{ role: "assistant", content }]);
  expect(input).toEqual([{ role: "assistant", content: "Done." }]);
  expect(unsaid).toEqual(["code_interpreter", "file_search"]);
});

describe("a call that waits for the client's word", () => {
  const content = partsOf(said(ASKS), 4);
  const waiting = { role: "assistant", content: kept(content) };
  const word = (approved: boolean, more: JsonObject = {}): JsonObject => ({
    role: "tool",
    content: [{ type: "tool-approval-response", approvalId: "mcpr_1", approved, ...more }],
  });
  const answered = (approve: boolean) => ({
    type: "mcp_approval_response",
    approval_request_id: "mcpr_1",
    approve,
  });

  test("is told with what to answer to", () => {
    expect(content).toMatchObject([
      { type: "tool-call", toolCallId: "mcpr_1", toolName: "mcp.shorten", input: ARGUMENTS, providerExecuted: true },
      { type: "tool-approval-request", approvalId: "mcpr_1", toolCallId: "mcpr_1" },
      { type: "text" },
    ]);
    expect(partsOf(said(ASKS), 3).map(({ type }) => type)).toEqual(["tool-call", "tool-approval-request", "text"]);
  });

  test("has an outcome that says so in the edition that has no such word", () => {
    expect(partsOf(said(ASKS), 2).slice(0, 2)).toMatchObject([
      { type: "tool-call" },
      { type: "tool-result", result: { type: "approvalRequest", id: "mcpr_1", serverLabel: "zip", name: "shorten" } },
    ]);
  });

  test.each([true, false])("goes back before the word: %p", (approved) => {
    const { input, dropped, unsaid } = inputOf([user("Shorten."), waiting, word(approved)]);
    expect(input.slice(1)).toEqual([ASKS, { role: "assistant", content: "Done." }, answered(approved)]);
    expect([dropped, unsaid]).toEqual([[], undefined]);
  });

  test("is answered once, with why, and what stands for a call that was not made is no result", () => {
    const denied = { type: "execution-denied", providerOptions: { openai: { approvalId: "mcpr_1" } } };
    const result = { type: "tool-result", toolCallId: "mcpr_1", toolName: "mcp.shorten", output: denied };
    const again = { role: "tool", content: [result, ...(word(false).content as JsonObject[])] };
    const { input, unsaid } = inputOf([waiting, word(false, { reason: "No." }), again]);
    expect(input.slice(2)).toEqual([{ ...answered(false), reason: "No." }]);
    expect(unsaid).toBeUndefined();
  });

  test("that was made is told as the same call, and its item says which word let it be made", () => {
    const made = { ...MCP, approval_request_id: "mcpr_1" };
    const after = partsOf(said(made), 4);
    expect(after.slice(0, 2).map(({ toolCallId }) => toolCallId)).toEqual(["mcpr_1", "mcpr_1"]);
    const { input } = inputOf([waiting, word(true), { role: "assistant", content: kept(after) }]);
    expect(input.slice(2, 4)).toEqual([answered(true), made]);
    // As interfaces keep it: all of it in one message.
    const whole = [...kept(content), ...kept(after).filter(({ type }) => type === "tool-result")];
    const together = inputOf([{ role: "assistant", content: whole }, word(true)]);
    expect(together.input).toEqual([{ role: "assistant", content: "Done." }, MCP]);
    expect(together.unsaid).toEqual(["tool-approval-response"]);
  });

  test("is a refusal to anybody else, who would have made it of the client's own accord", () => {
    for (const encode of [toClaude, toGemini])
      expect(() => encode(called({ prompt: [user("Shorten."), waiting, word(true)] }), leg())).toThrow("cannot take");
    const { dropped } = toClaude(called({ prompt: [user("Shorten."), waiting, user("No.")] }), leg());
    expect(dropped).toEqual(["mcp_approval_request"]);
  });
});

describe("what another's server gave Claude", () => {
  const USE = {
    type: "mcp_tool_use",
    id: "mcptoolu_1",
    name: "echo",
    input: { message: "Hi" },
    server_name: "echoes",
  };
  const GAVE = {
    type: "mcp_tool_result",
    tool_use_id: "mcptoolu_1",
    is_error: false,
    content: [{ type: "text", text: "Hi" }],
  };
  const events = (result: JsonObject) => [
    ...ofClaude({
      id: "msg_1",
      model: "claude",
      content: [USE, result, { type: "text", text: "Done." }],
      stop_reason: "end_turn",
    }),
  ];

  test.each([
    [2, GAVE],
    [3, GAVE],
    [4, GAVE],
    [4, { ...GAVE, is_error: true }],
  ])("is told and goes back as it came, in edition %d", (number, result) => {
    const content = encodeReply(fold(events(result)), STAMP, CLOSING, asked({}, edition(number))).content;
    const [call, gave] = content as JsonObject[];
    expect(call).toMatchObject({
      toolName: "echo",
      providerExecuted: true,
      dynamic: true,
      providerMetadata: { anthropic: { type: "mcp-tool-use", serverName: "echoes" } },
    });
    expect(gave).toMatchObject({ type: "tool-result", toolName: "echo", result: GAVE.content });
    const prompt = [user("Echo."), { role: "assistant", content: kept(content as JsonObject[]) }];
    const { body, dropped } = toClaude(called({ prompt }), leg());
    expect((body.messages as JsonObject[])[1]!.content).toEqual([USE, result, { type: "text", text: "Done." }]);
    expect(dropped).toEqual([]);
  });

  test("goes to nobody without its server's name", () => {
    const content = kept(encodeReply(fold(events(GAVE)), STAMP, CLOSING, asked()).content as JsonObject[]);
    const bare = content.map(({ providerOptions: _, ...part }) => part);
    const request = called({ prompt: [user("Echo."), { role: "assistant", content: bare }] });
    expect(request.unsaid).toEqual(["echo"]);
    expect((toClaude(request, leg()).body.messages as JsonObject[])[1]!.content).toEqual([
      { type: "text", text: "Done." },
    ]);
  });

  test("is asked for by the SDK's own words for servers", () => {
    const servers = [
      {
        type: "url",
        name: "echoes",
        url: "https://a.example",
        authorizationToken: "t",
        toolConfiguration: { allowedTools: ["echo"] },
      },
    ];
    const options = { providerOptions: { anthropic: { mcpServers: servers } } };
    const { body, headers } = toClaude(called(options), { ...leg(), provider: "anthropic" });
    expect(body.mcp_servers).toEqual([
      {
        type: "url",
        name: "echoes",
        url: "https://a.example",
        authorization_token: "t",
        tool_configuration: { allowed_tools: ["echo"] },
      },
    ]);
    expect(headers).toEqual({ "anthropic-beta": "mcp-client-2025-04-04" });
  });
});

describe("what only one provider says", () => {
  const SHORT = { type: "compaction", id: "cmp_1", encrypted_content: "gAAAA" };
  const THOUGHT = { inlineData: { mimeType: "image/png", data: "iVBORw0" }, thought: true, thoughtSignature: "c2ln" };
  const pictures = [
    ...ofGemini({
      responseId: "r",
      modelVersion: "gemini",
      candidates: [{ content: { role: "model", parts: [THOUGHT, { text: "Done." }] }, finishReason: "STOP" }],
    }),
  ];

  test("a conversation made short is a part of OpenAI's own, and goes back", () => {
    const [custom] = partsOf(said(SHORT), 4);
    expect(custom).toMatchObject({
      type: "custom",
      kind: "openai.compaction",
      providerMetadata: { openai: { itemId: "cmp_1", encryptedContent: "gAAAA" } },
    });
    const { input } = inputOf([{ role: "assistant", content: kept([custom!]) }]);
    expect(input).toEqual([SHORT]);
    expect(
      toClaude(called({ prompt: [user("Hi"), { role: "assistant", content: kept([custom!]) }] }), leg()).dropped,
    ).toEqual(["compaction"]);
  });

  test("a picture that was thought of is thinking, and goes back", () => {
    const [file] = partsOf(pictures, 4);
    expect(file).toMatchObject({
      type: "reasoning-file",
      mediaType: "image/png",
      data: { type: "data", data: "iVBORw0" },
      providerMetadata: { google: { thoughtSignature: "c2ln" } },
    });
    const prompt = [user("Draw."), { role: "assistant", content: kept([file!]) }];
    const { contents } = toGemini(called({ prompt }), leg()).body as { contents: JsonObject[] };
    expect(contents[1]).toEqual({ role: "model", parts: [THOUGHT] });
    expect(asked({ prompt }).requires).toEqual(asked().requires);
    expect(toClaude(called({ prompt }), leg()).dropped).toEqual(["reasoning-file"]);
    // A proof that is refused is taken out, and the picture stays.
    const { body } = inbound!.withoutSeals!(asked({ prompt }).body)!;
    expect(JSON.stringify(body)).not.toContain("c2ln");
    expect(JSON.stringify(body)).toContain("iVBORw0");
    const forgets = { prompt, providerOptions: { google: { sendReasoning: false } } };
    expect(JSON.stringify(toGemini(called(forgets), leg()).body)).not.toContain("iVBORw0");
  });

  test.each([2, 3])("is told to be left out in edition %d, which has no word for it", (number) => {
    const { says } = editions![`v${number}`]!.transcode!;
    for (const events of [said(SHORT), pictures]) {
      expect(partsOf(events, number).map(({ type }) => type)).toEqual(["text"]);
      const names = events.flatMap((event) => leftOut(event, "ai-sdk-language-model", says) ?? []);
      expect(names).toHaveLength(1);
    }
  });

  test("a tool that a search of the client's own found is named to Claude", () => {
    const found = { type: "custom", providerOptions: { anthropic: { type: "tool-reference", toolName: "look" } } };
    const output = { type: "content", value: [found] };
    const prompt = [
      user("Look."),
      { role: "assistant", content: [{ type: "tool-call", toolCallId: "c1", toolName: "search", input: {} }] },
      { role: "tool", content: [{ type: "tool-result", toolCallId: "c1", toolName: "search", output }] },
    ];
    const { messages } = toClaude(called({ prompt }), leg()).body as { messages: JsonObject[] };
    expect(messages[2]!.content).toMatchObject([{ content: [{ type: "tool_reference", tool_name: "look" }] }]);
  });
});

describe("tools that OpenAI runs", () => {
  const tool = (id: string, args: JsonObject = {}, name = id.split(".")[1]!) => ({ type: "provider", id, name, args });

  test("are chosen by what OpenAI calls them, and asked for what they print", () => {
    const tools = [tool("openai.code_interpreter", {}, "python")];
    const { body } = toOpenai(called({ tools, toolChoice: { type: "tool", toolName: "python" } }), leg());
    expect(body).toMatchObject({
      tool_choice: { type: "code_interpreter" },
      include: ["code_interpreter_call.outputs"],
    });
    const server = [tool("openai.mcp", { serverLabel: "zip" }, "links")];
    const choice = { tools: server, toolChoice: { type: "tool", toolName: "links" } };
    expect(toOpenai(called(choice), leg()).body.tool_choice).toEqual({ type: "mcp", server_label: "zip" });
    const thinks = {
      tools,
      reasoning: "low",
      providerOptions: { acme: { include: ["message.output_text.logprobs"] } },
    };
    expect(toOpenai(called(thinks), leg()).body.include).toEqual([
      "reasoning.encrypted_content",
      "code_interpreter_call.outputs",
      "message.output_text.logprobs",
    ]);
  });

  test("others' servers are named as OpenAI names them, and nobody is asked unless the client wants it", () => {
    const args = {
      serverLabel: "zip",
      serverUrl: "https://zip.example",
      headers: { "X-Own-Name": "1" },
      allowedTools: { readOnly: true, toolNames: ["shorten"] },
    };
    const sent = (more: JsonObject) =>
      toOpenai(called({ tools: [tool("openai.mcp", { ...args, ...more })] }), leg()).body.tools;
    expect(sent({})).toEqual([
      {
        type: "mcp",
        server_label: "zip",
        server_url: "https://zip.example",
        headers: { "X-Own-Name": "1" },
        allowed_tools: { read_only: true, tool_names: ["shorten"] },
        require_approval: "never",
      },
    ]);
    expect(sent({ requireApproval: "always" })).toMatchObject([{ require_approval: "always" }]);
    expect(sent({ requireApproval: { never: { toolNames: ["shorten"] } } })).toMatchObject([
      { require_approval: { never: { tool_names: ["shorten"] } } },
    ]);
  });
});
