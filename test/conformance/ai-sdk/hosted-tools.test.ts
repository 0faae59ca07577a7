import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type RunningGateway, startGateway } from "../../support/gateway.ts";
import { type Loose, partsOf, providerOf, SDKS } from "./client.ts";

/** Tools that a provider runs itself, as the SDK offers them: what they gave is told, and goes back to who gave it. */

const MODEL = "anthropic/claude-sonnet-4.5";
const FOUND = [
  { type: "web_search_result", url: "https://a.example", title: "A", encrypted_content: "Eq8=", page_age: null },
];
const CONTENT = [
  { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "dam" } },
  { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: FOUND },
  {
    type: "text",
    text: "A dam.",
    citations: [
      {
        type: "web_search_result_location",
        url: "https://a.example",
        title: "A",
        encrypted_index: "Eo8",
        cited_text: "dam",
      },
    ],
  },
];
const USAGE = { input_tokens: 5, output_tokens: 5, server_tool_use: { web_search_requests: 1 } };

let gateway: RunningGateway;
let anthropic: ReturnType<typeof startAnthropic>;
beforeAll(async () => {
  anthropic = startAnthropic();
  gateway = await startGateway({
    config: { providers: { anthropic: { api_key: "sk-ant-1", base_url: anthropic.url } } },
  });
});
afterAll(async () => {
  await gateway.stop();
  anthropic.stop();
});
beforeEach(() => {
  anthropic.bodies.length = 0;
});

/** A Claude that has searched the web, whatever it is asked. */
function startAnthropic() {
  const bodies: Loose[] = [];
  const event = (type: string, more: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const start = { id: "msg_1", type: "message", role: "assistant", model: "claude", content: [], usage: USAGE };
  const stream = [
    event("message_start", { message: start }),
    ...CONTENT.flatMap((block: Loose, index) => {
      const { input, text, citations, ...bare } = block;
      const opened = {
        ...bare,
        ...(input === undefined ? {} : { input: {} }),
        ...(text === undefined ? {} : { text: "" }),
      };
      const deltas: object[] = [];
      if (input !== undefined) deltas.push({ type: "input_json_delta", partial_json: JSON.stringify(input) });
      for (const citation of citations ?? []) deltas.push({ type: "citations_delta", citation });
      if (text !== undefined) deltas.push({ type: "text_delta", text });
      return [
        event("content_block_start", { index, content_block: opened }),
        ...deltas.map((delta) => event("content_block_delta", { index, delta })),
        event("content_block_stop", { index }),
      ];
    }),
    event("message_delta", { delta: { stop_reason: "end_turn", stop_sequence: null }, usage: USAGE }),
    event("message_stop", {}),
  ].join("");
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request) {
      const body: Loose = await request.json();
      bodies.push(body);
      if (body.stream === true) return new Response(stream, { headers: { "content-type": "text/event-stream" } });
      return Response.json({ ...start, content: CONTENT, stop_reason: "end_turn", stop_sequence: null });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, bodies, stop: () => server.stop(true) };
}

describe.each(SDKS)("a search by ai $major", (sdk) => {
  const { ai, major } = sdk;
  const search = {
    type: major === 5 ? "provider-defined" : "provider",
    id: "anthropic.web_search_20250305",
    // In the first edition it stands on the tool, since then at the list of tools alone.
    name: "find",
    isProviderExecuted: true,
    args: { maxUses: 2 },
    inputSchema: ai.jsonSchema({ type: "object", properties: { query: { type: "string" } } }),
    outputSchema: ai.jsonSchema({}),
  };
  const request = (more: object) => ({ model: providerOf(sdk, gateway)(MODEL), tools: { find: search }, ...more });

  test.each([false, true])("is offered, made, told and sent back (streamed: %p)", async (streamed) => {
    let result: Loose;
    if (streamed) {
      result = ai.streamText(request({ prompt: "Look." }));
      const parts = await partsOf(result.fullStream);
      expect(parts.filter(({ type }) => type === "error" || type === "tool-error")).toEqual([]);
    } else result = await ai.generateText(request({ prompt: "Look." }));
    const content: Loose[] = await result.content;
    expect(anthropic.bodies[0].tools).toEqual([{ type: "web_search_20250305", name: "web_search", max_uses: 2 }]);
    expect(content.find(({ type }) => type === "tool-call")).toMatchObject({
      toolName: "find",
      input: { query: "dam" },
      providerExecuted: true,
    });
    expect(content.find(({ type }) => type === "tool-result")).toMatchObject({
      toolName: "find",
      output: [{ type: "web_search_result", url: "https://a.example", title: "A", encryptedContent: "Eq8=" }],
    });
    expect(await result.sources).toMatchObject([{ sourceType: "url", url: "https://a.example", title: "A" }]);
    expect(await result.text).toBe("A dam.");
    const said = (await result.responseMessages) ?? (await result.response).messages;
    const messages = [{ role: "user", content: "Look." }, ...said, { role: "user", content: "And?" }];
    await ai.generateText(request({ messages }));
    expect(anthropic.bodies[1].messages[1]).toEqual({
      role: "assistant",
      content: [CONTENT[0], CONTENT[1], { type: "text", text: "A dam." }],
    });
  });
});
