import type { Answer } from "../answer.ts";
import { hash, rerankId } from "../chance.ts";
import { type JsonObject, listOf, numberOf, textOf } from "../json.ts";
import type { Scenario } from "../scenario.ts";
import { countTokens } from "../tokens.ts";
import { invalid } from "./vendor.ts";

/** Whose words are spoken: Cohere bills search units, Voyage has words of its own, others have Cohere's and bill tokens. */
type Dialect = "cohere" | "voyage" | "bedrock" | "others";

/** By the end of a path. */
export const DIALECTS = {
  "/v2/rerank": "cohere",
  "/voyage/rerank": "voyage",
  "/voyage/v1/rerank": "voyage",
  "/rerank": "others",
} as const satisfies Record<string, Dialect>;

/** The documents in the order of how many of the query's words they have. */
export function answerRerank(body: JsonObject, scenario: Scenario, dialect: Dialect): Answer {
  const query = textOf(body.query);
  const documents = listOf(body.documents).map(textOf);
  const size = countTokens(query);
  const tokens = documents.reduce((sum, one) => sum + size + countTokens(one), 0);
  const ranking = documents
    .map((document, index) => ({ index, relevance_score: scoreOf(query, document) }))
    .sort((a, b) => b.relevance_score - a.relevance_score || a.index - b.index)
    .slice(0, numberOf(dialect === "voyage" ? body.top_k : body.top_n));
  return {
    streamed: false,
    pieces: ranking.length,
    promptTokens: tokens,
    plain() {
      const isSilent = scenario["no-usage"] === true;
      const usage = isSilent ? {} : { usage: { total_tokens: tokens } };
      if (dialect === "voyage")
        return JSON.stringify({ object: "list", data: ranking, model: textOf(body.model), ...usage });
      if (dialect === "bedrock") return JSON.stringify({ results: ranking });
      if (dialect === "others")
        return JSON.stringify({ id: rerankId(), model: textOf(body.model), results: ranking, ...usage });
      const billed = isSilent ? {} : { billed_units: { search_units: unitsOf(query, documents) } };
      return JSON.stringify({ id: rerankId(), results: ranking, meta: { api_version: { version: "2" }, ...billed } });
    },
    stream() {
      throw new Error("A ranking is never streamed.");
    },
  };
}

/** A hundred documents make one, and a document that is longer than 500 tokens with the query is as many as it has such pieces. */
export function unitsOf(query: string, documents: readonly string[]): number {
  const room = Math.max(1, 500 - countTokens(query));
  const count = documents.reduce((sum, one) => sum + Math.max(1, Math.ceil(countTokens(one) / room)), 0);
  return Math.ceil(count / 100);
}

/** Between 0 and 1, the same for the same two texts. */
export function scoreOf(query: string, document: string): number {
  const words = query.toLowerCase().split(/\W+/).filter(Boolean);
  const there = new Set(document.toLowerCase().split(/\W+/));
  const share = words.filter((word) => there.has(word)).length / Math.max(1, words.length);
  return Number((share * 0.9 + (hash(document) % 1000) / 20_000).toFixed(8));
}

const COHERES = new Set("model query documents top_n max_tokens_per_doc priority".split(" "));
const VOYAGES = new Set("model query documents top_k truncation return_documents".split(" "));
const GATEWAYS = ["providerOptions", "models", "tags"];

/** @throws {Refusal} */
export function checkRerank(body: JsonObject, dialect: Dialect): void {
  const known = dialect === "voyage" ? VOYAGES : COHERES;
  const names = Object.keys(body);
  const unknown =
    dialect === "others" ? names.find((name) => GATEWAYS.includes(name)) : names.find((name) => !known.has(name));
  if (unknown !== undefined) throw invalid(`invalid request: unknown field '${unknown}'`, dialect);
  if (textOf(body.model) === "") throw invalid("model is required", dialect);
  if (textOf(body.query) === "") throw invalid("invalid request: query must be at least one token long", dialect);
  const documents = listOf(body.documents);
  if (documents.length === 0 || !documents.every((one) => typeof one === "string"))
    throw invalid("invalid request: list of documents must be strings, and not empty", dialect);
}
