import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());
afterEach(() => gateway.simulator.forget());

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const PDF = "JVBERi0xLjAK";

const chat = (part: object) => ({ messages: [{ role: "user", content: [{ type: "text", text: "Look." }, part] }] });
const items = (part: object) => ({ input: [{ role: "user", content: [{ type: "input_text", text: "Look." }, part] }] });
const turns = (block: object) => ({
  max_tokens: 100,
  messages: [{ role: "user", content: [{ type: "text", text: "Look." }, block] }],
});

const image = (url: string) => ({ type: "image_url", image_url: { url } });
const source = (media_type: string, data: string) => ({ type: "base64", media_type, data });

const DOORS = ["/v1/chat/completions", "/v1/responses", "/v1/messages"] as const;

/** What asks for an ability, at each door that has words for it. */
const ASKS: [ability: string, path: (typeof DOORS)[number], body: object][] = [
  ["vision", "/v1/chat/completions", chat(image(`data:image/png;base64,${PNG}`))],
  ["vision", "/v1/chat/completions", chat(image("https://pictures.example/one.png"))],
  ["vision", "/v1/responses", items({ type: "input_image", image_url: `data:image/png;base64,${PNG}` })],
  [
    "vision",
    "/v1/responses",
    {
      input: [
        { type: "function_call", call_id: "c1", name: "look", arguments: "{}" },
        {
          type: "function_call_output",
          call_id: "c1",
          output: [{ type: "input_image", image_url: "https://x.example/1" }],
        },
      ],
    },
  ],
  ["vision", "/v1/messages", turns({ type: "image", source: source("image/png", PNG) })],
  [
    "vision",
    "/v1/messages",
    turns({ type: "tool_result", tool_use_id: "t1", content: [{ type: "image", source: source("image/png", PNG) }] }),
  ],
  ["files", "/v1/chat/completions", chat({ type: "file", file: { file_data: `data:application/pdf;base64,${PDF}` } })],
  [
    "files",
    "/v1/chat/completions",
    chat({ type: "file", file: { data: PDF, media_type: "application/pdf", filename: "a.pdf" } }),
  ],
  ["files", "/v1/responses", items({ type: "input_file", file_url: "https://papers.example/a.pdf?page=2" })],
  ["files", "/v1/messages", turns({ type: "document", source: source("application/pdf", PDF) })],
  ["audio-input", "/v1/chat/completions", chat({ type: "input_audio", input_audio: { data: "AAAA", format: "wav" } })],
  ["audio-input", "/v1/chat/completions", chat({ type: "file", file: { file_data: "data:audio/wav;base64,AAAA" } })],
  ["audio-input", "/v1/responses", items({ type: "input_file", filename: "a", file_data: "data:audio/mp3;base64,AA" })],
];

const messageOf = (path: string, body: { error: { message: string } }): string => {
  if (path === "/v1/messages") expect(body).toMatchObject({ type: "error", error: { type: "invalid_request_error" } });
  else expect(body.error).toMatchObject({ type: "invalid_request_error", code: "unsupported" });
  return body.error.message;
};

describe("a text model is not sent what it cannot read", () => {
  test.each(ASKS)("%s at %s", async (ability, path, body) => {
    for (const stream of [false, true]) {
      const response = await gateway.post(path, { model: "meta/llama-3.3-70b", stream, ...body });
      expect(response.status).toBe(400);
      expect(response.headers.get("content-type")).toContain("application/json");
      const message = messageOf(path, await jsonOf(response));
      expect(message).toContain(`groq for meta/llama-3.3-70b: cannot do \`${ability}\``);
    }
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("and the message names a model that can", async () => {
    const asked = { model: "openai/gpt-3.5-turbo", ...chat(image("https://pictures.example/one.png")) };
    const message = messageOf(DOORS[0], await jsonOf(await gateway.post(DOORS[0], asked)));
    expect(message).toMatch(/"openai\/gpt-[\w.-]+" can\.$/);
    const able = /"(openai\/[^"]+)" can/.exec(message)![1]!;
    expect((await gateway.post(DOORS[0], { ...asked, model: able })).status).toBe(200);
  });
});

test("tools are not offered to a model that is known to call none", async () => {
  const parameters = { type: "object", properties: {} };
  const asks: [string, object][] = [
    [
      DOORS[0],
      {
        messages: [{ role: "user", content: "x" }],
        tools: [{ type: "function", function: { name: "f", parameters } }],
      },
    ],
    [DOORS[0], { messages: [{ role: "user", content: "x" }], functions: [{ name: "f", parameters }] }],
    [DOORS[1], { input: "x", tools: [{ type: "function", name: "f", parameters }] }],
    [
      DOORS[2],
      { max_tokens: 9, messages: [{ role: "user", content: "x" }], tools: [{ name: "f", input_schema: parameters }] },
    ],
  ];
  for (const [path, body] of asks) {
    const refused = await gateway.post(path, { model: "openai/gpt-4o-mini-search-preview", ...body });
    expect(refused.status).toBe(400);
    expect(messageOf(path, await jsonOf(refused))).toContain("cannot do `tools` (it calls no tools)");
    const { tools: _, functions: __, ...bare } = body as Record<string, unknown>;
    expect((await gateway.post(path, { model: "openai/gpt-4o-mini-search-preview", ...bare })).status).toBe(200);
  }
});

test("a model to fall back to that can is asked at once, and the reply says why the first was not", async () => {
  const asked = {
    model: "meta/llama-3.3-70b",
    models: ["openai/gpt-4o"],
    ...chat(image("https://pictures.example/one.png")),
  };
  const reply = await jsonOf(await gateway.post(DOORS[0], asked));
  expect(reply.model).toBe("openai/gpt-4o");
  expect(gateway.simulator.requests).toHaveLength(1);
  const { routing } = reply.choices[0].message.provider_metadata.gateway;
  expect(routing.planningReasoning).toContain("groq (cannot do `vision` (it reads no images))");
});

test("text in a file is no more than text", async () => {
  const text = chat({ type: "file", file: { filename: "a.txt", file_data: "data:text/plain;base64,aGVsbG8=" } });
  await (await gateway.post(DOORS[0], { model: "meta/llama-3.3-70b", ...text })).text();
  expect(gateway.simulator.requests).toHaveLength(1);
});
