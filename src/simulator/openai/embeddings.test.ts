import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { answered, EMBEDDINGS, type Loose, post } from "../fixtures/client.ts";
import { type Simulator, startSimulator } from "../server.ts";
import { countTokens } from "../tokens.ts";
import { vectorOf } from "./embeddings.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => {
  simulator.stop();
});

const embed = (more: object): Promise<Loose> =>
  answered(simulator, EMBEDDINGS, { model: "text-embedding-3-small", input: "hello", ...more });
const norm = (vector: Iterable<number>) => Math.sqrt([...vector].reduce((sum, value) => sum + value * value, 0));

describe("the vector of a text", () => {
  test("has the length 1 and is always the same", () => {
    expect(norm(vectorOf("hello", 1536))).toBeCloseTo(1, 5);
    expect(vectorOf("hello", 64)).toEqual(vectorOf("hello", 64));
    expect(vectorOf("hello", 64)).not.toEqual(vectorOf("hellp", 64));
  });

  test("points, shortened, the way the longer one begins", () => {
    const [long, short] = [vectorOf("hello", 1536), vectorOf("hello", 8)];
    const ratio = (short[0] as number) / (long[0] as number);
    for (let i = 1; i < 8; i++) expect((short[i] as number) / (long[i] as number)).toBeCloseTo(ratio, 3);
  });
});

describe("embeddings", () => {
  test("have the API's shape", async () => {
    const text = await (
      await post(simulator, EMBEDDINGS, { model: "text-embedding-ada-002", input: ["a b", "c"] })
    ).text();
    expect(text).toStartWith(
      '{\n  "object": "list",\n  "data": [\n    {\n      "object": "embedding",\n      "index": 0,\n      "embedding": [\n        ',
    );
    const body: Loose = JSON.parse(text);
    expect(body).toMatchObject({ model: "text-embedding-ada-002-v2", usage: { prompt_tokens: 3, total_tokens: 3 } });
    expect(body.data.map(({ index }: Loose) => index)).toEqual([0, 1]);
  });

  test.each([
    ["text-embedding-3-small", 1536],
    ["text-embedding-3-large", 3072],
    ["text-embedding-ada-002", 1536],
  ])("of %s have %i dimensions", async (model, dimensions) => {
    expect((await embed({ model })).data[0].embedding).toHaveLength(dimensions);
  });

  test("have as many dimensions as were asked for", async () => {
    const { embedding } = (await embed({ dimensions: 256 })).data[0];
    expect(embedding).toHaveLength(256);
    expect(norm(embedding)).toBeCloseTo(1, 5);
  });

  test("are the same as numbers and as base64", async () => {
    const floats = (await embed({ encoding_format: "float" })).data[0].embedding;
    const base64 = (await embed({ encoding_format: "base64" })).data[0].embedding;
    const bytes = Buffer.from(base64, "base64");
    const decoded = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
    expect(Float32Array.from(floats)).toEqual(Float32Array.from(decoded));
    expect(decoded).toEqual([...vectorOf("hello", 1536)]);
  });

  test("take text, texts, tokens and lists of tokens", async () => {
    const counts = async (input: unknown) => {
      const { data, usage } = await embed({ input });
      return [data.length, usage.prompt_tokens];
    };
    expect(await counts("one two")).toEqual([1, 2]);
    expect(await counts(["one two", "three"])).toEqual([2, 3]);
    expect(await counts([1, 2, 3])).toEqual([1, 3]);
    expect(await counts([[1, 2], [3]])).toEqual([2, 3]);
    expect((await counts("What is the capital of France?"))[1]).toBe(countTokens("What is the capital of France?"));
  });

  test("of the same text are the same in any company", async () => {
    const alone = (await embed({ input: "b", dimensions: 4 })).data[0].embedding;
    const together = (await embed({ input: ["a", "b"], dimensions: 4 })).data[1].embedding;
    expect(together).toEqual(alone);
  });
});
