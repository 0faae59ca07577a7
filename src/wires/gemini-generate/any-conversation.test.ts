import { expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../../core/error.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { hello, leg } from "../fixtures/facts.ts";
import { decodeRequest } from "../openai-chat/decode-request.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { QUIRKS, type Quirk } from "../quirk.ts";
import { encodeRequest } from "./encode-request.ts";

/** Conversations as clients write them: roles in any order, results before and after what the user says, empty everything. */
const words = fc.constantFrom("", " ", "\n", "Hi", "Grüße 🌍");
const part = fc.oneof(
  words.map((text) => ({ type: "text", text })),
  fc.constant({ type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }),
  fc.constant({ type: "file", file: { data: "AA==", media_type: "application/pdf" } }),
);
const content = fc.oneof(words, fc.array(part, { maxLength: 3 }));
const detail = fc.constantFrom(
  { type: "reasoning.text", text: "Hm", signature: "s", format: "google-gemini-v1", index: 0 },
  { type: "reasoning.text", text: "Hm", format: "google-gemini-v1", index: 0 },
  { type: "reasoning.encrypted", data: "blob", format: "google-gemini-v1", index: 1 },
  { type: "reasoning.encrypted", data: "", format: "google-gemini-v1", index: 2 },
  { type: "reasoning.encrypted", data: "blob", format: "openai-responses-v1", index: 1 },
);
const call = fc.record({
  id: fc.constantFrom("a", "functions.f:0"),
  type: fc.constant("function"),
  function: fc.record({ name: fc.constantFrom("f", "g"), arguments: fc.constantFrom("", "{}", '{"x":1}', "[]") }),
});
const message = fc.oneof(
  fc.record({ role: fc.constantFrom("system", "developer", "user"), content }),
  fc.record({ role: fc.constant("tool"), tool_call_id: fc.constantFrom("a", "functions.f:0"), content }),
  fc.record(
    {
      role: fc.constant("assistant"),
      content: fc.oneof(content, fc.constant(null)),
      reasoning: words,
      reasoning_details: fc.array(detail, { maxLength: 3 }),
      tool_calls: fc.array(call, { maxLength: 3 }),
    },
    { requiredKeys: ["role"] },
  ),
);
const schema = fc.constantFrom<JsonObject>(
  { type: "object", properties: {}, additionalProperties: false },
  { type: "object", properties: { a: { type: "object" } } },
);
const wishes = fc.record(
  {
    tools: fc.subarray(["f", "g"]).map((names) => names.map((name) => ({ type: "function", function: { name } }))),
    tool_choice: fc.constantFrom<JsonValue>("auto", "none", "required", { type: "function", function: { name: "f" } }),
    parallel_tool_calls: fc.boolean(),
    response_format: fc.oneof(
      fc.constantFrom({ type: "text" }, { type: "json_object" }),
      schema.map((value) => ({ type: "json_schema", json_schema: { name: "f", schema: value } })),
    ),
    reasoning: fc.constantFrom<JsonValue>(
      { effort: "high" },
      { max_tokens: 9 },
      { enabled: false },
      { max_tokens: 9_000 },
    ),
    max_tokens: fc.constantFrom(1, 1_024, 5_000),
    temperature: fc.constantFrom(0, 1, 2),
    top_p: fc.constantFrom(0.5),
  },
  { requiredKeys: [] },
);
const quirks = fc.subarray(Object.keys(QUIRKS) as Quirk[]);

const listAt = (value: unknown) => (Array.isArray(value) ? (value as JsonObject[]) : []);

test("whatever the conversation, what is sent is what this API takes", () => {
  let sent = 0;
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 8 }), wishes, quirks, (messages, members, names) => {
      const ask = openaiChat.inbound!.read(hello({ ...members, messages } as JsonObject));
      let body: JsonObject;
      try {
        body = encodeRequest(decodeRequest(ask), leg(...names)).body;
      } catch (thrown) {
        // Arguments that are no object, told as such: nothing else may be refused here.
        expect(GatewayError.from(thrown)).toMatchObject({ code: "unsupported", details: { param: "messages" } });
        return;
      }
      sent++;
      const turns = listAt(body.contents);
      for (const { role, parts } of turns) {
        expect(["user", "model"]).toContain(role as string);
        const all = listAt(parts);
        expect(all.length).toBeGreaterThan(0);
        // Results stand in a turn of their own, with nothing but what belongs to them.
        if (all.some(({ functionResponse }) => functionResponse)) {
          expect(all[0]).toHaveProperty("functionResponse");
          expect(all.filter(({ text }) => text !== undefined)).toEqual([]);
        }
        for (const { text, thoughtSignature, functionCall, functionResponse } of all) {
          if (text === "") expect(thoughtSignature).toBeDefined();
          expect(thoughtSignature).not.toBe("");
          if (functionCall) expect(role).toBe("model");
          if (functionResponse) expect(role).toBe("user");
        }
        const calls = all.filter(({ functionCall }) => functionCall);
        if (names.includes("signed-calls") && calls.length > 0) expect(calls[0]).toHaveProperty("thoughtSignature");
      }
      // Two turns of one speaker are one, but for results beside words.
      const kinds = turns.map(({ role, parts }) => (listAt(parts)[0]!.functionResponse ? "results" : (role as string)));
      for (const [i, kind] of kinds.entries()) expect(kind).not.toBe(kinds[i + 1]!);
      const tools = listAt(body.tools).flatMap(({ functionDeclarations }) => listAt(functionDeclarations));
      expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length);
      if (tools.length === 0) expect(body).not.toHaveProperty("toolConfig");
      const config = (body.generationConfig ?? {}) as JsonObject;
      if (names.includes("schema-or-tools") && tools.length > 0) expect(config).not.toHaveProperty("responseMimeType");
      const { thinkingBudget, thinkingLevel } = (config.thinkingConfig ?? {}) as JsonObject;
      expect(thinkingBudget === undefined || thinkingLevel === undefined).toBe(true);
    }),
    { numRuns: 1_000 },
  );
  expect(sent).toBeGreaterThan(100);
});
