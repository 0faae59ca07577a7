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
    fc.property(conversations("google-gemini-v1"), wishes, quirks, (messages, members, names) => {
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
