import { arrayAt, type JsonObject, objectAt, present } from "../../core/json.ts";
import { strangersIn, type Words } from "../ai-sdk.ts";
import { embedBody } from "./schema.ts";

const NAMED = ["values", "input", "dimensions", "providerOptions"];

/** `doEmbed` in the words of OpenAI's embeddings: vectors are lists of numbers, in the order of the values. */
export const embedWords: Words = {
  shape: embedBody,
  request(body) {
    const { values, input, dimensions } = body;
    const asked = { input: values ?? input, encoding_format: "float", dimensions: dimensions ?? undefined };
    return { body: present(asked), dropped: strangersIn(body, NAMED) };
  },
  reply({ data }, { usage }) {
    const entries = (arrayAt(data) ?? []).map((entry) => objectAt(entry) ?? {});
    const at = ({ index }: JsonObject) => (typeof index === "number" ? index : 0);
    const embeddings = entries.sort((a, b) => at(a) - at(b)).map(({ embedding }) => embedding ?? []);
    return usage?.input === undefined ? { embeddings } : { embeddings, usage: { tokens: usage.input } };
  },
};
