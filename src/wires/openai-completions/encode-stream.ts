import type { Ask } from "../../core/ask.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import type { GatewayError } from "../../core/error.ts";
import type { Event, Finish } from "../../core/event.ts";
import { DONE, fingerprint } from "../openai-chat/encode-stream.ts";
import { encodeErrorFrame } from "../openai-chat/error.ts";
import { encodeUsage } from "../openai-chat/usage.ts";
import { HEARTBEAT } from "../sse.ts";
import type { ReplyStream } from "../wire.ts";
import { echoOf, encodeFinish } from "./encode-reply.ts";

/** Events → chunks of a completion: words alone, then the finishing chunk with the usage and everything the gateway knows. */
export class CompletionReplyStream implements ReplyStream {
  private readonly stamp: Stamp;
  private readonly head: string;
  private readonly tail: string;
  /** What is said before anything else. */
  private echo: string;
  /** Blocks whose text is told. */
  private readonly spoken = new Set<number>();
  private finishAs: Finish = "stop";

  constructor(stamp: Stamp, ask?: Ask) {
    const { id, created, model } = stamp;
    this.stamp = stamp;
    this.head = `data: {"id":${JSON.stringify(id)},"object":"text_completion","created":${created},"model":${JSON.stringify(model)},"choices":[{"text":`;
    this.tail = `,"index":0,"logprobs":null,"finish_reason":null}],"system_fingerprint":"${fingerprint(stamp)}"}\n\n`;
    this.echo = echoOf(ask);
  }

  push(event: Event): string {
    switch (event.type) {
      case "block-start":
        if (event.block.kind === "text" || event.block.kind === "refusal") this.spoken.add(event.index);
        return "";
      case "block-delta": {
        const { delta, index } = event;
        return delta.kind === "text" && this.spoken.has(index) && delta.text !== "" ? this.words(delta.text) : "";
      }
      case "message-end":
        this.finishAs = event.finish;
        return "";
      case "ping":
        return HEARTBEAT;
      default:
        return "";
    }
  }

  finish(closing: Closing): string {
    const { id, created, model } = this.stamp;
    const chunk = {
      id,
      object: "text_completion",
      created,
      model,
      choices: [{ text: "", index: 0, logprobs: null, finish_reason: encodeFinish(this.finishAs) }],
      usage: encodeUsage(closing),
      system_fingerprint: fingerprint(this.stamp),
      generationId: id,
      providerMetadata: closing.metadata,
    };
    const echo = this.echo === "" ? "" : this.words("");
    return `${echo}data: ${JSON.stringify(chunk)}\n\n${DONE}`;
  }

  fail(error: GatewayError): string {
    return encodeErrorFrame(error, this.stamp.id);
  }

  private words(text: string): string {
    const said = this.echo + text;
    this.echo = "";
    return this.head + JSON.stringify(said) + this.tail;
  }
}
