import type { Ask, Upload } from "../../core/ask.ts";
import { GatewayError } from "../../core/error.ts";
import type { WireName } from "../../core/event.ts";
import { type JsonObject, objectAt } from "../../core/json.ts";
import { mostSeconds } from "../../core/sound.ts";
import { reworded } from "../ai-sdk.ts";
import { transcribeWords } from "../ai-sdk-transcription-model/relay.ts";
import { gatewayFields } from "../gateway-fields.ts";
import { decodeError, encodeError, encodeErrorFrame } from "../openai-chat/error.ts";
import { snake } from "../provider-options.ts";
import { mustFit, type Shape } from "../shape.ts";
import { HEARTBEAT } from "../sse.ts";
import type { Relay, Wire } from "../wire.ts";
import { relayAnswer, relayRequest, relayStream, retold } from "./relay.ts";
import { transcriptionBody, withOwnFields } from "./schema.ts";

const relay: Relay = { request: relayRequest, answer: relayAnswer, stream: relayStream, retold };

/**
 * OpenAI Transcriptions: a form with a sound file in, what is said in it out, whole or in events.
 * https://platform.openai.com/docs/api-reference/audio/createTranscription
 */
export const openaiTranscriptions: Wire = {
  name: "openai-transcriptions",
  operation: "transcribe",
  path: () => "/audio/transcriptions",
  decodeError,
  inbound: {
    read: (body, _headers, files) => readForm("openai-transcriptions", transcriptionBody, body, files),
    takesForms: true,
    encodeError,
    encodeErrorFrame,
    heartbeat: HEARTBEAT,
  },
  relay,
  adapts: { "ai-sdk-transcription-model": reworded("openai-transcriptions", relay, transcribeWords) },
};

/** Tokens that are written, and read, of a second of sound at the most: what OpenAI estimates at $0.006 a minute. */
const TOKENS_PER_SECOND = 10;

/** What a form asks for whose file is to be written down. @throws GatewayError `invalid_request` */
export function readForm(wire: WireName, shape: Shape, form: JsonObject, files: readonly Upload[] = []): Ask {
  const body = withOwnFields(form);
  mustFit(shape, body);
  const file = soundIn(body, files);
  const seconds = mostSeconds(file.bytes);
  return {
    wire,
    operation: "transcribe",
    body,
    files,
    most: { seconds },
    model: body.model as string,
    stream: wire === "openai-transcriptions" && (body.stream === "true" || body.stream === true),
    gateway: gatewayFields(body),
    needs: [],
    outputCap: seconds * TOKENS_PER_SECOND,
    hideReasoning: false,
  };
}

/**
 * How providers are told of sound that lies elsewhere: at an address, of whatever length, or in an account that is shared here.
 * https://docs.mistral.ai/studio/audio/speech-to-text/transcribe-files; `url` at Groq: https://newreleases.io/project/github/vercel/ai/release/@ai-sdk%2Fgroq@4.0.77
 */
const ELSEWHERE: ReadonlySet<string> = new Set(["file", "file_id", "file_url", "url"]);

/** Path of the first member, or option for a provider, that names other sound than came with the form. */
function soundElsewhere(body: JsonObject): string | undefined {
  const isElsewhere = (name: string) => ELSEWHERE.has(snake(name).replace("[]", ""));
  const member = Object.keys(body).find(isElsewhere);
  if (member !== undefined) return member;
  for (const [provider, options] of Object.entries(objectAt(body.providerOptions) ?? {})) {
    const option = provider === "gateway" ? undefined : Object.keys(objectAt(options) ?? {}).find(isElsewhere);
    if (option !== undefined) return `providerOptions.${provider}.${option}`;
  }
  return undefined;
}

/** The one file that a form must have. */
function soundIn(body: JsonObject, files: readonly Upload[]): Upload {
  const [file, ...others] = files.filter(({ field }) => field === "file");
  const stray = files.find(({ field }) => field !== "file");
  if (stray !== undefined) {
    const param = stray.field.slice(0, 100);
    throw new GatewayError("invalid_request", `The sound belongs in "file", not in ${JSON.stringify(param)}.`, {
      param,
    });
  }
  const elsewhere = soundElsewhere(body);
  if (elsewhere !== undefined && file !== undefined)
    throw new GatewayError(
      "unsupported",
      `${JSON.stringify(elsewhere)} is not supported: what is written down is the sound in "file" alone.`,
      { param: elsewhere },
    );
  const wrong = (message: string) => new GatewayError("invalid_request", message, { param: "file" });
  if (file === undefined && body.file !== undefined) throw wrong('"file" must be a file, with a name: it is a text.');
  if (file === undefined) throw wrong('"file" must be given: send a form (multipart/form-data) with the sound in it.');
  if (others.length > 0) throw wrong('"file" must be one file.');
  if (file.bytes.length === 0) throw wrong('"file" must not be empty.');
  return file;
}
