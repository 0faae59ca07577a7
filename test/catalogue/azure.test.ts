import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../support/gateway.ts";

/** Everyone's Azure has an address, and deployments, of its own. */
let azure: Bun.Server<undefined>;
let asked: { path: string; key: string | null; authorization: string | null; model: string }[];
beforeAll(() => {
  azure = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { model } = await jsonOf(new Response(request.body));
      const { headers } = request;
      const path = new URL(request.url).pathname;
      asked.push({ path, key: headers.get("api-key"), authorization: headers.get("authorization"), model });
      if (path.endsWith("/embeddings")) {
        return Response.json({
          object: "list",
          model,
          data: [{ object: "embedding", index: 0, embedding: [0.5] }],
          usage: { prompt_tokens: 1, total_tokens: 1 },
        });
      }
      return Response.json({
        id: "chatcmpl-1",
        object: "chat.completion",
        created: 1,
        model: "gpt-5-2025-08-07",
        choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
        usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
        prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
      });
    },
  });
});
afterAll(() => azure.stop(true));

const hello = (more: object = {}) => ({
  model: "openai/gpt-5",
  messages: [{ role: "user", content: "Hello" }],
  providerOptions: { gateway: { only: ["azure"] } },
  ...more,
});

async function withGateway(setup: Parameters<typeof startGateway>[0], act: (gateway: RunningGateway) => Promise<void>) {
  asked = [];
  const gateway = await startGateway(setup);
  try {
    await act(gateway);
  } finally {
    await gateway.stop();
  }
}

describe("Azure", () => {
  test("is asked where its own variables say, below its path, with its own header", async () => {
    const env = { AZURE_OPENAI_ENDPOINT: `http://127.0.0.1:${azure.port}/`, AZURE_OPENAI_API_KEY: "azure-key-1" };
    await withGateway({ env }, async (gateway) => {
      const body = await jsonOf(await gateway.post("/v1/chat/completions", hello()));
      expect(body.choices[0].message.content).toBe("Hi");
      expect(body.usage.cost).toBeGreaterThan(0);
      expect(gateway.row(body.id)).toMatchObject({ provider: "azure", input: 10, output: 2 });
      const embedding = {
        model: "openai/text-embedding-3-small",
        input: "a",
        providerOptions: hello().providerOptions,
      };
      expect((await gateway.post("/v1/embeddings", embedding)).status).toBe(200);
      const { providerOptions } = hello();
      const text = { model: "openai/gpt-3.5-turbo-instruct", prompt: "a", providerOptions };
      expect((await gateway.post("/v1/completions", text)).status).toBe(200);
    });
    expect(asked).toEqual([
      { path: "/openai/v1/chat/completions", key: "azure-key-1", authorization: null, model: "gpt-5" },
      { path: "/openai/v1/embeddings", key: "azure-key-1", authorization: null, model: "text-embedding-3-small" },
      { path: "/openai/v1/completions", key: "azure-key-1", authorization: null, model: "gpt-3.5-turbo-instruct" },
    ]);
  });

  test("has deployments under names of the operator's own", async () => {
    const models = [{ id: "openai/gpt-5", upstream: "our-gpt" }];
    const providers = { azure: { base_url: `http://127.0.0.1:${azure.port}`, api_key: "azure-key-2", models } };
    await withGateway({ config: { providers } }, async (gateway) => {
      expect((await gateway.post("/v1/chat/completions", hello())).status).toBe(200);
    });
    expect(asked).toMatchObject([{ model: "our-gpt", key: "azure-key-2" }]);
  });

  test("with a key alone is not known by address, and passed over", async () => {
    await withGateway({ env: { AZURE_OPENAI_API_KEY: "azure-key-3" } }, async (gateway) => {
      const response = await gateway.post("/v1/chat/completions", hello());
      expect((await jsonOf(response)).error.message).toContain("azure for openai/gpt-5: no credential");
    });
  });

  test("that is configured without an address stops the start and names the variable", () => {
    const config = { providers: { azure: { api_key: "azure-key-4" } } };
    expect(startGateway({ config })).rejects.toThrow(/providers\.azure: needs a base_url \(or AZURE_OPENAI_ENDPOINT/);
  });

  test("is simulated like the others", async () => {
    await withGateway({ config: { simulate: "always" }, env: { AI_GATEWAY_API_KEY: KEY } }, async (gateway) => {
      const body = await jsonOf(await gateway.post("/v1/chat/completions", hello()));
      expect(body.choices[0].message.provider_metadata.gateway).toMatchObject({ simulated: true });
    });
  });
});
