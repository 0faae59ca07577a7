import { expect, test } from "bun:test";
import { changesShape, QUIRKS, type Quirk } from "./quirk.ts";

test("answers of another shape go through events; quirks of requests alone are relayed", () => {
  expect(changesShape(new Set(), "openai-chat")).toBe(false);
  for (const name of Object.keys(QUIRKS) as Quirk[])
    expect(changesShape(new Set([name]), "openai-chat")).toBe(QUIRKS[name].shape);
  expect(changesShape(new Set<Quirk>(["no-user", "content-list"]), "openai-chat")).toBe(true);
  expect(changesShape(new Set<Quirk>(["no-user", "content-list"]), "openai-responses")).toBe(false);
  expect(changesShape(new Set<Quirk>(["no-user", "cache-marks"]), "openai-chat")).toBe(false);
});

test("every quirk says in a sentence what it does", () => {
  for (const { means } of Object.values(QUIRKS)) expect(means).toMatch(/^[A-Z`].+\.$/);
});
