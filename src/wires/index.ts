import type { WireName } from "../core/event.ts";
import { aiSdkEmbeddingModel } from "./ai-sdk-embedding-model/index.ts";
import { aiSdkImageEdits, aiSdkImageModel } from "./ai-sdk-image-model/index.ts";
import { aiSdkLanguageModel } from "./ai-sdk-language-model/index.ts";
import { aiSdkRerankingModel } from "./ai-sdk-reranking-model/index.ts";
import { aiSdkSpeechModel } from "./ai-sdk-speech-model/index.ts";
import { aiSdkTranscriptionModel } from "./ai-sdk-transcription-model/index.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { bedrockConverse } from "./bedrock-converse/index.ts";
import { bedrockRerank } from "./bedrock-rerank/index.ts";
import { cohereRerank } from "./cohere-rerank/index.ts";
import { geminiGenerate } from "./gemini-generate/index.ts";
import { geminiImages } from "./gemini-images/index.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiCompaction } from "./openai-compaction/index.ts";
import { openaiCompletions } from "./openai-completions/index.ts";
import { openaiEmbeddings } from "./openai-embeddings/index.ts";
import { openaiImageEdits } from "./openai-image-edits/index.ts";
import { openaiImages } from "./openai-images/index.ts";
import { openaiModerations } from "./openai-moderations/index.ts";
import { openaiResponses } from "./openai-responses/index.ts";
import { openaiSpeech } from "./openai-speech/index.ts";
import { openaiTranscriptions } from "./openai-transcriptions/index.ts";
import { openaiTranslations } from "./openai-translations/index.ts";
import { voyageRerank } from "./voyage-rerank/index.ts";
import type { Wire } from "./wire.ts";
import { xaiSpeech } from "./xai-speech/index.ts";

/** Every wire that is written. */
const TABLE: Partial<Record<WireName, Wire>> = {
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  "openai-compaction": openaiCompaction,
  "anthropic-messages": anthropicMessages,
  "ai-sdk-language-model": aiSdkLanguageModel,
  "gemini-generate": geminiGenerate,
  "bedrock-converse": bedrockConverse,
  "openai-embeddings": openaiEmbeddings,
  "openai-completions": openaiCompletions,
  "openai-moderations": openaiModerations,
  "cohere-rerank": cohereRerank,
  "voyage-rerank": voyageRerank,
  "bedrock-rerank": bedrockRerank,
  "openai-images": openaiImages,
  "openai-image-edits": openaiImageEdits,
  "gemini-images": geminiImages,
  "ai-sdk-embedding-model": aiSdkEmbeddingModel,
  "ai-sdk-reranking-model": aiSdkRerankingModel,
  "ai-sdk-speech-model": aiSdkSpeechModel,
  "ai-sdk-image-model": aiSdkImageModel,
  "ai-sdk-image-edits": aiSdkImageEdits,
  "ai-sdk-transcription-model": aiSdkTranscriptionModel,
  "openai-speech": openaiSpeech,
  "xai-speech": xaiSpeech,
  "openai-transcriptions": openaiTranscriptions,
  "openai-translations": openaiTranslations,
};

export const WRITTEN_WIRES: readonly Wire[] = Object.values(TABLE);

/** By a client's wire: those that say what it asks without events. */
export const ADAPTS: ReadonlyMap<WireName, readonly WireName[]> = new Map(
  WRITTEN_WIRES.map(({ name: client }) => [
    client,
    WRITTEN_WIRES.flatMap(({ name, adapts }) => (adapts?.[client] === undefined ? [] : [name])),
  ]),
);

/** The wire of this name. @throws Error for one that is not written: no plan has such a leg */
export function wireNamed(name: WireName): Wire {
  const wire = TABLE[name];
  if (wire === undefined) throw new Error(`the wire ${name} is not spoken here`);
  return wire;
}
