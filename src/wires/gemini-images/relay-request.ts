import type { Ask } from "../../core/ask.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, objectAt } from "../../core/json.ts";
import type { Dropped } from "../../core/request.ts";
import { aspectRatioOf } from "../aspect-ratio.ts";
import { dataIn } from "../data-url.ts";
import { addressesOf } from "../openai-image-edits/relay-request.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";

/** https://ai.google.dev/gemini-api/docs/image-generation#aspect_ratios */
const SHAPES = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"];
/** It makes one image a request, and is asked as often as OpenAI makes images at once. */
const MOST = 10;
/** It has no words for these. */
const UNSAID = [
  "quality",
  "style",
  "background",
  "moderation",
  "output_format",
  "output_compression",
  "input_fidelity",
  "user",
] as const;

/** What a client asks for in OpenAI's words, as a request for content. @throws GatewayError `unsupported` */
export function relayRequest(ask: Ask, { provider, maker }: LegFacts): EncodedRequest {
  const { body: told } = ask;
  const times = typeof told.n === "number" ? told.n : 1;
  if (times > MOST)
    throw new GatewayError("unsupported", `"n" must be ${MOST} at most for ${provider}.`, { param: "n" });
  const dropped = new Set<Dropped>();
  for (const name of UNSAID)
    if (told[name] !== undefined && told[name] !== null && told[name] !== "auto") dropped.add(name);
  const shown = ask.wire === "openai-image-edits" ? addressesOf(ask) : { images: [], mask: undefined };
  if (shown.mask !== undefined) dropped.add("mask");
  const config: JsonObject = { responseModalities: ["IMAGE"] };
  const image = imageConfig(told, dropped);
  if (image !== undefined) config.imageConfig = image;
  // Its own after those of who made the model, where that is another.
  for (const name of new Set([maker ?? provider, provider])) addOwn(config, told, name, dropped);
  const parts = [{ text: told.prompt as string }, ...shown.images.map((url, at) => partOf(url, at, provider))];
  return { body: { contents: [{ role: "user", parts }], generationConfig: config }, dropped: [...dropped], times };
}

function addOwn(config: JsonObject, { providerOptions }: JsonObject, provider: string, dropped: Set<Dropped>): void {
  for (const [name, value] of Object.entries(objectAt(objectAt(providerOptions)?.[provider]) ?? {})) {
    if (name === "responseModalities" || name === "candidateCount") dropped.add(`providerOptions.${provider}.${name}`);
    else if (name === "imageConfig" && isObject(value)) config[name] = { ...objectAt(config[name]), ...value };
    else config[name] = value;
  }
}

/** Of a size only its shape can be said. */
function imageConfig({ size }: JsonObject, dropped: Set<Dropped>): JsonObject | undefined {
  if (typeof size !== "string" || size === "auto") return undefined;
  dropped.add("size");
  const shape = aspectRatioOf(size, SHAPES);
  return shape === undefined ? undefined : { aspectRatio: shape.ratio };
}

function partOf(url: string, at: number, provider: string): JsonObject {
  const data = dataIn(url);
  if (data !== undefined) return { inlineData: { mimeType: data.mediaType, data: data.base64 } };
  const param = `images[${at}].image_url`;
  throw new GatewayError("unsupported", `"${param}" must be a data URL for ${provider}.`, { param });
}
