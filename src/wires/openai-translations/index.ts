import { decodeError, encodeError, encodeErrorFrame } from "../openai-chat/error.ts";
import { readForm } from "../openai-transcriptions/index.ts";
import { relayAnswer, relayRequest } from "../openai-transcriptions/relay.ts";
import { translationBody } from "../openai-transcriptions/schema.ts";
import { HEARTBEAT } from "../sse.ts";
import type { Wire } from "../wire.ts";

/**
 * OpenAI Translations: what is said in a sound file, in English.
 * https://platform.openai.com/docs/api-reference/audio/createTranslation
 */
export const openaiTranslations: Wire = {
  name: "openai-translations",
  operation: "transcribe",
  path: () => "/audio/translations",
  decodeError,
  inbound: {
    read: (body, _headers, files) => readForm("openai-translations", translationBody, body, files),
    takesForms: true,
    encodeError,
    encodeErrorFrame,
    heartbeat: HEARTBEAT,
  },
  relay: { request: relayRequest, answer: relayAnswer },
};
