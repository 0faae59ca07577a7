import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../core/json.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { errorOf, leg } from "./fixtures/facts.ts";
import { geminiGenerate } from "./gemini-generate/index.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiResponses } from "./openai-responses/index.ts";
import type { Quirk } from "./quirk.ts";
import type { Wire } from "./wire.ts";

/** The search of the web that clients of Anthropic's offer, where another provider searches by itself as well. */

const search = (more: JsonObject = {}): JsonObject => ({ type: "web_search_20250305", name: "web_search", ...more });
const own = { name: "look", input_schema: { type: "object" } };
const OSLO = { type: "approximate", city: "Oslo", country: "NO" };

function asked(wire: Wire, members: JsonObject, ...quirks: Quirk[]) {
  const body = { model: "acme/large", max_tokens: 100, messages: [{ role: "user", content: "Hello" }], ...members };
  const { inbound } = anthropicMessages;
  return wire.outbound!.encodeRequest(inbound!.transcode!.decodeRequest(inbound!.read(body)), leg(...quirks));
}

describe("at OpenAI's Responses API", () => {
  const sent = (members: JsonObject) => asked(openaiResponses, members);

  test("is a search of its own, with what both can say of it", () => {
    expect(sent({ tools: [search()] }).body.tools).toEqual([{ type: "web_search" }]);
    const { body, dropped } = sent({
      tools: [own, search({ allowed_domains: ["a.example"], user_location: OSLO, max_uses: 3, blocked_domains: null })],
    });
    expect((body.tools as JsonObject[])[1]).toEqual({
      type: "web_search",
      filters: { allowed_domains: ["a.example"] },
      user_location: OSLO,
    });
    expect(dropped).toEqual(["tools[].max_uses"]);
  });

  test("is what a choice means that names it", () => {
    const tool_choice = { type: "tool", name: "web_search" };
    expect(sent({ tools: [search()], tool_choice }).body.tool_choice).toBe("required");
    expect(sent({ tools: [own, search()], tool_choice }).body.tool_choice).toEqual({ type: "web_search" });
    expect(sent({ tools: [own, search()], tool_choice: { type: "tool", name: "look" } }).body.tool_choice).toEqual({
      type: "function",
      name: "look",
    });
  });

  test("is refused where domains are excluded", () =>
    expect(errorOf(() => sent({ tools: [search({ blocked_domains: ["a.example"] })] }))).toMatchObject({
      code: "unsupported",
      details: { param: "tools" },
    }));
});

describe("at Gemini", () => {
  const sent = (members: JsonObject, ...quirks: Quirk[]) => asked(geminiGenerate, members, ...quirks);

  test("is a search with Google, where it sees need", () => {
    const { body, dropped } = sent({
      tools: [search({ max_uses: 3, user_location: OSLO, cache_control: { type: "ephemeral" } })],
      tool_choice: { type: "tool", name: "web_search" },
    });
    expect(body.tools).toEqual([{ googleSearch: {} }]);
    expect(body.toolConfig).toBeUndefined();
    expect(dropped.toSorted()).toEqual(["cache_control", "tool_choice", "tools[].max_uses", "tools[].user_location"]);
    expect(sent({ tools: [search()], tool_choice: { type: "auto" } }).dropped).toEqual([]);
    expect(sent({ tools: [search()], tool_choice: { type: "none" } }).body.tools).toBeUndefined();
  });

  const format = { type: "json_schema", schema: { type: "object", properties: {} } };
  test.each<[string, JsonObject, Quirk[]]>([
    ["beside other tools", { tools: [own, search()] }, []],
    [
      "beside a format, where the model takes one or the other",
      { tools: [search()], output_config: { format } },
      ["schema-or-tools"],
    ],
    ["within some domains", { tools: [search({ allowed_domains: ["a.example"] })] }, []],
    ["outside some domains", { tools: [search({ blocked_domains: ["a.example"] })] }, []],
  ])("is refused %s", (_, members, quirks) =>
    expect(errorOf(() => sent(members, ...quirks))).toMatchObject({ code: "unsupported", details: { param: "tools" } }),
  );

  test("and a format go together where they may", () =>
    expect(sent({ tools: [search()], output_config: { format } }).body).toMatchObject({
      tools: [{ googleSearch: {} }],
      generationConfig: { responseMimeType: "application/json" },
    }));
});

test("is refused by name where nobody searches", () =>
  expect(errorOf(() => asked(openaiChat, { tools: [search()] })).message).toContain("web_search_20250305"));

describe.each<[string, Wire]>([
  ["chat completions", openaiChat],
  ["the Responses API", openaiResponses],
])("as clients of %s offer it", (_, { inbound }) => {
  const sent = (wire: Wire, tool: JsonObject, more: JsonObject = {}) => {
    const said = { messages: [{ role: "user", content: "Hello" }], input: "Hello" };
    const body = { model: "acme/large", ...said, tools: [tool], ...more };
    return wire.outbound!.encodeRequest(inbound!.transcode!.decodeRequest(inbound!.read(body)), leg());
  };

  test.each(["web_search", "web_search_preview", "web_search_2025_08_26"])("%s is Claude's own", (type) => {
    const place = { type: "approximate", city: "Oslo", country: "NO" };
    const tool = {
      type,
      filters: { allowed_domains: ["a.example"] },
      user_location: place,
      search_context_size: "low",
    };
    const { body, dropped } = sent(anthropicMessages, tool);
    expect(body.tools).toEqual([
      { type: "web_search_20250305", name: "web_search", allowed_domains: ["a.example"], user_location: place },
    ]);
    expect(dropped).toContain("tools[].search_context_size");
  });

  test("and Google's, which cannot be kept to some domains", () => {
    expect(sent(geminiGenerate, { type: "web_search" }).body.tools).toEqual([{ googleSearch: {} }]);
    const within = { type: "web_search", filters: { allowed_domains: ["a.example"] } };
    expect(errorOf(() => sent(geminiGenerate, within))).toMatchObject({ code: "unsupported" });
  });

  test("and nothing else that the provider runs", () => {
    expect(errorOf(() => sent(anthropicMessages, { type: "file_search" })).message).toContain("file_search");
  });
});
