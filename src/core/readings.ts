import type { GatewayError } from "./error.ts";
import type { Event, Finish } from "./event.ts";
import { isObject, type JsonObject, merged, stringAt } from "./json.ts";
import type { Dropped } from "./request.ts";
import { type Meter, mergeUsage, type Usage } from "./usage.ts";

/** What the ledger and the attempt loop must know of an answer, read off it as it passes. */
export class Readings {
  /** Bytes of text, reasoning and tool arguments: what an estimate of the output is made from. */
  contentBytes = 0;
  /** Content has begun: the point after which there is no second answer. */
  committed = false;
  usage: Usage | undefined;
  /** The provider's own usage object. */
  rawUsage: JsonObject | undefined;
  finish: Finish | undefined;
  rawFinish: string | null = null;
  /** The provider's id for this answer. */
  upstreamId: string | undefined;
  /** The model as the provider names it. */
  upstreamModel: string | undefined;
  metadata: JsonObject | undefined;
  /** Of a reply that is no JSON. */
  contentType: string | undefined;
  /** The tier that served it, in the provider's word. */
  serviceTier: string | undefined;
  error: GatewayError | undefined;
  /** What the client's wire had no words for. */
  readonly leftOut: Dropped[] = [];
  /** The end mark was seen: nothing more belongs to the answer. */
  ended = false;

  content(bytes: number): void {
    this.contentBytes += bytes;
    if (bytes > 0) this.committed = true;
  }

  report(usage: Usage, raw?: JsonObject, withdrawn?: readonly Meter[]): void {
    this.usage = mergeUsage(this.usage, usage, withdrawn);
    if (raw === undefined) return;
    this.rawUsage = merged(this.rawUsage, raw);
    this.serviceTier = stringAt(raw.service_tier) ?? stringAt(raw.serviceTier) ?? this.serviceTier;
  }

  /** A piece of the answer that the client is not told, by the provider's name for it: each name once. */
  leave(name: Dropped): void {
    if (!this.leftOut.includes(name)) this.leftOut.push(name);
  }

  /** Reads one event of a transcoded answer. */
  see(event: Event): void {
    switch (event.type) {
      case "message-start":
        // Where answers have no id, whoever sent them told one beside.
        if (event.id !== "" || this.upstreamId === undefined) this.upstreamId = event.id;
        this.upstreamModel = event.model;
        return;
      case "block-start":
        // A tool call or a file speaks by beginning; text and thinking only by their words.
        if (event.block.kind === "tool-call" || event.block.kind === "file" || event.block.kind === "native")
          this.committed = true;
        if (event.block.kind === "reasoning" && (event.block.redacted ?? event.block.encrypted) !== undefined)
          this.committed = true;
        return;
      case "block-delta":
        if (event.delta.kind === "text") this.content(Buffer.byteLength(event.delta.text));
        else if (event.delta.kind === "arguments") this.content(Buffer.byteLength(event.delta.json));
        else this.committed = true;
        return;
      case "usage":
        this.report(event.usage, event.raw, event.withdrawn);
        return;
      case "metadata":
        this.metadata = merged(this.metadata, event.values);
        this.serviceTier = stringAt(event.values.service_tier) ?? tierIn(event.values) ?? this.serviceTier;
        return;
      case "message-end":
        this.finish = event.finish;
        this.rawFinish = event.raw;
        this.committed = true;
        this.ended = true;
        return;
      case "error":
        this.error = event.error;
        return;
    }
  }
}

/** As Bedrock tells it. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ServiceTier.html */
function tierIn({ serviceTier: tier }: JsonObject): string | undefined {
  return isObject(tier) ? stringAt(tier.type) : undefined;
}
