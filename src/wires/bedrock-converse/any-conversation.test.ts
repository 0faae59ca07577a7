import { expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../../core/error.ts";
import type { JsonObject } from "../../core/json.ts";
import { conversations, wishes } from "../fixtures/conversation.ts";
import { hello, leg } from "../fixtures/facts.ts";
import { decodeRequest } from "../openai-chat/decode-request.ts";
import { openaiChat } from "../openai-chat/index.ts";
import type { Quirk } from "../quirk.ts";
import { encodeRequest } from "./encode-request.ts";

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
      conversations("anthropic-claude-v1"),
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
        const known = upstreamModel.includes("anthropic") ? /^[a-zA-Z0-9_-]{1,64}$/ : /^[a-zA-Z0-9_.:-]{1,64}$/;
        for (const id of ids) expect(id).toMatch(known);
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
