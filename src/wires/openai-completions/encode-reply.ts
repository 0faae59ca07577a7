import type { Ask } from "../../core/ask.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import type { Finish } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { Vocabulary } from "../left-out.ts";
import { fingerprint } from "../openai-chat/encode-stream.ts";
import { encodeUsage } from "../openai-chat/usage.ts";
import { promptOf } from "./schema.ts";

/** Words alone. */
export const says: Vocabulary = { call: () => false, citation: () => false, file: () => false, reasoning: false };

/** A whole answer as a completion: what was said, or refused, in words. Thinking has no place in it. */
export function encodeReply(message: Message, stamp: Stamp, closing: Closing, ask?: Ask): JsonObject {
  const words = message.parts.flatMap((part) => (part.kind === "text" || part.kind === "refusal" ? [part.text] : []));
  return {
    id: stamp.id,
    object: "text_completion",
    created: stamp.created,
    model: stamp.model,
    choices: [
      { text: echoOf(ask) + words.join(""), index: 0, logprobs: null, finish_reason: encodeFinish(message.finish) },
    ],
    usage: encodeUsage(closing),
    system_fingerprint: fingerprint(stamp),
    generationId: stamp.id,
    providerMetadata: closing.metadata,
  };
}

/** The prompt again, where the client wants it before the answer. */
export function echoOf(ask: Ask | undefined): string {
  return ask?.body.echo === true ? (promptOf(ask.body) ?? "") : "";
}

/** The words that clients of this wire know. */
export function encodeFinish(finish: Finish): string {
  if (finish === "length") return "length";
  return finish === "content-filter" || finish === "refusal" ? "content_filter" : "stop";
}
