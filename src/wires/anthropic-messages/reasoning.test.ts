import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { present } from "../../core/json.ts";
import type { ReasoningPart } from "../../core/request.ts";
import {
  decodeReasoning,
  encodeReasoning,
  FORMAT,
  isSealed,
  type Sealed,
  seal,
  unseal,
  withoutSeals,
} from "./reasoning.ts";

describe("a seal", () => {
  test("opens to what was put under it, whatever that was", () => {
    const text = fc.option(fc.string({ unit: "binary" }), { nil: undefined });
    const sealed = fc.record({
      format: fc.option(fc.stringMatching(/^[a-z0-9-]{1,30}$/), { nil: undefined }),
      id: text,
      summary: fc.option(fc.constant(true), { nil: undefined }),
      signature: text,
      encrypted: text,
      redacted: text,
      call: text,
    });
    fc.assert(
      fc.property(sealed, (facts) => {
        const told = present(facts) as Sealed;
        expect(unseal(seal(told))).toEqual(told);
        // Anything may stand in it; it goes through JSON and header-free text as it is.
        expect(seal(told)).toMatch(/^hg1\.[\w-]*\.[\w-]*$/);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    "",
    "EqQBCkYIBxgC",
    "hg1",
    "hg1.",
    "hg1.x",
    "hg1.x.",
    "hg1.x.!!",
    "hg1.x.bm90IGpzb24",
    "hg1.x.WzFd",
    "hg1.a.b.c",
    "hg2.x.e30",
  ])("is not %p", (text) => expect(unseal(text)).toBeUndefined());

  test("that says nothing we know is empty, and wrong types in it are not told", () => {
    expect(unseal("hg1..e30")).toEqual({});
    const odd = Buffer.from('{"id":7,"summary":"yes","signature":null,"more":1}').toString("base64url");
    expect(unseal(`hg1.f.${odd}`)).toEqual({ format: "f" });
  });
});

const thought = (members: Omit<ReasoningPart, "kind" | "text">, text = "Hm."): ReasoningPart => ({
  kind: "reasoning",
  text,
  ...members,
});

describe("a thought as a block, and back", () => {
  test.each<[string, ReasoningPart]>([
    ["Claude's, signed", thought({ format: FORMAT, signature: { format: FORMAT, value: "Eq" } })],
    ["Claude's, withheld", thought({ format: FORMAT, redacted: "Em" }, "")],
    ["of nobody's", thought({})],
    ["a summary with its id", thought({ format: "openai-responses-v1", id: "rs_1", summary: true })],
    ["encrypted", thought({ format: "openai-responses-v1", id: "rs_1", encrypted: "gAAA" }, "")],
    ["a summary and encrypted", thought({ format: "openai-responses-v1", summary: true, encrypted: "gAAA" })],
    [
      "signed by another",
      thought({ format: "google-gemini-v1", signature: { format: "google-gemini-v1", value: "Cs" } }),
    ],
  ])("%s", (_, part) => expect(decodeReasoning(encodeReasoning(part))).toEqual(part));

  test("only what is Claude's stands there unsealed", () => {
    expect(encodeReasoning(thought({ format: FORMAT, signature: { format: FORMAT, value: "Eq" } }))).toEqual({
      type: "thinking",
      thinking: "Hm.",
      signature: "Eq",
    });
    for (const format of ["google-gemini-v1", "openai-responses-v1", undefined]) {
      const part = thought(present({ format, signature: { format: format ?? "unknown", value: "Cs" } }));
      expect(isSealed(encodeReasoning(part).signature)).toBe(true);
    }
  });

  test("a damaged seal is a signature that nobody will know", () => {
    expect(decodeReasoning({ type: "thinking", thinking: "Hm.", signature: "hg1.x.!" })).toMatchObject({
      signature: { format: FORMAT, value: "hg1.x.!" },
    });
  });
});

describe("a body without its seals", () => {
  const thought = { type: "thinking", thinking: "Hm.", signature: "c2ln" };
  const redacted = { type: "redacted_thinking", data: "ZGF0YQ==" };
  const text = { type: "text", text: "Hi" };
  const user = { role: "user", content: "Hello" };

  test("has no thinking, and no turn of nothing", () => {
    const messages = [
      user,
      { role: "assistant", content: [thought, text] },
      user,
      { role: "assistant", content: [redacted] },
    ];
    const body = { model: "m", x_unknown: 1, thinking: { type: "enabled" }, messages };
    const before = structuredClone(body);
    expect(withoutSeals(body)).toEqual({
      body: { ...body, messages: [user, { role: "assistant", content: [text] }, user] },
      dropped: ["thinking"],
    });
    expect(body).toEqual(before);
  });

  test("is none where there were none", () => {
    expect(withoutSeals({ messages: [user, { role: "assistant", content: [text] }, null] })).toBeUndefined();
    expect(withoutSeals({})).toBeUndefined();
  });
});
