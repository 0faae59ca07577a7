import type { Closing } from "../core/closing.ts";
import { isObject, type JsonObject, type JsonValue, objectAt, present } from "../core/json.ts";
import type { Readings } from "../core/readings.ts";
import { strangeIn } from "../core/strange-usage.ts";
import { count, type Usage } from "../core/usage.ts";

/**
 * What was used to speak or to listen: tokens, seconds, or both (`prompt_audio_seconds`, as Mistral says it). Absent is not told.
 * https://platform.openai.com/docs/api-reference/audio/json-object
 */
export function decodeSoundUsage(usage: JsonObject): Usage {
  const details = objectAt(usage.input_token_details) ?? objectAt(usage.prompt_tokens_details);
  return present({
    input: count(usage.input_tokens) ?? count(usage.prompt_tokens),
    output: count(usage.output_tokens) ?? count(usage.completion_tokens),
    audio_input: count(details?.audio_tokens),
    seconds: begun(usage.seconds) ?? begun(usage.prompt_audio_seconds),
  });
}

/** Reads what a provider said it used. Nonsense is kept as well, since somebody should hear of it. */
export function reportSoundUsage(readings: Readings, usage: JsonValue | undefined): void {
  if (!isObject(usage)) return;
  const told = decodeSoundUsage(usage);
  if (Object.keys(told).length > 0 || strangeIn(usage) !== undefined) readings.report(told, usage);
}

/** The usage of an answer whose provider told none. */
export function encodeSoundUsage({ usage }: Closing): JsonObject | undefined {
  if (usage?.input === undefined || usage.output === undefined) {
    return usage?.seconds === undefined ? undefined : { type: "duration", seconds: usage.seconds };
  }
  const { input, output } = usage;
  return { type: "tokens", input_tokens: input, output_tokens: output, total_tokens: input + output };
}

/** Whole seconds: a vendor that tells parts of them counts what has begun. */
function begun(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && value >= 0 && Number.isSafeInteger(Math.ceil(value))
    ? Math.ceil(value)
    : undefined;
}
