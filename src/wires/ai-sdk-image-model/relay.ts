import type { Upload } from "../../core/ask.ts";
import { readByteText } from "../../core/byte-text.ts";
import type { Closing } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import {
  arrayAt,
  isObject,
  type JsonObject,
  type JsonValue,
  objectAt,
  parseJson,
  present,
  stringAt,
} from "../../core/json.ts";
import type { Dropped } from "../../core/request.ts";
import { isOption, optionOf, strangersIn, type Words } from "../ai-sdk.ts";
import { dataIn, dataUrl } from "../data-url.ts";
import type { LegFacts, Relay } from "../wire.ts";
import { imageCall } from "./schema.ts";

const NAMED = ["prompt", "n", "size", "aspectRatio", "files", "mask", "providerOptions"];

/** `doGenerate` of an image model in the words of OpenAI's: a prompt alone, or with images that it changes. */
export const imageWords: Words = {
  shape: imageCall,
  take({ files, mask, ...body }) {
    const all = (arrayAt(files) ?? []).map((file) => objectAt(file)!);
    const over = objectAt(mask);
    if (all.length === 0 && over === undefined) return undefined;
    // Where one lies elsewhere, all are told by their addresses.
    if ([...all, ...(over === undefined ? [] : [over])].some(isElsewhere)) return undefined;
    const field = all.length === 1 ? "image" : "image[]";
    const uploads = all.map((file, at) => uploadOf(file, field, at));
    return { body, files: over === undefined ? uploads : [...uploads, uploadOf(over, "mask", all.length)] };
  },
  request(body, leg) {
    const { prompt, n, size, aspectRatio, files, mask } = body;
    const shape = stringAt(aspectRatio);
    const shaped = shape === undefined ? {} : shapedBy(shape, leg);
    const asked = present({
      prompt,
      n: n ?? undefined,
      size: size ?? undefined,
      response_format: "b64_json",
      background: optionOf("background", body, leg),
      images: addressesOf(files),
      mask: addressesOf(mask === undefined || mask === null ? undefined : [mask])?.[0],
      ...shaped,
    }) as JsonObject;
    const unsaid = shaped === undefined ? ["aspectRatio"] : [];
    return { body: asked, dropped: [...unsaid, ...strangersIn(body, NAMED)] };
  },
  left: (name, body) => (isUnsaid(name, body) ? undefined : name),
  reply({ data }, closing) {
    const images = (arrayAt(data) ?? []).map((one) => base64Of(objectAt(one) ?? {}) ?? "");
    return { images, ...usageOf(closing), providerMetadata: withLists(closing.metadata) };
  },
};

/** A client that named a shape has named no size. */
function isUnsaid(name: Dropped, { size }: JsonObject): boolean {
  return name === "response_format" || (name === "size" && !size) || isOption("background", name);
}

/** The same for who takes any size, and of that its shape. */
export const sizedWords: Words = {
  ...imageWords,
  request(body, leg) {
    const { aspectRatio, ...others } = body;
    const ratio = stringAt(aspectRatio);
    return imageWords.request(ratio === undefined || body.size ? body : { ...others, size: sizeOf(ratio) }, leg);
  },
};

type File = JsonObject;

function isElsewhere({ type, url }: File): boolean {
  return type === "url" && dataIn(stringAt(url) ?? "") === undefined;
}

function uploadOf(file: File, field: string, at: number): Upload {
  const told = dataIn(stringAt(file.url) ?? "");
  const mediaType = told?.mediaType ?? stringAt(file.mediaType) ?? "image/png";
  const base64 = told?.base64 ?? stringAt(file.data) ?? "";
  const ending = mediaType.slice(mediaType.indexOf("/") + 1);
  return { field, name: `${at}.${ending}`, mediaType, bytes: Buffer.from(base64, "base64") };
}

function addressesOf(files: JsonValue | undefined): JsonObject[] | undefined {
  const all = arrayAt(files)?.map((file) => objectAt(file) ?? {});
  if (all === undefined || all.length === 0) return undefined;
  return all.map(({ url, data, mediaType }) => ({
    image_url:
      stringAt(url) ?? dataUrl({ mediaType: stringAt(mediaType) ?? "image/png", base64: stringAt(data) ?? "" }),
  }));
}

/** Of who takes shapes, or any size: the shape as that. OpenAI has a few sizes, of which the client may name one. */
function shapedBy(ratio: string, leg: LegFacts | undefined): JsonObject | undefined {
  if (leg === undefined || leg.quirks.has("image-shapes")) return { aspect_ratio: ratio };
  return leg.quirks.has("image-dimensions") ? { size: sizeOf(ratio) } : undefined;
}

const PIXELS = 1024 * 1024;
const STEP = 32;

/** About a megapixel of this shape. */
export function sizeOf(ratio: string): string {
  const [width = 1, height = 1] = ratio.split(":").map(Number);
  const side = (share: number) => Math.max(STEP, Math.round(Math.sqrt(PIXELS * share) / STEP) * STEP);
  return `${side(width / height)}x${side(height / width)}`;
}

/** The client takes nothing but base64. @throws GatewayError `upstream_malformed`, where there is an address in its place */
export function insideOnly(relay: Relay): Relay {
  return {
    ...relay,
    answer(bytes, ask, stamp, readings) {
      const close = relay.answer(bytes, ask, stamp, readings);
      const data = arrayAt(objectAt(parseJson(readByteText(bytes)))?.data) ?? [];
      if (data.every((one) => base64Of(objectAt(one) ?? {}) !== undefined)) return close;
      throw new GatewayError("upstream_malformed", "The provider answered with the address of an image, not with it.");
    },
  };
}

function base64Of({ b64_json: base64, url }: JsonObject): string | undefined {
  return stringAt(base64) ?? dataIn(stringAt(url) ?? "")?.base64;
}

function usageOf({ usage }: Closing): JsonObject {
  if (usage?.input === undefined && usage?.output === undefined) return {};
  const { input, output } = usage;
  return { usage: present({ inputTokens: input, outputTokens: output, totalTokens: (input ?? 0) + (output ?? 0) }) };
}

/** The client looks for a list of images in what every provider tells. */
function withLists(metadata: JsonObject): JsonObject {
  const listed = Object.entries(metadata).map(([name, told]) => [
    name,
    name === "gateway" || !isObject(told) ? told : { images: [], ...told },
  ]);
  return Object.fromEntries(listed) as JsonObject;
}
