import { describe, expect, test } from "bun:test";
import { NO_GATEWAY_FIELDS } from "../core/ask.ts";
import type { JsonObject } from "../core/json.ts";
import { gatewayFields } from "./gateway-fields.ts";

test("most requests have none, and share that", () => {
  expect(gatewayFields({ model: "m", metadata: {} })).toBe(NO_GATEWAY_FIELDS);
});

describe("are read raw, each from its place", () => {
  test.each<[JsonObject, object]>([
    [{ providerOptions: { gateway: { order: ["a"] }, acme: { x: 1 } } }, { options: { order: ["a"] } }],
    [{ models: ["a"] }, { options: {}, models: ["a"] }],
    [{ provider: { sort: "price", x: 1 } }, { options: {}, provider: { sort: "price", x: 1 } }],
    [{ tags: ["t"] }, { options: {}, tags: ["t"] }],
    [{ user: "u" }, { options: {}, user: "u" }],
    [
      { tags: 7, models: "x" },
      { options: {}, tags: 7, models: "x" },
    ],
  ])("%p", (body, fields) => expect(gatewayFields(body)).toEqual(fields as never));
});

test("null and what has no such shape are absent", () => {
  const body: JsonObject = { models: null, tags: null, user: null, provider: null, providerOptions: null };
  expect(gatewayFields(body)).toEqual({ options: {} });
  for (const odd of ["x", [], 7]) expect(gatewayFields({ providerOptions: { gateway: odd } })).toEqual({ options: {} });
});
