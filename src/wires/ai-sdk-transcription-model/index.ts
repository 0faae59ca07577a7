import { inboundOf } from "../ai-sdk.ts";
import { openaiTranscriptions } from "../openai-transcriptions/index.ts";
import type { Wire } from "../wire.ts";
import { transcribeWords } from "./relay.ts";

const name = "ai-sdk-transcription-model";

/** The AI SDK's transcriptions, which OpenAI's wire says for it. Clients speak it, no provider does. */
export const aiSdkTranscriptionModel: Wire = {
  name,
  operation: "transcribe",
  path: () => "/transcription-model",
  decodeError: openaiTranscriptions.decodeError,
  inbound: { ...inboundOf(name, transcribeWords, openaiTranscriptions.inbound!), isBase64: true },
};
