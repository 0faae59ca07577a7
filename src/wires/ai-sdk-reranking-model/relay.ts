import { arrayAt, type JsonObject, objectAt, present } from "../../core/json.ts";
import { strangersIn, type Words } from "../ai-sdk.ts";
import { rerankCall } from "./schema.ts";

const NAMED = ["documents", "query", "topN", "providerOptions"];

/** `doRerank` in the words of Cohere's. */
export const rerankWords: Words = {
  shape: rerankCall,
  request(body) {
    const { documents, query, topN } = body;
    const asked = { documents: objectAt(documents)?.values, query, top_n: topN ?? undefined };
    return { body: present(asked) as JsonObject, dropped: strangersIn(body, NAMED) };
  },
  reply({ results }) {
    const ranking = (arrayAt(results) ?? []).map((one) => {
      const { index, relevance_score } = objectAt(one) ?? {};
      return { index: index ?? 0, relevanceScore: relevance_score ?? 0 };
    });
    return { ranking };
  },
};
