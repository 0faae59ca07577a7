import type { Ask } from "../../core/ask.ts";
import { GatewayError } from "../../core/error.ts";
import { type JsonObject, objectAt } from "../../core/json.ts";
import type { Dropped } from "../../core/request.ts";
import { aspectRatioOf } from "../aspect-ratio.ts";
import { addOptions } from "../provider-options.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";
import { wishesOf } from "../wishes.ts";

const OWN = ["models", "provider", "providerOptions", "tags"] as const;

/** xAI's: https://docs.x.ai/docs/guides/image-generations */
const SHAPES = ["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "2:1", "1:2"];

/** The client's body as this endpoint shall get it. */
export function relayRequest(ask: Ask, { upstreamModel, provider, quirks }: LegFacts): EncodedRequest {
  const { body: written } = ask;
  const body: JsonObject = { ...written, model: upstreamModel };
  const dropped = new Set<Dropped>();
  for (const name of OWN) delete body[name];
  if (ask.stream && (quirks.has("image-dimensions") || quirks.has("image-shapes")))
    throw new GatewayError("unsupported", `"stream" is not for ${provider}: its images come whole.`, {
      param: "stream",
    });
  const wishes = wishesOf(ask);
  if (wishes?.serviceTier !== undefined) dropped.add("service_tier");
  if (wishes?.safetyIdentifier !== undefined) body.user ??= wishes.safetyIdentifier;
  if (quirks.has("base64-images")) delete body.response_format;
  if (quirks.has("image-dimensions")) setDimensions(body, dropped);
  if (quirks.has("image-shapes")) setShape(body, dropped);
  addOptions(body, objectAt(written.providerOptions), provider, dropped);
  return { body, dropped: [...dropped] };
}

function setDimensions(body: JsonObject, dropped: Set<Dropped>): void {
  if (body.response_format === "b64_json") body.response_format = "base64";
  const { size } = body;
  delete body.size;
  if (typeof size !== "string" || size === "auto") return;
  const sides = /^(\d{1,5})x(\d{1,5})$/.exec(size);
  if (sides === null) dropped.add("size");
  else Object.assign(body, { width: Number(sides[1]), height: Number(sides[2]) });
}

function setShape(body: JsonObject, dropped: Set<Dropped>): void {
  const { size } = body;
  for (const name of ["size", "quality", "style", "background", "moderation", "output_compression"]) {
    const value = body[name];
    delete body[name];
    if (name !== "size" && value !== undefined && value !== null && value !== "auto") dropped.add(name);
  }
  if (typeof size !== "string" || size === "auto" || body.aspect_ratio !== undefined) return;
  const shape = aspectRatioOf(size, SHAPES);
  if (shape !== undefined) body.aspect_ratio = shape.ratio;
  // Of a size only its shape can be said.
  dropped.add("size");
}
