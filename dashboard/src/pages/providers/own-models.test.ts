import { expect, test } from "bun:test";
import type { ListedVirtualModel } from "../../../../src/admin/contract.ts";
import { offerOf, ownModels } from "./own-models.ts";

const AT = "http://127.0.0.1:11434/v1";
const virtual = (id: string, relay?: ListedVirtualModel["relay"]): ListedVirtualModel => ({
  id,
  ...(relay === undefined ? { model: "openai/gpt-5" } : { relay }),
  status: "active",
  visibility: "public",
  source: "api",
  read_only: false,
});

test("each is offered by a name of the provider's, which nobody has yet", () => {
  const there = [virtual("ollama/a"), virtual("vmc/house", { base_url: `${AT}/`, upstream: "lab/b" })];
  const all = ownModels("ollama", AT, ["a", "lab/b", "lab/c:8b", "other/c:8b", "x y/..", "d é"], there);
  expect(all.map(({ id, isOffered }) => [id, isOffered])).toEqual([
    ["ollama/a-2", false],
    ["vmc/house", true],
    ["ollama/c:8b", false],
    ["ollama/c:8b-2", false],
    ["ollama/model", false],
    ["ollama/d-", false],
  ]);
  expect(offerOf(all[2]!, `${AT}/`)).toEqual({ id: "ollama/c:8b", relay: { base_url: AT, upstream: "lab/c:8b" } });
});
