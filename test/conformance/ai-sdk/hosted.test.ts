import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type RunningGateway, startGateway } from "../../support/gateway.ts";
import { type Loose, partsOf, providerOf, SDKS } from "./client.ts";

/** Tools that a provider runs itself: the SDK is told what they were asked and gave, and all of it comes back with the next turn. */

const MODEL = "anthropic/claude-sonnet-4.6";
const HIT = {
  type: "web_search_result",
  url: "https://example.com/gates",
  title: "Gates",
  encrypted_content: "c2VhbGVk",
  page_age: null,
};
const CONTENT = [
  { type: "text", text: "I look it up." },
  { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "gates" } },
  { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [HIT] },
  {
    type: "text",
    text: "Gates hold water.",
    citations: [
      {
        type: "web_search_result_location",
        url: HIT.url,
        title: HIT.title,
        encrypted_index: "aW5kZXg=",
        cited_text: "Gates hold water.",
      },
    ],
  },
] as const;
const USAGE = { input_tokens: 9, output_tokens: 5, server_tool_use: { web_search_requests: 1 } };
const MESSAGE = { id: "msg_1", type: "message", role: "assistant", model: "c", stop_sequence: null };

/** The same in a stream, as https://platform.claude.com/docs/en/build-with-claude/streaming shows it. */
function* eventsOf(): Generator<Loose> {
  yield { type: "message_start", message: { ...MESSAGE, content: [], stop_reason: null, usage: USAGE } };
  for (const [index, block] of CONTENT.entries()) {
    const { text, input, citations, ...head } = block as Loose;
    const empty = { ...head, ...(text && { text: "" }), ...(input && { input: {} }) };
    yield { type: "content_block_start", index, content_block: empty };
    const delta = (told: object) => ({ type: "content_block_delta", index, delta: told });
    if (input) yield delta({ type: "input_json_delta", partial_json: JSON.stringify(input) });
    for (const citation of citations ?? []) yield delta({ type: "citations_delta", citation });
    if (text) yield delta({ type: "text_delta", text });
    yield { type: "content_block_stop", index };
  }
  yield { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: USAGE };
  yield { type: "message_stop" };
}

const bodies: Loose[] = [];
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  development: false,
  async fetch(request) {
    const body: Loose = await request.json();
    bodies.push(body);
    if (!body.stream) return Response.json({ ...MESSAGE, content: CONTENT, stop_reason: "end_turn", usage: USAGE });
    const text = [...eventsOf()].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
    return new Response(text, { headers: { "content-type": "text/event-stream" } });
  },
});
let gateway: RunningGateway;
beforeAll(async () => {
  const base_url = `http://127.0.0.1:${server.port}`;
  gateway = await startGateway({ config: { providers: { anthropic: { api_key: "sk-x", base_url } } } });
});
afterAll(async () => {
  await gateway.stop();
  await server.stop(true);
});
beforeEach(() => {
  bodies.length = 0;
});

describe.each(SDKS)("a provider's own search, with ai $major", ({ ai, major, ...sdk }) => {
  const provider = () => providerOf({ ai, major, ...sdk }, gateway);
  /** As the vendor's own package for the SDK makes it. */
  const search = () => {
    const made = provider().tools.perplexitySearch();
    return {
      ...made,
      id: "anthropic.web_search_20250305",
      args: { maxUses: 2 },
      ...(made.name && { name: "web_search" }),
    };
  };
  const ask = async (streamed: boolean, more: object): Promise<Loose> => {
    const request = { model: provider()(MODEL), tools: { web_search: search() }, ...more };
    if (!streamed) return ai.generateText(request);
    const result = ai.streamText(request);
    await result.consumeStream();
    return result;
  };

  test.each([false, true])(
    "is asked for in its words, and its sources and costs are told (streamed: %p)",
    async (streamed) => {
      const result = await ask(streamed, { prompt: "What do gates do?" });
      expect(bodies[0].tools).toEqual([{ type: "web_search_20250305", name: "web_search", max_uses: 2 }]);
      expect(await result.text).toBe("I look it up.Gates hold water.");
      expect(await result.finishReason).toBe("stop");
      const sources = await result.sources;
      expect(sources.length).toBeGreaterThan(0);
      expect(sources[0]).toMatchObject({ sourceType: "url", url: HIT.url, title: HIT.title });
      const [call] = await result.toolCalls;
      expect(call).toMatchObject({ toolName: "web_search", input: { query: "gates" }, providerExecuted: true });
      const { generationId } = (await result.providerMetadata).gateway;
      expect(gateway.row(generationId)).toMatchObject({ searches: 1, error: null });
    },
  );

  test.each([false, true])("and what it gave comes back to it with the next turn (streamed: %p)", async (streamed) => {
    const first = await ask(streamed, { prompt: "What do gates do?" });
    const said = (await first.responseMessages) ?? (await first.response).messages;
    await ask(streamed, {
      messages: [{ role: "user", content: "What do gates do?" }, ...said, { role: "user", content: "And?" }],
    });
    const [, turn] = bodies[1].messages;
    expect(turn.role).toBe("assistant");
    expect(turn.content.map(({ type }: Loose) => type)).toEqual(CONTENT.map(({ type }) => type));
    expect(turn.content[1]).toEqual(CONTENT[1]);
    expect(turn.content[2]).toMatchObject({
      tool_use_id: "srvtoolu_1",
      content: [{ url: HIT.url, encrypted_content: "c2VhbGVk" }],
    });
  });

  test("is seen in a stream as it goes", async () => {
    const stream = ai.streamText({
      model: provider()(MODEL),
      tools: { web_search: search() },
      prompt: "What do gates do?",
    });
    const types = (await partsOf(stream.fullStream)).map(({ type }) => type);
    expect(types).not.toContain("error");
    const order = ["text-start", "tool-call", "tool-result", "source", "finish"].map((type) => types.indexOf(type));
    expect(order.every((at) => at >= 0)).toBe(true);
    expect(types.indexOf("tool-call")).toBeLessThan(types.indexOf("tool-result"));
    expect(types.lastIndexOf("text-end")).toBeLessThan(types.indexOf("finish"));
  });
});
