import type { Ask } from "../../core/ask.ts";
import type { JsonObject } from "../../core/json.ts";
import { characters } from "../../core/sound.ts";
import { reworded } from "../ai-sdk.ts";
import { speechWords, wholeSound } from "../ai-sdk-speech-model/relay.ts";
import { gatewayFields } from "../gateway-fields.ts";
import { decodeError, encodeError, encodeErrorFrame } from "../openai-chat/error.ts";
import { mustFit } from "../shape.ts";
import { HEARTBEAT } from "../sse.ts";
import type { Relay, Wire } from "../wire.ts";
import { relayAnswer, relayRequest, relayStream, retold } from "./relay.ts";
import { speechBody } from "./schema.ts";

const relay: Relay = { request: relayRequest, answer: relayAnswer, stream: relayStream, retold };

/**
 * OpenAI Speech: a text in, sound out, as bytes while they are made or in events.
 * https://platform.openai.com/docs/api-reference/audio/createSpeech
 */
export const openaiSpeech: Wire = {
  name: "openai-speech",
  operation: "speech",
  path: () => "/audio/speech",
  decodeError,
  isBinary: true,
  inbound: { read, encodeError, encodeErrorFrame, heartbeat: HEARTBEAT },
  relay,
  adapts: { "ai-sdk-speech-model": reworded("openai-speech", wholeSound(relay), speechWords) },
};

/** Tokens of sound that a character makes at the most: 21 a second, in which ten are spoken by who speaks slowly. */
const TOKENS_PER_CHARACTER = 2;

function read(body: JsonObject): Ask {
  mustFit(speechBody, body);
  const spoken = characters(body.input as string);
  const slowness = typeof body.speed === "number" && body.speed > 0 ? Math.max(1, 1 / body.speed) : 1;
  return {
    wire: "openai-speech",
    operation: "speech",
    body,
    most: { characters: spoken },
    model: body.model as string,
    stream: true,
    ...(body.stream_format === "sse" ? {} : { isBytes: true }),
    gateway: gatewayFields(body),
    needs: [],
    outputCap: Math.min(Math.ceil(spoken * TOKENS_PER_CHARACTER * slowness), Number.MAX_SAFE_INTEGER),
    hideReasoning: false,
  };
}
