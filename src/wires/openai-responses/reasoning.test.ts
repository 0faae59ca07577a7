import { describe, expect, test } from "bun:test";
import type { JsonValue } from "../../core/json.ts";
import { withoutSeals } from "./reasoning.ts";

describe("a body without its seals", () => {
  const sealed = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAA" };
  const open = { type: "reasoning", id: "rs_2", summary: [{ type: "summary_text", text: "Hm" }] };
  const call = { type: "function_call", call_id: "call_1", name: "f", arguments: "{}" };
  const search = { type: "web_search_call", id: "ws_1", status: "completed" };

  test("has no item left that was bound to the thought before it, and all else as it was", () => {
    const body = {
      model: "m",
      x_unknown: 1,
      input: [{ role: "user", content: "Hi" }, sealed, { ...call, id: "fc_1" }, search, open, "x"] as JsonValue[],
    };
    const before = structuredClone(body);
    expect(withoutSeals(body)).toEqual({
      body: { ...body, input: [body.input[0]!, call, search, open, "x"] },
      dropped: ["reasoning"],
    });
    expect(body).toEqual(before);
  });

  test("keeps a conversation that was compacted: without that there is none", () => {
    const compaction = { type: "compaction", encrypted_content: "gAAA" };
    expect(withoutSeals({ input: [compaction, { role: "user", content: "Hi" }] })).toBeUndefined();
  });

  test.each([["Hi"], [[open]], [[null]], [[]], [{}]])("is none where there were none: %j", (input) => {
    expect(withoutSeals({ input: input as JsonValue })).toBeUndefined();
  });
});
