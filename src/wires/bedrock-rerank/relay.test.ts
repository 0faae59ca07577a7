import { expect, test } from "bun:test";
import { utf8ByteText } from "../../core/byte-text.ts";
import { Readings } from "../../core/readings.ts";
import { cohereRerank } from "../cohere-rerank/index.ts";
import { CLOSING, errorOf, leg, STAMP } from "../fixtures/facts.ts";
import { bedrockRerank } from "./index.ts";
import { relayAnswer, relayRequest } from "./relay.ts";

const ASK = { model: "acme/rank", query: "ruby", documents: ["Paris", { text: "Ruby" }], top_n: 1 };
const ask = (more = {}) => cohereRerank.inbound!.read({ ...ASK, ...more });

test("a request has the model in its path and the edition in its body", () => {
  expect(bedrockRerank.path("cohere.rerank-v3-5:0", false)).toBe("/model/cohere.rerank-v3-5%3A0/invoke");
  expect(relayRequest(ask({ return_documents: true, tags: ["t"] }), leg())).toEqual({
    body: { query: "ruby", documents: ["Paris", "Ruby"], top_n: 1, api_version: 2 },
    dropped: [],
  });
});

test("an answer keeps the id that a header field told, and tells no cost of its own", () => {
  const readings = new Readings();
  readings.upstreamId = "de4d85e7";
  const reply = relayAnswer(utf8ByteText('{"results":[{"index":1,"relevance_score":0.9}]}'), ask(), STAMP, readings);
  expect(readings).toMatchObject({ upstreamId: "de4d85e7", usage: undefined, ended: true });
  expect(JSON.parse(reply({ ...CLOSING, usage: { search_units: 1 } }))).toMatchObject({
    id: STAMP.id,
    results: [{ index: 1, relevance_score: 0.9 }],
    meta: { api_version: { version: "2" }, billed_units: { search_units: 1 } },
  });
  const none = errorOf(() => relayAnswer(utf8ByteText("{}"), ask(), STAMP, new Readings()));
  expect(none.code).toBe("upstream_malformed");
});
