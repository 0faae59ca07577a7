import { type About, type Answer, Refusal, type Vendor } from "./answer.ts";
import {
  bedrockClaude,
  checkCount,
  checkInvoke,
  checkRawPredict,
  countInvoked,
  inChunks,
  vertexClaude,
} from "./anthropic/hosted.ts";
import { answerMessages } from "./anthropic/messages.ts";
import { inputTokens, lastUserText as lastMessagesText } from "./anthropic/prompt.ts";
import type { PromptCache } from "./anthropic/prompt-cache.ts";
import { checkAlternation, checkMessages } from "./anthropic/rules.ts";
import { anthropic } from "./anthropic/vendor.ts";
import { answerConverse } from "./bedrock/converse.ts";
import { checkConverse, lastUserText as lastConverseText } from "./bedrock/prompt.ts";
import { bedrock } from "./bedrock/vendor.ts";
import { BESIDE } from "./beside.ts";
import { cohere } from "./cohere/vendor.ts";
import { answerGenerate } from "./gemini/generate.ts";
import { answerImage, wantsImage } from "./gemini/images.ts";
import { promptTokens as contentTokens, lastUserText as lastContentsText } from "./gemini/prompt.ts";
import { checkGenerate, counted } from "./gemini/rules.ts";
import { gemini } from "./gemini/vendor.ts";
import type { HttpRequest } from "./http.ts";
import { IMAGING } from "./imaging.ts";
import { isObject, type Json, type JsonObject, objectsOf, textOf } from "./json.ts";
import { anthropicModels, openaiModels } from "./models.ts";
import { filesIn, formAsked } from "./multipart.ts";
import { answerChat } from "./openai/chat.ts";
import { checkChat, checkNineLetters } from "./openai/chat-rules.ts";
import { answerEmbeddings, embeddedText } from "./openai/embeddings.ts";
import { checkEmbeddings } from "./openai/embeddings-rules.ts";
import { lastUserText as lastChatText, promptTokens } from "./openai/prompt.ts";
import { answerResponses, asChat, compacted } from "./openai/responses.ts";
import { checkInputTokens, checkResponses } from "./openai/responses-rules.ts";
import { answerSpeech, checkSpeech } from "./openai/speech.ts";
import { answerTranscription, checkTranscription } from "./openai/transcriptions.ts";
import { OWN_PATH, openai, openaiResponses } from "./openai/vendor.ts";
import type { Step } from "./playback.ts";
import { type Scenario, type Scenarios, UnreadableDirective } from "./scenario.ts";
import { isStreamed, type Progress, refused, script } from "./script.ts";

/** What the simulator remembers from one request to the next. */
export interface Memory {
  scenarios: Scenarios;
  cache: PromptCache;
  /** What was said up to each response that was to be kept, by its id. */
  responses: Map<string, Json[]>;
}

/** One thing a provider can be asked for. */
export interface Operation {
  vendor: Vendor;
  method: "GET" | "POST";
  /** The end of its path; what comes before is the operator's choice. */
  path: string;
  /**
   * `said`: the body as it came, before what the path says was laid over it; a form with its files.
   * @throws {Refusal} for what the provider would not take.
   */
  check?(body: JsonObject, request: HttpRequest, said: JsonObject): void;
  /** The text that may hold directives. */
  text?(body: JsonObject): string;
  answer(body: JsonObject, scenario: Scenario, memory: Memory, said: JsonObject): Answer;
}

const OPERATIONS: readonly Operation[] = [
  {
    vendor: openai,
    method: "POST",
    path: "/chat/completions",
    check(body, request) {
      checkChat(body, OWN_PATH.test(request.path));
      if (request.path.startsWith("/mistral/")) checkNineLetters(body);
    },
    text: (body) => lastChatText(objectsOf(body.messages)),
    answer: answerChat,
  },
  {
    vendor: openaiResponses,
    method: "POST",
    path: "/responses/compact",
    check: (body) => checkResponses({ input: [], ...body }),
    answer: (body, _scenario, memory) => fixed(compacted(body, memory.responses)),
  },
  {
    vendor: openaiResponses,
    method: "POST",
    path: "/responses/input_tokens",
    check: checkInputTokens,
    answer: (body) => fixed({ object: "response.input_tokens", input_tokens: promptTokens(asChat(body)) }),
  },
  {
    vendor: openaiResponses,
    method: "POST",
    path: "/responses",
    check: checkResponses,
    text: (body) => lastChatText(objectsOf(asChat(body).messages)),
    answer: (body, scenario, memory) => answerResponses(body, scenario, memory.responses),
  },
  {
    vendor: anthropic,
    method: "POST",
    path: "/messages",
    check: (body, request) => checkMessages(body, request.headers),
    text: (body) => lastMessagesText(objectsOf(body.messages)),
    answer(body, scenario, memory) {
      checkAlternation(body, scenario);
      return answerMessages(body, scenario, memory.cache);
    },
  },
  {
    vendor: openai,
    method: "POST",
    path: "/embeddings",
    check: (body, request) => checkEmbeddings(body, OWN_PATH.test(request.path)),
    text: embeddedText,
    answer: answerEmbeddings,
  },
  {
    vendor: openai,
    method: "POST",
    path: "/audio/speech",
    check: (body, request) => checkSpeech(body, OWN_PATH.test(request.path)),
    text: (body) => textOf(body.input),
    answer: answerSpeech,
  },
  ...(["transcribe", "translate"] as const).map(
    (task): Operation => ({
      vendor: openai,
      method: "POST",
      path: task === "transcribe" ? "/audio/transcriptions" : "/audio/translations",
      check: (body, request, said) => checkTranscription(body, filesIn(said), OWN_PATH.test(request.path)),
      text: (body) => textOf(body.prompt),
      answer: (body, scenario, _memory, said) => answerTranscription(body, filesIn(said), scenario, task),
    }),
  ),
  ...BESIDE,
  {
    vendor: anthropic,
    method: "POST",
    path: "/messages/count_tokens",
    check: (body, request) => checkMessages({ ...body, max_tokens: 1 }, request.headers),
    answer: (body) => fixed({ input_tokens: inputTokens(body) }),
  },
  {
    vendor: vertexClaude,
    method: "POST",
    path: "/count-tokens:rawPredict",
    check: (_body, request, said) => checkCount(said, request.headers),
    answer: (body) => fixed({ input_tokens: inputTokens(body) }),
  },
  ...[":rawPredict", ":streamRawPredict"].map(
    (path): Operation => ({
      vendor: vertexClaude,
      method: "POST",
      path,
      check: (_body, request, said) => checkRawPredict(said, request.headers, path.includes("stream")),
      text: (body) => lastMessagesText(objectsOf(body.messages)),
      answer: (body, scenario, memory) => answerMessages(body, scenario, memory.cache),
    }),
  ),
  ...["/invoke", "/invoke-with-response-stream"].map(
    (path): Operation => ({
      vendor: bedrockClaude,
      method: "POST",
      path,
      check: (_body, _request, said) => checkInvoke(said),
      text: (body) => lastMessagesText(objectsOf(body.messages)),
      answer: (body, scenario, memory) => inChunks(answerMessages(body, scenario, memory.cache)),
    }),
  ),
  {
    vendor: bedrockClaude,
    method: "POST",
    path: "/count-tokens",
    answer: (body) => fixed(countInvoked(body)),
  },
  ...["/converse", "/converse-stream"].map(
    (path): Operation => ({
      vendor: bedrock,
      method: "POST",
      path,
      check: checkConverse,
      text: (body) => lastConverseText(objectsOf(body.messages)),
      answer: answerConverse,
    }),
  ),
  ...[":generateContent", ":streamGenerateContent"].map(
    (path): Operation => ({
      vendor: gemini,
      method: "POST",
      path,
      check: checkGenerate,
      text: (body) => lastContentsText(objectsOf(body.contents)),
      answer: (body, scenario) => (wantsImage(body) ? answerImage : answerGenerate)(body, scenario),
    }),
  ),
  {
    vendor: gemini,
    method: "POST",
    path: ":countTokens",
    check: (body, _request, said) => checkGenerate({ ...counted(said), model: body.model }),
    answer: (_body, _scenario, _memory, said) => fixed({ totalTokens: contentTokens(counted(said)) }),
  },
  ...IMAGING,
  { vendor: openai, method: "GET", path: "/models", answer: () => fixed(openaiModels()) },
  { vendor: anthropic, method: "GET", path: "/models", answer: () => fixed(anthropicModels()) },
];

/** Google and Bedrock have the model, and whether to stream, in the path. */
const RAW_PREDICT = /\/models\/([^/:]+):(rawPredict|streamRawPredict)$/;
const INVOKE = /\/model\/([^/]+)\/(invoke|invoke-with-response-stream|count-tokens)$/;
const GENERATE = /\/models\/([^/:]+):(generateContent|streamGenerateContent|countTokens)$/;
const CONVERSE = /\/model\/([^/]+)\/(converse|converse-stream)$/;

/** What is done on the connection for this request. `body` is its JSON, `undefined` where it is none. */
export function play(
  request: HttpRequest,
  body: Json | undefined,
  memory: Memory,
  progress: Progress,
): Iterator<Step, void> {
  const { method, path, keep } = request;
  const vendor = vendorOf(request);
  const inPath =
    [GENERATE, CONVERSE, RAW_PREDICT, INVOKE].map((way) => way.exec(path)).find((found) => found !== null) ?? null;
  const model = inPath?.[1]?.replaceAll("%3A", ":") ?? (isObject(body) ? textOf(body.model) : "");
  const about: About = { scenario: {}, model, method, path, keep };
  try {
    vendor.admit(request.headers);
    const here = OPERATIONS.filter((one) => one.vendor === vendor && path.endsWith(one.path));
    const operation = here.find((one) => one.method === method);
    if (operation === undefined) throw vendor.refusal(here.length > 0 ? 405 : 404, { ...about, model: "" });
    if (operation.method === "POST" && !isObject(body)) throw vendor.notJson();
    const said = formAsked(request) ?? (isObject(body) ? body : {});
    const asked =
      inPath === null ? (isObject(body) ? body : {}) : { ...said, model, stream: inPath[2]!.includes("stream") };
    operation.check?.(asked, request, said);
    about.scenario = memory.scenarios.of(operation.text?.(asked) ?? "", { model, path });
    const answer = operation.answer(asked, about.scenario, memory, said);
    if (answer.pieces === Number.POSITIVE_INFINITY && !isStreamed(answer, about.scenario)) {
      throw vendor.unreadable("'tokens=endless' needs a stream.");
    }
    return script(answer, vendor, about, progress);
  } catch (error) {
    if (error instanceof Refusal) return refused(error, vendor, keep, progress);
    if (error instanceof UnreadableDirective) return refused(vendor.unreadable(error.message), vendor, keep, progress);
    throw error;
  }
}

function vendorOf({ path, headers }: HttpRequest): Vendor {
  if (path.endsWith("/chat/completions") || path.endsWith("/embeddings")) return openai;
  if (path.endsWith("/rerank")) return cohere;
  if (/\/responses(\/(compact|input_tokens))?$/.test(path)) return openaiResponses;
  if (GENERATE.test(path)) return gemini;
  if (CONVERSE.test(path)) return bedrock;
  if (RAW_PREDICT.test(path)) return vertexClaude;
  if (INVOKE.test(path)) return bedrockClaude;
  const speaks = headers["anthropic-version"] ?? headers["x-api-key"];
  return path.includes("/messages") || speaks !== undefined ? anthropic : openai;
}

function fixed(value: JsonObject): Answer {
  return {
    streamed: false,
    pieces: 0,
    promptTokens: 0,
    plain: () => JSON.stringify(value),
    stream() {
      throw new Error("This is never streamed.");
    },
  };
}
