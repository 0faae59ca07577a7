import { reworded } from "../ai-sdk.ts";
import { speechWords, wholeSound } from "../ai-sdk-speech-model/relay.ts";
import { decodeError } from "../openai-chat/error.ts";
import { relayAnswer, relayStream } from "../openai-speech/relay.ts";
import type { Relay, Wire } from "../wire.ts";
import { relayRequest } from "./relay.ts";

const codec: Relay = { request: relayRequest, answer: relayAnswer, stream: relayStream };

/** xAI's speech: OpenAI's in other words, sound in bytes as well. https://docs.x.ai/developers/model-capabilities/audio/text-to-speech */
export const xaiSpeech: Wire = {
  name: "xai-speech",
  operation: "speech",
  path: () => "/tts",
  decodeError,
  isBinary: true,
  adapts: {
    "openai-speech": codec,
    "ai-sdk-speech-model": reworded("openai-speech", wholeSound(codec), speechWords),
  },
};
