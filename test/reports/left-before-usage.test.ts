import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";

let provider: ReturnType<typeof startProvider>;
let gateway: RunningGateway;
/** What the provider says next; it goes on to the end where that is among it, and says no more where not. */
let events: object[];

function startProvider() {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    fetch() {
      const told = events.map((one) => `event: ${(one as { type: string }).type}\ndata: ${JSON.stringify(one)}\n\n`);
      const isWhole = told.at(-1)!.includes("response.completed");
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(told.join(""));
          if (isWhole) controller.close();
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
}

beforeAll(async () => {
  provider = startProvider();
  const openai = { api_key: "sk-test-of-leaving", base_url: `http://127.0.0.1:${provider.port}/v1` };
  const anthropic = { api_key: "sk-test-of-leaving", base_url: `http://127.0.0.1:${provider.port}` };
  gateway = await startGateway({ config: { providers: { openai, anthropic } } });
});
afterAll(async () => {
  await gateway.stop();
  provider.stop(true);
});

const begun = (tools: object[] = []) => ({
  type: "response.created",
  sequence_number: 0,
  response: { id: "resp_1", object: "response", status: "in_progress", model: "m", output: [], tools },
});
const done = (item: object) => ({ type: "response.output_item.done", sequence_number: 1, output_index: 0, item });
const picture = (more: object = {}, size = 12) => ({
  type: "image_generation_call",
  id: "ig_1",
  status: "completed",
  result: "iVBO".repeat(size / 4),
  ...more,
});
const SEARCH = { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "x" } };
const PROGRAM = { type: "code_interpreter_call", id: "ci_1", status: "completed", container_id: "cntr_1", code: "1" };

const CLAUDE = { model: "anthropic/claude-haiku-4.5", max_tokens: 100, stream: true };
const HI = [{ role: "user", content: "Hi" }];
const DOORS = {
  relayed: (tool: object) => [
    "/v1/responses",
    { model: "openai/gpt-5-mini", input: "Hi", stream: true, tools: [tool] },
  ],
  transcoded: (tool: object) => [
    "/v1/messages",
    {
      ...{ model: "openai/gpt-5-mini", max_tokens: 100, stream: true, messages: HI },
      providerOptions: { openai: { tools: [tool] } },
    },
  ],
  "Claude's": (tool: object) => ["/v1/messages", { ...CLAUDE, messages: HI, tools: [tool] }],
} as const;

/** Reads until the client has had so much, and leaves. @returns its row */
async function left(door: keyof typeof DOORS, tool: object, bytes = 1) {
  const [path, body] = DOORS[door](tool) as [string, object];
  const leaving = new AbortController();
  const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };
  const sent = { method: "POST", headers, body: JSON.stringify(body), signal: leaving.signal };
  const reply = await fetch(gateway.url + path, sent);
  expect(reply.status).toBe(200);
  const reader = reply.body!.getReader();
  for (let had = 0; had < bytes; ) had += (await reader.read()).value!.length;
  leaving.abort();
  await reader.read().catch(() => {});
  const id = reply.headers.get("x-request-id")!;
  while (gateway.row(id) === undefined) await new Promise((resolve) => setImmediate(resolve));
  return gateway.row(id)!;
}

describe.each(["relayed", "transcoded"] as const)("who leaves a %s stream before its usage is told", (door) => {
  test.each<[string, object, object, number]>([
    ["the picture", picture({ quality: "low" }), { type: "image_generation", model: "gpt-image-1-mini" }, 408 * 8000],
    ["the best picture, where nobody tells how good", picture(), { type: "image_generation" }, 6240 * 40_000],
    ["the search", SEARCH, { type: "web_search" }, 10_000_000],
    [
      "the container",
      PROGRAM,
      { type: "code_interpreter", container: { type: "auto", memory_limit: "4g" } },
      120_000_000,
    ],
  ])("pays for %s that it has had", async (_, item, tool, nanodollars) => {
    events = [begun([tool]), done(item)];
    const { cost, estimated } = await left(door, tool);
    expect(estimated).toBe(true);
    expect(cost! - nanodollars).toBeWithin(0, 1_000_000);
  });

  test("pays nothing for one that has failed", async () => {
    const item = { type: "image_generation_call", id: "ig_1", status: "failed", result: null };
    events = [begun(), done(item)];
    expect((await left(door, { type: "image_generation" })).cost).toBeLessThan(1_000_000);
  });
});

describe("who leaves a stream of Claude's before its searches are told", () => {
  const begun = {
    type: "message_start",
    message: {
      id: "m",
      type: "message",
      role: "assistant",
      model: "m",
      content: [],
      usage: { input_tokens: 10, output_tokens: 1 },
    },
  };
  const block = (index: number, content_block: object) => [
    { type: "content_block_start", index, content_block },
    { type: "content_block_stop", index },
  ];
  const call = (id: string) => ({ type: "server_tool_use", id, name: "web_search", input: { query: "x" } });
  const result = (tool_use_id: string, content: unknown) => ({
    type: "web_search_tool_result",
    tool_use_id,
    content,
  });
  const tool = { type: "web_search_20250305", name: "web_search" };

  test("pays for those that it has had, and for none that failed", async () => {
    const failed = { type: "web_search_tool_result_error", error_code: "unavailable" };
    const all = [call("srvtoolu_1"), result("srvtoolu_1", []), call("srvtoolu_2"), result("srvtoolu_2", failed)];
    const said = { type: "text", text: "Hello." };
    events = [begun, ...[...all, said].flatMap((one, at) => block(at, one))];
    const { cost } = await left("Claude's", tool);
    expect(cost! - 10_000_000).toBeWithin(0, 1_000_000);
  });
});

test("a picture is no text, which so much of would cost more than the picture", async () => {
  events = [begun(), done(picture({ quality: "low" }, 900_000))];
  const { cost } = await left("relayed", { type: "image_generation", model: "gpt-image-1-mini" }, 900_000);
  expect(cost! - 408 * 8000).toBeWithin(0, 1_000_000);
});

describe.each(["relayed", "transcoded"] as const)("a picture of some megabytes in a %s stream", (door) => {
  test("comes whole", async () => {
    const usage = { input_tokens: 10, output_tokens: 10, total_tokens: 20 };
    const item = picture({ quality: "low" }, 3_000_000);
    const response = { id: "resp_1", object: "response", status: "completed", model: "m", output: [item], usage };
    events = [begun(), done(item), { type: "response.completed", sequence_number: 2, response }];
    const [path, body] = DOORS[door]({ type: "image_generation" }) as [string, object];
    const reply = await gateway.post(path, body);
    expect(reply.status).toBe(200);
    expect(await reply.text()).toContain(door === "relayed" ? "event: response.completed" : "event: message_stop");
  });
});
