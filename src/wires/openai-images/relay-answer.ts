import type { Ask } from "../../core/ask.ts";
import { type ByteText, readByteText } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, objectAt, parseJson, present, stringAt } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import { count, partsWithin, type Usage } from "../../core/usage.ts";
import { dataUrl } from "../data-url.ts";
import { decodeErrorValue } from "../openai-chat/error.ts";

/** Tokens of an image where nobody tells: one of 1024x1024 in high quality. https://platform.openai.com/docs/guides/image-generation#cost-and-latency */
export const USUAL_OUTPUT = 4160;
const BYTES_PER_TOKEN = 4;

/**
 * Reads the provider's answer. Its reply is the provider's, with images at addresses where they were asked for so, which providers
 * do not all obey.
 * @throws GatewayError an error inside a 200, or `upstream_malformed`
 */
export function relayAnswer(
  bytes: ByteText,
  { body }: Ask,
  stamp: Stamp,
  readings: Readings,
): (closing: Closing) => string {
  const answer = parseJson(readByteText(bytes));
  if (!isObject(answer)) throw new GatewayError("upstream_malformed", "The provider's answer is not a JSON object.");
  if (answer.error !== undefined && answer.error !== null) throw decodeErrorValue(answer.error);
  const images = Array.isArray(answer.data) ? answer.data.filter(isImage) : [];
  if (images.length === 0) throw new GatewayError("upstream_malformed", "The provider's answer has no images.");
  const usage = objectAt(answer.usage);
  readings.upstreamId = stringAt(answer.id);
  readings.upstreamModel = stringAt(answer.model);
  readings.metadata = madeOf(answer);
  read(readings, images.length, usage === undefined ? {} : decodeUsage(usage), usage);
  if (body.response_format === "b64_json" && images.some(({ b64_json }) => typeof b64_json !== "string"))
    readings.leave("response_format");
  const data = body.response_format === "url" ? images.map((image) => atAddress(image, answer)) : images;
  const named = answer.model === undefined ? {} : { model: stamp.model };
  return ({ metadata }) =>
    JSON.stringify({
      created: stamp.created,
      ...answer,
      ...named,
      data,
      providerMetadata: metadata,
      provider_metadata: metadata,
    });
}

/** Tells what was used, and that all was said. @param usage what of it is told */
export function read(readings: Readings, images: number, usage: Usage, raw?: JsonObject): void {
  // Where tokens are not told, they can only be guessed; where images are paid for, nobody asks. All of them are of images, which cost more than words.
  const guessed = usage.output === undefined ? { image_output: images * USUAL_OUTPUT } : undefined;
  if (guessed !== undefined) readings.content(guessed.image_output * BYTES_PER_TOKEN);
  readings.report({ ...guessed, ...usage, images }, raw);
  readings.finish = "stop";
  readings.committed = true;
  readings.ended = true;
}

/** All that is written is images, unless the parts are told. */
export function decodeUsage(told: JsonObject): Usage {
  const read = objectAt(told.input_tokens_details);
  const output = count(told.output_tokens);
  return partsWithin(
    present({
      input: count(told.input_tokens),
      cache_read: count(read?.cached_tokens),
      image_input: count(read?.image_tokens),
      output,
      image_output: count(objectAt(told.output_tokens_details)?.image_tokens) ?? output,
    }),
  );
}

/** By what images are priced, as far as it is told. */
function madeOf({ size, quality }: JsonObject): JsonObject | undefined {
  if (size === undefined && quality === undefined) return undefined;
  return present({ size, quality });
}

type Image = JsonObject & ({ b64_json: string } | { url: string });

function isImage(value: unknown): value is Image {
  return isObject(value) && (typeof value.b64_json === "string" || typeof value.url === "string");
}

function atAddress(image: Image, { output_format: format }: JsonObject): JsonObject {
  const { b64_json: base64, ...rest } = image;
  if (typeof base64 !== "string" || typeof image.url === "string") return image;
  return { ...rest, url: dataUrl({ mediaType: `image/${typeof format === "string" ? format : "png"}`, base64 }) };
}
