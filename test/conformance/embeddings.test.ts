import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { vectorOf } from "../../src/simulator/openai/embeddings.ts";
import { countTokens } from "../../src/simulator/tokens.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { bodyOf, clientOf, failure, type Loose, nanodollars, sent } from "./client.ts";

const MODEL = "openai/text-embedding-3-small";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

/** The vector to about the precision of a 32-bit float. */
function expectVector(embedding: readonly number[], text: string, dimensions = 1536): void {
  const right = vectorOf(text, dimensions);
  expect(embedding).toHaveLength(dimensions);
  for (const i of [0, 1, dimensions - 1]) expect(embedding[i]).toBeCloseTo(right[i]!, 6);
}

describe("embeddings", () => {
  test("of one text, as the client asks for them: base64, which it decodes itself", async () => {
    const answer = await client.embeddings.create({ model: MODEL, input: "Water comes down" });
    expect(bodyOf(sent(gateway)).encoding_format).toBe("base64");
    expect(answer.object).toBe("list");
    expect(answer.model).toBe(MODEL);
    expect(answer.data).toHaveLength(1);
    expectVector(answer.data[0]!.embedding, "Water comes down");
    expect(answer.usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
  });

  test("as numbers, where numbers are asked for", async () => {
    const answer = await client.embeddings.create({ model: MODEL, input: "Water", encoding_format: "float" });
    expect(bodyOf(sent(gateway)).encoding_format).toBe("float");
    expectVector(answer.data[0]!.embedding, "Water");
  });

  test("of several texts keep their order", async () => {
    const input = ["Text 1", "Text 2", "Text 3"];
    const answer = await client.embeddings.create({ model: MODEL, input });
    expect(answer.data.map(({ index }) => index)).toEqual([0, 1, 2]);
    for (const [i, { embedding }] of answer.data.entries()) expectVector(embedding, input[i]!);
  });

  test("of tokens, one list or several", async () => {
    const one = await client.embeddings.create({ model: MODEL, input: [1, 2, 3, 4] });
    expect(one.data).toHaveLength(1);
    expect(one.usage.prompt_tokens).toBe(4);
    const two = await client.embeddings.create({ model: MODEL, input: [[1, 2], [3]] });
    expect(two.data.map(({ index }) => index)).toEqual([0, 1]);
    expect(two.usage.prompt_tokens).toBe(3);
  });

  test("of a chosen length", async () => {
    const answer = await client.embeddings.create({ model: MODEL, input: "Water", dimensions: 256 });
    expect(bodyOf(sent(gateway)).dimensions).toBe(256);
    expectVector(answer.data[0]!.embedding, "Water", 256);
  });

  test("cost what the catalogue says, in the reply and in the ledger", async () => {
    const input = "Water comes down the channel and the gate decides where it goes. ".repeat(40);
    const answer = await client.embeddings.create({ model: MODEL, input });
    const tokens = { input: countTokens(input), output: 0 };
    const { gateway: told } = (answer as Loose).providerMetadata;
    const cost = nanodollars(MODEL, tokens);
    expect(cost).toBeGreaterThan(0);
    expect(Math.round(Number(told.cost) * 1e9)).toBe(cost);
    expect(gateway.row(told.generationId)).toMatchObject({ ...tokens, cost, operation: "embed", error: null });
  });

  test("name the generation only in their metadata and headers, as the hosted gateway does", async () => {
    const { data, request_id } = await client.embeddings.create({ model: MODEL, input: "Water" }).withResponse();
    expect((data as Loose).id).toBeUndefined();
    expect((data as Loose).providerMetadata.gateway.generationId).toBe(request_id);
  });
});

describe("embeddings of a provider with manners of its own", () => {
  test("that knows no base64 are still what was asked for", async () => {
    const told = await startGateway({
      config: {
        providers: {
          local: {
            wire: "openai-chat",
            base_url: `${gateway.simulator.url}/local/v1`,
            api_key: "sk-local",
            quirks: ["float-embeddings"],
            models: [{ id: "local/embed", type: "embedding" }],
          },
        },
      },
    });
    const answer = await clientOf(told).embeddings.create({ model: "local/embed", input: "Water" });
    expect(bodyOf(sent(gateway)).encoding_format).toBeUndefined();
    expectVector(answer.data[0]!.embedding, "Water");
    await told.stop();
  });

  test("that calls the length otherwise", async () => {
    await client.embeddings
      .create({ model: "mistral/codestral-embed", input: "Water", dimensions: 256 })
      .catch(() => {});
    const body = bodyOf(sent(gateway));
    expect(body.output_dimension).toBe(256);
    expect(body.dimensions).toBeUndefined();
  });

  test("that takes no tokens is not asked with tokens", async () => {
    const error = await failure(
      client.embeddings.create({ model: "mistral/mistral-embed", input: [1, 2] }),
      OpenAI.BadRequestError,
    );
    expect(error).toMatchObject({ code: "unsupported", param: "input" });
    expect(gateway.simulator.requests).toHaveLength(0);
  });
});

test("a model that fails is replaced by the next, as in chat", async () => {
  const request: Loose = {
    model: MODEL,
    input: "[sim model=text-embedding-3-small status=503] Water",
    models: ["openai/text-embedding-3-large"],
  };
  const answer = await client.embeddings.create(request);
  expect(answer.model).toBe("openai/text-embedding-3-large");
  expect(answer.data[0]!.embedding).toHaveLength(3072);
  sent(gateway, 2);
});

test("an input that is no input is refused by name, before anything is sent", async () => {
  for (const input of ["", [], [""], [[]], [1.5], [-1]] as Loose[]) {
    const error = await failure(client.embeddings.create({ model: MODEL, input }), OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: "invalid_request", type: "invalid_request_error" });
    expect(error.param).toStartWith("input");
  }
  expect(gateway.simulator.requests).toHaveLength(0);
});

test("a provider that embeds nothing is not asked to", async () => {
  const error = await failure(
    client.embeddings.create({ model: "anthropic/claude-sonnet-4.5", input: "Water" }),
    OpenAI.BadRequestError,
  );
  expect(error.message).toContain("not offered for embeddings");
  expect(gateway.simulator.requests).toHaveLength(0);
});
