import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

/** Requests that must stay in a region, where the operator has said of no account where it is: addresses and names do. Nothing is sent. */

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      providers: {
        vertex: { api_key: "k", project: "p-1", location: "europe-west4" },
        bedrock: {
          credentials: [
            { name: "virginia", api_key: "ABSK1", region: "us-east-1" },
            { name: "frankfurt", api_key: "ABSK2", region: "eu-central-1" },
          ],
        },
      },
    },
  });
});
afterAll(() => gateway.stop());

const DOORS: [string, object][] = [
  ["/v1/chat/completions", { messages: [{ role: "user", content: "Hello" }] }],
  ["/v1/messages", { max_tokens: 9, messages: [{ role: "user", content: "Hello" }] }],
  ["/v1/messages/count_tokens", { messages: [{ role: "user", content: "Hello" }] }],
  ["/v1/responses", { input: "Hello" }],
];

async function refusal(path: string, body: object, options: object): Promise<string> {
  const response = await gateway.post(path, { ...body, providerOptions: { gateway: options } });
  expect(response.status).toBe(400);
  const { error } = await jsonOf(response);
  expect(error.code).toBe("no_providers_available");
  return error.message;
}

const within = (geoRegion: string) => ({ inferenceRegion: { scope: "zone", geoRegion } });

test("who may stay where is told with the endpoints of a model", async () => {
  const told = async (model: string) => {
    const { data } = await jsonOf(await gateway.get(`/v1/models/${model}/endpoints`));
    return data.endpoints.map((one: { provider_name: string; inference_regions?: string[] }) => [
      one.provider_name,
      one.inference_regions,
    ]);
  };
  expect(await told("amazon/nova-pro")).toEqual([["bedrock", ["us"]]]);
  expect(await told("amazon/nova-2-lite")).toEqual([["bedrock", undefined]]);
  expect(await told("google/gemini-2.5-pro")).toEqual([["vertex", ["eu"]]]);
  expect(await told("mistral/mistral-large-3")).toContainEqual(["bedrock", ["eu", "us"]]);
  expect(await told("openai/gpt-4o")).toEqual([["openai", undefined]]);
});

describe.each(DOORS)("at %s", (path, body) => {
  test("a model that runs in one part of the world serves nobody in another, by whichever account", async () => {
    const message = await refusal(path, { model: "amazon/nova-pro", ...body }, { ...within("eu"), only: ["bedrock"] });
    for (const account of ["virginia", "frankfurt"])
      expect(message).toContain(
        `bedrock/${account} for amazon/nova-pro: runs in us, as the name us.amazon.nova-pro-v1:0 says, and not in eu`,
      );
  });

  test("a model that runs anywhere serves nobody who must stay", async () => {
    const message = await refusal(
      path,
      { model: "amazon/nova-2-lite", ...body },
      { ...within("us"), only: ["bedrock"] },
    );
    expect(message).toContain("may run anywhere, as the name global.amazon.nova-2-lite-v1:0 says");
  });

  test("an account at an address in the other part of the world serves nobody here", async () => {
    const message = await refusal(
      path,
      { model: "google/gemini-2.5-pro", ...body },
      { ...within("us"), only: ["vertex"] },
    );
    expect(message).toContain("vertex for google/gemini-2.5-pro: in europe-west4 and not in us");
  });

  test("nor does one of the client's own", async () => {
    const byok = { vertex: [{ apiKey: "own", project: "p-2", location: "asia-south1" }] };
    const options = { ...within("eu"), only: ["vertex"], byok, byok_only: true };
    const message = await refusal(path, { model: "google/gemini-2.5-pro", ...body }, options);
    expect(message).toContain("in asia-south1 and not in eu");
  });
});
