import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { countTokens } from "../../src/simulator/tokens.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { bodyOf, clientOf, failure, type Loose, sent } from "./client.ts";

const MODEL = "openai/omni-moderation-latest";
const MISTRAL = "mistral/mistral-moderation";
const PICTURE = { type: "image_url" as const, image_url: { url: "https://example.com/a.png" } };

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

const told = (answer: unknown) => (answer as Loose).providerMetadata.gateway;

describe("a moderation", () => {
  test("finds what is there, and names no model where the client names none", async () => {
    const answer = await client.moderations.create({ input: "I will attack you" });
    expect(bodyOf(sent(gateway))).toEqual({ model: "omni-moderation-latest", input: "I will attack you" });
    expect(answer.id).toMatch(/^gen_/);
    expect(answer.model).toBe(MODEL);
    const [result] = answer.results;
    expect(result).toMatchObject({ flagged: true, categories: { violence: true, sexual: false } });
    expect(result!.category_scores.violence).toBeGreaterThan(0.9);
    expect(result!.category_applied_input_types.violence).toEqual(["text"]);
  });

  test("of several texts is a result for each, of parts one for all", async () => {
    const input = ["I hate it", "Hello"];
    const texts = await client.moderations.create({ model: MODEL, input });
    expect(texts.results.map(({ flagged }) => flagged)).toEqual([true, false]);
    const parts = await client.moderations.create({ model: MODEL, input: [{ type: "text", text: "Hello" }, PICTURE] });
    expect(parts.results).toHaveLength(1);
    expect(bodyOf(sent(gateway, 2)).input).toEqual([{ type: "text", text: "Hello" }, PICTURE]);
  });

  test("is free where the catalogue says so, which is not without a price", async () => {
    const answer = await client.moderations.create({ model: MODEL, input: "Hello" });
    expect(told(answer).cost).toBe("0");
    expect(gateway.row(answer.id)).toMatchObject({ operation: "moderate", mode: "relay", cost: 0, error: null });
    const { data } = await jsonOf(await gateway.get("/v1/models"));
    expect(data.find(({ id }: Loose) => id === MODEL)).toMatchObject({ type: "moderation", pricing: { input: "0" } });
  });

  test("by whoever flags nothing is flagged all the same, and paid by the token", async () => {
    const input = ["I will attack you", "Hello"];
    const answer = await client.moderations.create({ model: MISTRAL, input });
    expect(sent(gateway).path).toBe("/mistral/v1/moderations");
    expect(answer.results.map(({ flagged }) => flagged)).toEqual([true, false]);
    const tokens = countTokens(input[0]!) + countTokens(input[1]!);
    // $0.10 a million.
    expect(gateway.row(answer.id)).toMatchObject({ input: tokens, output: 0, cost: tokens * 100, estimated: false });
  });

  test("of pictures is refused by name where only texts are looked at; parts of text are one text there", async () => {
    const request: Loose = { model: MISTRAL, input: [{ type: "text", text: "a" }, PICTURE] };
    const error = await failure(client.moderations.create(request), OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: "unsupported", param: "input" });
    expect(gateway.simulator.requests).toHaveLength(0);
    await client.moderations.create({ model: MISTRAL, input: [{ type: "text", text: "a" }] });
    expect(bodyOf(sent(gateway)).input).toBe("a");
  });
});

test("a model that fails is replaced by the next", async () => {
  const input = "[sim model=omni-moderation-latest status=503] Hello";
  const request: Loose = { model: MODEL, input, models: [MISTRAL] };
  const answer = await client.moderations.create(request);
  expect(answer.model).toBe(MISTRAL);
  expect(answer.results[0]!.flagged).toBe(false);
  sent(gateway, 2);
});

test("an answer that is none is a bad gateway", async () => {
  for (const body of ["{}", '{"results":[null]}', "[]"]) {
    const reply = await gateway.post("/v1/moderations", { model: MODEL, input: `[sim body='${body}'] x` });
    expect([body, reply.status, (await jsonOf(reply)).error.code]).toEqual([body, 502, "upstream_malformed"]);
  }
});

test("what is no input is refused by name, before anything is sent", async () => {
  for (const input of [undefined, [], 5, {}, ["a", 1], [{ type: "audio" }], [{ type: "text" }]] as Loose[]) {
    const error = await failure(client.moderations.create({ model: MODEL, input }), OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: "invalid_request", type: "invalid_request_error" });
    expect(error.param).toStartWith("input");
  }
  const chat = client.moderations.create({ model: "openai/gpt-4o", input: "x" });
  expect((await failure(chat, OpenAI.BadRequestError)).message).toContain("not offered for moderation");
  expect(gateway.simulator.requests).toHaveLength(0);
});
