import { expect, test } from "bun:test";
import { pacesOf } from "./paces.ts";
import { rangeOf } from "./range.ts";
import { SPLITS, splitOf } from "./splits.ts";

const NOW = Date.UTC(2026, 10, 26, 4, 30);
const range = rangeOf({ range: "24h" }, NOW);
const none = { first_token_ms: null, duration_ms: null, tokens_per_second: null };
const first = (p50: number) => ({ ...none, first_token_ms: { p50, p95: p50, count: 1 } });

test("points are of whom they are told, those of others are left out, and what nobody told is one of them", () => {
  const data = [
    { hour: "2026-11-26T01", tag: "a", ...first(1) },
    { hour: "2026-11-26T02", tag: "a", ...first(2) },
    { hour: "2026-11-26T02", tag: "of the same request", ...first(2) },
    { hour: "2026-11-26T02", ...first(3) },
  ];
  const { of, since } = pacesOf(range, splitOf("tag"), ["a", ""], [{ data, latest: 50_000 }]);
  expect([...of.keys()]).toEqual(["a", ""]);
  expect(of.get("a")!.map(({ at, first_token_ms: told }) => [new Date(at).toISOString(), told?.p50])).toEqual([
    ["2026-11-26T01:00:00.000Z", 1],
    ["2026-11-26T02:00:00.000Z", 2],
  ]);
  expect(since).toBeUndefined();
});

test("of what is made of the latest requests it is told since when", () => {
  const cut = { data: [{ api_key_id: "key_1", ...first(4) }], since: "2026-11-26T03:00:00.000Z", latest: 50_000 };
  const { of, since } = pacesOf(range, splitOf("key"), undefined, [cut]);
  expect([of.get("key_1")![0]!.first_token_ms!.p50, since]).toEqual([4, { at: cut.since, latest: 50_000 }]);
});

test("each is narrowed down as the gateway takes it", () => {
  const only = SPLITS.map(({ name, paced }) => [name, paced.by, paced.only?.(["a,b", ""])]);
  expect(only).toEqual([
    ["model", "model", undefined],
    ["provider", "provider", undefined],
    ["key", "api_key_id", { api_key_id: ["a,b", ""] }],
    ["user", "user", { user_id: ["a,b", ""] }],
    ["tag", "tag", { tags: '["a,b"]' }],
    ["app", "app", { app: ["a,b", ""] }],
  ]);
});
