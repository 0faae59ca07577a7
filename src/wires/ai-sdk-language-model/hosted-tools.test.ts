import { describe, expect, test } from "bun:test";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { Tool } from "../../core/request.ts";
import { encodeRequest as toClaude } from "../anthropic-messages/encode-request.ts";
import { leg } from "../fixtures/facts.ts";
import { encodeRequest as toGemini } from "../gemini-generate/encode-request.ts";
import { encodeRequest as toOpenai } from "../openai-responses/encode-request.ts";
import { called } from "./fixtures/call.ts";

/** A tool of the provider's as every edition but the second offers it. */
const hosted = (id: string, args: JsonObject = {}, name = "mine"): JsonObject => ({ type: "provider", id, name, args });

const saidOf = (tool: JsonObject): JsonValue | undefined => {
  const [first] = called({ tools: [tool] }).tools ?? [];
  return (first as Extract<Tool, { kind: "native" }> | undefined)?.value;
};

describe("a provider's own tool is what the provider calls it", () => {
  test.each<[string, JsonObject, JsonObject]>([
    [
      "anthropic.web_search_20250305",
      { maxUses: 3, allowedDomains: ["a.example"], userLocation: { type: "approximate", city: "Oslo" } },
      {
        type: "web_search_20250305",
        name: "web_search",
        max_uses: 3,
        allowed_domains: ["a.example"],
        user_location: { type: "approximate", city: "Oslo" },
      },
    ],
    ["anthropic.bash_20250124", {}, { type: "bash_20250124", name: "bash" }],
    [
      "anthropic.text_editor_20250728",
      { maxCharacters: 9 },
      { type: "text_editor_20250728", name: "str_replace_based_edit_tool", max_characters: 9 },
    ],
    [
      "anthropic.computer_20250124",
      { displayWidthPx: 8, displayHeightPx: 6 },
      { type: "computer_20250124", name: "computer", display_width_px: 8, display_height_px: 6 },
    ],
    [
      "anthropic.tool_search_regex_20251119",
      {},
      { type: "tool_search_tool_regex_20251119", name: "tool_search_tool_regex" },
    ],
    [
      "openai.web_search",
      { searchContextSize: "low", filters: { allowedDomains: ["a.example"] } },
      { type: "web_search", search_context_size: "low", filters: { allowed_domains: ["a.example"] } },
    ],
    ["openai.code_interpreter", {}, { type: "code_interpreter", container: { type: "auto" } }],
    ["openai.image_generation", { outputFormat: "webp" }, { type: "image_generation", output_format: "webp" }],
    [
      "openai.custom",
      { description: "SQL", format: { type: "text" } },
      { type: "custom", name: "mine", description: "SQL", format: { type: "text" } },
    ],
    ["google.google_search", {}, { googleSearch: {} }],
    ["google.url_context", {}, { urlContext: {} }],
    ["google.code_execution", {}, { codeExecution: {} }],
  ])("%s", (id, args, value) => {
    expect(saidOf(hosted(id, args))).toEqual(value);
    expect(saidOf({ ...hosted(id, args), type: "provider-defined" })).toEqual(value);
  });
});

test("whoever has it gets it beside the client's own", () => {
  const own = { type: "function", name: "look", inputSchema: { type: "object" } };
  const sent = (id: string, encode: typeof toClaude) => encode(called({ tools: [own, hosted(id)] }), leg()).body.tools;
  expect(sent("anthropic.bash_20250124", toClaude)).toMatchObject([{ name: "look" }, { name: "bash" }]);
  expect(sent("openai.web_search", toOpenai)).toMatchObject([{ name: "look" }, { type: "web_search" }]);
  expect(sent("google.google_search", toGemini)).toEqual([
    { functionDeclarations: [{ name: "look", parametersJsonSchema: { type: "object" } }] },
    { googleSearch: {} },
  ]);
});

test("whoever has it not refuses: an answer without it would be another", () => {
  for (const [id, encode] of [
    ["anthropic.bash_20250124", toGemini],
    ["openai.code_interpreter", toClaude],
    ["google.url_context", toOpenai],
  ] as const)
    expect(() => encode(called({ tools: [hosted(id)] }), leg())).toThrow("cannot");
});

test.each(["gateway.perplexity_search", "google.vertex_rag_store", "lab"])(
  "%s is told, and the call goes on without",
  (id) => {
    const request = called({ tools: [hosted(id)], toolChoice: { type: "auto" } });
    expect(request).toMatchObject({ unsaid: [id] });
    expect(request).not.toHaveProperty("tools");
    expect(request).not.toHaveProperty("toolChoice");
  },
);

test("is chosen, called and called back by the name that each side has for it", () => {
  const call = { type: "tool-call", toolCallId: "c1", toolName: "shell", input: { command: "ls" } };
  const output = { type: "text", value: "a.txt" };
  const request = called({
    tools: [hosted("anthropic.bash_20250124", {}, "shell")],
    toolChoice: { type: "tool", toolName: "shell" },
    prompt: [
      { role: "user", content: [{ type: "text", text: "List." }] },
      { role: "assistant", content: [call] },
      { role: "tool", content: [{ type: "tool-result", toolCallId: "c1", toolName: "shell", output }] },
    ],
  });
  const { body } = toClaude(request, leg());
  expect(body).toMatchObject({
    tool_choice: { type: "tool", name: "bash" },
    messages: [{}, { content: [{ type: "tool_use", name: "bash" }] }, {}],
  });
});

describe("beta features", () => {
  const fieldsOf = (members: JsonObject, head?: Record<string, string>, facts = leg()) =>
    toClaude(called(members, head), facts);

  test("are asked for by the tools, the options and the head together, each once", () => {
    const members = {
      tools: [
        hosted("anthropic.computer_20250124"),
        hosted("anthropic.bash_20250124"),
        hosted("anthropic.memory_20250818"),
      ],
      providerOptions: { anthropic: { anthropicBeta: ["files-api-2025-04-14", "context-1m-2025-08-07"] } },
    };
    const { headers, body } = fieldsOf(members, { "anthropic-beta": "context-1m-2025-08-07" });
    expect(headers).toEqual({
      "anthropic-beta":
        "context-1m-2025-08-07,files-api-2025-04-14,computer-use-2025-01-24,context-management-2025-06-27",
    });
    expect(JSON.stringify(body)).not.toContain("beta");
  });

  test("that a provider does not take are told", () => {
    const members = { tools: [hosted("anthropic.web_fetch_20250910")] };
    const { headers, dropped } = fieldsOf(members, {}, { ...leg(), betas: ["context-1m-2025-08-07"] });
    expect([headers, dropped]).toEqual([undefined, ["anthropic-beta: web-fetch-2025-09-10"]]);
  });

  test("are none where nothing asks for them", () => {
    expect(fieldsOf({ tools: [hosted("anthropic.web_search_20250305")] })).not.toHaveProperty("headers");
  });
});
