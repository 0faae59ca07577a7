import { describe, expect, test } from "bun:test";
import { utf8ByteText } from "../../core/byte-text.ts";
import { GatewayError } from "../../core/error.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { Readings } from "../../core/readings.ts";
import { CLOSING, errorOf, leg, STAMP } from "../fixtures/facts.ts";
import { relayRequest as relayVoyage } from "../voyage-rerank/relay.ts";
import { cohereRerank } from "./index.ts";
import { relayAnswer, relayRequest } from "./relay.ts";

const PLAIN = { query: "ruby", documents: ["Ruby is a language", "Grüße aus Paris", "Rails"] };
const ask = (members: JsonObject = {}) => cohereRerank.inbound!.read({ model: "acme/rank", ...PLAIN, ...members });
const requested = (members: JsonObject) => relayRequest(ask(members), leg());
const SENT = { model: "large-2026", ...PLAIN };

describe("a request", () => {
  test("keeps all that is the provider's, and nothing of the gateway's", () => {
    const ours = { models: ["a/b"], tags: ["t"], user: "u", provider: {}, providerOptions: { gateway: {} } };
    const theirs = { top_n: 2, max_tokens_per_doc: 512, priority: 5 };
    const asked = ask({ ...ours, ...theirs });
    const before = structuredClone(asked.body);
    expect(relayRequest(asked, leg())).toEqual({ body: { ...SENT, ...theirs }, dropped: [] });
    expect(asked.body).toEqual(before);
  });

  test("of the first edition is one of the second: objects are texts, what it has no word for is told", () => {
    const documents = [{ text: "Ruby", title: "a" }, { title: "Paris", year: 2026, tags: ["x"] }, "Rails"];
    const { body, dropped } = requested({ documents, return_documents: true, max_chunks_per_doc: 10 });
    expect(body).toEqual({ ...SENT, documents: ["Ruby", 'title: Paris\nyear: 2026\ntags: ["x"]', "Rails"] });
    expect(dropped).toEqual(["max_chunks_per_doc"]);
    const ranked = requested({ documents, rank_fields: ["title", "year", "toString"] });
    expect(ranked).toEqual({ body: { ...SENT, documents: ["a", "title: Paris\nyear: 2026", "Rails"] }, dropped: [] });
  });

  test("has what was addressed to its provider, except what is ranked and by whom", () => {
    const acme = { maxTokensPerDoc: 9, query: "y", documents: [], model: "z" };
    expect(requested({ providerOptions: { acme } })).toEqual({
      body: { ...SENT, max_tokens_per_doc: 9 },
      dropped: ["query", "documents", "model"].map((name) => `providerOptions.acme.${name}`),
    });
  });

  test("tells what of the gateway's wishes nobody grants, and keeps the gateway's members from all", () => {
    const gateway = { serviceTier: "flex", safetyIdentifier: "s", caching: "auto" };
    expect(requested({ caching: "auto", providerOptions: { gateway } })).toEqual({
      body: SENT,
      dropped: ["service_tier", "safety_identifier"],
    });
  });

  test("in Voyage's words has Voyage's words alone", () => {
    const asked = ask({ top_n: 2, max_tokens_per_doc: 512, return_documents: true, new: null });
    expect(relayVoyage(asked, leg())).toEqual({ body: { ...SENT, top_k: 2 }, dropped: ["max_tokens_per_doc"] });
    expect(relayVoyage(ask({ providerOptions: { acme: { truncation: false } } }), leg()).body.truncation).toBe(false);
  });
});

describe("what it may cost", () => {
  const words = (tokens: number) => "x".repeat(tokens * 4);
  test.each<[string, JsonObject, number, number]>([
    ["a hundred documents in a unit", { query: words(10), documents: Array(100).fill(words(20)) }, 1, 3000],
    ["one more in another", { query: words(10), documents: Array(101).fill(words(20)) }, 2, 3030],
    [
      "a long one as often as it has pieces beside the query",
      { query: words(100), documents: [words(401), ...Array(98).fill("x")] },
      1,
      10399,
    ],
    ["which may be one too many", { query: words(100), documents: [words(801), ...Array(98).fill("x")] }, 2, 10799],
    ["a query that fills every piece", { query: words(600), documents: [words(150), ""] }, 2, 1350],
  ])("%s", (_, members, search_units, input) => expect(ask(members).most).toEqual({ search_units, input }));
});

describe("a body", () => {
  test.each<[string, JsonValue | undefined, string, string]>([
    ["query", "", "query", "a string that is not empty"],
    ["query", undefined, "query", "given"],
    ["query", 5, "query", "a string that is not empty"],
    ["documents", undefined, "documents", "given"],
    ["documents", [], "documents", "an array that is not empty"],
    ["documents", "Ruby", "documents", "an array that is not empty"],
    ["documents", ["a", 1], "documents[1]", "a string or an object"],
    ["documents", [null], "documents[0]", "a string or an object"],
    ["top_n", 0, "top_n", "a whole number from 1"],
    ["rank_fields", "text", "rank_fields", "an array"],
    ["return_documents", "yes", "return_documents", "true or false"],
    ["max_tokens_per_doc", 1.5, "max_tokens_per_doc", "a whole number from 1"],
    ["providerOptions", { acme: 1 }, "providerOptions.acme", "an object"],
  ])("whose %s is %j is refused by name", (name, value, param, what) => {
    const error = errorOf(() => ask({ [name]: value }));
    expect(error).toMatchObject({ code: "invalid_request", details: { param } });
    expect(error.message).toBe(`"${param}" must be ${what}.`);
  });
});

test("an error is Cohere's: the message is the body's own", () => {
  const error = new GatewayError("invalid_request", '"query" must be given.', { param: "query", metadata: { a: 1 } });
  expect(cohereRerank.inbound!.encodeError(error, "gen_1")).toEqual({
    message: '"query" must be given.',
    type: "invalid_request_error",
    param: "query",
    code: "invalid_request",
    generationId: "gen_1",
    providerMetadata: { a: 1 },
  });
});

function relayed(answer: JsonValue | string, members: JsonObject = {}, usage = {}) {
  const readings = new Readings();
  const text = typeof answer === "string" ? answer : JSON.stringify(answer);
  const reply = relayAnswer(utf8ByteText(text), ask(members), STAMP, readings);
  return { readings, told: JSON.parse(reply({ ...CLOSING, usage })) };
}

const RANKING = [
  { index: 1, relevance_score: 0.75809944 },
  { index: 0, relevance_score: 0.5515985 },
];

describe("an answer", () => {
  test("of Cohere is billed by search units", () => {
    const meta = { api_version: { version: "2", is_experimental: true }, billed_units: { search_units: 3 }, new: 1 };
    const { readings, told } = relayed({ id: "9ca9", results: RANKING, meta }, {}, { search_units: 3, output: 0 });
    expect(told).toEqual({
      id: STAMP.id,
      model: STAMP.model,
      results: RANKING,
      meta,
      providerMetadata: CLOSING.metadata,
    });
    expect(readings).toMatchObject({ usage: { search_units: 3, output: 0 }, upstreamId: "9ca9", ended: true });
  });

  test("of Voyage is billed by tokens, and told in Cohere's words", () => {
    const answer = { object: "list", data: RANKING, model: "rerank-2.5", usage: { total_tokens: 57 } };
    const { readings, told } = relayed(answer, {}, { input: 57, output: 0 });
    expect(told).toEqual({
      id: STAMP.id,
      model: STAMP.model,
      results: RANKING,
      usage: { total_tokens: 57 },
      meta: {
        api_version: { version: "2" },
        billed_units: { input_tokens: 57 },
        tokens: { input_tokens: 57 },
      },
      providerMetadata: CLOSING.metadata,
    });
    expect(readings).toMatchObject({ usage: { input: 57, output: 0 }, upstreamModel: "rerank-2.5" });
  });

  test.each<[JsonObject, object | undefined]>([
    [{ usage: { prompt_tokens: 5, total_tokens: 6 } }, { input: 5, output: 0 }],
    [{ meta: { tokens: { input_tokens: 5 } } }, { input: 5, output: 0 }],
    [{ meta: { billed_units: { total_tokens: 5 } } }, { input: 5, output: 0 }],
    [{ usage: { total_tokens: 5, search_units: 1 } }, { input: 5, search_units: 1, output: 0 }],
    [{ usage: {} }, undefined],
    [{}, undefined],
    // Somebody should hear of nonsense, which counts nothing.
    [{ usage: { total_tokens: -5 } }, { output: 0 }],
  ])("that tells %j has used %j", (members, usage) =>
    expect(relayed({ results: RANKING, ...members }).readings.usage).toEqual(usage as never),
  );

  test("gives documents back as the client wrote them, and only where it wants them", () => {
    const documents = [{ text: "Ruby", id: 7 }, "Paris"];
    const results = RANKING.map((one) => ({ ...one, document: { text: "theirs" } }));
    expect(relayed({ results }, { documents, return_documents: true }).told.results).toEqual([
      { ...RANKING[0], document: { text: "Paris" } },
      { ...RANKING[1], document: { text: "Ruby", id: 7 } },
    ]);
    expect(relayed({ results }, { documents }).told.results).toEqual(RANKING);
  });

  test.each<[JsonValue | string, string]>([
    [{ error: { message: "Overloaded", type: "overloaded_error" } }, "upstream_overloaded"],
    [{ id: "1", message: "internal server error" }, "upstream_error"],
    [{ detail: "internal server error" }, "upstream_error"],
    [{}, "upstream_malformed"],
    [{ results: {} }, "upstream_malformed"],
    [{ results: [null] }, "upstream_malformed"],
    [{ results: [{ index: 3, relevance_score: 1 }] }, "upstream_malformed"],
    [{ results: [{ index: -1, relevance_score: 1 }] }, "upstream_malformed"],
    [{ results: [{ index: 0.5, relevance_score: 1 }] }, "upstream_malformed"],
    [{ results: [{ index: "0", relevance_score: 1 }] }, "upstream_malformed"],
    [{ results: [{ index: 0, relevance_score: "1" }] }, "upstream_malformed"],
    [[], "upstream_malformed"],
    ["<html>", "upstream_malformed"],
    ["", "upstream_malformed"],
  ])("%j is none", (answer, code) => expect(errorOf(() => relayed(answer)).code).toBe(code as never));
});
