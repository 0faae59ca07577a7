import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { MODELS } from "../../src/catalog/models.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, clientOf, failure, type Loose, RELAYED, TRANSCODED } from "./client.ts";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      providers: {
        mine: { wire: "openai-chat", base_url: "http://127.0.0.1/v1", api_key: "sk-m", models: [{ id: "me/secret" }] },
      },
    },
  });
  client = clientOf(gateway, { maxRetries: 0 });
});
afterAll(() => gateway.stop());

const SERVING = ["openai", "anthropic", "groq", "mistral", "deepseek"];

describe("GET /v1/models", () => {
  test("lists what can be served here, and nothing else", async () => {
    const ids: string[] = [];
    for await (const model of client.models.list()) {
      expect(model.object).toBe("model");
      expect(model.owned_by).toBe(model.id.split("/")[0]!);
      expect(model.created).toBeGreaterThan(1_600_000_000);
      ids.push(model.id);
    }
    const served = MODELS.filter(({ offers }) => offers.some(({ provider }) => SERVING.includes(provider)));
    expect(ids.filter((id) => id !== "me/secret").sort()).toEqual(served.map(({ id }) => id).sort());
    expect(ids).toContain("me/secret");
  });

  test("wants no key, and shows the operator's own models only to those who have one", async () => {
    const list = await jsonOf(await fetch(`${gateway.url}/v1/models`));
    const ids = list.data.map(({ id }: Loose) => id);
    expect(ids).toContain(RELAYED);
    expect(ids).not.toContain("me/secret");
    const stranger = await fetch(`${gateway.url}/v1/models/me/secret`);
    expect(stranger.status).toBe(404);
    expect((await gateway.get("/v1/models/me/secret")).status).toBe(200);
  });

  test("has prices per token as strings, type, tags and limits", async () => {
    const list = await jsonOf(await gateway.get("/v1/models"));
    const entry = list.data.find(({ id }: Loose) => id === TRANSCODED);
    expect(entry).toMatchObject({
      type: "language",
      context_window: expect.any(Number),
      max_tokens: expect.any(Number),
    });
    expect(entry.pricing).toMatchObject({ input: "0.000003", output: "0.000015", input_cache_read: "0.0000003" });
    expect(entry.tags).toContain("tool-use");
    for (const { pricing } of list.data)
      for (const value of Object.values(pricing)) if (!Array.isArray(value)) expect(value).toBeString();
  });

  test("tells of one, by the client's own method", async () => {
    const model = await client.models.retrieve(TRANSCODED).catch((error: Error) => error);
    // The client escapes the slash of the id; both ways must lead to the model.
    expect((model as Loose).id).toBe(TRANSCODED);
    const plain = await jsonOf(await gateway.get(`/v1/models/${TRANSCODED}`));
    expect(plain).toEqual(JSON.parse(JSON.stringify(model)));
  });

  test("answers 404 for one that is not served", async () => {
    const response = await gateway.get("/v1/models/openai/gpt-77");
    expect(response.status).toBe(404);
    expect((await jsonOf(response)).error).toMatchObject({ type: "model_not_found", code: "model_not_found" });
  });

  test("tells who serves it", async () => {
    const { data } = await jsonOf(await gateway.get(`/v1/models/${TRANSCODED}/endpoints`));
    expect(data.id).toBe(TRANSCODED);
    expect(data.endpoints.map(({ provider_name }: Loose) => provider_name)).toEqual(["anthropic"]);
    expect(data.endpoints[0].pricing).toMatchObject({ prompt: "0.000003", completion: "0.000015" });
  });
});

describe("GET /v1/generation", () => {
  test.each([RELAYED, TRANSCODED])("knows a generation of %s as soon as its reply is there", async (model) => {
    const answer = await client.chat.completions.create(ask(model, "[sim tokens=4]"));
    const { data } = await jsonOf(await gateway.get(`/v1/generation?id=${answer.id}`));
    expect(data).toMatchObject({
      id: answer.id,
      model,
      provider_name: model.split("/")[0],
      streamed: false,
      finish_reason: "stop",
      tokens_prompt: answer.usage!.prompt_tokens,
      tokens_completion: 4,
      total_cost: (answer.usage as Loose).cost,
      is_byok: false,
    });
    expect(data.total_cost).toBeNumber();
  });

  test("knows a streamed one when its last byte is there", async () => {
    const stream = client.chat.completions.stream(ask(TRANSCODED, "[sim tokens=4 every=0]"));
    const { id, usage } = await stream.finalChatCompletion();
    const { data } = await jsonOf(await gateway.get(`/v1/generation?id=${id}`));
    expect(data).toMatchObject({ streamed: true, tokens_completion: 4, total_cost: (usage as Loose).cost });
  });

  test("knows of those that failed", async () => {
    const error = await failure(
      client.chat.completions.create(ask(RELAYED, "[sim status=529]")),
      OpenAI.InternalServerError,
    );
    const { data } = await jsonOf(await gateway.get(`/v1/generation?id=${error.requestID}`));
    expect(data).toMatchObject({ error: "upstream_overloaded", total_cost: 0, tokens_completion: 0 });
    expect(data.attempts).toMatchObject([{ status: 529, error: "upstream_overloaded" }]);
  });

  test("is for the key that made it", async () => {
    const answer = await client.chat.completions.create(ask(RELAYED, "Hello"));
    const path = `/v1/generation?id=${answer.id}`;
    expect((await fetch(gateway.url + path)).status).toBe(401);
    const other = gateway.headgate.fresh!.key;
    const strange = await gateway.get(path, { authorization: `Bearer ${other}` });
    expect(strange.status).toBe(404);
    expect((await gateway.get(path)).status).toBe(200);
  });

  test.each([
    ["", 400],
    ["?id=", 400],
    ["?id=chatcmpl-1", 400],
    ["?id=gen_01ARZ3NDEKTSV4RRFFQ69G5FAV", 404],
  ])("refuses %p", async (query, status) => {
    const response = await gateway.get(`/v1/generation${query}`);
    expect(response.status).toBe(status);
    expect((await jsonOf(response)).error.param).toBe("id");
  });
});
