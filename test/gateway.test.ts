import { afterAll, beforeAll, expect, test } from "bun:test";
import { chunksOf, dataOf, jsonOf, type RunningGateway, startGateway } from "./support/gateway.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const hello = (model: string, text = "Hello", more: object = {}) => ({
  model,
  messages: [{ role: "user", content: text }],
  ...more,
});

test.each(["openai/gpt-5", "anthropic/claude-sonnet-4.5"])(
  "%s answers whole, with one usage, a cost and its row",
  async (model) => {
    const response = await gateway.post("/v1/chat/completions", hello(model));
    expect(response.status).toBe(200);
    const body = await jsonOf(response);
    expect(body.id).toMatch(/^gen_[0-9A-Z]{26}$/);
    expect(response.headers.get("x-request-id")).toBe(body.id);
    expect(body.model).toBe(model);
    expect(body.choices[0].message.content).toContain("Hello");
    expect(body.choices[0].finish_reason).toBe("stop");
    expect(body.usage.total_tokens).toBe(body.usage.prompt_tokens + body.usage.completion_tokens);
    expect(body.usage.cost).toBeGreaterThan(0);
    const row = gateway.row(body.id);
    expect(row).toMatchObject({
      model,
      input: body.usage.prompt_tokens,
      output: body.usage.completion_tokens,
      error: null,
    });
    expect(row!.cost! / 1e9).toBeCloseTo(body.usage.cost, 12);
  },
);

test.each(["openai/gpt-5", "anthropic/claude-sonnet-4.5"])(
  "%s streams, and usage rides on the finishing chunk alone",
  async (model) => {
    const response = await gateway.post("/v1/chat/completions", hello(model, "Hello", { stream: true }));
    const sse = await response.text();
    expect(dataOf(sse).at(-1)).toBe("[DONE]");
    const chunks = chunksOf(sse);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(new Set(chunks.map(({ created }) => created)).size).toBe(1);
    expect(chunks.every((chunk) => chunk.model === model)).toBe(true);
    const finishing = chunks.filter((chunk) => chunk.choices[0]?.finish_reason);
    expect(finishing).toHaveLength(1);
    expect(chunks.filter((chunk) => chunk.usage)).toEqual(finishing);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toContain("Hello");
  },
);

test("a failed provider is replaced by the next model before anything was said", async () => {
  const text = "[sim model=gpt-5 status=503] Hello";
  const response = await gateway.post(
    "/v1/chat/completions",
    hello("openai/gpt-5", text, { models: ["anthropic/claude-sonnet-4.5"] }),
  );
  const body = await jsonOf(response);
  expect(body.model).toBe("anthropic/claude-sonnet-4.5");
  const [first, second] = body.choices[0].message.provider_metadata.gateway.routing.modelAttempts;
  expect(first).toMatchObject({ canonicalSlug: "openai/gpt-5", success: false });
  expect(second).toMatchObject({ canonicalSlug: "anthropic/claude-sonnet-4.5", success: true });
});
