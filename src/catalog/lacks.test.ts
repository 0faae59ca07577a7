import { describe, expect, test } from "bun:test";
import { endpointsOf } from "./endpoint.ts";
import { LACKS } from "./lacks.ts";
import { ABILITIES, type Model } from "./model.ts";
import { MODELS } from "./models.ts";
import { PROVIDERS } from "./providers/index.ts";

const ids = Object.keys(LACKS);

test("what is said to be lacking is lacking of a model that there is, by its own entry", () => {
  const models = new Map(MODELS.map((model) => [model.id, model]));
  expect(ids.length).toBeGreaterThan(100);
  for (const id of ids) {
    const model = models.get(id);
    expect(model?.type, id).toBe("language");
    for (const ability of LACKS[id]!) {
      expect(ABILITIES, id).toContain(ability);
      expect(model!.abilities, id).not.toContain(ability);
    }
  }
});

test("few models are said to call no tools: to be wrong about that is worse than to ask in vain", () => {
  expect(ids.filter((id) => LACKS[id]!.includes("tools")).length).toBeLessThan(20);
});

describe("of what a request may require, an endpoint lacks", () => {
  const lacksOf = (model: Model) => endpointsOf(model, PROVIDERS).map(({ provider, lacks }) => [provider, lacks ?? []]);
  const llama = MODELS.find(({ id }) => id === "meta/llama-3.3-70b")!;

  test("what its model does, but files where the provider reads them for any model", () => {
    const lacks = Object.fromEntries(lacksOf(llama));
    expect(lacks.groq).toEqual(["vision", "files", "audio-input"]);
    expect(lacks.openrouter).toEqual(["vision", "audio-input"]);
  });

  test("nothing of what the operator says that it can do, and nothing at all of an own model", () => {
    const told = Object.fromEntries(lacksOf({ ...llama, abilities: ["vision"] }));
    expect(told.groq).toEqual(["files", "audio-input"]);
    expect(Object.fromEntries(lacksOf({ ...llama, own: true })).groq).toEqual([]);
  });

  test("nothing where nobody has told", () => {
    for (const { lacks } of endpointsOf({ ...llama, id: "meta/unheard-of" }, PROVIDERS)) expect(lacks).toBeUndefined();
  });
});
