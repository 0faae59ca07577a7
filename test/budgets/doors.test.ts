import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { jsonOf } from "../support/gateway.ts";
import { type Bank, CENT, chat, KEY, KEY_BUDGET, openBank, say } from "./support.ts";

let bank: Bank;
beforeEach(async () => {
  bank = await openBank();
});
afterEach(() => bank.stop());

const words = (tokens: number | "endless") => `[sim tokens=${tokens} every=0]`;
const post = (path: string, body: unknown) => bank.gateway.post(path, body);

/** A call of the AI SDK's, which has the model in its head. */
const call = (text: string, stream: boolean) =>
  bank.gateway.post(
    "/v4/ai/language-model",
    { prompt: [{ role: "user", content: [{ type: "text", text }] }] },
    { "ai-language-model-id": CENT, "ai-language-model-streaming": String(stream) },
  );

describe("less is left than the default", () => {
  test("at the door of responses the answer is capped in its own member", async () => {
    await bank.budget({ ...KEY_BUDGET, limit_usd: 0.01 });
    const told = await jsonOf(await post("/v1/responses", { model: CENT, input: words(500) }));
    expect(told.usage.output_tokens).toBe(100);
    expect(told.status).toBe("incomplete");
    expect(bank.lab.requests[0]!.body).toMatchObject({ max_completion_tokens: 100 });
  });

  test("at the door of the AI SDK as well, and the answer says why it is so short", async () => {
    await bank.budget({ ...KEY_BUDGET, limit_usd: 0.01 });
    const told = await jsonOf(await call(words(500), false));
    expect([told.usage.outputTokens.total, told.finishReason.unified]).toEqual([100, "length"]);
    expect(told.warnings).toMatchObject([{ type: "other", message: expect.stringContaining("100 output tokens") }]);
    expect(bank.lab.requests[0]!.body).toMatchObject({ max_completion_tokens: 100 });
    const refused = await call(words(500), false);
    expect([refused.status, (await jsonOf(refused)).error.type]).toEqual([402, "quota_for_entity_exceeded"]);
  });

  test("so little that no provider of the format would take the cap, it is refused", async () => {
    await bank.budget({ ...KEY_BUDGET, limit_usd: 0.0015 });
    expect((await post("/v1/responses", { model: CENT, input: words(500) })).status).toBe(402);
    const told = await jsonOf(await post("/v1/chat/completions", say(words(500))));
    expect(told.usage.completion_tokens).toBe(15);
  });

  test("one token is the least", async () => {
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 0.0001 });
    expect((await jsonOf(await post("/v1/chat/completions", say(words(500))))).usage.completion_tokens).toBe(1);
    expect((await post("/v1/chat/completions", say(words(500)))).status).toBe(402);
    await bank.admin("PATCH", `/admin/budgets/${id}`, { limit_usd: 0.00019 });
    expect((await post("/v1/chat/completions", say(words(500)))).status).toBe(402);
    expect(bank.lab.requests).toHaveLength(1);
  });
});

describe("a stream that nobody pays for any more", () => {
  test.each([
    ["/v1/messages", "event: error\ndata: "],
    ["/v1/responses", "event: error\ndata: "],
    ["/v1/chat/completions", "data: "],
    ["/v4/ai/language-model", 'data: {"type":"error",'],
  ])("ends at %s with the error in its own shape, and nothing after it", async (path, before) => {
    await bank.budget({ ...KEY_BUDGET, limit_usd: 0.01 });
    const turns = [{ role: "user", content: words("endless") }];
    // Of a cap of the client's own it is seen when the provider has clearly passed it.
    const body =
      path === "/v1/responses"
        ? { input: words("endless") }
        : { messages: turns, ...(path === "/v1/messages" ? { max_tokens: 100 } : {}) };
    const isCall = path === "/v4/ai/language-model";
    const reply = await (isCall ? call(words("endless"), true) : post(path, { model: CENT, stream: true, ...body }));
    expect(reply.status).toBe(200);
    const text = await reply.text();
    const last = text.trimEnd().split("\n\n").at(-1)!;
    expect(last.startsWith(before)).toBe(true);
    expect(last).toContain("quota_for_entity_exceeded");
    expect(text).not.toContain("[DONE]");
  });
});

describe("official clients", () => {
  test("of OpenAI's format are told once, and do not ask again", async () => {
    await bank.budget({ scope: "gateway", limit_usd: 0 });
    let asked = 0;
    const client = new OpenAI({
      apiKey: KEY,
      baseURL: `${bank.gateway.url}/v1`,
      maxRetries: 3,
      fetch: (...call: Parameters<typeof fetch>) => {
        asked++;
        return fetch(...call);
      },
    });
    const error = await client.chat.completions.create(chat(5) as never).then(
      () => undefined,
      (thrown: InstanceType<typeof OpenAI.APIError>) => thrown,
    );
    expect([error?.status, error?.code, error?.type, asked]).toEqual([
      402,
      "quota_for_entity_exceeded",
      "quota_for_entity_exceeded",
      1,
    ]);
  });

  test("of Anthropic's as well", async () => {
    await bank.budget({ scope: "gateway", limit_usd: 0 });
    let asked = 0;
    const client = new Anthropic({
      apiKey: KEY,
      baseURL: bank.gateway.url,
      maxRetries: 3,
      fetch: (...call: Parameters<typeof fetch>) => {
        asked++;
        return fetch(...call);
      },
    });
    const error = await client.messages
      .create({ model: CENT, max_tokens: 5, messages: [{ role: "user", content: "Hello" }] })
      .then(
        () => undefined,
        (thrown: InstanceType<typeof Anthropic.APIError>) => thrown,
      );
    expect([error?.status, asked]).toEqual([402, 1]);
    expect(error?.error).toMatchObject({ error: { type: "billing_error", code: "quota_for_entity_exceeded" } });
  });
});
