import type { Wire } from "../wire.ts";
import { decodeAnswer } from "./decode-answer.ts";
import { GenerateStream } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { decodeError } from "./error.ts";

/** Gemini's generateContent, of AI Studio and of Vertex AI. https://ai.google.dev/api/generate-content */
export const geminiGenerate: Wire = {
  name: "gemini-generate",
  operation: "generate",
  path: (model, stream) => `/${resourceOf(model)}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
  decodeError,
  outbound: { encodeRequest, decodeAnswer, decodeStream: () => new GenerateStream() },
};

/** A bare name is one of `models/`; a tuned model or an endpoint of one's own says where it is. */
function resourceOf(model: string): string {
  return model.includes("/") ? model : `models/${model}`;
}
