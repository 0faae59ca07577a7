import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/error.ts";
import { answerOf } from "./support/answers.ts";
import {
  COMPACTED,
  CONVERSE,
  EXCHANGES,
  type Exchange,
  everything,
  FRAMED_OTHERWISE,
  IMAGES,
  isThere,
  RESPONSES,
  TEXTS,
} from "./support/exchanges.ts";

/** Every recording is under test here, or belongs to an API that does not exist here yet: nothing is left out by oversight. */

/** APIs that no wire of this gateway speaks yet: whose they are. */
const LATER: Record<string, string> = {
  // Other operations: each has a small codec of its own.
  "audio.speech": "bytes, and forms: shown in sound.test.ts",
  "audio.transcriptions": "bytes, and forms: shown in sound.test.ts",
  "audio.translations": "bytes, and forms: shown in sound.test.ts",
  predict: "embeddings of Vertex",
  embedContent: "embeddings of Gemini",
  batchEmbedContents: "embeddings of Gemini",
  "api.embed": "embeddings of Ollama, in its own format",
  "api.embeddings": "embeddings of Ollama, in its own format",
  "embed.v2": "embeddings of Cohere",
  batches: "batches",
  "messages.batches": "batches",
  // What a provider keeps in its account, which is shared here.
  cachedContents: "caches in an account",
  interactions: "conversations in an account",
  "responses.retrieve": "answers in an account",
  // Counting and listing, which have no stream of events: `gateway/count.ts` and the catalogue.
  "messages.count_tokens": "counting",
  "responses.input_tokens": "counting",
  countTokens: "counting",
  "count-tokens": "counting",
  models: "listing",
  // Formats that their vendors have replaced by one that is spoken here, or that only their own models have.
  complete: "text completions",
  "api.generate": "text completions",
  "generate.v1": "text completions",
  "text-generation": "text completions",
  text_stream: "text completions",
  "api.chat": "Ollama's own format: it speaks OpenAI's as well",
  "chat.v1": "Cohere's own format: it speaks OpenAI's as well",
  "chat.v2": "Cohere's own format: it speaks OpenAI's as well",
  chat: "a path that only Writer has",
  "apply-guardrail": "guardrails",
  invoke: "each model's own format at Bedrock: Claude's stands in hosted.test.ts, to the others Converse is spoken",
  "invoke-with-response-stream":
    "each model's own format at Bedrock: Claude's stands in hosted.test.ts, to the others Converse is spoken",
};

/** Answers that are none for a reader of this gateway, and why. A row that can be read after all fails. */
const UNREAD: Record<string, string> = {
  "gemini/langchaingo--TestGoogleAIGenerateContentWithMultipleMessages": "one JSON array, not SSE: never asked for",
  "gemini/langchaingo--TestGoogleAIToolCallResponse-1": "one JSON array, not SSE: never asked for",
  "gemini/langchaingo--TestGoogleAIWithStreaming": "one JSON array, not SSE: never asked for",
  "gemini/llm-gemini--test_nested_model_direct_reference": "one JSON array, not SSE: never asked for",
  "gemini/llm-gemini--test_tools-0": "one JSON array, not SSE: never asked for",
  "gemini/llm-gemini--test_tools-1": "one JSON array, not SSE: never asked for",
  "openai/pydantic-ai--test_background_mode_reasoning_vcr-0": "asked for in the background: queued",
  "openai/pydantic-ai--test_background_mode_with_tool_vcr-0": "asked for in the background: queued",
  "openai/pydantic-ai--test_background_mode_with_tool_vcr-2": "asked for in the background: queued",
};

const spoken = [...EXCHANGES, ...FRAMED_OTHERWISE, ...RESPONSES, ...CONVERSE];
const underTest = new Set([...spoken, ...COMPACTED, ...TEXTS, ...IMAGES].map(({ name }) => name));

if (isThere) {
  // Claude at Bedrock and Vertex AI has a suite of its own.
  const all = everything().filter(({ name, hosted }) => underTest.has(name) || !hosted);

  test("every exchange is under test, or of an API of a later issue", () => {
    const left = all.filter(({ name, api }) => !underTest.has(name) && LATER[api] === undefined);
    expect(left).toEqual([]);
  });

  test("no API is put off whose exchanges are under test, and none that nobody recorded", () => {
    const open = new Set(all.filter(({ name }) => !underTest.has(name)).map(({ api }) => api));
    expect(Object.keys(LATER).filter((api) => !open.has(api))).toEqual([]);
  });

  test("of what a wire speaks, every provider is there", () => {
    const providers = (list: readonly Exchange[]) => [...new Set(list.map(({ folder }) => folder))].sort();
    const of = (wire: string) => providers(spoken.filter((one) => one.wire.name === wire));
    const recorded = (...apis: string[]) =>
      [...new Set(all.filter(({ api }) => apis.includes(api)).map(({ provider }) => provider))].sort();
    expect(of("openai-chat")).toEqual(recorded("chat.completions"));
    expect(of("openai-responses")).toEqual(recorded("responses"));
    expect(of("anthropic-messages")).toEqual(
      expect.arrayContaining(recorded("messages", "rawPredict", "streamRawPredict")),
    );
    expect(of("gemini-generate")).toEqual(recorded("generateContent", "streamGenerateContent"));
    expect(of("bedrock-converse")).toEqual(recorded("converse", "converse-stream"));
  });

  test("an exchange is an answer or a refusal, and each is asked about", () => {
    expect(spoken.filter(({ status }) => status !== 200 && status < 400)).toEqual([]);
  });

  test("hardly anything cannot be read: less than one in a hundred", () => {
    expect(Object.keys(UNREAD).length).toBeLessThan(spoken.filter(({ wire }) => wire.outbound).length / 100);
  });
}

describe("what cannot be read is read as an error, not as an answer", () => {
  const unread = spoken.filter(({ name }) => UNREAD[name] !== undefined);
  test.each(unread.map((one) => [one.name, one] as const))("%s", (_, one) => {
    expect(answerOf(one)).toBeInstanceOf(GatewayError);
  });

  if (isThere)
    test("and the list has them all", () => {
      expect(unread.length).toBe(Object.keys(UNREAD).length);
      // An error that a provider told is one: it is not that it cannot be read.
      const told = spoken.filter(
        ({ name, status, features }) => status === 200 && !UNREAD[name] && !features.has("error_in_stream"),
      );
      expect(
        told.filter((one) => one.wire.outbound && answerOf(one) instanceof GatewayError).map(({ name }) => name),
      ).toEqual([]);
    });
});
