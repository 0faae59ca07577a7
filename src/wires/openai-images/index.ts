import type { Ask } from "../../core/ask.ts";
import type { WireName } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";
import { reworded } from "../ai-sdk.ts";
import { imageWords, insideOnly } from "../ai-sdk-image-model/relay.ts";
import { gatewayFields } from "../gateway-fields.ts";
import { decodeError, encodeError, encodeErrorFrame } from "../openai-chat/error.ts";
import { mustFit } from "../shape.ts";
import { HEARTBEAT } from "../sse.ts";
import type { Relay, Wire } from "../wire.ts";
import { relayAnswer, USUAL_OUTPUT } from "./relay-answer.ts";
import { relayRequest } from "./relay-request.ts";
import { relayStream } from "./relay-stream.ts";
import { imagesBody } from "./schema.ts";

const relay: Relay = { request: relayRequest, answer: relayAnswer, stream: relayStream };

/** OpenAI Images: a prompt in, images out. https://platform.openai.com/docs/api-reference/images/create */
export const openaiImages: Wire = {
  name: "openai-images",
  operation: "image",
  path: () => "/images/generations",
  decodeError,
  inbound: { read, encodeError, encodeErrorFrame, heartbeat: HEARTBEAT },
  relay,
  adapts: { "ai-sdk-image-model": reworded("openai-images", insideOnly(relay), imageWords) },
};

function read(body: JsonObject): Ask {
  mustFit(imagesBody, body);
  return imageAsk("openai-images", body, 0);
}

/** Output tokens of one image, at the most: 6,240 of GPT Image 1 in its largest size. https://platform.openai.com/docs/guides/image-generation#cost-and-latency */
const MOST_OUTPUT = 8192;
/** Input tokens of one that is shown, kept as it is to the last feature. */
const MOST_INPUT = 6500;

/** @param shown how many images come with it */
export function imageAsk(wire: WireName, body: JsonObject, shown: number): Ask {
  const stream = body.stream === true;
  const images = typeof body.n === "number" ? body.n : 1;
  const input = Buffer.byteLength(body.prompt as string) + shown * MOST_INPUT;
  return {
    wire,
    operation: "image",
    body,
    most: { images, input },
    unheard: { output: images * USUAL_OUTPUT, image_output: images * USUAL_OUTPUT },
    model: body.model as string,
    stream,
    gateway: gatewayFields(body),
    // Who makes them in other words makes them whole.
    needs: stream ? ["stream"] : [],
    outputCap: Math.min(images * MOST_OUTPUT, Number.MAX_SAFE_INTEGER),
    hideReasoning: false,
  };
}
