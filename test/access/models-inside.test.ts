import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { chat, made, post, TOKEN } from "./keys.ts";

const HAIKU = "anthropic/claude-haiku-4.5";
const OPUS = "anthropic/claude-opus-4.5";
const GPT = "openai/gpt-5";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN } });
});
afterAll(() => gateway.stop());

const messages = <T extends object>(more: T) => ({ ...chat(HAIKU, { max_tokens: 9 }), ...more });
const responses = <T extends object>(more: T) => ({ model: GPT, input: "x", ...more });
const tool = (more: object) => ({ tools: [more] });

/** Another model than the one that is asked for, by every way in which a provider may be told of one. */
const INSIDE: [string, string, object, string][] = [
  [
    "Anthropic's advisor",
    "/v1/messages",
    messages(tool({ type: "advisor_20260301", name: "advisor", model: "claude-opus-4-5-20251101" })),
    "tools[0].model",
  ],
  [
    "Anthropic's advisor by a name that nobody knows",
    "/v1/messages",
    messages(tool({ type: "advisor_20260301", name: "advisor", model: "claude-opus-9" })),
    "tools[0].model",
  ],
  [
    "OpenAI's pictures",
    "/v1/responses",
    responses(tool({ type: "image_generation", model: "gpt-image-1" })),
    "tools[0].model",
  ],
  [
    "OpenRouter's advisor",
    "/v1/chat/completions",
    chat(GPT, tool({ type: "openrouter:advisor", parameters: { model: OPUS } })),
    "tools[0].parameters.model",
  ],
  [
    "the latest of many",
    "/v1/chat/completions",
    chat(GPT, tool({ type: "openrouter:advisor", parameters: { model: `~${OPUS}` } })),
    "tools[0].parameters.model",
  ],
  [
    "a tool of a tool's",
    "/v1/chat/completions",
    chat(GPT, tool({ type: "openrouter:advisor", parameters: { tools: [{ type: "openrouter:x", model: OPUS }] } })),
    "tools[0].parameters.tools[0].model",
  ],
  [
    "a plugin with several",
    "/v1/chat/completions",
    chat(GPT, { plugins: [{ id: "fusion", analysis_models: [GPT, OPUS] }] }),
    "plugins[0].analysis_models[1]",
  ],
  ["a preset", "/v1/chat/completions", chat(GPT, { preset: "mine" }), "preset"],
  [
    "options of a provider's",
    "/v1/chat/completions",
    chat(GPT, { providerOptions: { openai: { plugins: [{ model: OPUS }] } } }),
    "providerOptions.openai.plugins[0].model",
  ],
];

describe("a key may not ask for a model by way of what a provider runs", () => {
  test.each(INSIDE)("%s", async (_, path, body, param) => {
    const { key } = await made(gateway, { models: [HAIKU, GPT] });
    const before = gateway.simulator.requests.length;
    const forced = path === "/v1/messages" ? { type: "any" } : "required";
    const refused = await post(gateway, key, { ...body, tool_choice: forced }, path);
    expect(refused.status).toBe(403);
    const { error } = await jsonOf(refused);
    expect(error.message).toContain(JSON.stringify(param));
    expect(gateway.simulator.requests).toHaveLength(before);
    const offered = await post(gateway, key, body, path);
    if (!param.startsWith("tools")) return expect(offered.status).toBe(403);
    // What is only offered is left out, and told.
    const { type } = (body as { tools: { type: string }[] }).tools[0]!;
    expect(offered.status).toBe(200);
    expect(await offered.text()).toContain(JSON.stringify(type));
    expect(gateway.simulator.requests.at(-1)!.body).not.toHaveProperty("tools");
  });

  test("and what else it offers stays", async () => {
    const { key } = await made(gateway, { models: [HAIKU] });
    const own = { name: "f", input_schema: { type: "object", properties: {} } };
    const advisor = { type: "advisor_20260301", name: "advisor", model: "claude-opus-4-5-20251101" };
    const body = messages({ tools: [advisor, own], tool_choice: { type: "auto" } });
    expect((await post(gateway, key, body, "/v1/messages")).status).toBe(200);
    expect(gateway.simulator.requests.at(-1)!.body).toMatchObject({ tools: [own], tool_choice: { type: "auto" } });
    const strict = { ...body, providerOptions: { gateway: { strict: true } } };
    expect((await post(gateway, key, strict, "/v1/messages")).status).toBe(400);
  });

  test("but for one that it may ask for, by whichever name", async () => {
    const { key } = await made(gateway, { models: [HAIKU, OPUS, GPT] });
    for (const model of [OPUS, "claude-opus-4-5-20251101"]) {
      const body = messages(tool({ type: "advisor_20260301", name: "advisor", model }));
      expect([model, (await post(gateway, key, body, "/v1/messages")).status]).toEqual([model, 200]);
      expect(gateway.simulator.requests.at(-1)!.body).toMatchObject({ tools: body.tools });
    }
    const all = await made(gateway, { models: ["*"] });
    const body = responses(tool({ type: "image_generation", model: "gpt-image-1" }));
    expect((await post(gateway, all.key, body, "/v1/responses")).status).toBe(200);
    expect(gateway.simulator.requests.at(-1)!.body).toMatchObject({ tools: body.tools });
  });

  test("and what only looks like one is none", async () => {
    const { key } = await made(gateway, { models: [HAIKU, GPT] });
    const parameters = { type: "object", properties: { model: { type: "string", enum: [OPUS] } }, model: OPUS };
    const harmless = [
      chat(GPT, { ...tool({ type: "function", function: { name: "f", parameters } }), metadata: { model: OPUS } }),
      chat(GPT, {
        response_format: { type: "json_schema", json_schema: { name: "s", schema: { ...parameters, title: "model" } } },
      }),
    ];
    for (const body of harmless) expect((await post(gateway, key, body)).status).toBe(200);
    const { status } = await post(
      gateway,
      key,
      messages(tool({ name: "f", input_schema: { type: "object", properties: {}, model: OPUS } })),
      "/v1/messages",
    );
    expect(status).toBe(200);
  });

  test("nor may anybody, where a rule denies it", async () => {
    const ruled = await startGateway({
      config: { routing_rules: [{ id: "no-opus", type: "deny", model: "anthropic/claude-opus*" }] },
    });
    const advised = (model: string) =>
      ruled.post("/v1/messages", {
        ...messages(tool({ type: "advisor_20260301", name: "advisor", model })),
        tool_choice: { type: "any" },
      });
    for (const model of ["claude-opus-4-5-20251101", "claude-opus-9", OPUS]) {
      const refused = await advised(model);
      expect([model, refused.status, await refused.text()]).toEqual([model, 403, expect.stringContaining("no-opus")]);
    }
    expect((await advised("claude-haiku-4-5-20251001")).status).toBe(200);
    await ruled.stop();
  });
});
