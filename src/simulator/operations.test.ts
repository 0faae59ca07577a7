import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chat, type Loose, message, post } from "./fixtures/client.ts";
import { type Simulator, startSimulator } from "./server.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => {
  simulator.stop();
});

const KEY = { authorization: "Bearer k" };
const get = async (path: string, headers: Record<string, string>): Promise<{ status: number; body: Loose }> => {
  const response = await fetch(simulator.url + path, { headers });
  return { status: response.status, body: await response.json() };
};

describe("paths", () => {
  test.each(["/chat/completions", "/v1/chat/completions", "/openai/v1/chat/completions", "/a/b/c/chat/completions"])(
    "%s takes chat completions",
    async (path) => {
      expect((await post(simulator, path, chat("hi"))).status).toBe(200);
    },
  );

  test.each(["/messages", "/v1/messages", "/anthropic/v1/messages", "/anthropic/v1/messages?beta=true"])(
    "%s takes messages",
    async (path) => {
      expect((await post(simulator, path, message("hi"))).status).toBe(200);
    },
  );

  test.each(["/embeddings", "/v1/embeddings", "/openai/v1/embeddings"])("%s takes embeddings", async (path) => {
    expect((await post(simulator, path, { model: "text-embedding-3-small", input: "hi" })).status).toBe(200);
  });

  test("models are listed in the way of the provider that is asked", async () => {
    const openai = await get("/openai/v1/models", KEY);
    expect(openai.body).toMatchObject({ object: "list" });
    expect(openai.body.data[0]).toMatchObject({ object: "model" });
    const anthropic = await get("/anthropic/v1/models", { "x-api-key": "k", "anthropic-version": "2023-06-01" });
    expect(anthropic.body).toMatchObject({ has_more: false, first_id: "claude-opus-5" });
    expect(anthropic.body.data[0]).toMatchObject({ type: "model" });
  });

  test("a key is asked for before anything else", async () => {
    expect((await get("/v1/models", {})).status).toBe(401);
    expect((await get("/nowhere", {})).status).toBe(401);
    expect((await get("/v1/messages", {})).body).toMatchObject({
      type: "error",
      error: { type: "authentication_error" },
    });
  });

  test("a wrong method and a wrong path are told apart, in the provider's words", async () => {
    expect(await get("/v1/chat/completions", KEY)).toMatchObject({ status: 405 });
    expect(await get("/v1/fine_tuning", KEY)).toMatchObject({
      status: 404,
      body: { error: { type: "invalid_request_error" } },
    });
    expect(await get("/v1/messages", { "x-api-key": "k" })).toMatchObject({ status: 405, body: { type: "error" } });
    expect(await get("/v1/files", { "x-api-key": "k" })).toMatchObject({
      status: 404,
      body: { error: { type: "not_found_error" } },
    });
  });

  test("any model is served, under the name the provider gives it", async () => {
    const told = async (model: string) =>
      ((await (await post(simulator, "/v1/chat/completions", chat("hi", { model }))).json()) as Loose).model;
    expect(await told("gpt-4o-mini")).toBe("gpt-4o-mini-2024-07-18");
    expect(await told("some/model:free")).toBe("some/model:free");
  });
});
