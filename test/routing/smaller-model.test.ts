import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type RawServer, sized, startRawServer } from "../../src/upstream/fixtures/raw-server.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";

const LARGE = "lab/large";
const SMALL = "lab/small";
const MOST = 8000;

let bodies: Record<string, unknown>[];
let provider: RawServer;
let gateway: RunningGateway;

beforeAll(async () => {
  // The large one is overloaded; of the small one nothing but what it was asked is of interest.
  provider = startRawServer({
    answer(line, { body }) {
      const asked = JSON.parse(body.toString());
      bodies.push(asked);
      const status = asked.model === "large" ? 503 : 400;
      const text = JSON.stringify({ type: "error", error: { type: "error", message: "no" } });
      line.send(sized(text, `HTTP/1.1 ${status} No\r\ncontent-type: application/json`));
    },
  });
  const models = [
    { id: LARGE, upstream: "large", max_output: 128_000 },
    { id: SMALL, upstream: "small", max_output: MOST },
  ];
  const at = (wire: string) => ({ wire, api_key: "sk-test", base_url: provider.url, models });
  const wires = ["openai-chat", "anthropic-messages", "openai-responses"];
  gateway = await startGateway({ config: { providers: Object.fromEntries(wires.map((wire) => [wire, at(wire)])) } });
});
afterAll(async () => {
  await gateway.stop();
  provider.stop();
});

/** What the small model is asked for, where the large one does not answer. */
async function asked(wire: string, path: string, body: object): Promise<Record<string, unknown>> {
  bodies = [];
  const providerOptions = { gateway: { only: [wire], models: [SMALL] } };
  await (await gateway.post(path, { model: LARGE, providerOptions, ...body })).text();
  expect(bodies.map(({ model }) => model)).toEqual(["large", "small"]);
  return bodies[1]!;
}

const messages = [{ role: "user", content: "Hello" }];
const DOORS = [
  ["openai-chat", "/v1/chat/completions", "max_tokens", { messages }],
  ["openai-chat", "/v1/chat/completions", "max_completion_tokens", { messages }],
  ["anthropic-messages", "/v1/messages", "max_tokens", { messages }],
  ["openai-responses", "/v1/responses", "max_output_tokens", { input: "Hello" }],
] as const;

describe.each(DOORS)("%s: a model that stands in for one with longer answers (%s, %s)", (wire, path, name, body) => {
  test("is asked for no more than it can give", async () => {
    expect((await asked(wire, path, { ...body, [name]: 64_000 }))[name]).toBe(MOST);
    expect(bodies[0]![name]).toBe(64_000);
  });

  test("is asked for what the client wants where that is less", async () => {
    expect((await asked(wire, path, { ...body, [name]: 700 }))[name]).toBe(700);
  });
});

test("thinking leaves it room for an answer", async () => {
  const thinking = { type: "enabled", budget_tokens: 32_000 };
  const body = { messages, max_tokens: 64_000, thinking };
  const small = await asked("anthropic-messages", "/v1/messages", body);
  expect([small.max_tokens, small.thinking]).toEqual([MOST, { type: "enabled", budget_tokens: MOST - 1 }]);
  expect(bodies[0]!.thinking).toEqual(thinking);
});

test("the model that was asked for is asked as the client wrote it: its provider knows best", async () => {
  bodies = [];
  const providerOptions = { gateway: { only: ["anthropic-messages"] } };
  await (await gateway.post("/v1/messages", { model: SMALL, messages, max_tokens: 64_000, providerOptions })).text();
  expect(bodies[0]!.max_tokens).toBe(64_000);
});
