import { expect, test } from "bun:test";
import type { ListedModel } from "../../../../src/admin/contract.ts";
import { filtered, filtersOf, ordered } from "./filters.ts";

const model = (id: string, over: Partial<ListedModel> = {}): ListedModel =>
  ({
    id,
    name: id.split("/")[1],
    type: "language",
    abilities: [],
    endpoints: [],
    is_served: true,
    context_window: null,
    released_at: null,
    ...over,
  }) as ListedModel;
const priced = (input: number) =>
  [{ provider: "p", is_served: true, price: { per_million_tokens: { input } } }] as unknown as ListedModel["endpoints"];

const MODELS = [
  model("openai/gpt-5", {
    context_window: 400_000,
    abilities: ["tools"],
    endpoints: priced(1.25),
    released_at: "2025-08-07",
  }),
  model("openai/text-embedding-3-small", { type: "embedding", endpoints: priced(0.02) }),
  model("anthropic/claude-sonnet-4.5", { context_window: 200_000, endpoints: priced(3), released_at: "2025-09-29" }),
  model("old/gone", { is_served: false }),
];
const ids = (asked: Record<string, string>) =>
  filtered(
    MODELS,
    filtersOf((name) => asked[name]),
  ).map(({ id }) => id);

test("only what somebody serves, unless all are asked for", () => {
  expect(ids({})).not.toContain("old/gone");
  expect(ids({ served: "all" })).toContain("old/gone");
});

test("every word, in any order", () => {
  expect(ids({ q: "5 GPT" })).toEqual(["openai/gpt-5"]);
  expect(ids({ q: "openai nothing" })).toEqual([]);
});

test("by what it is, can do, holds and costs", () => {
  expect(ids({ type: "embedding" })).toEqual(["openai/text-embedding-3-small"]);
  expect(ids({ ability: "tools" })).toEqual(["openai/gpt-5"]);
  expect(ids({ context: "300000" })).toEqual(["openai/gpt-5"]);
  expect(ids({ price: "1" })).toEqual(["openai/text-embedding-3-small"]);
  expect(ids({ provider: "p" })).toHaveLength(3);
  expect(ids({ zdr: "true" })).toEqual([]);
});

test("what is no number in the address is as good as absent", () => {
  expect(ids({ context: "many", price: "-3" })).toHaveLength(3);
});

test("orders put what is not known last", () => {
  const inOrder = (order: Parameters<typeof ordered>[1]) => ordered(MODELS, order).map(({ id }) => id);
  expect(inOrder("price").at(-1)).toBe("old/gone");
  expect(inOrder("price")[0]).toBe("openai/text-embedding-3-small");
  expect(inOrder("context")[0]).toBe("openai/gpt-5");
  expect(inOrder("newest")[0]).toBe("anthropic/claude-sonnet-4.5");
  expect(inOrder("name")[0]).toBe("anthropic/claude-sonnet-4.5");
});
