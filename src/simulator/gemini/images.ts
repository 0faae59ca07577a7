import type { Answer } from "../answer.ts";
import { generateId } from "../chance.ts";
import { type JsonObject, listOf, objectOr, objectsOf, textOf } from "../json.ts";
import { pictureOf } from "../picture.ts";
import { type Scenario, withoutDirectives } from "../scenario.ts";
import { lastUserText, promptTokens } from "./prompt.ts";

/** Of one of 1024x1024. https://ai.google.dev/gemini-api/docs/pricing */
const IMAGE_TOKENS = 1290;

/** Whether nothing but an image is wanted. */
export function wantsImage({ generationConfig }: JsonObject): boolean {
  const modalities = listOf(objectOr(generationConfig, {}).responseModalities);
  return modalities.length === 1 && modalities[0] === "IMAGE";
}

/** What Gemini answers to a request for an image. */
export function answerImage(body: JsonObject, scenario: Scenario): Answer {
  const model = textOf(body.model);
  const input = promptTokens(body);
  const blocked = scenario.finish === "filter" || scenario.finish === "refusal";
  const prompt = withoutDirectives(lastUserText(objectsOf(body.contents)));
  const part = { inlineData: { mimeType: "image/png", data: pictureOf(prompt) } };
  const candidate = blocked
    ? { finishReason: "IMAGE_SAFETY", finishMessage: "Unable to show the generated image.", index: 0 }
    : { content: { parts: [part], role: "model" }, finishReason: "STOP", index: 0 };
  const usage = {
    promptTokenCount: input,
    candidatesTokenCount: IMAGE_TOKENS,
    totalTokenCount: input + IMAGE_TOKENS,
    promptTokensDetails: [{ modality: "TEXT", tokenCount: input }],
    candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: IMAGE_TOKENS }],
  };
  return {
    streamed: false,
    pieces: 1,
    promptTokens: input,
    plain: () =>
      JSON.stringify({
        candidates: [candidate],
        ...(scenario["no-usage"] ? {} : { usageMetadata: usage }),
        modelVersion: model,
        responseId: generateId(),
      }),
    stream() {
      throw new Error("Images are never streamed.");
    },
  };
}
