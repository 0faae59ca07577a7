import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../core/json.ts";
import { answerToolFor, choiceWith, isClosed } from "./answer-tool.ts";
import { ask } from "./fixtures/facts.ts";
import { decodeRequest } from "./openai-chat/decode-request.ts";

const request = (members: JsonObject) => decodeRequest(ask(members));
const fn = (name: string): JsonObject => ({ type: "function", function: { name } });
const json = (name: string, schema: JsonObject = { type: "object" }): JsonObject => ({
  response_format: { type: "json_schema", json_schema: { name, schema, description: "A place." } },
});

describe("the tool that gives an answer", () => {
  test("is there where a format is asked for, and nowhere else", () => {
    expect(answerToolFor(request({}))).toBeUndefined();
    expect(answerToolFor(request({ response_format: { type: "text" } }))).toBeUndefined();
    expect(answerToolFor(request(json("place")))).toEqual({
      name: "place",
      description: "A place.",
      schema: { type: "object" },
    });
  });

  test("has a name that none of the client's has", () => {
    const tools = [fn("place"), fn("place_2")];
    expect(answerToolFor(request({ ...json("place"), tools }))?.name).toBe("place_3");
  });

  test("stands in for any JSON only where the client has no tools of its own", () => {
    const format = { response_format: { type: "json_object" } };
    expect(answerToolFor(request(format))?.name).toBe("json");
    expect(answerToolFor(request({ ...format, tools: [fn("now")] }))).toBeUndefined();
  });

  test("must be called, unless the client's may be called first", () => {
    const choice = (members: JsonObject) => {
      const asked = request({ ...json("place"), ...members });
      return choiceWith(answerToolFor(asked)!, asked);
    };
    expect(choice({})).toEqual({ mode: "tool", name: "place" });
    expect(choice({ tools: [fn("now")] })).toEqual({ mode: "required" });
    expect(choice({ tools: [fn("now")], tool_choice: "none" })).toEqual({ mode: "tool", name: "place" });
    const now = { type: "function", function: { name: "now" } };
    expect(choice({ tools: [fn("now")], tool_choice: now })).toEqual({ mode: "tool", name: "now" });
  });
});

test.each<[string, boolean, JsonObject]>([
  ["closed", true, { type: "object", properties: { a: { type: "string" } }, additionalProperties: false }],
  ["open", false, { type: "object", properties: {} }],
  ["open within", false, { type: "object", additionalProperties: false, properties: { a: { properties: {} } } }],
  ["open in a list", false, { anyOf: [{ type: "string" }, { type: "object" }] }],
  ["no object at all", true, { type: "array", items: { type: "string" } }],
])("a schema that is %s", (_, closed, schema) => expect(isClosed(schema)).toBe(closed));
