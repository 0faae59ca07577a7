import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { catalogueOf } from "../../scripts/catalog.ts";
import { MODELS, PRICED_ON } from "../../src/catalog/models.ts";

const COMMITTED = readFileSync(join(import.meta.dir, "../../src/catalog/models.generated.json"), "utf8");

const { models, provenance, text } = await catalogueOf(PRICED_ON);

test("the committed catalogue is what the script writes for its day, to the byte", () => {
  expect(text === COMMITTED).toBe(true);
  expect(models).toEqual(MODELS);
});

test("a catalogue of another day differs by its date and by prices alone", async () => {
  const other = await catalogueOf("2026-06-01");
  expect(other.text).toContain('"generated":"2026-06-01"');
  const bare = (list: typeof models) =>
    list.map(({ offers, abilities, ...rest }) => ({
      ...rest,
      abilities: abilities.filter((ability) => !ability.endsWith("caching")),
      offers: offers.map(({ price: _, ...offer }) => offer),
    }));
  expect(bare(other.models)).toEqual(bare(models));
});

describe("the price of every offer", () => {
  test("can be traced: to an entry of the price list, or to a page and the day it was read", () => {
    expect(provenance.length).toBeGreaterThan(600);
    const priced = new Set(
      models.flatMap(({ id, offers }) =>
        offers.filter(({ price }) => price).map(({ provider }) => `${id} at ${provider}`),
      ),
    );
    for (const { model, provider, from } of provenance) {
      const where = `${model} at ${provider}`;
      expect(from !== undefined, where).toBe(priced.has(where));
      if (from !== undefined)
        expect(from, where).toMatch(/^[\w-]+:\S+( \(deprecated\))?$|https:\/\/\S+ \(202\d-\d\d(-\d\d)?\)$/);
    }
  });

  test("is of the list of its own provider, or of one that passes the prices of another on", () => {
    const lists = new Map<string, Set<string>>();
    for (const { provider, from } of provenance) {
      if (from === undefined || from.includes("https:")) continue;
      lists.set(provider, (lists.get(provider) ?? new Set()).add(from.slice(0, from.indexOf(":"))));
    }
    const strangers = [...lists].flatMap(([provider, names]) =>
      [...names].filter((name) => name !== provider).map((name) => `${provider} ← ${name}`),
    );
    expect(strangers.sort()).toEqual(
      [
        "arcee-ai ← arcee",
        "bedrock ← aws",
        "huggingface ← huggingface_groq",
        "huggingface ← huggingface_novita",
        "novita ← huggingface_novita",
        "togetherai ← together",
        "vertex ← google",
        "voyage ← voyageai",
        "xai ← x-ai",
      ].sort(),
    );
  });

  test("is known for most, and where it is not, no number stands in for it", () => {
    const unpriced = models.flatMap(({ offers }) => offers.filter(({ price }) => price === undefined));
    expect(unpriced.length).toBeLessThan(provenance.length / 2);
    for (const offer of unpriced) expect(Object.keys(offer)).toEqual(["provider", "upstream"]);
  });
});
