import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { toByteText } from "../../src/core/byte-text.ts";
import { openaiChat } from "../../src/wires/openai-chat/index.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { startStage } from "../support/played.ts";
import { bodyOf, type Loose, sent } from "./client.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());
afterEach(() => gateway.simulator.forget());

const OPENAI = "openai/gpt-4o";
const CLAUDE = "anthropic/claude-sonnet-4.5";

/** What each door is asked, and where it tells what the gateway knows. */
const DOORS: Record<string, { body: object; told: (reply: Loose) => Loose }> = {
  "/v1/chat/completions": {
    body: { messages: [{ role: "user", content: "Hello" }] },
    told: (reply) => reply.choices[0].message.provider_metadata.gateway,
  },
  "/v1/responses": { body: { input: "Hello" }, told: (reply) => reply.provider_metadata.gateway },
  "/v1/messages": {
    body: { max_tokens: 50, messages: [{ role: "user", content: "Hello" }] },
    told: (reply) => reply.provider_metadata.gateway,
  },
  "/v1/embeddings": { body: { input: "Hello" }, told: (reply) => reply.providerMetadata.gateway },
};
const SPEAKING = Object.keys(DOORS).filter((path) => path !== "/v1/embeddings");

async function ask(path: string, model: string, options: object, more: object = {}) {
  const { body, told } = DOORS[path]!;
  const response = await gateway.post(path, { model, ...body, ...more, providerOptions: { gateway: options } });
  const reply = await jsonOf(response);
  return { status: response.status, reply, told: response.status === 200 ? told(reply) : undefined };
}

describe("what is asked of providers by providerOptions.gateway arrives in their own words", () => {
  test.each(SPEAKING)("from %s", async (path) => {
    const options = { caching: "auto", serviceTier: "priority", safetyIdentifier: "s-1" };
    const openai = await ask(path, OPENAI, options);
    expect(openai.told.dropped).toBeUndefined();
    expect(bodyOf(sent(gateway))).toMatchObject({ service_tier: "priority", safety_identifier: "s-1" });
    expect(JSON.stringify(bodyOf(sent(gateway)))).not.toContain("cach");
    gateway.simulator.forget();
    const claude = await ask(path, CLAUDE, options);
    expect(claude.told.dropped).toBeUndefined();
    expect(bodyOf(sent(gateway))).toMatchObject({
      service_tier: "auto",
      metadata: { user_id: "s-1" },
      messages: [{ content: [{ type: "text", text: "Hello", cache_control: { type: "ephemeral" } }] }],
    });
  });

  test("and what a provider has not is told, with a warning, by every door", async () => {
    for (const path of Object.keys(DOORS)) {
      const model = path === "/v1/embeddings" ? "openai/text-embedding-3-small" : CLAUDE;
      const { told } = await ask(path, model, { serviceTier: "flex" });
      expect(told.dropped).toEqual(["service_tier"]);
      expect(told.warnings).toEqual([{ type: "unsupported", feature: "service_tier" }]);
    }
  });

  test("or is refused before anything is sent, where all of it is wanted", async () => {
    for (const path of Object.keys(DOORS)) {
      const model = path === "/v1/embeddings" ? "openai/text-embedding-3-small" : CLAUDE;
      for (const stream of path === "/v1/embeddings" ? [undefined] : [false, true]) {
        const { status, reply } = await ask(path, model, { serviceTier: "flex", strict: true }, { stream });
        expect(status).toBe(400);
        expect(reply.error.message).toContain("`service_tier` would be left out");
      }
      expect(gateway.simulator.requests).toHaveLength(0);
      expect((await ask(path, model, { strict: true })).status).toBe(200);
      gateway.simulator.forget();
    }
  });

  test("or is refused for what it says, by the path of the option", async () => {
    for (const path of Object.keys(DOORS)) {
      const { status, reply } = await ask(path, OPENAI, { serviceTier: "ultrafast" });
      expect(status).toBe(400);
      expect(reply.error.message).toContain('"providerOptions.gateway.serviceTier" must be');
    }
  });
});

describe("speed", () => {
  test("asks the fast variant, and tells that it was served fast; the model stands in where that fails", async () => {
    const said = {
      id: "c",
      choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
    };
    const answer = { wire: openaiChat, quirks: new Set<never>(), stream: false };
    const stage = startStage([
      { ...answer, status: 200, bytes: toByteText(Buffer.from(JSON.stringify(said))) },
      { ...answer, status: 503, bytes: "{}" },
    ]);
    const { models } = stage.providers["openai-chat"] as { models: object[] };
    for (const [id, upstream] of Object.entries({ "lab/m": "0", "lab/m-fast": "0", "lab/n": "0", "lab/n-fast": "1" }))
      models.push({ id, upstream });
    const own = await startGateway({ config: { providers: stage.providers } });
    const served = async (model: string) => {
      const options = { gateway: { speed: "fast" } };
      const body = { model, messages: [{ role: "user", content: "x" }], providerOptions: options };
      const reply = await jsonOf(await own.post("/v1/chat/completions", body));
      return [reply.model, reply.choices[0].message.provider_metadata.gateway.routing.speed];
    };
    expect(await served("lab/m")).toEqual(["lab/m-fast", "fast"]);
    expect(await served("lab/n")).toEqual(["lab/n", undefined]);
    await own.stop();
    await stage.stop();
  });

  test("that no variant of the model has is told, or refused where the model may not stand in", async () => {
    const { told } = await ask("/v1/chat/completions", OPENAI, { speed: "fast" });
    expect(told.dropped).toEqual(["providerOptions.gateway.speed"]);
    expect(told.routing.speed).toBeUndefined();
    const only = await ask("/v1/chat/completions", OPENAI, { speed: "fast", allowFallbackFromFast: false });
    expect([only.status, only.reply.error.param]).toEqual([400, "providerOptions.gateway.speed"]);
  });
});
