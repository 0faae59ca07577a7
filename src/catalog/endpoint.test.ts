import { expect, test } from "bun:test";
import { endpointsOf } from "./endpoint.ts";
import type { Model } from "./model.ts";
import { MODELS } from "./models.ts";
import { bearer, type Provider } from "./provider.ts";
import { PROVIDERS as CATALOGUE } from "./providers/index.ts";

const BOTH: Provider = {
  name: "both",
  title: "Both",
  docs: "https://example.com",
  auth: bearer("BOTH_API_KEY"),
  wires: { generate: ["openai-chat"], embed: ["openai-embeddings"] },
  quirks: ["no-user"],
};
const CHAT: Provider = { ...BOTH, name: "chat", wires: { generate: ["openai-chat"] }, quirks: [] };
const PROVIDERS = new Map([BOTH, CHAT].map((provider) => [provider.name, provider]));

const MODEL: Model = {
  id: "lab/model",
  name: "Model",
  type: "language",
  maxOutput: 10,
  abilities: [],
  quirks: ["fixed-sampling"],
  offers: [
    { provider: "chat", upstream: "c/model", price: { rates: { input: 1 } } },
    { provider: "nowhere", upstream: "x" },
    { provider: "both", upstream: "b-model" },
  ],
};

test("an endpoint is a model at a provider, with what each of them knows", () => {
  const [chat, both, ...others] = endpointsOf(MODEL, PROVIDERS);
  expect(others).toEqual([]);
  expect(chat).toEqual({
    id: "chat:c/model",
    provider: "chat",
    model: "lab/model",
    upstream: "c/model",
    wires: { generate: ["openai-chat"] },
    quirks: new Set(["fixed-sampling"]),
    price: { rates: { input: 1 } },
    maxOutput: 10,
    abilities: [],
  });
  expect(both).toMatchObject({ id: "both:b-model", quirks: new Set(["no-user", "fixed-sampling"]), price: undefined });
});

test("a maker's models may be served in another way than the rest", () => {
  const makers = {
    lab: { wires: { generate: ["anthropic-messages"] }, betas: ["b-1"], quirks: ["raw-predict"] },
  } as const;
  const cloud: Provider = { ...BOTH, name: "cloud", maker: "cloudy", makers };
  const at = (id: string) =>
    endpointsOf({ ...MODEL, id, offers: [{ provider: "cloud", upstream: "x" }] }, new Map([["cloud", cloud]]))[0]!;
  expect(at("lab/model")).toMatchObject({
    wires: { generate: ["anthropic-messages"] },
    quirks: new Set(["no-user", "raw-predict", "fixed-sampling"]),
    betas: ["b-1"],
    maker: "cloudy",
  });
  expect(at("other/model")).toMatchObject({ wires: { generate: ["openai-chat"] }, maker: "cloudy" });
  expect(at("other/model").betas).toBeUndefined();
});

test("an operator's own name for a maker's model changes nothing: the provider's name tells whose it is", () => {
  const makers = { lab: { wires: { generate: ["anthropic-messages"] }, upstream: /^labs-/ } } as const;
  const cloud: Provider = { ...BOTH, name: "cloud", makers };
  const at = (upstream: string) =>
    endpointsOf(
      { ...MODEL, id: "acme/model", own: true, offers: [{ provider: "cloud", upstream }] },
      new Map([["cloud", cloud]]),
    )[0]!.wires;
  expect(at("labs-model")).toEqual({ generate: ["anthropic-messages"] });
  expect(at("not-labs-model")).toEqual(BOTH.wires);
});

test("every offer of the clouds is known for its maker's by the cloud's own name alone", () => {
  for (const { id, offers } of MODELS)
    for (const { provider, upstream } of offers)
      for (const [maker, own] of Object.entries(CATALOGUE.get(provider)?.makers ?? {}))
        expect(`${upstream} ${own.upstream?.test(upstream)}`).toBe(`${upstream} ${id.startsWith(`${maker}/`)}`);
});

test("a model is asked only for what it does", () => {
  const wires = (more: Partial<Model>) =>
    endpointsOf({ ...MODEL, ...more }, PROVIDERS).map((endpoint) => endpoint.wires);
  expect(wires({})).toEqual([{ generate: ["openai-chat"] }, { generate: ["openai-chat"] }]);
  expect(wires({ type: "embedding" })).toEqual([{}, { embed: ["openai-embeddings"] }]);
});

test("of an operator's own model only the operator knows what it does", () => {
  const own = endpointsOf({ ...MODEL, own: true }, PROVIDERS);
  expect(own.map(({ wires }) => wires)).toEqual([CHAT.wires, BOTH.wires]);
});

test("who is known not to think is not asked to, unless the operator says otherwise", () => {
  const gpt = MODELS.find(({ id }) => id === "openai/gpt-4o")!;
  const thinks = (model: Model) => endpointsOf(model, CATALOGUE).every(({ quirks }) => !quirks.has("never-thinks"));
  expect(thinks(gpt)).toBe(false);
  expect(thinks(MODELS.find(({ id }) => id === "openai/gpt-5")!)).toBe(true);
  expect(thinks({ ...gpt, own: true })).toBe(true);
  expect(thinks({ ...gpt, abilities: ["reasoning"] })).toBe(true);
});
