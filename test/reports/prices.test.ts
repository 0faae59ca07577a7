import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

/** What the provider says next. */
let answer: object;
let asked: Record<string, unknown>;
let provider: ReturnType<typeof startProvider>;
let gateway: RunningGateway;

function startProvider() {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request) {
      asked = (await request.json()) as Record<string, unknown>;
      return Response.json(answer);
    },
  });
}

beforeAll(async () => {
  provider = startProvider();
  const at = (below: string) => ({
    api_key: "sk-test-of-prices",
    base_url: `http://127.0.0.1:${provider.port}${below}`,
  });
  gateway = await startGateway({
    config: { providers: { openai: at("/v1"), anthropic: at(""), xai: at("/v1"), perplexity: at("") } },
  });
});
afterAll(async () => {
  await gateway.stop();
  provider.stop(true);
});

const completion = (more: object) => ({
  id: "c1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 },
  ...more,
});
const response = (output: object[], usage: object = {}) => ({
  id: "resp_1",
  object: "response",
  created_at: 1,
  status: "completed",
  model: "m",
  output: [
    ...output,
    {
      type: "message",
      id: "m1",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "Hello.", annotations: [] }],
    },
  ],
  usage: { input_tokens: 1000, output_tokens: 100, total_tokens: 1100, ...usage },
});
const message = (usage: object) => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "m",
  content: [{ type: "text", text: "Hello." }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 1000, output_tokens: 100, ...usage },
});

const chat = (model: string, more: object = {}) =>
  ["/v1/chat/completions", { model, messages: [{ role: "user", content: "Hi" }], ...more }] as const;
const asks = (model: string, type: string, more: object = {}) =>
  ["/v1/responses", { model, input: "Hi", tools: [{ type, ...more }] }] as const;
const says = (model: string, more: object = {}) =>
  ["/v1/messages", { model, max_tokens: 100, messages: [{ role: "user", content: "Hi" }], ...more }] as const;

/** In nanodollars: 1,000 tokens in and 100 out. */
const tokens = (input: number, output: number) => Math.round(1000 * input * 1000 + 100 * output * 1000);

describe("a row, its reply and the report have what it cost as it was served", () => {
  test.each([
    [
      "with priority",
      chat("openai/gpt-5-mini", { service_tier: "priority" }),
      completion({ service_tier: "priority" }),
      tokens(0.45, 3.6),
    ],
    [
      "with priority that was not given",
      chat("openai/gpt-5-mini", { service_tier: "priority" }),
      completion({ service_tier: "default" }),
      tokens(0.25, 2),
    ],
    [
      "at leisure",
      chat("openai/gpt-5-mini", { service_tier: "flex" }),
      completion({ service_tier: "flex" }),
      tokens(0.125, 1),
    ],
    [
      "in the United States",
      says("anthropic/claude-opus-4.6", { inference_geo: "us" }),
      message({ inference_geo: "us" }),
      tokens(5.5, 27.5),
    ],
    ["anywhere", says("anthropic/claude-opus-4.6"), message({ inference_geo: "global" }), tokens(5, 25)],
    [
      "with two searches of the web",
      says("anthropic/claude-opus-4.6"),
      message({ server_tool_use: { web_search_requests: 2, web_fetch_requests: 5 } }),
      tokens(5, 25) + 20_000_000,
    ],
    [
      "with a search by the tool of now",
      asks("openai/gpt-4o", "web_search"),
      response([{ type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "a" } }]),
      tokens(2.5, 10) + 10_000_000,
    ],
    [
      "with a search by the older tool",
      asks("openai/gpt-4o", "web_search_preview"),
      response([{ type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "a" } }]),
      tokens(2.5, 10) + 25_000_000,
    ],
    [
      "with a search by the older tool of a model that thinks",
      asks("openai/gpt-5-mini", "web_search_preview"),
      response([{ type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "a" } }]),
      tokens(0.25, 2) + 10_000_000,
    ],
    [
      "with two searches of files",
      asks("openai/gpt-5-mini", "file_search"),
      response([
        { type: "file_search_call", id: "fs_1", status: "completed", queries: ["a"], results: null },
        { type: "file_search_call", id: "fs_2", status: "completed", queries: ["b"], results: null },
      ]),
      tokens(0.25, 2) + 5_000_000,
    ],
    [
      "with a container in which programs ran twice",
      asks("openai/gpt-5-mini", "code_interpreter", { container: { type: "auto" } }),
      response(
        ["ci_1", "ci_2"].map((id) => ({
          type: "code_interpreter_call",
          id,
          status: "completed",
          code: "1",
          container_id: "cntr_1",
          outputs: null,
        })),
      ),
      tokens(0.25, 2) + 30_000_000,
    ],
    [
      "with what xAI did",
      asks("xai/grok-4.3", "x_search"),
      response([], {
        server_side_tool_usage_details: {
          web_search_calls: 1,
          x_search_calls: 1,
          code_interpreter_calls: 1,
          file_search_calls: 2,
          document_search_calls: 1,
        },
      }),
      tokens(1.25, 2.5) + 3 * 5_000_000 + 2 * 2_500_000 + 10_000_000,
    ],
    [
      "by how much Perplexity reads for it",
      chat("perplexity/sonar-pro"),
      completion({
        usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100, search_context_size: "high" },
      }),
      tokens(3, 15) + 14_000_000,
    ],
  ] as const)("%s", async (_, [path, body], said, cost) => {
    answer = said;
    const reply = await gateway.post(path, body);
    const id = reply.headers.get("x-request-id")!;
    const told = await jsonOf(reply);
    expect([reply.status, told.error ?? null]).toEqual([200, null]);
    expect(asked).toBeObject();
    // How long a container was there nobody tells.
    const estimated = JSON.stringify(said).includes("cntr_1");
    expect(gateway.row(id)).toMatchObject({ cost, estimated });
    const { data } = await jsonOf(await gateway.get(`/v1/generation?id=${id}`));
    expect(data.total_cost).toBe(cost / 1e9);
    if (path === "/v1/chat/completions") expect(told.usage.cost).toBe(cost / 1e9);
  });
});

test("a picture of which nobody tells what it took is paid for by how good it is, and marks what it cost as estimated", async () => {
  const drawn = { type: "image_generation_call", id: "ig_1", status: "completed", quality: "medium" };
  answer = response([{ ...drawn, result: "iVBORw0KGgo=" }]);
  const reply = await gateway.post(...asks("openai/gpt-5-mini", "image_generation"));
  expect(reply.status).toBe(200);
  await reply.text();
  expect(gateway.row(reply.headers.get("x-request-id")!)).toMatchObject({
    cost: tokens(0.25, 2) + 1584 * 40_000,
    estimated: true,
  });
});

describe("pictures that a model of OpenAI's own made for it", () => {
  const told = (tool: object) => {
    answer = {
      ...response([{ type: "image_generation_call", id: "ig_1", status: "completed", result: "iVBORw0KGgo=" }]),
      ...tool,
    };
  };
  const tool_usage = {
    image_gen: {
      input_tokens: 300,
      input_tokens_details: { text_tokens: 100, image_tokens: 200 },
      output_tokens: 1056,
      output_tokens_details: { image_tokens: 1000, text_tokens: 56 },
      total_tokens: 1356,
    },
    web_search: { num_requests: 0 },
  };
  const ask = async (model?: string) => {
    const [path, body] = asks("openai/gpt-5-mini", "image_generation");
    const tools = [{ type: "image_generation", ...(model === undefined ? {} : { model }) }];
    const reply = await gateway.post(path, { ...body, tools });
    expect(reply.status).toBe(200);
    await reply.text();
    return gateway.row(reply.headers.get("x-request-id")!);
  };

  test("are paid for as it tells, at the price of the model that was asked for", async () => {
    told({ tool_usage });
    const drawn = 100 * 5000 + 200 * 8000 + 1000 * 32_000 + 56 * 10_000;
    expect(await ask("gpt-image-1.5")).toMatchObject({ cost: tokens(0.25, 2) + drawn, estimated: false });
  });

  const DEAREST = 100 * 5000 + 200 * 10_000 + 1056 * 40_000;

  test.each<[string, object, number, boolean]>([
    ["under a name of its own", { tools: [{ type: "image_generation", id: "x" }] }, DEAREST, true],
    [
      "in options for the provider",
      { tools: undefined, providerOptions: { openai: { tools: [{ type: "image_generation" }] } } },
      DEAREST,
      true,
    ],
    ["by nobody", { tools: undefined }, DEAREST, true],
    [
      "of two models, of which the cheaper comes first",
      {
        tools: [
          { type: "image_generation", model: "gpt-image-1-mini" },
          { type: "image_generation", model: "gpt-image-1" },
        ],
      },
      DEAREST,
      true,
    ],
  ])("are paid for, though the tool was offered %s", async (_, members, drawn, estimated) => {
    told({ tool_usage });
    const [path, body] = asks("openai/gpt-5-mini", "image_generation");
    const reply = await gateway.post(path, { ...body, ...members });
    expect(reply.status).toBe(200);
    await reply.text();
    const row = gateway.row(reply.headers.get("x-request-id")!);
    expect(row).toMatchObject({ cost: tokens(0.25, 2) + drawn, estimated });
  });

  test("are paid for at the dearest where nobody says which model it was: that is a guess", async () => {
    told({ tool_usage });
    const drawn = DEAREST;
    for (const model of [undefined, "gpt-image-9"])
      expect(await ask(model)).toMatchObject({ cost: tokens(0.25, 2) + drawn, estimated: true });
  });
});
