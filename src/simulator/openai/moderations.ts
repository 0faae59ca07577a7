import type { Answer } from "../answer.ts";
import { hash, moderationId } from "../chance.ts";
import { type Json, type JsonObject, objectOr, textOf } from "../json.ts";
import type { Scenario } from "../scenario.ts";
import { countTokens } from "../tokens.ts";
import { missing, refuseGateways, refuseUnknown, wrongType } from "./complaints.ts";
import { invalid } from "./vendor.ts";

const OPENAIS = (
  "harassment harassment/threatening hate hate/threatening illicit illicit/violent self-harm self-harm/instructions " +
  "self-harm/intent sexual sexual/minors violence violence/graphic"
).split(" ");
const MISTRALS =
  "sexual hate_and_discrimination violence_and_threats dangerous_and_criminal_content selfharm health financial law pii".split(
    " ",
  );
/** Words by which anything is found, and what. */
const SUSPICIOUS: readonly [RegExp, RegExp][] = [
  [/\b(kill|attack)/i, /^violence/],
  [/\bhate/i, /^hate/],
];

/** What is found in each input. Mistral tells what was found and leaves it to others to flag it: `isMistral`. */
export function answerModerations(body: JsonObject, _scenario: Scenario, isMistral: boolean): Answer {
  const inputs = inputsOf(body.input);
  const tokens = inputs.reduce((sum, one) => sum + countTokens(one), 0);
  const names = isMistral ? MISTRALS : OPENAIS;
  return {
    streamed: false,
    pieces: inputs.length,
    promptTokens: tokens,
    plain() {
      const results = inputs.map((input) => {
        const found = names.filter((name) => SUSPICIOUS.some(([word, kind]) => word.test(input) && kind.test(name)));
        const categories = Object.fromEntries(names.map((name) => [name, found.includes(name)]));
        const scores = names.map((name) => [
          name,
          (hash(name + input) % 1000) / 1e6 + (found.includes(name) ? 0.9 : 0),
        ]);
        const category_scores = Object.fromEntries(scores);
        const applied = Object.fromEntries(names.map((name) => [name, ["text"]]));
        return isMistral
          ? { categories, category_scores }
          : { flagged: found.length > 0, categories, category_scores, category_applied_input_types: applied };
      });
      const usage = { prompt_tokens: tokens, total_tokens: tokens, completion_tokens: 0 };
      const told = isMistral ? { usage } : {};
      return `${JSON.stringify({ id: moderationId(), model: textOf(body.model), results, ...told }, null, 2)}\n`;
    },
    stream() {
      throw new Error("Moderations are never streamed.");
    },
  };
}

/** @throws {Refusal} */
export function checkModerations(body: JsonObject, strict: boolean): void {
  if (textOf(body.model) === "") throw invalid("you must provide a model parameter");
  if (strict) refuseUnknown(body, new Set(["model", "input"]));
  else refuseGateways(body);
  const { input } = body;
  if (input === undefined) throw missing("input");
  if (typeof input !== "string" && !Array.isArray(input)) throw wrongType("input", "a string or an array", input);
  if (!strict && Array.isArray(input) && !input.every((one) => typeof one === "string"))
    throw wrongType("input", "an array of strings", input);
}

/** The text in which directives are looked for. */
export function moderatedText(body: JsonObject): string {
  return inputsOf(body.input).join("\n");
}

/** A list of parts is one input. */
function inputsOf(input: Json | undefined): string[] {
  if (!Array.isArray(input)) return [textOf(input)];
  if (typeof input[0] === "string") return input.map(textOf);
  return [input.map((part) => textOf(objectOr(part, {}).text)).join("\n")];
}
