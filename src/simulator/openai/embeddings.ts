import type { Answer } from "../answer.ts";
import { hash, sequence } from "../chance.ts";
import { type Json, type JsonObject, numberOf, textOf } from "../json.ts";
import { snapshotOf } from "../models.ts";
import type { Scenario } from "../scenario.ts";
import { countTokens } from "../tokens.ts";

/** What OpenAI answers to a request for embeddings. */
export function answerEmbeddings(body: JsonObject, scenario: Scenario): Answer {
  const model = textOf(body.model);
  const inputs = inputsOf(body.input);
  const tokens = inputs.reduce<number>(
    (sum, one) => sum + (typeof one === "string" ? countTokens(one) : one.length),
    0,
  );
  const dimensions = numberOf(body.dimensions) ?? numberOf(body.output_dimension) ?? dimensionsOf(model);
  return {
    streamed: false,
    pieces: inputs.length,
    promptTokens: tokens,
    plain() {
      const data = inputs.map((input, index) => {
        const vector = vectorOf(String(input), dimensions);
        return {
          object: "embedding",
          index,
          embedding: body.encoding_format === "base64" ? base64(vector) : decimals(vector),
        };
      });
      const usage = scenario["no-usage"] ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } };
      return `${JSON.stringify({ object: "list", data, model: snapshotOf(model), ...usage }, null, 2)}\n`;
    },
    stream() {
      throw new Error("Embeddings are never streamed.");
    },
  };
}

/** The text in which directives are looked for: all strings of the input. */
export function embeddedText(body: JsonObject): string {
  return inputsOf(body.input)
    .filter((one) => typeof one === "string")
    .join("\n");
}

/** How long the vectors of this model are. */
export function dimensionsOf(model: string): number {
  return model.includes("large") ? 3072 : 1536;
}

/** The vector of a text: of length 1, and the same on every machine. A shorter one is the beginning of the longer. */
export function vectorOf(text: string, dimensions: number): Float32Array<ArrayBuffer> {
  const next = sequence(hash(text));
  const vector = new Float32Array(dimensions);
  let square = 0;
  for (let i = 0; i < dimensions; i++) {
    const value = next() * 2 - 1;
    vector[i] = value;
    square += value * value;
  }
  const length = Math.sqrt(square);
  for (let i = 0; i < dimensions; i++) vector[i] = (vector[i] as number) / length;
  return vector;
}

function inputsOf(input: Json | undefined): (string | number[])[] {
  if (typeof input === "string") return [input];
  if (!Array.isArray(input)) return [];
  if (typeof input[0] === "number") return [input as number[]];
  return input as (string | number[])[];
}

/** Little-endian on the wire, whatever the machine. */
function base64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, i * 4);
  return bytes.toString("base64");
}

/** As many digits as a 32-bit float has. */
function decimals(vector: Float32Array): number[] {
  return Array.from(vector, (value) => Number(value.toPrecision(9)));
}
