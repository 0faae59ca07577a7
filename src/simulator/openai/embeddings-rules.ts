import { type Json, type JsonObject, textOf } from "../json.ts";
import { refuseGateways, refuseUnknown, wrongType } from "./complaints.ts";
import { invalid } from "./vendor.ts";

const EMBEDDING_MEMBERS = new Set("input model dimensions encoding_format user".split(" "));

/**
 * What the API refuses of a request for embeddings. Not `strict` is another vendor, with members of its own.
 *
 * @throws {Refusal}
 */
export function checkEmbeddings(body: JsonObject, strict = true): void {
  if (textOf(body.model) === "") throw invalid("you must provide a model parameter");
  if (strict) refuseUnknown(body, EMBEDDING_MEMBERS);
  else refuseGateways(body);
  const { input, dimensions, encoding_format: format } = body;
  const inputs = Array.isArray(input) ? input : [input];
  if (inputs.length === 0 || !inputs.every((one) => typeof one === "string" || isTokens(one))) {
    throw invalid(
      "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
    );
  }
  if (inputs.includes("")) throw invalid("Invalid 'input': input cannot be an empty string.", "input");
  if (inputs.length > 2048 && typeof inputs[0] !== "number") {
    throw invalid(
      `Invalid 'input': array too long. Expected an array with maximum length 2048, but got an array with length ${inputs.length} instead.`,
      "input",
      "array_above_max_length",
    );
  }
  if (format !== undefined && format !== null && format !== "float" && format !== "base64") {
    throw invalid(
      `Invalid value: '${textOf(format)}'. Supported values are: 'float' and 'base64'.`,
      "encoding_format",
      "invalid_value",
    );
  }
  if (dimensions === undefined) return;
  if (textOf(body.model).includes("ada-002")) throw invalid("This model does not support specifying dimensions.");
  if (!Number.isInteger(dimensions)) throw wrongType("dimensions", "an integer", dimensions);
  if (Number(dimensions) < 1) throw invalid(`${dimensions} is less than the minimum of 1 - 'dimensions'`);
}

function isTokens(value: Json | undefined): boolean {
  return Number.isInteger(value) || (Array.isArray(value) && value.length > 0 && value.every(Number.isInteger));
}
