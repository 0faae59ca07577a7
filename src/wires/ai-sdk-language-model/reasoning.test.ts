import { describe, expect, test } from "bun:test";
import { type JsonObject, jsonObject } from "../../core/json.ts";
import type { ReasoningPart } from "../../core/request.ts";
import { asked, called } from "./fixtures/call.ts";
import { decodeCallProof, decodeReasoning, encodeCallProof, encodeProof, sealedAs, withoutSeals } from "./reasoning.ts";

const CLAUDE = "anthropic-claude-v1";
const GEMINI = "google-gemini-v1";
const OPENAI = "openai-responses-v1";
const thought = (part: Omit<ReasoningPart, "kind">): ReasoningPart => ({ kind: "reasoning", ...part });

/** A thought as the client keeps it, and sends it back. */
const kept = (part: ReasoningPart): JsonObject =>
  jsonObject({ type: "reasoning", text: part.text, providerOptions: encodeProof(part) });

describe("a thought comes back as it went", () => {
  test.each<[string, ReasoningPart, JsonObject | undefined]>([
    ["Nobody's", thought({ text: "Hm." }), undefined],
    [
      "Claude's, signed",
      thought({ text: "Hm.", signature: { format: CLAUDE, value: "c2ln" }, format: CLAUDE }),
      { anthropic: { signature: "c2ln" } },
    ],
    [
      "Claude's, without words",
      thought({ text: "", signature: { format: CLAUDE, value: "c2ln" }, format: CLAUDE }),
      { anthropic: { signature: "c2ln" } },
    ],
    [
      "Claude's, withheld",
      thought({ text: "", redacted: "eA", format: CLAUDE }),
      { anthropic: { redactedData: "eA" } },
    ],
    ["Gemini's words", thought({ text: "Hm.", format: GEMINI }), { google: { thought: true } }],
    [
      "Gemini's, signed",
      thought({ text: "Hm.", signature: { format: GEMINI, value: "c2ln" }, format: GEMINI }),
      { google: { thoughtSignature: "c2ln" } },
    ],
    [
      "Gemini's proof of what it said",
      thought({ text: "", encrypted: "eA", format: GEMINI }),
      { google: { thoughtSignature: "eA" } },
    ],
    [
      "OpenAI's summary",
      thought({ text: "Hm.", id: "rs_1", summary: true, format: OPENAI }),
      { openai: { itemId: "rs_1" } },
    ],
    [
      "OpenAI's, in the open",
      thought({ text: "Hm.", id: "rs_1", format: OPENAI }),
      { openai: { itemId: "rs_1", summary: false } },
    ],
    [
      "OpenAI's, encrypted",
      thought({ text: "", id: "rs_1", encrypted: "eA", format: OPENAI }),
      { openai: { itemId: "rs_1", reasoningEncryptedContent: "eA" } },
    ],
    [
      "one that only its own account reads",
      thought({ text: "", id: "rs_1", encrypted: "eA", format: "xai-responses-v1" }),
      { gateway: { seal: expect.stringMatching(/^hg1\.xai-responses-v1\./) as never } },
    ],
    [
      "one that a cloud withheld",
      thought({ text: "", redacted: "eA", format: "bedrock-converse-v1" }),
      { gateway: { seal: expect.stringMatching(/^hg1\./) as never } },
    ],
    [
      "one signed by nobody knows whom",
      thought({ text: "Hm.", signature: { format: "lab-v1", value: "c2ln" }, format: "lab-v1" }),
      { gateway: { seal: expect.stringMatching(/^hg1\.lab-v1\./) as never } },
    ],
  ])("%s", (_, part, metadata) => {
    if (metadata === undefined) expect(encodeProof(part)).toBeUndefined();
    else expect(encodeProof(part)).toEqual(metadata);
    expect(decodeReasoning(kept(part))).toEqual([part]);
  });

  test("under whatever name a cloud has for it", () => {
    const part = { type: "reasoning", text: "Hm.", providerOptions: { bedrock: { signature: "c2ln" } } };
    expect(decodeReasoning(part)).toMatchObject([{ signature: { format: CLAUDE, value: "c2ln" } }]);
  });

  test("as the SDK's own provider of OpenAI keeps it: a summary with what is encrypted beside it", () => {
    const options = { openai: { itemId: "rs_1", reasoningEncryptedContent: "eA" } };
    expect(decodeReasoning({ type: "reasoning", text: "Hm.", providerOptions: options })).toEqual([
      thought({ text: "Hm.", id: "rs_1", summary: true, format: OPENAI }),
      thought({ text: "", id: "rs_1", encrypted: "eA", format: OPENAI }),
    ]);
    const none = { openai: { itemId: "rs_1", reasoningEncryptedContent: null } };
    expect(decodeReasoning({ type: "reasoning", text: "Hm.", providerOptions: none })).toEqual([
      thought({ text: "Hm.", id: "rs_1", summary: true, format: OPENAI }),
    ]);
  });

  test.each([{ gateway: { seal: "hg1.broken" } }, { anthropic: { signature: 7 } }, { google: null }, { openai: {} }])(
    "%j is nobody's proof",
    (providerOptions) => {
      expect(decodeReasoning({ type: "reasoning", text: "Hm.", providerOptions } as never)).toEqual([
        thought({ text: "Hm." }),
      ]);
    },
  );
});

test.each([GEMINI, "lab-v1"])("the proof of a call comes back in %s", (format) => {
  const signature = { format, value: "c2ln" };
  const part = {
    type: "tool-call",
    toolCallId: "c",
    toolName: "f",
    input: {},
    providerOptions: encodeCallProof(signature),
  };
  expect(decodeCallProof(part)).toEqual(signature);
  expect(called({ prompt: [{ role: "assistant", content: [part] }] }).turns[0]!.parts).toMatchObject([{ signature }]);
  expect(decodeCallProof({ type: "tool-call" })).toBeUndefined();
});

describe("of a conversation", () => {
  const signed = kept(thought({ text: "Hm.", signature: { format: CLAUDE, value: "c2ln" }, format: CLAUDE }));
  const sealed = kept(thought({ text: "", encrypted: "eA", format: "xai-responses-v1" }));
  const call = {
    type: "tool-call",
    toolCallId: "c",
    toolName: "f",
    input: {},
    providerOptions: { google: { thoughtSignature: "c2ln", other: 1 } },
  };
  const prompt = [
    { role: "user", content: [{ type: "text", text: "Hi" }] },
    { role: "assistant", content: [signed, call] },
    {
      role: "assistant",
      content: [sealed, { type: "text", text: "Hello", providerOptions: { gateway: { generationId: "gen_1" } } }],
    },
  ];

  test("whose proof is last says who can read it", () => {
    expect(sealedAs({ prompt })).toBe("xai-responses-v1");
    expect(sealedAs({ prompt: prompt.slice(0, 2) })).toBe(GEMINI);
    expect(sealedAs({ prompt: prompt.slice(0, 1) })).toBeUndefined();
    expect(asked({ prompt }).sealedAs!()).toBe("xai-responses-v1");
  });

  test("all proofs are taken out, and of thinking the words stay", () => {
    const { body, dropped } = withoutSeals({ prompt, seed: 1 })!;
    expect(dropped).toEqual(["reasoning"]);
    expect(body).toEqual({
      seed: 1,
      prompt: [
        prompt[0]!,
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "Hm.", providerOptions: { anthropic: {} } },
            { ...call, providerOptions: { google: { other: 1 } } },
          ],
        },
        { role: "assistant", content: [prompt[2]!.content[1]!] },
      ],
    } as never);
    expect(withoutSeals(body)).toBeUndefined();
  });
});
