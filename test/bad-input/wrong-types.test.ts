import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GatewayError } from "../../src/core/error.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import { chatBody } from "../../src/wires/openai-chat/schema.ts";
import { embeddingsBody } from "../../src/wires/openai-embeddings/schema.ts";
import { mustFit, pathText, type Shape } from "../../src/wires/shape.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { CHAT, EMBEDDINGS, mustBeRefused, mustStillServe, type Path } from "./client.ts";

/** One of everything that the schema has a word for. */
const FULL_CHAT: JsonObject = {
  model: "openai/gpt-4o",
  messages: [
    { role: "system", content: "s", name: "n" },
    { role: "developer", content: [{ type: "text", text: "d" }], name: "n" },
    {
      role: "user",
      name: "n",
      content: [
        { type: "text", text: "t" },
        { type: "image_url", image_url: { url: "https://example.com/i.png", detail: "low" } },
        { type: "image_url", image_url: "https://example.com/i.png" },
        { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
        { type: "file", file: { file_data: "data:application/pdf;base64,AAAA", filename: "f.pdf", file_id: "f" } },
        { type: "file", file: { data: "AAAA", media_type: "application/pdf", filename: "f.pdf" } },
      ],
    },
    {
      role: "assistant",
      content: [{ type: "refusal", refusal: "no" }],
      name: "n",
      refusal: "no",
      reasoning: "because",
      reasoning_details: [{ type: "reasoning.text", text: "because", signature: "s" }],
      tool_calls: [
        { id: "c1", type: "function", function: { name: "f", arguments: "{}" } },
        { id: "c2", type: "custom", custom: { name: "g", input: "x" } },
      ],
      function_call: { name: "f", arguments: "{}" },
    },
    { role: "tool", tool_call_id: "c1", content: "r" },
    { role: "function", name: "f", content: "r" },
  ],
  stream: false,
  stream_options: { include_usage: true, include_obfuscation: false },
  temperature: 0.5,
  top_p: 0.5,
  n: 1,
  max_tokens: 10,
  max_completion_tokens: 10,
  frequency_penalty: 0.5,
  presence_penalty: -0.5,
  stop: ["a", "b"],
  seed: 5,
  logprobs: false,
  top_logprobs: 2,
  logit_bias: { "50256": -100 },
  tools: [
    { type: "function", function: { name: "f", description: "d", parameters: { type: "object" }, strict: true } },
    { type: "custom", custom: { name: "g" } },
  ],
  tool_choice: { type: "function", function: { name: "f" } },
  parallel_tool_calls: true,
  functions: [{ name: "f" }],
  response_format: { type: "json_schema", json_schema: { name: "j", schema: {}, strict: true, description: "d" } },
  reasoning_effort: "low",
  reasoning: { enabled: true, effort: "low", max_tokens: 1024, exclude: false, summary: "auto" },
  modalities: ["text"],
  audio: { voice: "v", format: "wav" },
  prediction: { type: "content", content: "c" },
  metadata: { k: "v" },
  web_search_options: {},
  service_tier: "auto",
  store: false,
  user: "u",
  models: ["openai/gpt-5"],
  provider: { sort: "price" },
  providerOptions: { gateway: { order: ["openai"] }, openai: {} },
  tags: ["a"],
};

/** The variants that cannot stand beside those above. */
const MORE_CHAT: JsonObject[] = [
  { tool_choice: "auto" },
  { tool_choice: { type: "custom", custom: { name: "g" } } },
  { stop: "a" },
  { response_format: { type: "json", name: "j", schema: {}, description: "d" } },
  { response_format: { type: "json_object" } },
  { response_format: { type: "text" } },
].map((change) => ({ model: "openai/gpt-4o", messages: [{ role: "user", content: "x" }], ...change }));

const FULL_EMBEDDINGS: JsonObject[] = ["text", ["a", "b"], [1, 2], [[1, 2], [3]]].map((input) => ({
  model: "openai/text-embedding-3-small",
  input,
  encoding_format: "float",
  dimensions: 8,
  user: "u",
  models: ["openai/text-embedding-3-large"],
  tags: ["a"],
  provider: { sort: "price" },
  providerOptions: { gateway: { only: ["openai"] } },
}));

const WRONG: JsonValue[] = [null, true, 7, -1, 0.5, "", "word", [], {}, [null], { a: [] }, ["word"], [[[]]]];

type Step = string | number;

/** Every place in a tree. */
function placesOf(value: JsonValue | undefined, path: Step[] = []): Step[][] {
  if (typeof value !== "object" || value === null) return [path];
  const steps: Step[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [path, ...steps.flatMap((step) => placesOf((value as JsonObject)[step], [...path, step]))];
}

function withAt(tree: JsonValue | undefined, [step, ...rest]: Step[], value: JsonValue | undefined): JsonValue {
  if (step === undefined) return value as JsonValue;
  const copy = (Array.isArray(tree) ? [...tree] : { ...(tree as JsonObject) }) as JsonObject;
  copy[step] = withAt(copy[step], rest, value);
  return copy as JsonValue;
}

/** Where the schema finds a body wrong, if it does. */
function paramOf(shape: Shape, body: JsonValue): string | undefined {
  try {
    mustFit(shape, body as JsonObject);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown.details.param;
    throw thrown;
  }
}

interface Mutant {
  path: Step[];
  body: JsonValue;
  /** Where the schema finds it wrong. */
  param: string | undefined;
}

/** Every place of these bodies with everything that is not what stands there, and with nothing. */
function mutantsOf(shape: Shape, bodies: readonly JsonObject[]): Mutant[] {
  return bodies.flatMap((good) =>
    placesOf(good)
      .filter((path) => path.length > 0)
      .flatMap((path) =>
        [...WRONG, undefined].map((value) => {
          // As it arrives: what is not there is left out, or `null` in an array.
          const body: JsonValue = JSON.parse(JSON.stringify(withAt(good, path, value)));
          return { path, body, param: paramOf(shape, body) };
        }),
      ),
  );
}

const CHAT_MUTANTS = mutantsOf(chatBody, [FULL_CHAT, ...MORE_CHAT]);
const EMBEDDINGS_MUTANTS = mutantsOf(embeddingsBody, FULL_EMBEDDINGS);

describe("the examples", () => {
  test("are good", () => {
    for (const body of [FULL_CHAT, ...MORE_CHAT]) expect(paramOf(chatBody, body)).toBeUndefined();
    for (const body of FULL_EMBEDDINGS) expect(paramOf(embeddingsBody, body)).toBeUndefined();
  });

  test.each([
    ["openai-chat", [FULL_CHAT, ...MORE_CHAT]],
    ["openai-embeddings", FULL_EMBEDDINGS],
  ])("have every name that the schema of %s has", (wire, bodies) => {
    const source = readFileSync(join(import.meta.dir, `../../src/wires/${wire}/schema.ts`), "utf8");
    // Behind the shapes stand functions, whose parameters are no names of members.
    const [shapes] = source.split("export function");
    const code = shapes!.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "").replace(/"[^"]*"/g, '""');
    const names = new Set(
      [...code.matchAll(/\b(\w+):(?! Shape\b)/g)].map(([, name]) => name!).filter((name) => /^[a-z]/.test(name)),
    );
    names.delete("path");
    names.delete("expected");
    const text = JSON.stringify(bodies);
    expect(names.size).toBeGreaterThan(5);
    expect([...names].filter((name) => !text.includes(`"${name}"`))).toEqual([]);
  });

  test("can be got wrong in every place, but for those that are a provider's business", () => {
    const free = (mutants: Mutant[]) => {
      const places = new Map<string, boolean>();
      for (const { path, param } of mutants) {
        const place = pathText(path);
        places.set(place, (places.get(place) ?? false) || param !== undefined);
      }
      return [...places].filter(([, refusable]) => !refusable).map(([place]) => place);
    };
    expect(free(CHAT_MUTANTS).sort()).toEqual(
      [
        "audio.format",
        "audio.voice",
        "messages[3].reasoning_details[0].signature",
        "messages[3].reasoning_details[0].text",
        "messages[3].tool_calls[0].type",
        "messages[3].tool_calls[1].type",
        "metadata.k",
        "prediction.content",
        "prediction.type",
        "provider.sort",
        "providerOptions.gateway.order",
        "providerOptions.gateway.order[0]",
        "tools[0].function.parameters.type",
      ].sort(),
    );
    expect(new Set(free(EMBEDDINGS_MUTANTS))).toEqual(
      new Set(["provider.sort", "providerOptions.gateway.only", "providerOptions.gateway.only[0]"]),
    );
  });
});

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await mustStillServe(gateway);
  await gateway.stop();
});

async function sendAll(
  path: Path,
  mutants: readonly Mutant[],
  check: (reply: Response, mutant: Mutant) => Promise<void>,
) {
  gateway.simulator.forget();
  for (const mutant of mutants) await check(await gateway.post(path, mutant.body), mutant);
}

const wrong = (mutants: readonly Mutant[]) => mutants.filter(({ param }) => param !== undefined);

test.each<[Path, Mutant[]]>([
  [CHAT, CHAT_MUTANTS],
  [EMBEDDINGS, EMBEDDINGS_MUTANTS],
])("%s: a wrong type, anywhere, is refused by its path", async (path, mutants) => {
  expect(wrong(mutants).length).toBeGreaterThan(200);
  await sendAll(path, wrong(mutants), async (reply, { path, param }) => {
    const message = await mustBeRefused(gateway, reply, { status: 400, code: "invalid_request", param: param! });
    expect(message).toMatch(/ must be .+\.$/);
    // It is the place that was changed, or what that left without a tag or a required member; the first of the inputs
    // says what the others must be.
    const place = pathText(path[0] === "input" ? ["input"] : path);
    expect([place, param!.startsWith(place) || place.startsWith(param!)]).toEqual([place, true]);
  });
});

describe("what the schema leaves to providers is answered or refused, and never fails", () => {
  const passing = CHAT_MUTANTS.filter(({ param }) => param === undefined);

  test.each(["openai/gpt-4o", "anthropic/claude-sonnet-4.5", "deepseek/deepseek-v4-pro", "mistral/mistral-large-3"])(
    "by %s",
    async (model) => {
      const mutants = passing.map((mutant) => ({
        ...mutant,
        body: { ...(mutant.body as JsonObject), model, models: [] },
      }));
      await sendAll(CHAT, mutants, async (reply, { path }) => {
        const text = await reply.text();
        expect([pathText(path), reply.status < 500, text.slice(0, 200)]).toEqual([
          pathText(path),
          true,
          text.slice(0, 200),
        ]);
        if (reply.status !== 200) expect(JSON.parse(text).error.message).toBeString();
      });
      gateway.simulator.forget();
    },
  );

  test("for embeddings", async () => {
    await sendAll(
      EMBEDDINGS,
      EMBEDDINGS_MUTANTS.filter(({ param }) => param === undefined),
      async (reply, { path }) => {
        const text = await reply.text();
        expect([pathText(path), reply.status < 500, text.slice(0, 200)]).toEqual([
          pathText(path),
          true,
          text.slice(0, 200),
        ]);
      },
    );
    gateway.simulator.forget();
  });
});
