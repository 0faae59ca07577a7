import { anObject, array, integer, object, record, string, tagged, text } from "../shape.ts";

/** https://github.com/vercel/ai/blob/main/packages/gateway/src/gateway-reranking-model.ts */
export const rerankCall = object(
  {
    documents: tagged(
      "type",
      {
        text: object({ values: array(string, 1) }, ["values"]),
        object: object({ values: array(anObject, 1) }, ["values"]),
      },
      true,
    ),
    query: text,
    topN: integer(1),
    providerOptions: record(anObject),
  },
  ["documents", "query"],
);
