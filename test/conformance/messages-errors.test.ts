import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { failure, type Loose } from "./client.ts";
import { anthropicAt, CLAUDE, eventsOf, GPT, MODELS, say } from "./messages-client.ts";

let gateway: RunningGateway;
let client: Anthropic;
beforeAll(async () => {
  gateway = await startGateway();
  client = anthropicAt(gateway, { maxRetries: 0 });
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

/** The body of an error: always of this shape, whatever went wrong. */
async function errorOf(reply: Response): Promise<Loose> {
  const body: Loose = await reply.json();
  expect(Object.keys(body)).toEqual(["type", "error", "request_id"]);
  expect(body.type).toBe("error");
  expect(body.request_id).toBe(reply.headers.get("request-id"));
  expect(typeof body.error.message).toBe("string");
  return body.error;
}

const HELLO = say(CLAUDE, "Hello");

describe("what is refused before anything is sent is told in Anthropic's shape", () => {
  const cases: [string, number, string, () => Promise<Response>][] = [
    ["a body that is no JSON", 400, "invalid_request_error", () => gateway.post("/v1/messages", "{")],
    ["no body", 400, "invalid_request_error", () => gateway.post("/v1/messages", "")],
    [
      "no limit",
      400,
      "invalid_request_error",
      () => gateway.post("/v1/messages", { model: CLAUDE, messages: HELLO.messages }),
    ],
    [
      "a block of the wrong type",
      400,
      "invalid_request_error",
      () => gateway.post("/v1/messages", say(CLAUDE, [{ type: "text", text: 7 } as Loose])),
    ],
    [
      "a name that stands twice",
      400,
      "invalid_request_error",
      () => gateway.post("/v1/messages", '{"model":"a","model":"b"}'),
    ],
    [
      "another content type",
      415,
      "invalid_request_error",
      () => gateway.post("/v1/messages", "x", { "content-type": "text/plain" }),
    ],
    ["another method", 405, "invalid_request_error", () => gateway.get("/v1/messages")],
    ["a path below it", 404, "not_found_error", () => gateway.post("/v1/messages/batches", {})],
    ["a path of Claude Code's", 404, "not_found_error", () => gateway.get("/claude-code/v1/models/x")],
    [
      "no key",
      401,
      "authentication_error",
      () => fetch(`${gateway.url}/v1/messages`, { method: "POST", body: JSON.stringify(HELLO) }),
    ],
    [
      "a wrong key",
      401,
      "authentication_error",
      () => gateway.post("/v1/messages", HELLO, { authorization: "", "x-api-key": "wrong" }),
    ],
    ["an unknown model", 404, "not_found_error", () => gateway.post("/v1/messages", say("lab/none", "Hello"))],
    [
      "a body that is too large",
      413,
      "request_too_large",
      () => gateway.post("/v1/messages", say(CLAUDE, "x".repeat(33 * 1024 * 1024))),
    ],
    [
      "an unknown option",
      400,
      "invalid_request_error",
      () => gateway.post("/v1/messages", { ...HELLO, providerOptions: { gateway: { ordre: [] } } }),
    ],
  ];
  test.each(cases)("%s", async (_, status, type, ask) => {
    const reply = await ask();
    expect(reply.status).toBe(status);
    expect((await errorOf(reply)).type).toBe(type);
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test.each(["/v1/messages/count_tokens", "/claude-code/v1/messages", "/claude-code/messages"])(
    "at %s too",
    async (path) => {
      for (const reply of [await gateway.post(path, "{"), await gateway.get(path), await fetch(gateway.url + path)])
        await errorOf(reply);
      const unknown = await gateway.post(path, say("lab/none", "Hello"));
      expect([unknown.status, (await errorOf(unknown)).code]).toEqual([404, "model_not_found"]);
    },
  );

  test("what a provider keeps under an id is refused: its account is shared", async () => {
    const file = { type: "image", source: { type: "file", file_id: "file_1" } };
    const cases: [object, string][] = [
      [{ container: "container_1" }, "container"],
      [{ container: { id: "container_1", skills: [] } }, "container"],
      [{ messages: [{ role: "user", content: [file] }] }, "messages[0].content[0].source.file_id"],
      [
        { messages: [{ role: "user", content: [{ type: "container_upload", file_id: "file_1" }] }] },
        "messages[0].content[0].file_id",
      ],
      [
        { messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: [file] }] }] },
        "messages[0].content[0].content[0].source.file_id",
      ],
    ];
    for (const [members, param] of cases) {
      const error = await errorOf(await gateway.post("/v1/messages", { ...HELLO, ...members }));
      expect([error.code, error.param]).toEqual(["unsupported", param]);
    }
    expect(gateway.simulator.requests).toHaveLength(0);
    const skills = { ...HELLO, container: { skills: [] } };
    expect((await gateway.post("/v1/messages", skills)).status).toBe(200);
  });

  test("the field that is wrong is named", async () => {
    const cases: [object, string][] = [
      [{ max_tokens: 0 }, "max_tokens"],
      [{ system: [{ type: "text" }] }, "system[0].text"],
      [{ messages: [] }, "messages"],
      [{ messages: [{ role: "robot", content: "x" }] }, "messages[0].role"],
      [{ messages: [{ role: "user" }] }, "messages[0].content"],
      [{ messages: [{ role: "user", content: [{ type: "image" }] }] }, "messages[0].content[0].source"],
      [
        {
          messages: [
            { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: [{ type: "text" }] }] },
          ],
        },
        "messages[0].content[0].content[0].text",
      ],
      [{ tools: [{ name: "f" }] }, "tools[0].input_schema"],
      [{ tool_choice: { type: "tool" } }, "tool_choice.name"],
      [{ thinking: { type: "enabled" } }, "thinking.budget_tokens"],
      [{ output_config: { effort: "mighty" } }, "output_config.effort"],
      [{ stop_sequences: "x" }, "stop_sequences"],
      [{ models: [7] }, "models[0]"],
    ];
    for (const [members, param] of cases) {
      const error = await errorOf(await gateway.post("/v1/messages", { ...HELLO, ...members }));
      expect([error.code, error.param]).toEqual(["invalid_request", param]);
    }
  });
});

describe.each(MODELS)("a failure of the provider of %s", (model) => {
  const asked = (content: string) => client.messages.create(say(model, content));

  test.each([
    ["[sim status=429 retry-after=7]", Anthropic.RateLimitError, 429, "rate_limit_error"],
    ["[sim status=500]", Anthropic.InternalServerError, 503, "api_error"],
    ["[sim status=401]", Anthropic.InternalServerError, 502, "api_error"],
    ["[sim status=400 message='no']", Anthropic.BadRequestError, 400, "invalid_request_error"],
    ["[sim status=413]", Anthropic.APIError, 413, "request_too_large"],
    ["[sim too-long]", Anthropic.BadRequestError, 400, "invalid_request_error"],
    ["[sim no-credit]", Anthropic.InternalServerError, 503, "api_error"],
    ["[sim garbage]", Anthropic.InternalServerError, 502, "api_error"],
    ["[sim error-200]", Anthropic.APIError, undefined, undefined],
    ["[sim truncated]", Anthropic.InternalServerError, 502, "api_error"],
  ] as const)("%s", async (content, type, status, told) => {
    const error = await failure(asked(content), type as typeof Anthropic.APIError);
    const { error: body, request_id } = error.error as Loose;
    if (status !== undefined) expect([error.status, body.type]).toEqual([status, told!]);
    expect(error.requestID).toBe(request_id);
    expect(gateway.row(request_id)!.error).toBe(body.code);
    if (status === 429) expect((error as Loose).headers.get("retry-after")).toBe("7");
  });

  test.each(["[sim error=3 every=0 tokens=20]", "[sim cut=4 every=0 tokens=20]", "[sim eof=4 every=0 tokens=20]"])(
    "in mid-stream is the last event, and never an end: %s",
    async (content) => {
      const reply = await gateway.post("/v1/messages", { ...say(model, content), stream: true });
      expect(reply.status).toBe(200);
      const text = await reply.text();
      const events = eventsOf(text);
      expect(events[0]!.event).toBe("message_start");
      const { event, data } = events.at(-1)!;
      expect(event).toBe("error");
      expect(data).toMatchObject({ type: "error", request_id: reply.headers.get("request-id") });
      expect(text).not.toContain("event: message_stop");
      expect(text).not.toContain("message_delta");
      expect(gateway.row(data.request_id)!.error).toBe(data.error.code);
      const stream = client.messages.stream(say(model, content));
      const error = await failure(stream.finalMessage(), Anthropic.APIError);
      expect((error.error as Loose).error.code).toBe(data.error.code);
    },
  );

  test("before the first word has a status", async () => {
    const stream = client.messages.stream(say(model, "[sim error every=0]"));
    const error = await failure(stream.finalMessage(), Anthropic.APIError);
    expect(error.status).toBeGreaterThanOrEqual(500);
  });
});

test("an overloaded provider is told as one", async () => {
  const error = await failure(client.messages.create(say(CLAUDE, "[sim status=529]")), Anthropic.InternalServerError);
  expect([error.status, (error.error as Loose).error.type]).toEqual([503, "overloaded_error"]);
});

test("while the model is silent, pings keep the connection alive and the SDK passes over them", async () => {
  const patient = await startGateway({ config: { heartbeat_seconds: 1 } });
  try {
    const request = say(GPT, "[sim pause=1500ms say='At last.' every=0]");
    const [text, message] = await Promise.all([
      patient.post("/v1/messages", { ...request, stream: true }).then((reply) => reply.text()),
      anthropicAt(patient).messages.stream(request).finalMessage(),
    ]);
    expect(text).toStartWith('event: ping\ndata: {"type":"ping"}\n\n');
    expect(message.content).toMatchObject([{ text: "At last." }]);
  } finally {
    await patient.stop();
  }
});
