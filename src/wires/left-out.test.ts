import { describe, expect, test } from "bun:test";
import type { Ask } from "../core/ask.ts";
import type { JsonObject } from "../core/json.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { leg } from "./fixtures/facts.ts";
import { openaiResponses } from "./openai-responses/index.ts";

describe("a search that somebody else did is no part of the next turn", () => {
  const messages = (content: JsonObject[]): JsonObject => ({
    model: "lab/model",
    max_tokens: 9,
    messages: [
      { role: "user", content: "How high?" },
      { role: "assistant", content },
      { role: "user", content: "And now?" },
    ],
  });
  const relayed = (body: JsonObject) => anthropicMessages.relay!.request(anthropicMessages.inbound!.read(body), leg());
  const search = (id: string) => ({ type: "server_tool_use", id, name: "web_search", input: { query: "dam" } });

  test("at Anthropic, which wants its own id and the results behind it", () => {
    const text = { type: "text", text: "221 m." };
    const foreign = relayed(messages([search("ws_1"), text]));
    expect((foreign.body.messages as JsonObject[])[1]!.content).toEqual([text]);
    expect(foreign.dropped).toEqual(["server_tool_use"]);
    const results = { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] };
    const own = messages([search("srvtoolu_1"), results, text]);
    expect(relayed(own)).toMatchObject({ body: { messages: own.messages }, dropped: [] });
  });

  test("nor are pages that it cited, which Anthropic takes only with a proof of its own", () => {
    const page = (encrypted_index: string) => ({
      type: "web_search_result_location",
      url: "https://a.example",
      title: "A",
      encrypted_index,
      cited_text: "",
    });
    const said = (...citations: JsonObject[]) => [{ type: "text", text: "221 m.", citations }];
    const { body, dropped } = relayed(messages(said(page(""), page("proof"))));
    expect((body.messages as JsonObject[])[1]!.content).toEqual(said(page("proof")));
    expect(dropped).toEqual(["citations"]);
    const none = relayed(messages(said(page(""))));
    expect((none.body.messages as JsonObject[])[1]!.content).toEqual([{ type: "text", text: "221 m." }]);
    expect(relayed(messages(said(page("proof"))))).toMatchObject({ dropped: [] });
  });

  const item = (id: string) => ({ id, type: "web_search_call", status: "completed", action: { type: "search" } });
  const responses = (id: string): Ask =>
    openaiResponses.inbound!.read({
      model: "lab/model",
      input: [{ role: "user", content: "How high?" }, item(id), { role: "user", content: "And now?" }],
    });

  test("at OpenAI, which knows its own ids alone", () => {
    const foreign = openaiResponses.relay!.request(responses("ws_hg01ARYZ6S41TSV4RRFFQ69G5FAV_0"), leg());
    expect([(foreign.body.input as JsonObject[]).length, foreign.dropped]).toEqual([2, ["web_search_call"]]);
    const own = openaiResponses.relay!.request(responses("ws_1"), leg());
    expect([(own.body.input as JsonObject[])[1], own.dropped]).toEqual([item("ws_1"), []]);
  });

  test("and does not keep a conversation from going on anywhere else", () => {
    const ask = responses("ws_1");
    expect(ask.needs).toEqual([]);
    const request = openaiResponses.inbound!.transcode!.decodeRequest(ask);
    const { dropped } = anthropicMessages.outbound!.encodeRequest(request, leg());
    expect(dropped).toContain("web_search_call");
  });
});
