import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { complaint, type Loose, post } from "../fixtures/client.ts";
import { type Simulator, startSimulator } from "../server.ts";

/** OpenAI's own client reads what the simulator says of completions and moderations. */

const PATH = "/openai/v1/completions";
const MODEL = "gpt-3.5-turbo-instruct";

let simulator: Simulator;
let client: OpenAI;
beforeAll(() => {
  simulator = startSimulator();
  client = new OpenAI({ apiKey: "sk-test", baseURL: `${simulator.url}/openai/v1`, maxRetries: 0 });
});
afterAll(() => {
  simulator.stop();
});

describe("a completion", () => {
  test("is of sixteen tokens where nobody says how many, as OpenAI's are", async () => {
    const answer = await client.completions.create({ model: MODEL, prompt: "[sim tokens=50]" });
    expect(answer).toMatchObject({ object: "text_completion", model: MODEL });
    expect(answer.choices).toMatchObject([{ index: 0, logprobs: null, finish_reason: "length" }]);
    expect(answer.usage!.completion_tokens).toBe(16);
  });

  test("streamed says the same, with the usage last where it is wanted", async () => {
    const prompt = '[sim say="down the channel" every=0]';
    const whole = await client.completions.create({ model: MODEL, prompt, echo: true, logprobs: 1 });
    const stream_options = { include_usage: true };
    const stream = await client.completions.create({ model: MODEL, prompt, echo: true, stream: true, stream_options });
    let text = "";
    let last: OpenAI.Completions.Completion | undefined;
    for await (const chunk of stream) {
      text += chunk.choices.map((one) => one.text).join("");
      last = chunk;
    }
    expect(text).toBe(whole.choices[0]!.text);
    expect(text).toBe(`${prompt}down the channel`);
    expect([last!.choices, last!.usage]).toEqual([[], whole.usage!]);
    const { tokens, text_offset } = whole.choices[0]!.logprobs!;
    expect([tokens!.join(""), text_offset![0]]).toEqual(["down the channel", prompt.length]);
  });

  test("of several prompts, so many times each", async () => {
    const { choices, usage } = await client.completions.create({
      model: MODEL,
      prompt: [[1, 2], [3]],
      n: 2,
      max_tokens: 4,
    });
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 16 });
  });

  test.each<[string, object]>([
    ["Unrecognized request argument supplied: tags", { tags: ["t"] }],
    ["Missing required parameter: 'prompt'.", { prompt: undefined }],
    ["best_of", {}],
    ["'stream_options' parameter is only allowed", { stream_options: {} }],
    ["Invalid type for 'prompt'", { prompt: [{}] }],
  ])("is refused: %s", async (message, more) => {
    const body = { model: MODEL, prompt: "x", ...(message === "best_of" ? { n: 3, best_of: 2 } : more) };
    const told = await complaint(simulator, PATH, body);
    expect(told).toContain(message === "best_of" ? "more choices than it will generate" : message);
  });

  test("is none of a model that chats; elsewhere all complete", async () => {
    const refused = await post(simulator, PATH, { model: "gpt-4o", prompt: "x" });
    expect([refused.status, ((await refused.json()) as Loose).error.message]).toEqual([
      404,
      "This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?",
    ]);
    expect((await post(simulator, "/lab/v1/completions", { model: "llama", prompt: "x", top_k: 5 })).status).toBe(200);
  });
});

describe("a moderation", () => {
  test("finds words, the same each time", async () => {
    const { results } = await client.moderations.create({
      model: "omni-moderation-latest",
      input: ["I hate it", "Hello"],
    });
    expect(results.map(({ flagged }) => flagged)).toEqual([true, false]);
    expect(results[0]!.categories).toMatchObject({ hate: true, violence: false });
  });

  test("at Mistral's path has its categories and its usage, and flags nothing", async () => {
    const reply = await post(simulator, "/mistral/v1/moderations", {
      model: "mistral-moderation-latest",
      input: "Hello",
    });
    const { results, usage } = (await reply.json()) as Loose;
    expect([results[0].flagged, results[0].categories.pii, usage.prompt_tokens]).toEqual([undefined, false, 1]);
  });

  test("is refused without an input, or with what is none", async () => {
    const path = "/openai/v1/moderations";
    expect(await complaint(simulator, path, { model: "m" })).toContain("input");
    expect(await complaint(simulator, path, { model: "m", input: 5 })).toContain("input");
    expect(await complaint(simulator, path, { model: "m", input: "x", user: "u" })).toContain("user");
    const picture = [{ type: "image_url", image_url: { url: "https://example.com/a.png" } }];
    expect(await complaint(simulator, "/mistral/v1/moderations", { model: "m", input: picture })).toContain("input");
  });
});
