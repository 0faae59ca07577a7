import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { MODEL_TYPES } from "../../src/catalog/model.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  // The whole catalogue: nobody has a credential, and the simulator answers for all.
  gateway = await startGateway({ config: { simulate: "always" } });
});
afterAll(() => gateway.stop());

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
type Loose = any;

async function get(path: string): Promise<Loose> {
  const response = await fetch(gateway.url + path);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  return jsonOf(response);
}

const ALWAYS = [
  "id",
  "object",
  "created",
  "owned_by",
  "name",
  "description",
  "type",
  "supported_specifications",
  "modalities",
  "pricing",
  "tags",
  "supported_parameters",
];
const SOMETIMES = ["released", "context_window", "max_tokens"];
const PRICES = [
  "search_unit",
  ...["input", "output", "input_cache_read", "input_cache_write", "image"],
  ...["speech_input_character_cost", "transcription_duration_cost_per_second"],
  ...["image_input", "image_output", "audio_input_token_cost"],
];
const TAGS = [
  "tool-use",
  "vision",
  "file-input",
  "reasoning",
  "implicit-caching",
  "explicit-caching",
  "image-generation",
];
const PRICE = /^\d+(\.\d*[1-9])?$/;

describe("the list of a whole catalogue, without a key,", () => {
  test("has entries of one shape, key for key", async () => {
    const { object, data } = await get("/v1/models");
    expect(object).toBe("list");
    expect(data.length).toBeGreaterThan(200);
    for (const entry of data) {
      const { id } = entry;
      for (const name of ALWAYS) expect(entry, `${id}.${name}`).toHaveProperty(name);
      expect(Object.keys(entry).filter((name) => ![...ALWAYS, ...SOMETIMES].includes(name))).toEqual([]);
      expect(entry.object).toBe("model");
      expect(entry.owned_by).toBe(id.split("/")[0]);
      for (const name of ["created", "released", "context_window", "max_tokens"])
        if (entry[name] !== undefined) expect(Number.isSafeInteger(entry[name]), `${id}.${name}`).toBe(true);
      expect(MODEL_TYPES).toContain(entry.type);
      expect(entry.tags.filter((tag: string) => !TAGS.includes(tag))).toEqual([]);
      expect(entry.modalities.input[0]).toBe(entry.type === "transcription" ? "audio" : "text");
      for (const [name, value] of Object.entries<Loose>(entry.pricing)) {
        if (PRICES.includes(name)) {
          expect(value, `${id}.${name}`).toMatch(PRICE);
          continue;
        }
        expect(PRICES.map((price) => `${price}_tiers`)).toContain(name);
        expect(value[0].min).toBe(0);
        for (const [i, tier] of value.entries()) {
          expect(tier.cost).toMatch(PRICE);
          // Each begins where the one before it ends, and the last has no end.
          expect(tier.max).toBe(value[i + 1]?.min);
        }
      }
    }
  });

  test("says of each model what the entry alone and its endpoints say", async () => {
    const { data } = await get("/v1/models");
    for (const entry of data.filter((_: unknown, i: number) => i % 10 === 0)) {
      expect(await get(`/v1/models/${entry.id}`)).toEqual(entry);
      const { data: endpoints } = await get(`/v1/models/${entry.id}/endpoints`);
      expect(
        Object.keys(endpoints)
          .filter((name) => name !== "released")
          .sort(),
      ).toEqual(["architecture", "created", "description", "endpoints", "id", "name"].sort());
      expect(endpoints).toMatchObject({ id: entry.id, name: entry.name, created: entry.created });
      expect(endpoints.architecture.modality).toContain("→");
      expect(endpoints.endpoints).not.toBeEmpty();
      for (const endpoint of endpoints.endpoints) {
        expect(endpoint.name).toBe(`${endpoint.provider_name} | ${entry.id}`);
        expect(endpoint).toMatchObject({ status: 0, quantization: null, max_prompt_tokens: null, tags: entry.tags });
        for (const [name, value] of Object.entries(endpoint.pricing))
          if (name !== "discount") expect(value, `${entry.id} ${name}`).toMatch(PRICE);
      }
    }
  });
});

describe("a model of the seed", () => {
  test.each([
    ["openai/gpt-5", "openai", "language"],
    ["openai/gpt-5-mini", "openai", "language"],
    ["anthropic/claude-sonnet-4", "anthropic", "language"],
    ["google/gemini-2.0-flash", "google", "language"],
    ["openai/text-embedding-3-small", "openai", "embedding"],
  ])("is there with a price, a window and an offer: %s", async (id, provider, type) => {
    const entry = await get(`/v1/models/${id}`);
    expect(entry.type).toBe(type);
    expect(entry.context_window).toBeGreaterThan(1000);
    expect(Number(entry.pricing.input)).toBeGreaterThan(0);
    if (type === "language") expect(Number(entry.pricing.output)).toBeGreaterThan(Number(entry.pricing.input));
    const { data } = await get(`/v1/models/${id}/endpoints`);
    const offer = data.endpoints.find((one: Loose) => one.provider_name === provider);
    expect(offer.pricing.prompt).toBe(entry.pricing.input);
  });

  const fallbacks = {
    model: "anthropic/claude-sonnet-4",
    messages: [{ role: "user", content: "[sim model=claude-sonnet-4-20250514 status=503][sim say=Hello. every=0] Hi" }],
    models: ["openai/gpt-5-mini", "google/gemini-2.0-flash"],
  };

  test("to fall back to is asked for by its own provider's API", async () => {
    const models = ["google/gemini-2.0-flash"];
    const providerOptions = { gateway: { only: ["anthropic", "google"] } };
    const answer = await gateway.post("/v1/chat/completions", { ...fallbacks, models, providerOptions });
    const body = await jsonOf(answer);
    expect(body.model).toBe("google/gemini-2.0-flash");
    const [, second] = body.choices[0].message.provider_metadata.gateway.routing.modelAttempts;
    expect(second).toMatchObject({ canonicalSlug: "google/gemini-2.0-flash", success: true });
  });

  test("to fall back to does no harm where nobody has its credential", async () => {
    const other = await startGateway();
    const answer = await other.post("/v1/chat/completions", fallbacks);
    expect(answer.status).toBe(200);
    const body = await jsonOf(answer);
    expect(body.model).toBe("openai/gpt-5-mini");
    expect(body.choices[0].message.provider_metadata.gateway.routing.planningReasoning).toContain(
      "google (no credential)",
    );
    await other.stop();
  });
});
