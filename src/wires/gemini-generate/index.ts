import { jsonObject } from "../../core/json.ts";
import { count } from "../../core/usage.ts";
import type { Counting, Wire } from "../wire.ts";
import { decodeAnswer } from "./decode-answer.ts";
import { GenerateStream } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { decodeError } from "./error.ts";

/** https://ai.google.dev/api/tokens; Vertex AI wants the members of a request and not the request. */
const tokens: Counting = {
  path: (model) => `/${resourceOf(model)}:countTokens`,
  body(body, model, quirks) {
    if (!quirks.has("counts-bare")) return { generateContentRequest: { model: resourceOf(model), ...body } };
    const { contents, systemInstruction, tools, generationConfig } = body;
    return jsonObject({ contents, systemInstruction, tools, generationConfig });
  },
  read: (told) => count(told.totalTokens),
};

/** Gemini's generateContent, of AI Studio and of Vertex AI. https://ai.google.dev/api/generate-content */
export const geminiGenerate: Wire = {
  name: "gemini-generate",
  operation: "generate",
  path: (model, stream) => `/${resourceOf(model)}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
  decodeError,
  outbound: {
    // Of what the references of its versions allow, what all of them do: https://github.com/google-gemini/gemini-cli/issues/7878
    toolName: /^[a-zA-Z_][a-zA-Z0-9_.-]{0,63}$/,
    encodeRequest,
    decodeAnswer,
    decodeStream: () => new GenerateStream(),
    count: tokens,
  },
};

/** A bare name is one of `models/`; a tuned model or an endpoint of one's own says where it is. */
function resourceOf(model: string): string {
  return model.includes("/") ? model : `models/${model}`;
}
