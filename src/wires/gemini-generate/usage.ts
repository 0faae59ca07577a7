import { isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { count, type Meter, partsWithin, type Usage } from "../../core/usage.ts";

/**
 * Gemini's `usageMetadata` in our meters. The prompt includes what was read from the cache; what tools of Google's own read
 * is counted beside it, and thinking beside the candidates. https://ai.google.dev/api/generate-content#UsageMetadata
 */
export function decodeUsage(raw: JsonObject): Usage {
  const prompt = count(raw.promptTokenCount);
  const tools = count(raw.toolUsePromptTokenCount);
  const input = prompt === undefined ? undefined : count(prompt + (tools ?? 0));
  const thought = count(raw.thoughtsTokenCount);
  const heard = modality(raw.promptTokensDetails, "AUDIO");
  // Audio that was read from the cache is priced as that.
  const cachedAudio = modality(raw.cacheTokensDetails, "AUDIO") ?? 0;
  // Every chunk has a report: no member is written that would have to be taken out again.
  const usage: Usage = {};
  const tell = (meter: Meter, tokens: number | undefined) => {
    if (tokens !== undefined) usage[meter] = tokens;
  };
  tell("input", input);
  tell("cache_read", count(raw.cachedContentTokenCount));
  tell("audio_input", heard === undefined ? undefined : Math.max(0, heard - cachedAudio));
  tell("output", outputOf(raw, input, thought));
  tell("reasoning", thought);
  tell("audio_output", modality(raw.candidatesTokensDetails, "AUDIO"));
  tell("image_output", modality(raw.candidatesTokensDetails, "IMAGE"));
  return partsWithin(usage);
}

/** All that was written. Where an answer has no text, its count is left out rather than told as zero: the total tells it. */
function outputOf(raw: JsonObject, input: number | undefined, thought: number | undefined): number | undefined {
  const said = count(raw.candidatesTokenCount);
  if (said !== undefined || thought !== undefined) return count((said ?? 0) + (thought ?? 0));
  const total = count(raw.totalTokenCount);
  return total === undefined || input === undefined ? undefined : Math.max(0, total - input);
}

function modality(details: JsonValue | undefined, name: string): number | undefined {
  if (!Array.isArray(details)) return undefined;
  const found = details.find((detail) => isObject(detail) && detail.modality === name);
  return isObject(found) ? count(found.tokenCount) : undefined;
}
