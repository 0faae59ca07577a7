import { describe, expect, test } from "bun:test";
import { FULL } from "./fixtures/generations.ts";
import type { GenerationRow } from "./generations.ts";
import { APP_HOURS, ERROR_HOURS, HOURS, type Rollup } from "./rollups.ts";
import { Sums } from "./sums.ts";

/** What is summed up of these, by hour and dimension: how many, and what they cost. */
function summed(rollup: Rollup, rows: readonly GenerationRow[]) {
  const sums = new Sums();
  for (const row of rows) sums.add(row);
  const width = 1 + rollup.dimensions.length;
  return sums.of(rollup).map((values) => ({ for: values.slice(0, width), n: values[width], cost: values[width + 2] }));
}

describe("of one model, requests that take turns are not taken for one another", () => {
  test.each<[string, Partial<GenerationRow>, Rollup]>([
    ["by key", { keyId: "key_2" }, HOURS],
    ["by team", { team: null }, HOURS],
    ["by provider", { provider: "bedrock" }, HOURS],
    ["by whose account", { byok: false }, HOURS],
    ["by where it is kept", { zdr: false }, HOURS],
    ["by end user", { user: "user-2" }, HOURS],
    ["by tags", { tags: null }, HOURS],
    ["by hour", { createdAt: FULL.createdAt + 3_600_000 }, HOURS],
    ["by the title of their app", { appTitle: "Another" }, APP_HOURS],
    ["by the address of their app", { appTitle: null }, APP_HOURS],
    ["by address, where it has no title", { appUrl: "https://other.example" }, APP_HOURS],
    ["by error", { error: "upstream_timeout" }, ERROR_HOURS],
  ])("%s", (_, otherwise, rollup) => {
    const one = otherwise.appUrl === undefined ? FULL : { ...FULL, appTitle: null };
    const other = { ...one, ...otherwise, cost: 1000 };
    const all = summed(rollup, [one, other, one, other, other]);
    expect(all.map(({ n, cost }) => [n, cost]).toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
      [2, 34],
      [3, 3000],
    ]);
    expect(all.map((sum) => sum.for)).toEqual(
      [...summed(rollup, [one]), ...summed(rollup, [other])]
        .map((sum) => sum.for)
        .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    );
  });

  test("and what was cleared is not added to", () => {
    const sums = new Sums();
    sums.add(FULL);
    sums.clear();
    expect(sums.of(HOURS)).toEqual([]);
    sums.add(FULL);
    expect(sums.of(HOURS)[0]?.slice(9, 10)).toEqual([1]);
  });
});
