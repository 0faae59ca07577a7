import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { inputTokens } from "../../src/simulator/anthropic/prompt.ts";
import { promptTokens } from "../../src/simulator/openai/prompt.ts";
import { asChat } from "../../src/simulator/openai/responses.ts";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, bodyOf, clientOf, failure, type Loose, sent } from "./client.ts";
import { anthropicAt, CLAUDE, DEEPSEEK, GPT, say } from "./messages-client.ts";

/** Coding agents at the Messages door, what they count and ask for in header fields, and strictness, which every door has. */

let gateway: RunningGateway;
let client: Anthropic;
beforeAll(async () => {
  gateway = await startGateway();
  client = anthropicAt(gateway, { maxRetries: 0 });
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

describe("Claude Code", () => {
  test.each(["/claude-code", ""])("needs a base address and a key: %p", async (base) => {
    // It sends its key as a bearer token, and knows models by Anthropic's names.
    const agent = anthropicAt(gateway, { apiKey: null, authToken: KEY, baseURL: gateway.url + base });
    const model = "claude-sonnet-4-5-20250929";
    const answer = await agent.messages.stream(say(model, "[sim every=0] Hello")).finalMessage();
    expect(answer.model).toBe(CLAUDE);
    expect(await agent.messages.countTokens({ model, messages: [{ role: "user", content: "Hello" }] })).toMatchObject({
      input_tokens: expect.any(Number),
    });
  });

  test.each(["/claude-code/api/hello", "/api/hello"])("opens its connection by %s, without a key", async (path) => {
    for (const method of ["HEAD", "GET"]) {
      const reply = await fetch(gateway.url + path, { method });
      expect([reply.status, await reply.text()]).toEqual([200, method === "HEAD" ? "" : '{"status":"ok"}']);
    }
  });

  test.each(["/claude-code/messages", "/claude-code/v1/messages"])("is served at %s", async (path) => {
    const reply = await gateway.post(path, say(GPT, "[sim say='Hi.' every=0]"));
    expect((await jsonOf(reply)).content[0].text).toBe("Hi.");
    const count = await gateway.post(`${path}/count_tokens`, say(DEEPSEEK, "Hello"));
    expect(await jsonOf(count)).toMatchObject({ estimated: true });
  });

  test.each([
    ["claude-code/openai/gpt-4o", GPT],
    ["claude-code/anthropic/claude-sonnet-4.6[1m]", "anthropic/claude-sonnet-4.6"],
    ["anthropic/claude-sonnet-4.6[1M]", "anthropic/claude-sonnet-4.6"],
    ["claude-sonnet-4-6[1m]", "anthropic/claude-sonnet-4.6"],
    ["claude-opus-4-20250514", "anthropic/claude-opus-4"],
    ["claude-3-5-haiku-latest", "anthropic/claude-3.5-haiku"],
    ["claude-opus-5", "anthropic/claude-opus-5"],
  ])("calls a model %s, and gets %s", async (name, model) => {
    const answer = await client.messages.create(say(name, "[sim every=0] Hello"));
    expect(answer.model).toBe(model);
    expect(gateway.row(answer.id)!.requested).toBe(model);
  });

  test("asks every model to think, and those that do not are not asked: what they would refuse is told", async () => {
    const adaptive = { thinking: { type: "adaptive" }, output_config: { effort: "high" } };
    const answer: Loose = await client.messages.create({ ...say(GPT, "[sim every=0] Hello"), ...adaptive } as Loose);
    expect(answer.provider_metadata.gateway.dropped).toEqual(["reasoning"]);
    expect(bodyOf(sent(gateway))).not.toContainAnyKeys(["reasoning", "include"]);
  });

  test("sends the usual temperature with every request: a model whose sampling is fixed is not told, and nothing is lost", async () => {
    for (const [temperature, dropped] of [
      [1, undefined],
      [0.2, ["temperature"]],
    ] as const) {
      gateway.simulator.forget();
      const answer: Loose = await client.messages.create({
        ...say("openai/gpt-5", "[sim every=0] Hello"),
        temperature,
      } as Loose);
      expect(answer.provider_metadata.gateway.dropped).toEqual(dropped as Loose);
      expect(bodyOf(sent(gateway)).temperature).toBeUndefined();
    }
  });

  test.each(["/claude-code/v1/models", "/claude-code/models"])("lists at %s what it can ask for", async (path) => {
    const { data, has_more, first_id, last_id } = await jsonOf(await gateway.get(path));
    expect(data.length).toBeGreaterThan(20);
    expect([has_more, first_id, last_id]).toEqual([false, data[0].id, data.at(-1).id]);
    const ids: string[] = data.map(({ id }: Loose) => id);
    expect(ids).toContain("claude-code/openai/gpt-4o");
    expect(ids).toContain("claude-code/anthropic/claude-sonnet-4.6[1m]");
    expect(ids.filter((id) => !id.startsWith("claude-code/") || id.includes("embedding"))).toEqual([]);
    for (const { type, display_name, created_at } of data) {
      expect([type, typeof display_name]).toEqual(["model", "string"]);
      expect(Date.parse(created_at)).toBeGreaterThan(0);
    }
    const official = anthropicAt(gateway, { baseURL: `${gateway.url}/claude-code` });
    const page = await official.models.list();
    expect(page.data.map(({ id }) => id)).toEqual(ids);
  });
});

describe("tokens", () => {
  const request = {
    system: "You keep a gate.",
    messages: [{ role: "user" as const, content: "Count these words, please. ".repeat(20) }],
    tools: [{ name: "f", description: "d".repeat(200), input_schema: { type: "object" as const } }],
  };

  test("are counted by the provider, where it counts, and cost nothing", async () => {
    const told: Loose = await client.messages.countTokens({ model: CLAUDE, ...request });
    expect(told.estimated).toBeUndefined();
    const { path, body, headers } = sent(gateway);
    expect(path).toEndWith("/v1/messages/count_tokens");
    expect(body as Loose).toEqual({ model: "claude-sonnet-4-5-20250929", ...request } as Loose);
    expect(headers["x-api-key"]).toBe("sk-test-anthropic");
    expect(told.input_tokens).toBe(inputTokens(body as Loose));
    expect(gateway.row(told._request_id)).toBeUndefined();
  });

  test("are counted by OpenAI in its own words", async () => {
    const told: Loose = await client.messages.countTokens({ model: GPT, ...request });
    const { path, body } = sent(gateway);
    expect(path).toEndWith("/openai/v1/responses/input_tokens");
    expect(Object.keys(body as Loose)).toEqual(["model", "input", "tools"]);
    expect([told.input_tokens, told.estimated]).toEqual([promptTokens(asChat(body as Loose)), undefined]);
  });

  test.each([
    ["google", "/models/gemini-2.5-flash:countTokens", ["generateContentRequest"]],
    ["vertex", "/publishers/google/models/gemini-2.5-flash:countTokens", ["contents", "systemInstruction", "tools"]],
  ])("are counted by Gemini at %s", async (provider, path, members) => {
    const { simulator } = gateway;
    const there = await startGateway({
      config: { providers: { [provider]: { api_key: "sk-x", base_url: simulator.url } } },
    });
    try {
      const told: Loose = await anthropicAt(there).messages.countTokens({
        ...{ model: "google/gemini-2.5-flash", ...request },
        output_config: { effort: "low" },
      } as Loose);
      const { path: asked, body } = sent(gateway);
      expect(asked).toEndWith(path);
      expect(Object.keys(body as Loose)).toEqual(expect.arrayContaining(members));
      expect(told.estimated).toBeUndefined();
      expect(told.input_tokens).toBeGreaterThan(100);
    } finally {
      await there.stop();
    }
  });

  test("are estimated for everybody else, which says so", async () => {
    const told: Loose = await client.messages.countTokens({ model: DEEPSEEK, ...request });
    expect(told.estimated).toBe(true);
    expect(told.input_tokens).toBeGreaterThan(100);
    expect(told.input_tokens).toBeLessThan(400);
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("of pictures and PDFs are estimated as well", async () => {
    const picture = Buffer.alloc(9000, 7);
    picture.write("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\xe0", "latin1");
    const pdf = Buffer.alloc(9000, 7);
    pdf.write("%PDF-1.4\n<< /Type /Pages /Count 3 >>", "latin1");
    const source = (media_type: string, data: Buffer): Loose => ({
      source: { type: "base64", media_type, data: data.toString("base64") },
    });
    const counted = async (...content: Loose[]): Promise<number> => {
      const messages = [{ role: "user", content: [{ type: "text", text: "What is it?" }, ...content] }];
      const told: Loose = await client.messages.countTokens({ model: "mistral/mistral-large", messages } as Loose);
      expect(told.estimated).toBe(true);
      return told.input_tokens;
    };
    const bare = await counted();
    // 640 × 480 pixels; the names of types are words of the body, too.
    const one = (await counted({ type: "image", ...source("image/png", picture) })) - bare;
    expect([one >= 410, one < 430]).toEqual([true, true]);
    const other = (await counted({ type: "document", ...source("application/pdf", pdf) })) - bare;
    expect([other >= 6000, other < 6020]).toEqual([true, true]);
  });

  test("are estimated where the provider does not answer, and a request that it refuses is refused", async () => {
    const away = await startGateway({
      config: { providers: { anthropic: { api_key: "sk-x", base_url: "http://127.0.0.1:1" } } },
    });
    try {
      const told: Loose = await anthropicAt(away).messages.countTokens({ model: CLAUDE, ...request });
      expect(told.estimated).toBe(true);
    } finally {
      await away.stop();
    }
    const broken = { model: CLAUDE, messages: [{ role: "assistant" as const, content: [] }], top_level: true };
    const error = await failure(client.messages.countTokens(broken as Loose), Anthropic.BadRequestError);
    expect((error.error as Loose).error.code).toBe("upstream_invalid_request");
  });

  test("of what a request to answer says beside its prompt are not counted", async () => {
    const more = { max_tokens: 5, stream: true, temperature: 0, metadata: { user_id: "u" } };
    const [bare, full] = await Promise.all(
      [{}, more].map(async (members) =>
        jsonOf(await gateway.post("/v1/messages/count_tokens", { model: CLAUDE, ...request, ...members })),
      ),
    );
    expect(full).toEqual(bare);
  });
});

describe("`anthropic-beta`", () => {
  const betas = { headers: { "anthropic-beta": "context-1m-2025-08-07,mcp-client-2025-04-04" } };

  test("goes to Anthropic as the client sent it, for answers and counts", async () => {
    await client.messages.create(say(CLAUDE, "Hello"), betas);
    await client.messages.countTokens({ model: CLAUDE, messages: [{ role: "user", content: "Hello" }] }, betas);
    for (const { headers } of gateway.simulator.requests)
      expect(headers["anthropic-beta"]).toBe(betas.headers["anthropic-beta"]);
    expect(gateway.simulator.requests).toHaveLength(2);
  });

  test("of the SDK's beta surface too, whose path has a query", async () => {
    const answer = await client.beta.messages.create({ ...say(CLAUDE, "Hello"), betas: ["context-1m-2025-08-07"] });
    expect(answer.model).toBe(CLAUDE);
    expect(sent(gateway).headers["anthropic-beta"]).toBe("context-1m-2025-08-07");
    const stream = client.beta.messages.stream({ ...say(GPT, "[sim say='Hi.' every=0]"), betas: ["x-1"] });
    expect((await stream.finalMessage()).content).toMatchObject([{ type: "text", text: "Hi." }]);
  });

  test("goes nowhere else, which is told", async () => {
    const answer: Loose = await client.messages.create(say(GPT, "Hello"), betas);
    expect(sent(gateway).headers["anthropic-beta"]).toBeUndefined();
    expect(answer.provider_metadata.gateway.dropped).toEqual(["anthropic-beta"]);
  });

  test("of another door goes nowhere", async () => {
    await clientOf(gateway).chat.completions.create(ask(CLAUDE, "Hello"), betas);
    expect(sent(gateway).headers["anthropic-beta"]).toBeUndefined();
  });
});

describe("a strict request", () => {
  const STRICT = { providerOptions: { gateway: { strict: true } } };

  test("is refused where something would be left out, by name and before anything is sent", async () => {
    const call = client.messages.create({ ...say(GPT, "Hello"), ...STRICT, inference_geo: "us", top_k: 4 } as Loose);
    const error = await failure(call, Anthropic.BadRequestError);
    const { code, message } = (error.error as Loose).error;
    expect(code).toBe("unsupported");
    expect(message).toContain("`inference_geo`, `top_k`");
    const chat = { ...ask(CLAUDE, "Hello"), ...STRICT, seed: 7, presence_penalty: 1 };
    const reply = await jsonOf(await gateway.post("/v1/chat/completions", chat));
    expect(reply.error).toMatchObject({ code: "unsupported", param: "seed" });
    expect(reply.error.message).toContain("`seed`, `presence_penalty`");
    // What the gateway itself would not do is lost just the same.
    const owed = { ...ask(GPT, "Hello"), providerOptions: { gateway: { strict: true, idempotencyKey: "team" } } };
    expect((await jsonOf(await gateway.post("/v1/chat/completions", owed))).error.message).toContain(
      "gateway.idempotencyKey",
    );
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("is served where all of it can be said, also by a fallback", async () => {
    const chat = { ...ask(CLAUDE, "Hello"), ...STRICT, seed: 7, models: [GPT] };
    const reply = await jsonOf(await gateway.post("/v1/chat/completions", chat));
    expect(reply.model).toBe(GPT);
    expect(bodyOf(sent(gateway))).toMatchObject({ seed: 7 });
    const answer = await client.messages.create({ ...say(CLAUDE, "Hello"), ...STRICT, top_k: 4 } as Loose);
    expect(answer.model).toBe(CLAUDE);
  });
});
