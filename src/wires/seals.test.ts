import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { WRITTEN_WIRES } from "./index.ts";

/** Bodies without their seals, at every door that has any. */
const DOORS = WRITTEN_WIRES.flatMap(({ name, inbound }) =>
  inbound?.withoutSeals === undefined ? [] : [[name, inbound.withoutSeals] as const],
);

const text = fc.constantFrom("", "c2ln", "hg1.lab-v1.e.gAAA", "hg1.lab-v1.e30");
const block: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.record({ type: fc.constant("thinking"), thinking: fc.constant("Hm."), signature: text }),
  fc.record({ type: fc.constant("redacted_thinking"), data: text }),
  fc.record({ type: fc.constant("text"), text: fc.constant("Hi") }),
  fc.constant(null),
);
const detail: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.record({ type: fc.constant("reasoning.encrypted"), data: text }),
  fc.record({ type: fc.constant("reasoning.text"), text: fc.constant("Hm."), signature: text }),
  fc.constant("odd"),
);
const part: fc.Arbitrary<JsonValue> = fc
  .record({
    type: fc.constantFrom("reasoning", "tool-call", "text"),
    text: fc.constantFrom("", "Hm."),
    owner: fc.constantFrom("anthropic", "bedrock", "google", "openai", "gateway"),
    member: fc.constantFrom(
      "signature",
      "redactedData",
      "thoughtSignature",
      "reasoningEncryptedContent",
      "seal",
      "odd",
    ),
    value: text,
  })
  .map(({ type, text, owner, member, value }) => ({ type, text, providerOptions: { [owner]: { [member]: value } } }));
const message = fc.record({
  role: fc.constantFrom("user", "assistant"),
  content: fc.oneof(fc.array(fc.oneof(part, fc.constant(null)), { maxLength: 3 }), fc.constant("Hi")),
}) as fc.Arbitrary<JsonValue>;
const turn = fc.record(
  {
    role: fc.constantFrom("user", "assistant"),
    type: fc.constantFrom("message", "reasoning", "function_call", "compaction"),
    content: fc.array(block, { maxLength: 3 }),
    reasoning_details: fc.array(detail, { maxLength: 3 }),
    encrypted_content: text,
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonValue>;
const turns = fc.array(fc.oneof(turn, fc.constant(null)), { maxLength: 4 });
const prompt = fc.array(fc.oneof(message, fc.constant(null)), { maxLength: 4 });
const body = fc.record({
  messages: turns,
  input: turns,
  prompt,
  x_unknown: fc.constant(1),
}) as fc.Arbitrary<JsonObject>;

/** Whether something that only its maker can read is left in a place where this door has such things. */
const SEALED: Readonly<Record<string, RegExp>> = {
  "openai-chat": /"reasoning\.encrypted"|"text":"Hm\."[^}]*"signature":"[^"]/,
  "anthropic-messages": /"type":"(redacted_)?thinking"/,
  "openai-responses": /"type":"reasoning"[^}]*"encrypted_content":"[^"]/,
  "ai-sdk-language-model":
    /"type":"(?:reasoning|tool-call)"[^}]*"(?:signature|redactedData|thoughtSignature|reasoningEncryptedContent|seal)":"[^"]/,
};

describe.each(DOORS)("a body of %s without its seals", (name, withoutSeals) => {
  const placesOf = ({ messages, input, prompt }: JsonObject) => {
    if (name === "ai-sdk-language-model") return [JSON.stringify(prompt)];
    const spoken = (name === "openai-responses" ? input : messages) as JsonValue[];
    // Each turn alone: its members in the order of the pattern.
    return spoken.map((one) => {
      if (one === null || typeof one !== "object") return "null";
      const { reasoning_details: details, content, type, encrypted_content } = one as JsonObject;
      if (name === "openai-chat") return JSON.stringify(details ?? null);
      return JSON.stringify(name === "anthropic-messages" ? (content ?? null) : { type, encrypted_content });
    });
  };

  test("has none left, and is made once: there is nothing more to take", () => {
    fc.assert(
      fc.property(body, (given) => {
        const before = structuredClone(given);
        const bare = withoutSeals(given);
        expect(given).toEqual(before);
        expect(placesOf(bare?.body ?? given).filter((place) => SEALED[name]!.test(place))).toEqual([]);
        if (bare === undefined) return;
        expect(withoutSeals(bare.body)).toBeUndefined();
        expect(bare.dropped.length).toBeGreaterThan(0);
        expect(bare.body.x_unknown).toBe(1);
      }),
    );
  });

  test("is asked of anything at all", () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        (value) => void withoutSeals({ messages: value, input: value, prompt: value } as JsonObject),
      ),
    );
  });
});

test("every door that answers has a way to leave seals out, but for that of texts, which have none", () => {
  const answering = WRITTEN_WIRES.filter(({ inbound }) => inbound?.transcode !== undefined)
    .map(({ name }) => name)
    .filter((name) => name !== "openai-completions");
  expect(DOORS.map(([name]) => name)).toEqual(answering);
});
