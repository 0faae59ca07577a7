import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { toByteText } from "../../src/core/byte-text.ts";
import type { WireName } from "../../src/core/event.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { awsEvent } from "../../src/wires/fixtures/aws-frame.ts";
import { wireNamed } from "../../src/wires/index.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { modelAt, type Stage, startStage } from "../support/played.ts";

/**
 * What a provider says and the client's wire has no words for is told by its name, and never by silence: in
 * `provider_metadata.gateway.dropped`, with a warning each, on the finishing frame of a stream.
 */

const sse = (...events: object[]) =>
  events.map((event) => `event: ${(event as { type?: string }).type}\ndata: ${JSON.stringify(event)}\n\n`).join("");

const MESSAGE = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "m",
  usage: { input_tokens: 5, output_tokens: 1 },
};
const HOLOGRAM = { type: "hologram", depth: 3 };
const CLAUDE_ANSWER = {
  ...MESSAGE,
  content: [
    { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "dam" } },
    { type: "server_tool_use", id: "srvtoolu_2", name: "code_execution", input: {} },
    HOLOGRAM,
    {
      type: "text",
      text: "221 m.",
      citations: [
        { type: "char_location", cited_text: "x", document_index: 0, start_char_index: 0, end_char_index: 1 },
      ],
    },
  ],
  stop_reason: "moonrise",
  stop_sequence: null,
};
const CLAUDE_STREAM = sse(
  { type: "message_start", message: { ...MESSAGE, content: [] } },
  ...CLAUDE_ANSWER.content.flatMap((content_block, index) => [
    { type: "content_block_start", index, content_block },
    { type: "content_block_stop", index },
  ]),
  { type: "message_delta", delta: { stop_reason: "moonrise", stop_sequence: null }, usage: { output_tokens: 9 } },
  { type: "message_stop" },
);

const GEMINI = {
  responseId: "r1",
  modelVersion: "gemini-3-flash",
  candidates: [
    {
      index: 0,
      finishReason: "STOP",
      content: {
        role: "model",
        parts: [
          { executableCode: { language: "PYTHON", code: "1+1" } },
          { inlineData: { mimeType: "audio/wav", data: "AAAA" } },
          { text: "Größe: 2." },
        ],
      },
      groundingMetadata: {
        webSearchQueries: ["one", "two"],
        groundingChunks: [{ web: { uri: "https://a.example", title: "A" } }, { web: { uri: "https://b.example" } }],
        groundingSupports: [{ segment: { startIndex: 9, endIndex: 11, text: "2." }, groundingChunkIndices: [0] }],
      },
    },
  ],
  usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 6, totalTokenCount: 10 },
};

const RESPONSE = {
  id: "resp_1",
  object: "response",
  status: "completed",
  model: "m",
  output: [
    { id: "ws_1", type: "web_search_call", status: "completed", action: { type: "search", query: "dam" } },
    { id: "ci_1", type: "code_interpreter_call", status: "completed", code: "1+1" },
    { id: "ig_1", type: "image_generation_call", status: "completed", result: "AAAA", output_format: "webp" },
    {
      id: "msg_1",
      type: "message",
      role: "assistant",
      content: [
        {
          type: "output_text",
          text: "221 m.",
          annotations: [
            { type: "url_citation", url: "https://a.example", title: "A", start_index: 0, end_index: 3 },
            { type: "file_citation", file_id: "file-1", filename: "a.txt", index: 3 },
          ],
        },
      ],
    },
  ],
  usage: { input_tokens: 5, output_tokens: 6, total_tokens: 11 },
};
const RESPONSE_STREAM = sse(
  { type: "response.created", response: { ...RESPONSE, status: "in_progress", output: [] } },
  ...RESPONSE.output.map((item, output_index) => ({ type: "response.output_item.done", output_index, item })),
  { type: "response.completed", response: RESPONSE },
);

/** As Perplexity answers: the pages stand beside the choices, in every chunk. */
const PAGES = {
  id: "c1",
  model: "sonar",
  search_results: [{ title: "A", url: "https://a.example", snippet: "…" }, { url: "https://b.example" }],
  usage: { prompt_tokens: 5, completion_tokens: 6, total_tokens: 11, num_search_queries: 3 },
};
const CHAT = {
  ...PAGES,
  choices: [{ index: 0, message: { role: "assistant", content: "221 m.[1]" }, finish_reason: "stop" }],
};
const CHAT_STREAM = [
  { ...PAGES, choices: [{ index: 0, delta: { role: "assistant", content: "221 m." }, finish_reason: null }] },
  { ...PAGES, choices: [{ index: 0, delta: { content: "[1]" }, finish_reason: "stop" }] },
]
  .map((chunk) => `data: ${JSON.stringify({ ...chunk, object: "chat.completion.chunk" })}\n\n`)
  .join("");

const converse = (stopReason: string) => ({
  output: { message: { role: "assistant", content: [{ text: "Hi." }, { video: { format: "mp4" } }] } },
  stopReason,
  usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
});

const ANSWERS: { wire: WireName; answer: JsonObject; stream: string }[] = [
  { wire: "anthropic-messages", answer: CLAUDE_ANSWER, stream: CLAUDE_STREAM },
  { wire: "gemini-generate", answer: GEMINI, stream: `data: ${JSON.stringify(GEMINI)}\n\n` },
  { wire: "openai-responses", answer: RESPONSE, stream: RESPONSE_STREAM },
  { wire: "openai-chat", answer: CHAT, stream: CHAT_STREAM },
  {
    wire: "bedrock-converse",
    answer: converse("end_turn"),
    stream: [
      awsEvent("messageStart", { role: "assistant" }),
      awsEvent("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hi." } }),
      awsEvent("contentBlockDelta", { contentBlockIndex: 0, delta: { video: { format: "mp4" } } }),
      awsEvent("contentBlockStop", { contentBlockIndex: 0 }),
      awsEvent("messageStop", { stopReason: "end_turn" }),
      awsEvent("metadata", { usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 } }),
    ].join(""),
  },
];

let stage: Stage;
let gateway: RunningGateway;
beforeAll(async () => {
  stage = startStage(
    ANSWERS.flatMap(({ wire, answer, stream }) => {
      const one = { wire: wireNamed(wire), quirks: new Set<never>(), status: 200 };
      const framed = wire === "bedrock-converse" ? stream : toByteText(Buffer.from(stream));
      return [
        { ...one, stream: false, bytes: toByteText(Buffer.from(JSON.stringify(answer))) },
        { ...one, stream: true, bytes: framed },
      ];
    }),
  );
  gateway = await startGateway({ config: { providers: stage.providers } });
});
afterAll(async () => {
  await gateway.stop();
  await stage.stop();
});

// biome-ignore lint/suspicious/noExplicitAny: replies of three wires
type Loose = any;

const DOORS = {
  "/v1/chat/completions": {
    body: { messages: [{ role: "user", content: "x" }] },
    whole: (reply: Loose) => reply.choices[0].message.provider_metadata,
    last: (frames: Loose[]) => frames.at(-1).choices[0].delta.provider_metadata,
  },
  "/v1/responses": {
    body: { input: "x" },
    whole: (reply: Loose) => reply.provider_metadata,
    last: (frames: Loose[]) => frames.at(-1).response.provider_metadata,
  },
  "/v1/messages": {
    body: { max_tokens: 50, messages: [{ role: "user", content: "x" }] },
    whole: (reply: Loose) => reply.provider_metadata,
    last: (frames: Loose[]) => frames.find(({ type }) => type === "message_delta").provider_metadata,
  },
} as const;
type Path = keyof typeof DOORS;

const framesOf = (text: string): Loose[] =>
  text.split("\n").flatMap((line) => (line.startsWith("data: {") ? [JSON.parse(line.slice(6))] : []));

async function ask(wire: WireName, path: Path, stream: boolean) {
  const place = ANSWERS.findIndex((one) => one.wire === wire) * 2 + (stream ? 1 : 0);
  const response = await gateway.post(path, { ...DOORS[path].body, model: modelAt(place), stream });
  const text = await response.text();
  expect([response.status, response.status === 200 ? "" : text]).toEqual([200, ""]);
  const reply = stream ? framesOf(text) : JSON.parse(text);
  const metadata = stream ? DOORS[path].last(reply) : DOORS[path].whole(reply);
  return { reply, gateway: metadata.gateway, row: gateway.row(response.headers.get("x-request-id")!)! };
}

describe("what a door has no words for is told", () => {
  test.each<[WireName, Path, string[]]>([
    [
      "anthropic-messages",
      "/v1/chat/completions",
      ["web_search", "code_execution", "hologram", "citations", "finish_reason: moonrise"],
    ],
    ["anthropic-messages", "/v1/responses", ["code_execution", "hologram", "citations", "finish_reason: moonrise"]],
    ["anthropic-messages", "/v1/messages", []],
    ["gemini-generate", "/v1/chat/completions", ["executableCode", "audio/wav"]],
    ["gemini-generate", "/v1/responses", ["executableCode", "audio/wav"]],
    ["gemini-generate", "/v1/messages", ["executableCode", "audio/wav"]],
    ["openai-responses", "/v1/chat/completions", ["web_search", "code_interpreter_call", "citations"]],
    ["openai-responses", "/v1/responses", []],
    ["openai-responses", "/v1/messages", ["code_interpreter_call", "citations"]],
    ["openai-chat", "/v1/responses", []],
    ["openai-chat", "/v1/messages", []],
    ["bedrock-converse", "/v1/chat/completions", ["video"]],
    ["bedrock-converse", "/v1/responses", ["video"]],
    ["bedrock-converse", "/v1/messages", ["video"]],
  ])("of %s at %s: %j", async (wire, path, names) => {
    for (const stream of [false, true]) {
      const { gateway: told, row } = await ask(wire, path, stream);
      expect(told.dropped ?? []).toEqual(names);
      expect(told.warnings ?? []).toEqual(names.map((feature) => ({ type: "unsupported", feature })));
      expect(JSON.parse(row.dropped ?? "[]")).toEqual(names);
    }
  });
});

describe("searches and what they found", () => {
  test("are told by each door in its own words, streamed or not", async () => {
    const search = { type: "web_search_call", status: "completed", action: { type: "search", query: "dam" } };
    const claude = await ask("anthropic-messages", "/v1/responses", false);
    expect(claude.reply.output[0]).toMatchObject(search);
    const streamed = await ask("anthropic-messages", "/v1/responses", true);
    expect(streamed.reply.at(-1).response.output[0]).toMatchObject(search);
    const openai = await ask("openai-responses", "/v1/messages", false);
    expect(openai.reply.content[0]).toEqual({
      type: "server_tool_use",
      id: "ws_1",
      name: "web_search",
      input: { query: "dam" },
    });
    const page = { type: "web_search_result_location", url: "https://a.example", title: "A" };
    expect(openai.reply.content.find(({ type }: Loose) => type === "text").citations).toMatchObject([page]);
  });

  test("of Gemini stand where they stand in characters, and a page that no passage names is cited too", async () => {
    const { reply } = await ask("gemini-generate", "/v1/chat/completions", false);
    expect(reply.choices[0].message.annotations).toEqual([
      { type: "url_citation", url_citation: { start_index: 7, end_index: 9, url: "https://a.example", title: "A" } },
      { type: "url_citation", url_citation: { url: "https://b.example", title: "" } },
    ]);
    const streamed = await ask("gemini-generate", "/v1/responses", true);
    expect(streamed.reply.at(-1).response.output.at(-1).content[0].annotations).toMatchObject([
      { type: "url_citation", start_index: 7, end_index: 9, url: "https://a.example" },
      { type: "url_citation", url: "https://b.example" },
    ]);
  });

  test("that a provider lists beside its answer are cited behind its words, each once", async () => {
    for (const stream of [false, true]) {
      const responses = await ask("openai-chat", "/v1/responses", stream);
      const { output } = stream ? responses.reply.at(-1).response : responses.reply;
      expect(output.at(-1).content[0]).toMatchObject({
        text: "221 m.[1]",
        annotations: [
          { type: "url_citation", url: "https://a.example", title: "A" },
          { type: "url_citation", url: "https://b.example", title: "" },
        ],
      });
    }
    const claude = await ask("openai-chat", "/v1/messages", false);
    const [text] = claude.reply.content;
    expect(text.citations.map(({ url }: Loose) => url)).toEqual(["https://a.example", "https://b.example"]);
  });

  test.each<[WireName, number | null]>([
    ["gemini-generate", 2],
    ["openai-responses", 1],
    ["openai-chat", 3],
    ["bedrock-converse", null],
  ])("of %s are metered: %p", async (wire, searches) => {
    for (const path of Object.keys(DOORS) as Path[])
      for (const stream of [false, true]) expect((await ask(wire, path, stream)).row.searches).toBe(searches);
  });
});

test("a picture that a provider made is a picture at every door", async () => {
  const chat = await ask("openai-responses", "/v1/chat/completions", true);
  const images = chat.reply.flatMap(({ choices }: Loose) => choices[0].delta.images ?? []);
  expect(images).toEqual([{ type: "image_url", image_url: { url: "data:image/webp;base64,AAAA" } }]);
  const messages = await ask("openai-responses", "/v1/messages", false);
  const source = { type: "base64", media_type: "image/webp", data: "AAAA" };
  expect(messages.reply.content).toContainEqual({ type: "image", source });
  const responses = await ask("openai-responses", "/v1/responses", false);
  expect(responses.reply.output).toContainEqual(RESPONSE.output[2]);
});
