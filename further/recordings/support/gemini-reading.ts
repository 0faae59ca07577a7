import type { JsonObject } from "../../../src/core/json.ts";
import type { Usage } from "../../../src/core/usage.ts";
import { blank, type Reading } from "./reading.ts";

// biome-ignore lint/suspicious/noExplicitAny: somebody else's JSON, read where it is expected
type Loose = any;

/** Gemini's chunks, or its whole answer as one, read by hand. */
export function geminiReading(chunks: readonly Loose[]): Reading {
  const reading = blank();
  const signed: { thought: boolean; value: string }[] = [];
  for (const chunk of chunks) {
    if (chunk.error) return { ...reading, error: chunk.error.message };
    if (chunk.usageMetadata) reading.usage = { ...reading.usage, ...chunk.usageMetadata };
    const candidate = chunk.candidates?.[0];
    const word = candidate?.finishReason ?? chunk.promptFeedback?.blockReason;
    if (word) reading.finish = String(word);
    for (const { text, thought = false, thoughtSignature, functionCall, inlineData } of candidate?.content?.parts ??
      []) {
      if (thought) reading.reasoning += text ?? "";
      else reading.text += text ?? "";
      // What only Gemini can say keeps its proof with it.
      const own = text !== undefined || functionCall !== undefined || inlineData !== undefined;
      if (thoughtSignature && own) signed.push({ thought, value: thoughtSignature });
      if (functionCall === undefined) continue;
      // A call without an id gets one of the answer's.
      const id = functionCall.id || `call_${chunk.responseId}_${reading.calls.length}`;
      reading.calls.push({ id, name: functionCall.name, args: JSON.stringify(functionCall.args ?? {}) });
    }
  }
  reading.proofs = signed.toSorted((a, b) => Number(b.thought) - Number(a.thought)).map(({ value }) => value);
  return reading;
}

/** Searches of the web: each is billed since Gemini 3, once and where it is not empty, one a prompt before. */
export function geminiSearches(chunks: readonly Loose[]): number | undefined {
  const told = chunks.flatMap(({ candidates }) => candidates?.[0]?.groundingMetadata?.webSearchQueries ?? []);
  const old = /gemini-[12]\b/.test(chunks.find(({ modelVersion }) => modelVersion)?.modelVersion);
  const billed = new Set(told.filter((query) => query !== "")).size;
  return billed === 0 ? undefined : old ? 1 : billed;
}

const number = (value: unknown) => (typeof value === "number" ? value : undefined);

export function geminiMeters(raw: JsonObject): Usage {
  const prompt = number(raw.promptTokenCount);
  const input = prompt === undefined ? undefined : prompt + (number(raw.toolUsePromptTokenCount) ?? 0);
  const of = (details: Loose, modality: string) =>
    details?.find((each: Loose) => each.modality === modality)?.tokenCount;
  const heard = of(raw.promptTokensDetails, "AUDIO");
  // One answer tells what was written, and neither what was read nor a total.
  const said = [raw.candidatesTokenCount, raw.thoughtsTokenCount].filter((each) => typeof each === "number");
  return {
    input,
    output:
      number(raw.totalTokenCount) === undefined || input === undefined
        ? said.length === 0
          ? undefined
          : said.reduce((sum, one) => sum + one, 0)
        : number(raw.totalTokenCount)! - input,
    cache_read: number(raw.cachedContentTokenCount),
    reasoning: number(raw.thoughtsTokenCount),
    audio_input: heard === undefined ? undefined : heard - (of(raw.cacheTokensDetails, "AUDIO") ?? 0),
    audio_output: of(raw.candidatesTokensDetails, "AUDIO"),
    image_output: of(raw.candidatesTokensDetails, "IMAGE"),
  } as Usage;
}
