import { bedrockClaude } from "./anthropic/hosted.ts";
import { answerRerank, checkRerank, DIALECTS } from "./cohere/rerank.ts";
import { cohere, invalid } from "./cohere/vendor.ts";
import { isObject, type JsonObject, textOf } from "./json.ts";
import { answerCompletions, promptText } from "./openai/completions.ts";
import { checkCompletions } from "./openai/completions-rules.ts";
import { answerModerations, checkModerations, moderatedText } from "./openai/moderations.ts";
import { answerSpeech, checkSpeech } from "./openai/speech.ts";
import { OWN_PATH, openai } from "./openai/vendor.ts";
import type { Operation } from "./operations.ts";

/** What providers do with texts beside talking of them: they complete, judge and rank them. Behind chats, whose path ends as that of completions. */
export const BESIDE: readonly Operation[] = [
  {
    // xAI's speech.
    vendor: openai,
    method: "POST",
    path: "/tts",
    check: (body) => checkSpeech(inOpenais(body), false),
    text: (body) => textOf(body.text),
    answer: (body, scenario) => answerSpeech(inOpenais(body), scenario),
  },
  {
    vendor: openai,
    method: "POST",
    path: "/completions",
    check: (body, request) => checkCompletions(body, OWN_PATH.test(request.path)),
    text: promptText,
    answer: answerCompletions,
  },
  ...["/mistral/moderations", "/mistral/v1/moderations", "/moderations"].map(
    (path): Operation => ({
      vendor: openai,
      method: "POST",
      path,
      check: (body, request) => checkModerations(body, OWN_PATH.test(request.path)),
      text: moderatedText,
      answer: (body, scenario) => answerModerations(body, scenario, path.startsWith("/mistral")),
    }),
  ),
  {
    // Of Bedrock, which has the model in the path, and tells nothing but the ranking.
    vendor: bedrockClaude,
    method: "POST",
    path: "rerank-v3-5%3A0/invoke",
    check: (_body, _request, { api_version, ...said }) => {
      if (api_version !== 2) throw invalid("invalid request: api_version must be 2", "cohere");
      checkRerank({ ...said, model: "by path" }, "cohere");
    },
    text: (body) => textOf(body.query),
    answer: (body, scenario) => answerRerank(body, scenario, "bedrock"),
  },
  ...Object.entries(DIALECTS).map(
    ([path, dialect]): Operation => ({
      vendor: cohere,
      method: "POST",
      path,
      check: (body) => checkRerank(body, dialect),
      text: (body) => textOf(body.query),
      answer: (body, scenario) => answerRerank(body, scenario, dialect),
    }),
  ),
];

function inOpenais({ text, output_format: format, ...others }: JsonObject): JsonObject {
  const codec = isObject(format) ? format.codec : undefined;
  return { model: "grok-tts", ...others, input: text, ...(codec === undefined ? {} : { response_format: codec }) };
}
