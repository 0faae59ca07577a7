import type { Ask } from "../../core/ask.ts";
import { type ByteText, readByteText } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import {
  arrayAt,
  isObject,
  type JsonObject,
  jsonObject,
  objectAt,
  parseJson,
  present,
  stringAt,
} from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import { addUsage, type Usage } from "../../core/usage.ts";
import { dataUrl } from "../data-url.ts";
import { decodeUsage } from "../gemini-generate/usage.ts";
import { read } from "../openai-images/relay-answer.ts";

/**
 * Reads the content of an answer, or of a list of them; its reply has the images in OpenAI's words.
 * @throws GatewayError `upstream_malformed`, or `upstream_invalid_request` where Google would not make what was asked for
 */
export function relayAnswer(
  bytes: ByteText,
  { body }: Ask,
  stamp: Stamp,
  readings: Readings,
): (closing: Closing) => string {
  const told = parseJson(readByteText(bytes));
  const answers = (Array.isArray(told) ? told : [told]).filter(isObject);
  const [first] = answers;
  if (first === undefined) throw new GatewayError("upstream_malformed", "The provider's answer is not a JSON object.");
  readings.upstreamId = stringAt(first.responseId);
  readings.upstreamModel = stringAt(first.modelVersion);
  const images = answers.flatMap(imagesIn);
  if (images.length === 0) throw unmade(first);
  if (images.length < (typeof body.n === "number" ? body.n : 1)) readings.leave("n");
  let usage: Usage | undefined;
  let raw: JsonObject | undefined;
  for (const answer of answers) {
    raw = objectAt(answer.usageMetadata) ?? raw;
    // Who does not tell is guessed, and then all of it.
    if (isObject(answer.usageMetadata)) usage = addUsage(usage, drawn(decodeUsage(answer.usageMetadata)));
  }
  const isWhole = answers.every(({ usageMetadata }) => isObject(usageMetadata));
  read(readings, images.length, isWhole ? (usage ?? {}) : {}, raw);
  const data = images.map((image) =>
    body.response_format === "url" ? { url: dataUrl(image) } : { b64_json: image.base64 },
  );
  const format = images[0]!.mediaType.replace(/^image\//, "");
  return ({ metadata }) =>
    JSON.stringify({
      created: stamp.created,
      data,
      output_format: format,
      ...(isWhole ? encodeUsage(usage ?? {}) : {}),
      providerMetadata: metadata,
      provider_metadata: metadata,
    });
}

/** All that is written and was not thought is images, unless the parts are told. */
function drawn(usage: Usage): Usage {
  const { output, reasoning = 0, image_output: image } = usage;
  return output === undefined || image !== undefined ? usage : { ...usage, image_output: output - reasoning };
}

interface Image {
  readonly mediaType: string;
  readonly base64: string;
}

/** What it thinks of in passing is no answer. */
function imagesIn(answer: JsonObject): Image[] {
  const candidate = objectAt(arrayAt(answer.candidates)?.[0]);
  const parts = (arrayAt(objectAt(candidate?.content)?.parts) ?? []).map(objectAt);
  return parts.flatMap((part) => (part?.thought === true ? [] : (imageIn(part) ?? [])));
}

function imageIn(part: JsonObject | undefined): Image | undefined {
  const data = objectAt(part?.inlineData);
  const [mediaType, base64] = [stringAt(data?.mimeType), stringAt(data?.data)];
  return mediaType?.startsWith("image/") === true && base64 !== undefined ? { mediaType, base64 } : undefined;
}

/** https://ai.google.dev/api/generate-content#FinishReason */
function unmade(answer: JsonObject): GatewayError {
  const candidate = objectAt(arrayAt(answer.candidates)?.[0]);
  const feedback = objectAt(answer.promptFeedback);
  const why = stringAt(feedback?.blockReason) ?? stringAt(candidate?.finishReason);
  if (why === undefined || why === "STOP")
    return new GatewayError("upstream_malformed", "The provider's answer has no image.");
  const words = stringAt(candidate?.finishMessage) ?? stringAt(feedback?.blockReasonMessage);
  const message = `The provider made no image: ${why}${words === undefined ? "" : `, ${words}`}`;
  return new GatewayError("upstream_invalid_request", message.slice(0, 1000), { param: "prompt" });
}

function encodeUsage({ input, output, image_output: image }: Usage): JsonObject {
  if (input === undefined || output === undefined) return {};
  const details = image === undefined ? undefined : { image_tokens: image, text_tokens: output - image };
  const usage = present({ input_tokens: input, output_tokens: output, total_tokens: input + output });
  return { usage: jsonObject({ ...usage, output_tokens_details: details }) };
}
