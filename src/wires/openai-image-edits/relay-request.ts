import type { Ask, Upload } from "../../core/ask.ts";
import { GatewayError } from "../../core/error.ts";
import type { JsonObject } from "../../core/json.ts";
import { dataIn, dataUrl } from "../data-url.ts";
import { relayRequest as relayImages } from "../openai-images/relay-request.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";

/** The client's body as this endpoint shall get it: as a form, unless images are told by their addresses. @throws GatewayError `unsupported` */
export function relayRequest(ask: Ask, leg: LegFacts): EncodedRequest {
  const { body, dropped } = relayImages(ask, leg);
  if (leg.quirks.has("image-shapes")) return asOneObject(ask, leg, body, dropped);
  const files = ask.files ?? filesIn(body);
  if (files === undefined) return { body, dropped };
  const { images: _, mask, ...fields } = body;
  return { body: typeof mask === "string" ? { ...fields, mask } : fields, dropped, files };
}

/** The images of a request and its mask as addresses: their own, or data URLs. */
export function addressesOf({ body, files }: Ask): { images: string[]; mask: string | undefined } {
  if (files !== undefined) {
    const urlOf = ({ mediaType, bytes }: Upload) =>
      dataUrl({ mediaType, base64: Buffer.from(bytes).toString("base64") });
    const mask = files.find(({ field }) => field === "mask");
    return {
      images: files.filter(({ field }) => field !== "mask").map(urlOf),
      mask: mask === undefined ? undefined : urlOf(mask),
    };
  }
  const addressOf = (image: unknown) => (image as JsonObject).image_url as string;
  const { images, mask } = body;
  return {
    images: (images as JsonObject[]).map(addressOf),
    mask: mask === undefined || mask === null ? undefined : addressOf(mask),
  };
}

/** What JSON holds, as files. `undefined` where any of it lies elsewhere. */
function filesIn({ images, mask }: JsonObject): Upload[] | undefined {
  const all = images as JsonObject[];
  const field = all.length === 1 ? "image" : "image[]";
  const told = all.map((image): [string, JsonObject] => [field, image]);
  if (mask !== undefined && mask !== null) told.push(["mask", mask as JsonObject]);
  const files: Upload[] = [];
  for (const [at, [name, { image_url: url }]] of told.entries()) {
    const data = dataIn(url as string);
    if (data === undefined) return undefined;
    const { mediaType, base64 } = data;
    const ending = mediaType.slice(mediaType.indexOf("/") + 1);
    files.push({ field: name, name: `${at}.${ending}`, mediaType, bytes: Buffer.from(base64, "base64") });
  }
  return files;
}

/** https://docs.x.ai/docs/guides/image-generations: one image to change, as an object, and no mask. */
function asOneObject(
  ask: Ask,
  { provider }: LegFacts,
  { images: _, image: __, mask: ___, ...body }: JsonObject,
  dropped: EncodedRequest["dropped"],
): EncodedRequest {
  const { images, mask } = addressesOf(ask);
  const [url] = images;
  if (url === undefined || images.length > 1)
    throw new GatewayError("unsupported", `"image" must be one image for ${provider}.`, { param: "image" });
  const left = mask === undefined ? dropped : [...dropped, "mask"];
  return { body: { ...body, image: { url, type: "image_url" } }, dropped: left };
}
