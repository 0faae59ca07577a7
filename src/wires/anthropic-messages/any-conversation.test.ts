import { expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../../core/error.ts";
import type { JsonObject } from "../../core/json.ts";
import { conversations, wishes } from "../fixtures/conversation.ts";
import { hello, leg } from "../fixtures/facts.ts";
import { decodeRequest } from "../openai-chat/decode-request.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { QUIRKS, type Quirk } from "../quirk.ts";
import { encodeRequest } from "./encode-request.ts";

const quirks = fc.subarray(Object.keys(QUIRKS) as Quirk[]);

const listAt = (value: unknown) => (Array.isArray(value) ? (value as JsonObject[]) : []);

test("whatever the conversation, what is sent is what this API takes", () => {
  let sent = 0;
  fc.assert(
    fc.property(conversations("anthropic-claude-v1"), wishes, quirks, (messages, members, names) => {
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
      const turns = listAt(body.messages);
      for (const [i, { role, content: blocks }] of turns.entries()) {
        expect(role).not.toBe(turns[i + 1]?.role as never);
        expect(listAt(blocks).length).toBeGreaterThan(0);
        const results = listAt(blocks).map(({ type }) => type === "tool_result");
        expect(results).toEqual(results.toSorted((a, b) => Number(b) - Number(a)));
      }
      for (const { type, text } of [...turns.flatMap((turn) => listAt(turn.content)), ...listAt(body.system)]) {
        if (type === "text") expect(String(text).trim()).not.toBe("");
      }
      const tools = listAt(body.tools).map(({ name }) => name);
      expect(new Set(tools).size).toBe(tools.length);
      if (tools.length === 0) expect(body).not.toHaveProperty("tool_choice");
      // A budget is at least 1024 and below the cap; thinking goes neither with sampling nor with a forced tool.
      const thinking = body.thinking as JsonObject | undefined;
      if (thinking === undefined || thinking.type === "disabled") return;
      if (thinking.type === "enabled") {
        expect(thinking.budget_tokens).toBeGreaterThanOrEqual(1_024);
        expect(thinking.budget_tokens).toBeLessThan(body.max_tokens as number);
      }
      expect(["any", "tool"]).not.toContain((body.tool_choice as JsonObject | undefined)?.type as string);
      for (const name of ["temperature", "top_p", "top_k"]) expect(body).not.toHaveProperty(name);
    }),
    { numRuns: 1_000 },
  );
  expect(sent).toBeGreaterThan(100);
});
