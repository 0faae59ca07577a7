import { fromByteText } from "../../core/byte-text.ts";
import { type JsonObject, present } from "../../core/json.ts";
import { strangersIn, type Words } from "../ai-sdk.ts";
import type { Relay } from "../wire.ts";
import { speechCall } from "./schema.ts";

const NAMED = ["text", "voice", "outputFormat", "instructions", "speed", "providerOptions"];

/** OpenAI wants one to be named; its provider of the AI SDK says this one: https://github.com/vercel/ai/blob/main/packages/openai/src/speech/openai-speech-model.ts */
const USUAL_VOICE = "alloy";

/** `doGenerate` of a speech model in the words of OpenAI's, which has none for a language: it hears it in the text. */
export const speechWords: Words = {
  shape: speechCall,
  request(body) {
    const { text, voice, outputFormat, instructions, speed } = body;
    const asked: JsonObject = present({
      input: text,
      voice: voice ?? USUAL_VOICE,
      response_format: outputFormat ?? undefined,
      instructions: instructions ?? undefined,
      speed: speed ?? undefined,
    });
    return { body: asked, dropped: strangersIn(body, NAMED) };
  },
  reply: ({ audio = "" }) => ({ audio }),
};

/** A wire whose answers are sound, for who wants all of it at once, in base64. */
export function wholeSound({ request, stream, retold }: Relay): Relay {
  return {
    request: (ask, leg) => request({ ...ask, isBytes: true }, leg),
    answer(answer, told, stamp, readings) {
      const ask = { ...told, isBytes: true } as const;
      // Some tell sound in JSON.
      const isJson = retold !== undefined && /json/i.test(readings.contentType ?? "");
      const bytes = isJson ? retold(answer, ask, readings) : answer;
      const sound = stream!(ask, stamp, readings);
      sound.push(bytes);
      sound.end();
      if (readings.error !== undefined) throw readings.error;
      // The reply is JSON.
      readings.contentType = undefined;
      return () => JSON.stringify({ audio: fromByteText(bytes).toString("base64") });
    },
  };
}
