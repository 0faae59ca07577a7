import type { EventStream } from "../answer.ts";
import type { JsonObject } from "../json.ts";
import { pieces } from "../tokens.ts";
import { type Block, callHead, type Message, searchHead, searchUsage, stopDetails } from "./messages-whole.ts";
import { anthropic } from "./vendor.ts";

/** White space before the last brace hides the length of what is said. */
const TAILS = [8, 15, 0, 3, 5, 12, 11, 6, 5, 14, 1, 9, 4, 2, 10, 7].map((width) => `${" ".repeat(width)}}\n\n`);

const DELTA = "event: content_block_delta\ndata: ";

/** A message in frames, each built around the same few strings. */
export class MessageStream implements EventStream {
  readonly opening: string;
  readonly unfinished: string;
  private readonly message: Message;
  /** From one block's index to the next's. */
  private readonly step: number;
  private frames = 0;
  /** Frames that wait for the next piece of content, to go out with it. */
  private before = "";

  constructor(message: Message) {
    this.message = message;
    this.step = message.scenario.quirk?.includes("gaps") ? 2 : 1;
    const start = this.open();
    this.opening = message.scenario.quirk?.includes("restart") ? start + start : start;
    const text = this.frame("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
    this.unfinished = `${text}${DELTA}{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"`;
  }

  *content(): Generator<string, void> {
    const counts = this.message.scenario.usage === "every";
    let said = 0;
    for (const [place, block] of this.message.blocks.entries()) {
      const index = place * this.step;
      // A ping follows the first block's start, whatever the block.
      this.before += this.start(block, index) + (place === 0 ? anthropic.ping : "");
      const head = `${DELTA}{"type":"content_block_delta","index":${index},"delta":{"type":${DELTAS[block.type]}:`;
      // A search and what it found are one piece.
      if (block.type === "search")
        this.before += `${head}${JSON.stringify(JSON.stringify({ query: block.query }))}}${this.tail()}`;
      for (const piece of piecesOf(block)) {
        said++;
        const frame = `${head}${JSON.stringify(piece)}}${this.tail()}`;
        yield this.before + (counts ? frame + this.reached(null, said) : frame);
        this.before = "";
      }
      this.before += this.stop(block, index);
      if (block.type !== "found") continue;
      yield this.before;
      this.before = "";
    }
  }

  closing(): string {
    const { output, stopReason, scenario } = this.message;
    const half = scenario.usage === "twice" ? this.reached(null, Math.floor(output / 2)) : "";
    return this.before + half + this.reached(stopReason, output) + this.frame("message_stop", {});
  }

  private open(): string {
    const { id, model, input, output, scenario } = this.message;
    const told = scenario.usage === "early" ? output : 1;
    const usage = { ...input, output_tokens: told, service_tier: "standard", inference_geo: "global" };
    return this.frame("message_start", {
      message: {
        model,
        id,
        type: "message",
        role: "assistant",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        stop_details: null,
        ...(scenario["no-usage"] ? {} : { usage }),
      },
    });
  }

  private start(block: Block, index: number): string {
    const frame = this.frame("content_block_start", { index, content_block: emptyBlock(block) });
    if (block.type !== "tool_use") return frame;
    return frame + this.frame("content_block_delta", { index, delta: { type: "input_json_delta", partial_json: "" } });
  }

  private stop(block: Block, index: number): string {
    const stop = this.frame("content_block_stop", { index });
    if (block.type !== "thinking") return stop;
    const delta = { type: "signature_delta", signature: block.signature };
    return this.frame("content_block_delta", { index, delta }) + stop;
  }

  /** A `message_delta`: usage so far, and why the message ended once it has. */
  private reached(stopReason: string | null, output: number): string {
    const { input, thought, stopSequence, searches, scenario } = this.message;
    const { cache_creation: _told, ...figures } = input;
    const usage = { ...figures, output_tokens: output, output_tokens_details: { thinking_tokens: thought } };
    const last = stopReason !== null;
    const searched = last ? searchUsage(searches) : {};
    return this.frame("message_delta", {
      delta: {
        stop_reason: stopReason,
        stop_sequence: last ? stopSequence : null,
        stop_details: last ? stopDetails(stopReason) : null,
      },
      ...(scenario["no-usage"] || scenario.usage === "early" ? {} : { usage: { ...usage, ...searched } }),
    });
  }

  private frame(type: string, members: JsonObject): string {
    return `event: ${type}\ndata: ${JSON.stringify({ type, ...members }).slice(0, -1)}${this.tail()}`;
  }

  private tail(): string {
    return TAILS[this.frames++ % TAILS.length] as string;
  }
}

/** Type and text member of a block's deltas. */
const DELTAS: Record<Block["type"], string> = {
  thinking: '"thinking_delta","thinking"',
  redacted_thinking: "",
  found: "",
  search: '"input_json_delta","partial_json"',
  text: '"text_delta","text"',
  tool_use: '"input_json_delta","partial_json"',
};

function emptyBlock(block: Block): JsonObject {
  switch (block.type) {
    case "thinking":
      return { type: "thinking", thinking: "", signature: "" };
    case "redacted_thinking":
      return { type: "redacted_thinking", data: block.data };
    case "text":
      return { type: "text", text: "" };
    case "search":
      return searchHead(block.id);
    case "found":
      return { type: "web_search_tool_result", tool_use_id: block.id, content: [] };
    case "tool_use":
      return callHead(block.id, block.call);
  }
}

function piecesOf(block: Block): Iterable<string> {
  switch (block.type) {
    case "thinking":
    case "text":
      return block.words;
    case "tool_use":
      // A call without arguments ends after the empty piece: recordings of 2026.
      return block.call.input === "{}" ? [] : pieces(block.call.input);
    case "redacted_thinking":
    case "search":
    case "found":
      return [];
  }
}
