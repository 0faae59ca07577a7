import { describe, expect, test } from "bun:test";
import { z } from "zod";
import type { JsonObject } from "./json.ts";
import { sampleJson } from "./json-sample.ts";

const SCHEMAS: Record<string, JsonObject> = {
  "a string": { type: "string" },
  "a string of a length": { type: "string", minLength: 60, maxLength: 70 },
  "a short string": { type: "string", maxLength: 3 },
  "an enum": { type: "string", enum: ["celsius", "fahrenheit"] },
  "a constant": { const: 7 },
  "a whole number between bounds": { type: "integer", minimum: 100, maximum: 101 },
  "a number above a bound": { type: "number", exclusiveMinimum: 5, exclusiveMaximum: 6 },
  "a negative number": { type: "integer", minimum: -9, maximum: -3 },
  "a multiple": { type: "integer", multipleOf: 7, minimum: 50, maximum: 60 },
  "yes or no": { type: "boolean" },
  nothing: { type: "null" },
  "a nullable string": { type: ["null", "string"] },
  "an array": { type: "array", items: { type: "integer" } },
  "an array of a length": { type: "array", items: { type: "string" }, minItems: 3, maxItems: 4 },
  "an array that must be empty": { type: "array", items: { type: "string" }, maxItems: 0 },
  "a tuple": { type: "array", prefixItems: [{ type: "string" }, { type: "number" }] },
  "an object": {
    type: "object",
    properties: {
      city: { type: "string" },
      days: { type: "integer", minimum: 1 },
      deep: { type: "object", properties: { a: { type: "boolean" } }, required: ["a"] },
    },
    required: ["city", "deep"],
    additionalProperties: false,
  },
  "a choice of schemas": { anyOf: [{ type: "string", enum: ["a"] }, { type: "number" }] },
  "one of several": {
    oneOf: [{ type: "object", properties: { kind: { const: "x" } }, required: ["kind"] }, { type: "null" }],
  },
  "all of several": {
    allOf: [
      { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
      { type: "object", properties: { b: { type: "number" } }, required: ["b"] },
    ],
  },
  "a reference": {
    type: "object",
    properties: { home: { $ref: "#/$defs/place" }, away: { $ref: "#/$defs/place" } },
    required: ["home", "away"],
    $defs: { place: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
  },
  "an object without properties": { type: "object", properties: {} },
  "dates and addresses": {
    type: "object",
    properties: {
      at: { type: "string", format: "date-time" },
      on: { type: "string", format: "date" },
      to: { type: "string", format: "email" },
      id: { type: "string", format: "uuid" },
      link: { type: "string", format: "uri" },
    },
    required: ["at", "on", "to", "id", "link"],
  },
};

describe("a sample of a JSON schema", () => {
  test.each(Object.entries(SCHEMAS))("%s satisfies its schema", (_, schema) => {
    const value = sampleJson(schema);
    const { success, error } = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
    expect({ value, success, error }).toMatchObject({ success: true });
  });

  test("is the same every time", () => {
    for (const schema of Object.values(SCHEMAS))
      expect(sampleJson(schema)).toEqual(sampleJson(structuredClone(schema)));
  });

  test("holds optional members too", () => {
    expect(sampleJson(SCHEMAS["an object"] as JsonObject)).toMatchObject({ city: "Paris", days: expect.any(Number) });
  });

  test("of a schema that contains itself comes to an end", () => {
    const tree: JsonObject = {
      type: "object",
      properties: { name: { type: "string" }, left: { $ref: "#" }, next: { anyOf: [{ $ref: "#" }, { type: "null" }] } },
      required: ["name", "next"],
    };
    const value = sampleJson(tree);
    expect(JSON.stringify(value)).toContain('"next":null');
    expect(z.fromJSONSchema(tree as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value).success).toBe(true);
  });

  test("of a schema that cannot be satisfied comes to an end as well", () => {
    const endless: JsonObject = { type: "object", properties: { more: { $ref: "#" } }, required: ["more"] };
    expect(JSON.stringify(sampleJson(endless)).length).toBeLessThan(1000);
    expect(() => sampleJson({ $ref: "#" })).not.toThrow();
  });

  test("of a member that is required but not described is there", () => {
    expect(sampleJson({ type: "object", required: ["free"] })).toHaveProperty("free");
  });

  test("reads well where the name says what is meant", () => {
    const schema = { type: "object", properties: { city: { type: "string" }, email: { type: "string" } } };
    expect(sampleJson(schema)).toEqual({ city: "Paris", email: "ada@example.com" });
  });
});
