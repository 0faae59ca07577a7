import { expect, test } from "bun:test";
import { generationId } from "../../../../../src/core/id.ts";
import { around, goneOf, momentOfId } from "./gone.ts";

const NOW = Date.UTC(2026, 10, 26, 4, 30, 20, 123);
const DAY = 86_400_000;
const KEPT = { requests_days: 30, bodies_days: 7, sums_days: 800, megabytes: null };

test("an id tells when its request began, and another text does not", () => {
  expect(momentOfId(generationId(NOW))).toBe(NOW);
  expect(["gen_1", "", `${generationId(NOW)}0`, `gen_${"Z".repeat(26)}`].map(momentOfId)).toEqual(
    Array(4).fill(undefined),
  );
});

test("why it is not there is what its time and what is kept say", () => {
  const why = (at: number, kept: typeof KEPT | { megabytes: number } = KEPT) =>
    goneOf(generationId(at), { ...KEPT, ...kept }, NOW).why;
  expect(why(NOW - 31 * DAY)).toBe("pruned");
  expect(why(NOW - 29 * DAY)).toBe("unknown");
  expect(why(NOW - 29 * DAY, { megabytes: 512 })).toBe("perhaps-pruned");
  expect([why(NOW + 30_000), why(NOW + DAY)]).toEqual(["unknown", "future"]);
  expect(goneOf("resp_1", KEPT, NOW)).toEqual({ why: "foreign" });
  expect(goneOf(generationId(NOW - 900 * DAY), undefined, NOW).why).toBe("unknown");
});

test("around it are whole minutes, half an hour at each side", () => {
  expect(around(NOW)).toEqual({ from: "2026-11-26T04:00:00.000Z", to: "2026-11-26T05:01:00.000Z" });
});
