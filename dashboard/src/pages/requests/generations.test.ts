import { describe, expect, test } from "bun:test";
import type { GenerationPage, ListedGeneration } from "../../../../src/admin/contract.ts";
import { type Generations, neighboursOf, rowsOf, toldAnew, withNew } from "./generations.ts";

const one = (id: string) => ({ id }) as ListedGeneration;
const page = (ids: string, next: string | null): GenerationPage => ({
  object: "list",
  data: [...ids].map(one),
  has_more: next !== null,
  next,
});
const list = (...pages: GenerationPage[]): Generations => ({ pages, pageParams: pages.map(() => null) });
const idsOf = (pages: Generations) =>
  rowsOf(pages)
    .map(({ id }) => id)
    .join("");

describe("what is new", () => {
  test("stands where its id belongs, once", () => {
    const pages = withNew(list(page("hfe", "e"), page("dc", "c")), [one("g"), one("k"), one("h"), one("k")]);
    expect([idsOf(pages), pages.pages.at(-1)!.next]).toEqual(["khgfedc", "c"]);
  });
  test("and older than all that is there comes with its page", () => {
    const pages = list(page("hg", "g"));
    expect(withNew(pages, [one("b")])).toBe(pages);
    expect(idsOf(withNew(list(page("hg", null)), [one("b")]))).toBe("hgb");
  });
  test("pushes out what is far down, which can be asked for again", () => {
    const many = Array.from({ length: 150 }, (_, i) => one(String(900 - i)));
    const pages = list({ object: "list", data: many, has_more: false, next: null });
    const { pages: grown } = withNew(pages, [one("901")], 120);
    expect(grown[0]).toMatchObject({ has_more: true, next: "782" });
    expect(grown[0]!.data).toHaveLength(120);
  });
});

test("what is told otherwise stands where it stood, and what is not there does not come", () => {
  const pages = list(page("hfe", "e"), page("dc", "c"));
  const corrected = toldAnew(pages, [{ ...one("d"), market_cost: 7 }, one("g")]);
  const costs = rowsOf(corrected).map((row): number | undefined => row.market_cost);
  expect([idsOf(corrected), costs]).toEqual(["hfedc", [undefined, undefined, undefined, 7, undefined]]);
  expect(corrected.pages.map(({ next }) => next)).toEqual(["e", "c"]);
});

test("who stands beside a request", () => {
  const rows = [..."dcb"].map(one);
  expect([..."dbx"].map((id) => neighboursOf(rows, id))).toEqual([
    { newer: undefined, older: "c" },
    { newer: "c", older: undefined },
    { newer: undefined, older: undefined },
  ]);
});
