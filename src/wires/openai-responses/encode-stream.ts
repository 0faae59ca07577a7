import type { Ask } from "../../core/ask.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import type { GatewayError } from "../../core/error.ts";
import type { Block, Delta, Event, Finish, Signature } from "../../core/event.ts";
import { type JsonObject, type JsonValue, jsonObject } from "../../core/json.ts";
import { HEARTBEAT } from "../sse.ts";
import type { ReplyStream } from "../wire.ts";
import { encodeCitation } from "./citation.ts";
import { failureFrames, frameOf } from "./error.ts";
import { encodeFinish } from "./finish.ts";
import { encodeSeal, mintedId, type Seal } from "./reasoning.ts";
import {
  DELTA,
  DONE,
  encodeResponse,
  membersOf,
  type OpenItem,
  type OpenPart,
  type Progress,
  partOf,
  partPlace,
  placeOf,
} from "./response.ts";
import { searchItem, WEB_SEARCH, wholeCall } from "./source.ts";

type OpenBlock = { block: Block; words: string[]; call?: OpenItem };

/** Events → response stream events. https://platform.openai.com/docs/api-reference/responses-streaming */
export class ResponsesReplyStream implements ReplyStream {
  private readonly stamp: Stamp;
  private readonly ask: Ask | undefined;
  readonly output: JsonObject[] = [];
  private readonly blocks = new Map<number, OpenBlock>();
  /** The message or thinking that is being said, and its part. */
  private prose: OpenItem | undefined;
  private part: OpenPart | undefined;
  private sequence = 0;
  private begun = false;
  private finishAs: Finish = "stop";

  constructor(stamp: Stamp, ask?: Ask) {
    this.stamp = stamp;
    this.ask = ask;
  }

  push(event: Event): string {
    switch (event.type) {
      case "message-start":
        return this.begin();
      case "block-start":
        return this.begin() + this.start(event.index, event.block);
      case "block-delta":
        return this.delta(event.index, event.delta);
      case "block-end":
        return this.endBlock(event.index, event.signature);
      case "message-end":
        this.finishAs = event.finish;
        return this.endProse();
      case "ping":
        return HEARTBEAT;
      default:
        return "";
    }
  }

  finish(closing: Closing): string {
    const { status, reason } = encodeFinish(this.finishAs);
    const told = this.begin() + this.endProse();
    return told + this.tell(`response.${status}`, { response: this.response({ status, reason, closing }) });
  }

  fail(error: GatewayError): string {
    return failureFrames(error, this.stamp.id, this.response({ status: "in_progress" }), this.sequence);
  }

  private begin(): string {
    if (this.begun) return "";
    this.begun = true;
    const response = this.response({ status: "in_progress" });
    return this.tell("response.created", { response }) + this.tell("response.in_progress", { response });
  }

  private start(index: number, block: Block): string {
    const open: OpenBlock = { block, words: [] };
    this.blocks.set(index, open);
    switch (block.kind) {
      case "text":
      case "refusal":
        // Text and thinking begin with their words.
        return "";
      case "reasoning":
        return (block.encrypted ?? block.redacted) === undefined ? "" : this.seal(block, block);
      case "tool-call": {
        if (block.by !== "client") return block.name === WEB_SEARCH ? this.search(open, block) : "";
        const { call, name } = block;
        const named =
          block.format === "json"
            ? { type: "function_call", status: "in_progress", arguments: "", call_id: call, name }
            : { type: "custom_tool_call", status: "in_progress", call_id: call, name, input: "" };
        const told = this.endProse();
        open.call = this.add(block.format === "json" ? "fc" : "ctc", named);
        return told + this.added(open.call);
      }
      case "file":
        return this.endProse();
      case "native": {
        if (block.wire !== "openai-responses") return "";
        const told = this.endProse();
        const item = this.add("item", block.value as JsonObject);
        return told + this.added(item) + this.done(item);
      }
    }
  }

  private delta(index: number, delta: Delta): string {
    const open = this.blocks.get(index);
    if (open === undefined) return "";
    switch (delta.kind) {
      case "text":
        return this.words(index, open.block, delta.text, delta.logprobs);
      case "arguments": {
        if (open.call === undefined || delta.json === "") return "";
        open.words.push(delta.json);
        if (open.call.item.type === "web_search_call") return "";
        const isJson = open.call.item.type === "function_call";
        const type = isJson ? "response.function_call_arguments.delta" : "response.custom_tool_call_input.delta";
        return this.tell(type, { ...placeOf(open.call), delta: delta.json });
      }
      case "citation":
        return this.note(index, open.block, delta.value);
      case "data":
        open.words.push(delta.base64);
        return "";
      case "native":
        return "";
    }
  }

  private words(index: number, block: Block, text: string, logprobs: JsonValue | undefined): string {
    const told = this.speak(index, block);
    const { part } = this;
    if (part === undefined) return told;
    part.words.push(text);
    const type = DELTA[part.kind];
    const odds =
      part.kind === "output_text" ? `,"logprobs":${JSON.stringify(Array.isArray(logprobs) ? logprobs : [])}` : "";
    // As `tell` would write it: most of a stream is made of these.
    const event = `{"type":"${type}","sequence_number":${this.sequence++},${part.at},"delta":${JSON.stringify(text)}${odds}}`;
    return `${told}event: ${type}\ndata: ${event}\n\n`;
  }

  private note(index: number, block: Block, value: JsonValue): string {
    const annotation = encodeCitation(value);
    if (annotation === undefined || block.kind !== "text") return "";
    const told = this.speak(index, block);
    const part = this.part!;
    part.notes.push(annotation);
    const place = { ...placeOf(this.prose!), ...partPlace(part) };
    const at = { annotation_index: part.notes.length - 1, annotation };
    return told + this.tell("response.output_text.annotation.added", { ...place, ...at });
  }

  /** Makes the part of this block the one that is being said. */
  private speak(index: number, block: Block): string {
    if (this.part?.block === index) return "";
    if (block.kind === "reasoning") {
      const told = this.endPart() + this.think(block);
      const kind = block.summary === true ? "summary_text" : "reasoning_text";
      return told + this.beginPart(index, kind, block.summary === true ? "summary" : "content");
    }
    if (block.kind !== "text" && block.kind !== "refusal") return this.endProse();
    let told = this.endPart();
    if (this.prose?.item.type !== "message") {
      told += this.endProse();
      this.prose = this.add("msg", { type: "message", status: "in_progress", content: [], role: "assistant" });
      told += this.added(this.prose);
    }
    return told + this.beginPart(index, block.kind === "text" ? "output_text" : "refusal", "content");
  }

  /** Makes an item of thinking the open one: the same for as long as it has the same id, until it is sealed. */
  private think({ id }: Block): string {
    const open = this.prose?.item;
    if (open?.type === "reasoning" && id !== undefined && open.id === id && open.encrypted_content === undefined)
      return "";
    const told = this.endProse();
    this.prose = this.add("rs", jsonObject({ id, type: "reasoning", summary: [] }));
    return told + this.added(this.prose);
  }

  private seal(block: Block, seal: Seal): string {
    const told = this.endPart() + this.think(block);
    this.prose!.item.encrypted_content = encodeSeal(seal);
    return told;
  }

  private beginPart(block: number, kind: OpenPart["kind"], list: "summary" | "content"): string {
    const { item } = this.prose!;
    const parts = (item[list] as JsonObject[] | undefined) ?? [];
    const place = parts.length;
    const at = membersOf({ ...placeOf(this.prose!), ...partPlace({ kind, place }) });
    const part: OpenPart = { block, place, at, kind, words: [], notes: [] };
    item[list] = [...parts, partOf(part)];
    this.part = part;
    const type = list === "summary" ? "response.reasoning_summary_part.added" : "response.content_part.added";
    return this.tell(type, { ...placeOf(this.prose!), ...partPlace(part), part: partOf(part) });
  }

  private endPart(): string {
    const { part, prose } = this;
    if (part === undefined || prose === undefined) return "";
    this.part = undefined;
    const list = part.kind === "summary_text" ? "summary" : "content";
    const whole = partOf(part);
    (prose.item[list] as JsonObject[])[part.place] = whole;
    const place = { ...placeOf(prose), ...partPlace(part) };
    const [type, said] = DONE[part.kind](part.words.join(""));
    const ended = list === "summary" ? "response.reasoning_summary_part.done" : "response.content_part.done";
    return this.tell(type, { ...place, ...said }) + this.tell(ended, { ...place, part: whole });
  }

  private endProse(): string {
    const told = this.endPart();
    const { prose } = this;
    if (prose === undefined) return told;
    this.prose = undefined;
    return told + this.done(prose);
  }

  private endBlock(index: number, signature: Signature | undefined): string {
    const open = this.blocks.get(index);
    this.blocks.delete(index);
    if (open?.block.kind === "reasoning" && signature !== undefined) {
      if (this.part?.block === index) {
        this.prose!.item.encrypted_content = encodeSeal({ signature });
        return this.endProse();
      }
      return this.seal(open.block, { signature });
    }
    if (open?.block.kind === "file") return this.image(open.block.mediaType, open.words.join(""));
    if (open?.call === undefined) return "";
    return this.endCall(open.call, open.words.join(""));
  }

  /** A search that the provider does: what for, is known at its end. */
  private search(open: OpenBlock, block: Block): string {
    const told = this.endProse();
    open.call = this.add("ws", searchItem(block));
    const begun = this.added(open.call) + this.tell("response.web_search_call.in_progress", placeOf(open.call));
    return told + begun + this.tell("response.web_search_call.searching", placeOf(open.call));
  }

  private endCall(call: OpenItem, said: string): string {
    const [type, whole] = wholeCall(call.item, said);
    return this.tell(type, { ...placeOf(call), ...whole }) + this.done(call);
  }

  private image(mediaType: string, base64: string): string {
    const [kind, format] = mediaType.split("/");
    if (kind !== "image") return "";
    const item = this.add("ig", { type: "image_generation_call", status: "in_progress", result: null });
    const told = this.added(item);
    item.item.output_format = format;
    item.item.result = base64;
    return told + this.tell("response.image_generation_call.completed", placeOf(item)) + this.done(item);
  }

  private add(prefix: string, members: JsonObject): OpenItem {
    const at = this.output.length;
    const id = typeof members.id === "string" ? members.id : mintedId(prefix, this.stamp.id, at);
    const item = { ...members, id };
    this.output.push(item);
    return { at, item };
  }

  private added({ at, item }: OpenItem): string {
    return this.tell("response.output_item.added", { output_index: at, item });
  }

  private done({ at, item }: OpenItem): string {
    if (item.status === "in_progress") item.status = "completed";
    return this.tell("response.output_item.done", { output_index: at, item });
  }

  private response(progress: Omit<Progress, "output">): JsonObject {
    return encodeResponse(this.stamp, this.ask, { ...progress, output: this.output });
  }

  private tell(type: string, members: JsonObject): string {
    return frameOf({ type, sequence_number: this.sequence++, ...members });
  }
}
