import { expect, test } from "bun:test";
import { changesShape, QUIRKS, type Quirk } from "./quirk.ts";

test("answers of another shape go through events; quirks of requests alone are relayed", () => {
  expect(changesShape(new Set())).toBe(false);
  for (const name of Object.keys(QUIRKS) as Quirk[]) expect(changesShape(new Set([name]))).toBe(QUIRKS[name].shape);
  expect(changesShape(new Set<Quirk>(["no-user", "content-list"]))).toBe(true);
  expect(changesShape(new Set<Quirk>(["no-user", "cache-marks"]))).toBe(false);
});

test("every quirk says in a sentence what it does", () => {
  for (const { means } of Object.values(QUIRKS)) expect(means).toMatch(/^[A-Z`].+\.$/);
});
