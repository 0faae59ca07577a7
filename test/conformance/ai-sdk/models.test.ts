import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../../support/gateway.ts";
import { type Loose, providerOf, SDKS } from "./client.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      providers: {
        mine: { wire: "openai-chat", base_url: "http://127.0.0.1/v1", api_key: "sk-m", models: [{ id: "me/secret" }] },
      },
    },
  });
});
afterAll(() => gateway.stop());

describe.each(SDKS)("getAvailableModels() of ai $major", (sdk) => {
  const { specification, path } = sdk;

  test("knows all that the list of models has and it can ask, as models of its own version", async () => {
    const { models } = await providerOf(sdk, gateway).getAvailableModels();
    const told = (wanted: string) => models.filter((one: Loose) => one.modelType === wanted).map(({ id }: Loose) => id);
    const { data } = await jsonOf(await gateway.get("/v1/models"));
    const listed = (wanted: string) => data.filter((one: Loose) => one.type === wanted).map(({ id }: Loose) => id);
    expect(told("embedding")).toEqual(listed("embedding"));
    expect(told("image")).toEqual(listed("image"));
    // Models that only go on with a text are for no route of the SDK's, nor for a coding agent.
    const { data: chatting } = await jsonOf(await gateway.get("/claude-code/models"));
    const names = chatting.map(({ id }: Loose) => id.replace(/^claude-code\/|\[1m\]$/g, ""));
    expect(told("language")).toEqual(names);
    expect(told("language").length).toBeGreaterThan(50);
    for (const { id, specification: spoken } of models)
      expect(spoken).toEqual({ specificationVersion: specification, provider: expect.any(String), modelId: id });
  });

  test("tells what tokens cost as the list does, and nothing of what has no price", async () => {
    const { models } = await providerOf(sdk, gateway).getAvailableModels();
    const find = (id: string) => models.find((one: Loose) => one.id === id);
    expect(find("anthropic/claude-sonnet-4.5")).toMatchObject({
      name: "Claude Sonnet 4.5",
      modelType: "language",
      pricing: {
        input: "0.000003",
        output: "0.000015",
        cachedInputTokens: "0.0000003",
        cacheCreationInputTokens: "0.00000375",
      },
      specification: { provider: "anthropic" },
    });
    expect(find("openai/text-embedding-3-small")).toMatchObject({
      modelType: "embedding",
      pricing: { input: "0.00000002", output: "0" },
    });
    expect(find("me/secret").pricing ?? undefined).toBeUndefined();
  });

  test("wants no key, but shows the operator's own models only to those who have one", async () => {
    const ids = async (headers: Record<string, string>) =>
      (await jsonOf(await fetch(`${gateway.url}${path}/config`, { headers }))).models.map(({ id }: Loose) => id);
    const [stranger, own] = [await ids({}), await ids({ authorization: `Bearer ${KEY}` })];
    expect(own).toContain("me/secret");
    expect(own.filter((id: string) => id !== "me/secret")).toEqual(stranger);
  });
});
