import type { Ask } from "../../core/ask.ts";
import { arrayAt, type JsonObject, objectAt, present, stringAt } from "../../core/json.ts";
import type { Request } from "../../core/request.ts";
import { numberAt } from "../openai-chat/decode-request.ts";
import { promptOf } from "./schema.ts";

/** Members that have a word of their own in `Request`, are the gateway's, or are done by the gateway: the rest is `extra`. */
const NAMED = new Set([
  "model",
  "prompt",
  "best_of",
  "echo",
  "stream",
  "stream_options",
  "temperature",
  "top_p",
  "top_k",
  "max_tokens",
  "frequency_penalty",
  "presence_penalty",
  "stop",
  "seed",
  "user",
  "service_tier",
  "models",
  "provider",
  "providerOptions",
  "tags",
  "caching",
]);

/** The prompt as the only message of a conversation. To be asked only where it is one text. */
export function decodeRequest({ body, stream }: Ask): Request {
  const { gateway: _, ...providerOptions } = objectAt(body.providerOptions) ?? {};
  return present({
    turns: [{ role: "user", parts: [{ kind: "text", text: promptOf(body) ?? "" }] }],
    stream,
    outputCap: numberAt(body.max_tokens),
    sampling: present({
      temperature: numberAt(body.temperature),
      topP: numberAt(body.top_p),
      topK: numberAt(body.top_k),
      stop: typeof body.stop === "string" ? [body.stop] : (arrayAt(body.stop) as string[] | undefined),
      seed: numberAt(body.seed),
      frequencyPenalty: numberAt(body.frequency_penalty),
      presencePenalty: numberAt(body.presence_penalty),
    }),
    user: stringAt(body.user),
    serviceTier: stringAt(body.service_tier),
    extra: extraOf(body),
    // No conversation is answered several times to be told once.
    unsaid: (numberAt(body.best_of) ?? 1) > 1 ? ["best_of"] : undefined,
    providerOptions,
  });
}

function extraOf(body: JsonObject): JsonObject {
  const extra: JsonObject = {};
  for (const name in body) {
    // One answer is what there is without the word; so is nothing behind it.
    const isUsual = (name === "n" && body[name] === 1) || (name === "suffix" && body[name] === "");
    if (!NAMED.has(name) && !isUsual && body[name] !== null) extra[name] = body[name];
  }
  return extra;
}
