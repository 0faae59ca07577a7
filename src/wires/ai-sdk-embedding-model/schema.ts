import { anObject, array, integer, object, record, type Shape, stringOr, text } from "../shape.ts";

const texts = array(text, 1);
const fields = object({
  values: texts,
  input: stringOr(texts, "a string, or an array of strings"),
  dimensions: integer(1),
  providerOptions: record(anObject),
});

/**
 * What `doEmbed` sends: `values`; in the first edition `input`, which is a text where there is one of them.
 * https://github.com/vercel/ai/blob/main/packages/gateway/src/gateway-embedding-model.ts
 */
export const embedBody: Shape = (value) =>
  fields(value) ?? (valuesIn(value) === undefined ? { path: ["values"], expected: "given" } : undefined);

function valuesIn(value: Parameters<Shape>[0]): unknown {
  const { values, input } = value as { values?: unknown; input?: unknown };
  const given = values ?? input ?? undefined;
  return given === "" ? undefined : given;
}
