import { describe, expect, test } from "bun:test";
import type { Ask } from "../core/ask.ts";
import type { JsonObject } from "../core/json.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { bedrockConverse } from "./bedrock-converse/index.ts";
import { leg } from "./fixtures/facts.ts";
import { geminiGenerate } from "./gemini-generate/index.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiEmbeddings } from "./openai-embeddings/index.ts";
import { openaiResponses } from "./openai-responses/index.ts";
import type { EncodedRequest, LegFacts, Wire } from "./wire.ts";
import { wished } from "./wishes.ts";

const CONVERSATION = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "One" },
  { role: "assistant", content: "Two" },
  { role: "user", content: [{ type: "text", text: "Three" }] },
];

const chat = (gateway: object, more: object = {}) =>
  openaiChat.inbound!.read({
    model: "lab/model",
    messages: CONVERSATION,
    providerOptions: { gateway: gateway as JsonObject },
    ...more,
  } as JsonObject);

const messages = (gateway: object, more: object = {}) =>
  anthropicMessages.inbound!.read({
    model: "lab/model",
    max_tokens: 99,
    system: "Be brief.",
    messages: CONVERSATION.slice(1),
    providerOptions: { gateway: gateway as JsonObject },
    ...more,
  } as JsonObject);

const responses = (gateway: object, more: object = {}) =>
  openaiResponses.inbound!.read({
    model: "lab/model",
    instructions: "Be brief.",
    input: [
      { role: "user", content: "One" },
      { role: "assistant", content: "Two" },
      { role: "user", content: "Three" },
    ],
    providerOptions: { gateway: gateway as JsonObject },
    ...more,
  } as JsonObject);

const DOORS: Record<string, (gateway: object, more?: object) => Ask> = { chat, messages, responses };
const INBOUND = {
  "openai-chat": openaiChat,
  "anthropic-messages": anthropicMessages,
  "openai-responses": openaiResponses,
};

/** What a provider of this wire gets of it. */
function sent(ask: Ask, wire: Wire, facts: LegFacts): EncodedRequest {
  if (wire.name === ask.wire) return wire.relay!.request(ask, facts);
  const { decodeRequest } = INBOUND[ask.wire as keyof typeof INBOUND].inbound!.transcode!;
  return wire.outbound!.encodeRequest(wished(decodeRequest(ask), ask), facts);
}

const CLAUDE: LegFacts = { ...leg(), upstreamModel: "anthropic.claude-x", model: "anthropic/claude-x" };
const MARK = { type: "ephemeral" };

/** Where in a body marks stand, by the words that they stand at. */
function marksIn(value: unknown, found: string[] = []): string[] {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      if (item !== null && typeof item === "object" && "cachePoint" in item) found.push(value[i - 1].text);
      marksIn(item, found);
    }
  } else if (value !== null && typeof value === "object") {
    const { cache_control: mark, text } = value as JsonObject;
    if (mark !== undefined) found.push(String(text));
    for (const member of Object.values(value)) marksIn(member, found);
  }
  return found;
}

describe("caching: auto", () => {
  test.each(Object.keys(DOORS))(
    "marks the last message and the one before the user's last, from the door %s",
    (door) => {
      const ask = DOORS[door]!({ caching: "auto" });
      for (const [wire, facts] of [
        [anthropicMessages, leg()],
        [bedrockConverse, CLAUDE],
        [openaiChat, leg("cache-marks")],
      ] as const) {
        const { body, dropped } = sent(ask, wire, facts);
        expect([wire.name, marksIn(body)]).toEqual([wire.name, ["Two", "Three"]]);
        expect(dropped).toEqual([]);
      }
    },
  );

  test("marks the system prompt where nothing stands before what the user says", () => {
    const first = { messages: [{ role: "user", content: "One" }] };
    const relayed = sent(messages({ caching: "auto" }, first), anthropicMessages, leg());
    expect(relayed.body.system).toEqual([{ type: "text", text: "Be brief.", cache_control: MARK }]);
    expect(relayed.body.messages).toEqual([
      { role: "user", content: [{ type: "text", text: "One", cache_control: MARK }] },
    ]);
    const crossed = sent(chat({ caching: "auto" }, { messages: CONVERSATION.slice(0, 2) }), anthropicMessages, leg());
    expect(marksIn(crossed.body)).toEqual(["Be brief.", "One"]);
  });

  test("changes nothing where the cache fills by itself, and nothing is told", () => {
    for (const door of Object.values(DOORS)) {
      for (const wire of [openaiChat, openaiResponses, geminiGenerate]) {
        const with_ = sent(door({ caching: "auto" }), wire, leg());
        expect(with_).toEqual(sent(door({}), wire, leg()));
      }
    }
  });

  test("leaves the client's own marks, and never makes more than a request may have", () => {
    const own = { type: "text", text: "own", cache_control: { type: "ephemeral", ttl: "1h" } };
    const three = [own, own, own].map((part, i) => ({ role: i === 1 ? "assistant" : "user", content: [part] }));
    const more = { messages: [...three, { role: "assistant", content: "Two" }, { role: "user", content: "Three" }] };
    for (const ask of [messages({ caching: "auto" }, more), chat({ caching: "auto" }, more)]) {
      const { body } = sent(ask, anthropicMessages, leg());
      expect(marksIn(body)).toEqual(["own", "own", "own", "Three"]);
    }
  });

  test("marks no thinking", () => {
    const thinking = { type: "thinking", thinking: "Hm", signature: "s" };
    const more = {
      messages: [
        { role: "user", content: "One" },
        { role: "assistant", content: [{ type: "text", text: "Two" }, thinking] },
        { role: "user", content: "Three" },
      ],
    };
    expect(marksIn(sent(messages({ caching: "auto" }, more), anthropicMessages, leg()).body)).toEqual(["Two", "Three"]);
  });

  test("of the Responses API stands at the top, with the time to live; a cache without marks says that it has none", () => {
    const ask = responses({}, { caching: "auto", cache_ttl: "1h" });
    const { body, dropped } = sent(ask, anthropicMessages, leg());
    expect(JSON.stringify(body)).toContain('"cache_control":{"type":"ephemeral","ttl":"1h"}');
    expect(dropped).toEqual([]);
    for (const wire of [openaiResponses, openaiChat, geminiGenerate])
      expect(sent(ask, wire, leg())).toMatchObject({ dropped: ["cache_ttl"] });
    expect(sent(ask, openaiResponses, leg()).body.caching).toBeUndefined();
  });
});

describe("serviceTier", () => {
  const FLEX: LegFacts = { ...leg(), tiers: ["auto", "flex"] };
  test.each<[string, Wire, LegFacts, string, unknown]>([
    ["openai-chat that sells it", openaiChat, FLEX, "flex", { service_tier: "flex" }],
    ["openai-chat that does not", openaiChat, FLEX, "priority", null],
    ["openai-chat of which nobody knows", openaiChat, { ...leg(), tiers: undefined }, "flex", null],
    ["openai-responses", openaiResponses, leg(), "fast", { service_tier: "priority" }],
    ["openai-responses that does not", openaiResponses, FLEX, "priority", null],
    ["anthropic-messages", anthropicMessages, leg(), "priority", { service_tier: "auto" }],
    ["anthropic-messages, which has no flex", anthropicMessages, leg(), "flex", null],
    ["gemini-generate", geminiGenerate, leg(), "flex", { serviceTier: "flex" }],
    ["gemini-generate at Vertex", geminiGenerate, leg("no-service-tier"), "flex", null],
    ["bedrock-converse", bedrockConverse, CLAUDE, "priority", { serviceTier: { type: "priority" } }],
  ])("at %s", (_, wire, facts, serviceTier, said) => {
    for (const door of Object.values(DOORS)) {
      const { body, dropped } = sent(door({ serviceTier }), wire, facts);
      if (said === null)
        expect([body.service_tier, body.serviceTier, dropped]).toEqual([undefined, undefined, ["service_tier"]]);
      else expect([body, dropped]).toMatchObject([said, []]);
    }
  });

  test("goes before what the client's own wire says of it", () => {
    expect(sent(chat({ serviceTier: "flex" }, { service_tier: "default" }), openaiChat, leg()).body.service_tier).toBe(
      "flex",
    );
    const claude = sent(messages({ serviceTier: "flex" }, { service_tier: "standard_only" }), openaiChat, leg());
    expect(claude.body.service_tier).toBe("flex");
  });
});

describe("safetyIdentifier", () => {
  const wish = { safetyIdentifier: "s-1" };
  test.each<[string, Wire, LegFacts, JsonObject | null]>([
    ["OpenAI's chat", openaiChat, leg("safety-identifier"), { safety_identifier: "s-1" }],
    ["a chat that knows `user`", openaiChat, leg(), { user: "s-1" }],
    ["a chat that knows neither", openaiChat, leg("no-user"), null],
    ["the Responses API", openaiResponses, leg(), { safety_identifier: "s-1" }],
    ["Anthropic", anthropicMessages, leg(), { metadata: { user_id: "s-1" } }],
    ["Gemini", geminiGenerate, leg(), null],
    ["Bedrock", bedrockConverse, CLAUDE, null],
  ])("at %s", (_, wire, facts, said) => {
    for (const door of Object.values(DOORS)) {
      const { body, dropped } = sent(door(wish), wire, facts);
      expect(dropped).toEqual(said === null ? ["safety_identifier"] : []);
      expect(body).toMatchObject(said ?? {});
      if (said === null) expect(JSON.stringify(body)).not.toContain("s-1");
    }
  });

  test("gives way to the name that the client gives in the wire's own words", () => {
    const own = sent(chat(wish, { safety_identifier: "own" }), openaiChat, leg("safety-identifier"));
    expect(own.body.safety_identifier).toBe("own");
    const claude = sent(messages(wish, { metadata: { user_id: "own" } }), anthropicMessages, leg());
    expect(claude.body.metadata).toEqual({ user_id: "own" });
    const options = { gateway: wish, acme: { safetyIdentifier: "theirs" } };
    const told = sent(chat({}, { providerOptions: options }), openaiChat, leg("safety-identifier"));
    expect(told.body.safety_identifier).toBe("theirs");
  });

  test("beside another `user` is told where there is one place for both", () => {
    expect(sent(chat(wish, { user: "u" }), openaiChat, leg())).toMatchObject({
      body: { user: "u" },
      dropped: ["safety_identifier"],
    });
    const claude = sent(chat(wish, { user: "u" }), anthropicMessages, leg());
    expect(claude).toMatchObject({ body: { metadata: { user_id: "s-1" } }, dropped: ["user"] });
  });
});

test("embeddings have an end user, and no tiers", () => {
  const ask = openaiEmbeddings.inbound!.read({
    model: "lab/model",
    input: "x",
    providerOptions: { gateway: { serviceTier: "flex", safetyIdentifier: "s-1", caching: "auto" } },
  });
  const { body, dropped } = openaiEmbeddings.relay!.request(ask, leg());
  expect([body.user, dropped]).toEqual(["s-1", ["service_tier"]]);
  expect(openaiEmbeddings.relay!.request(ask, leg("no-user")).dropped).toEqual(["service_tier", "user"]);
});
