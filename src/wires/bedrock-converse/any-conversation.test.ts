import { expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../../core/error.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { hello, leg } from "../fixtures/facts.ts";
import { decodeRequest } from "../openai-chat/decode-request.ts";
import { openaiChat } from "../openai-chat/index.ts";
import type { Quirk } from "../quirk.ts";
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
  { type: "reasoning.text", text: "Hm", signature: "s", format: "anthropic-claude-v1", index: 0 },
  { type: "reasoning.text", text: "Hm", format: "anthropic-claude-v1", index: 0 },
  { type: "reasoning.encrypted", data: "blob", format: "anthropic-claude-v1", index: 1 },
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
const quirks = fc.subarray<Quirk>(["schema-by-tool", "adaptive-thinking", "fixed-sampling"]);
const models = fc.constantFrom(
  "us.anthropic.claude-haiku-4-5-20251001-v1:0",
  "us.amazon.nova-2-lite-v1:0",
  "us.meta.llama3-3-70b-instruct-v1:0",
  "openai.gpt-oss-120b-1:0",
);

// biome-ignore lint/suspicious/noExplicitAny: a test looks into JSON
type Loose = any;

test("whatever the conversation, what is sent is what this API takes", () => {
  let sent = 0;
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 8 }),
      wishes,
      quirks,
      models,
      (messages, members, names, upstreamModel) => {
        const request = decodeRequest(openaiChat.inbound!.read(hello({ ...members, messages } as JsonObject)));
        let body: Loose;
        try {
          body = encodeRequest(request, { ...leg(...names), upstreamModel }).body;
        } catch (thrown) {
          // Arguments that are no object, told as such: nothing else may be refused here.
          expect(GatewayError.from(thrown)).toMatchObject({ code: "unsupported", details: { param: "messages" } });
          return;
        }
        sent++;
        for (const [i, { role, content: blocks }] of body.messages.entries()) {
          expect(role).not.toBe(body.messages[i + 1]?.role);
          expect(blocks.length).toBeGreaterThan(0);
          const results = blocks.map(({ toolResult }: Loose) => toolResult !== undefined);
          expect(results).toEqual(results.toSorted((a: boolean, b: boolean) => Number(b) - Number(a)));
        }
        const blocks: Loose[] = [...(body.system ?? []), ...body.messages.flatMap(({ content }: Loose) => content)];
        const inner = blocks.flatMap(({ toolResult }) => toolResult?.content ?? []);
        for (const { text } of [...blocks, ...inner]) if (text !== undefined) expect(text.trim()).not.toBe("");
        for (const { toolResult } of blocks) if (toolResult) expect(toolResult.content.length).toBeGreaterThan(0);
        const ids = blocks.flatMap(({ toolUse, toolResult }) => (toolUse ?? toolResult)?.toolUseId ?? []);
        for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        const documents = [...blocks, ...inner].flatMap(({ document }) => document?.name ?? []);
        expect(new Set(documents).size).toBe(documents.length);
        // A history with calls wants tools, and each has one name.
        const tools = (body.toolConfig?.tools ?? []).map(({ toolSpec }: Loose) => toolSpec.name);
        expect(new Set(tools).size).toBe(tools.length);
        if (body.toolConfig !== undefined) expect(tools.length).toBeGreaterThan(0);
        if (blocks.some(({ toolUse }) => toolUse)) expect(tools.length).toBeGreaterThan(0);
        // A budget is at least 1024 and below the cap; thinking goes neither with sampling nor with a forced tool.
        const { thinking } = body.additionalModelRequestFields ?? {};
        if (thinking === undefined || thinking.type === "disabled") return;
        if (thinking.type === "enabled") {
          expect(thinking.budget_tokens).toBeGreaterThanOrEqual(1_024);
          expect(thinking.budget_tokens).toBeLessThan(body.inferenceConfig.maxTokens);
        }
        expect(Object.keys(body.toolConfig?.toolChoice ?? {})).not.toContain("any");
        expect(Object.keys(body.toolConfig?.toolChoice ?? {})).not.toContain("tool");
        for (const name of ["temperature", "topP"]) expect(body.inferenceConfig).not.toHaveProperty(name);
      },
    ),
    { numRuns: 1_000 },
  );
  expect(sent).toBeGreaterThan(100);
});
