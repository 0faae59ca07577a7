import { type JsonObject, objectOr, objectsOf, textOf } from "../json.ts";
import { partsOf } from "./prompt.ts";
import { signCall } from "./signature.ts";
import { invalid } from "./vendor.ts";

/** Stands for a signature where a call was made by nobody who signs. */
const UNSIGNED = "skip_thought_signature_validator";

const COUNTS =
  "Please ensure that the number of function response parts is equal to the number of function call parts of the function" +
  " call turn.";

/** @throws {Refusal} for what the API would not take. Messages are those of recordings of 2025 and 2026. */
export function checkGenerate(body: JsonObject): void {
  const contents = objectsOf(body.contents);
  if (contents.length === 0) throw invalid("* GenerateContentRequest.contents: contents is not specified\n");
  for (const [i, content] of contents.entries()) {
    const role = content.role ?? "user";
    if (role !== "user" && role !== "model") throw invalid("Please use a valid role: user, model.");
    if (partsOf(content).length === 0)
      throw invalid(`* GenerateContentRequest.contents[${i}].parts: contents.parts must not be empty.\n`);
    const calls = partsOf(content).filter(({ functionCall }) => functionCall !== undefined);
    const results = partsOf(contents[i + 1]).filter(({ functionResponse }) => functionResponse !== undefined);
    if (calls.length > 0 && results.length !== calls.length) throw invalid(COUNTS);
    checkSignatures(calls, textOf(body.model));
  }
}

/** What a request to count is about: a request for content, or its members alone, as Vertex AI has it. @throws {Refusal} */
export function counted(body: JsonObject): JsonObject {
  const { generateContentRequest: request, ...bare } = body;
  if (request === undefined) {
    const stray = Object.keys(bare).find((name) => !BARE.has(name));
    if (stray !== undefined)
      throw invalid(`Invalid JSON payload received. Unknown name "${stray}": Cannot find field.`);
    return bare;
  }
  const whole = objectOr(request, {});
  if (textOf(whole.model) === "") throw invalid("* CountTokensRequest.generate_content_request.model: must be given\n");
  return whole;
}

const BARE = new Set(["contents", "systemInstruction", "tools", "generationConfig"]);

/** From Gemini 3 on the first call of a turn must be signed, and by whom it says. */
function checkSignatures(calls: readonly JsonObject[], model: string): void {
  for (const [i, { functionCall, thoughtSignature }] of calls.entries()) {
    const call = objectOr(functionCall, {});
    const name = textOf(call.name);
    const signature = textOf(thoughtSignature);
    if (signature === "") {
      if (i > 0 || !/^gemini-[3-9]/.test(model)) continue;
      throw invalid(`Function call is missing a thought_signature in functionCall parts. function call \`${name}\``);
    }
    if (signature !== UNSIGNED && signature !== signCall(name, call.args))
      throw invalid("Thought signature is not valid.");
  }
}
