import type { Ask, Upload } from "../../core/ask.ts";
import { GatewayError } from "../../core/error.ts";
import type { HeaderFields } from "../../core/headers.ts";
import type { JsonObject } from "../../core/json.ts";
import { reworded } from "../ai-sdk.ts";
import { imageWords, insideOnly } from "../ai-sdk-image-model/relay.ts";
import { type FieldKind, readFields } from "../form-fields.ts";
import { imageAsk, openaiImages } from "../openai-images/index.ts";
import { relayAnswer } from "../openai-images/relay-answer.ts";
import { relayStream } from "../openai-images/relay-stream.ts";
import { editsBody } from "../openai-images/schema.ts";
import { mustFit } from "../shape.ts";
import type { Relay, Wire } from "../wire.ts";
import { relayRequest } from "./relay-request.ts";

const { inbound, decodeError } = openaiImages;

const relay: Relay = { request: relayRequest, answer: relayAnswer, stream: relayStream };

/** Images that are changed as a prompt says. https://platform.openai.com/docs/api-reference/images/createEdit */
export const openaiImageEdits: Wire = {
  name: "openai-image-edits",
  operation: "image",
  path: () => "/images/edits",
  decodeError,
  inbound: { ...inbound!, read, takesForms: true },
  relay,
  adapts: { "ai-sdk-image-edits": reworded("openai-image-edits", insideOnly(relay), imageWords) },
};

const KINDS: Readonly<Record<string, FieldKind>> = {
  n: "number",
  stream: "boolean",
  partial_images: "number",
  output_compression: "number",
  provider: "json",
  providerOptions: "json",
};

/** Contract 3.3. */
const MOST_IMAGES = 16;
const FIELDS: ReadonlySet<string> = new Set(["image", "image[]", "mask"]);

/** A form with files, or JSON with the addresses of images or the images themselves. */
function read(told: JsonObject, _headers?: HeaderFields, form?: readonly Upload[]): Ask {
  const body = form === undefined ? told : readFields(told, KINDS);
  const files = form ?? [];
  mustFit(editsBody, body);
  const { images = [], mask } = body;
  const stray = files.find(({ field }) => !FIELDS.has(field));
  if (stray !== undefined) {
    const param = stray.field.slice(0, 100);
    throw refused(`Images belong in "image", "image[]" or "mask", not in ${JSON.stringify(param)}.`, param);
  }
  const shown = files.filter(({ field }) => field !== "mask").length + (images as JsonObject[]).length;
  if (shown === 0)
    throw refused('"image" must be given: a form (multipart/form-data) with files, or JSON with "images".', "image");
  if (shown > MOST_IMAGES) throw refused(`"image" must be ${MOST_IMAGES} images at most, not ${shown}.`, "image");
  const empty = files.find(({ bytes }) => bytes.length === 0);
  if (empty !== undefined) throw refused(`${JSON.stringify(empty.field)} must not be an empty file.`, empty.field);
  for (const [at, image] of [...(images as JsonObject[]), mask].entries()) {
    if (image === undefined || image === null) continue;
    const where = at < (images as JsonObject[]).length ? `images[${at}]` : "mask";
    const { image_url: url, file_id: id } = image as JsonObject;
    if (typeof url !== "string" || (id !== undefined && id !== null))
      throw refused(`"${where}.image_url" must be given: ids of files are not known here.`, `${where}.image_url`);
  }
  const ask = imageAsk("openai-image-edits", body, shown);
  return form === undefined ? ask : { ...ask, files };
}

function refused(message: string, param: string): GatewayError {
  return new GatewayError("invalid_request", message, { param });
}
