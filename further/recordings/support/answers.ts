import { type ByteText, readByteText } from "../../../src/core/byte-text.ts";
import type { GatewayError } from "../../../src/core/error.ts";
import type { Event, Finish } from "../../../src/core/event.ts";
import type { Message } from "../../../src/core/message.ts";
import { Readings } from "../../../src/core/readings.ts";
import { CLOSING, STAMP } from "../../../src/wires/fixtures/facts.ts";
import { FrameSplitter } from "../../../src/wires/sse.ts";
import { eventsIn, outcome } from "../../../test/support/wire-fixtures.ts";
import { askOf, type Exchange } from "./exchanges.ts";
import type { Reading } from "./reading.ts";

/** The events of an answer, whole or in these pieces. */
export function eventsOf(one: Exchange, ...pieces: ByteText[]): Event[] {
  const outbound = one.wire.outbound!;
  if (!one.stream) return [...outbound.decodeAnswer(JSON.parse(one.text), one.quirks)];
  return [...eventsIn(outbound, one.quirks, pieces.length === 0 ? [one.bytes] : pieces)];
}

export function answerOf(one: Exchange): Message | GatewayError {
  return outcome(eventsOf(one));
}

/** What a client gets of a relayed stream, as ordinary text. */
export function relayedText(one: Exchange): string {
  const stream = one.wire.relay!.stream!(askOf(one), STAMP, new Readings());
  const frames = new FrameSplitter().push(one.bytes);
  return readByteText(frames.map((frame) => stream.push(frame)).join("")) + stream.finish(CLOSING);
}

/** What a message says, in the form of an independent reading. */
export function saidBy({ parts, rawFinish, rawUsage }: Message): Omit<Reading, "error"> {
  const words = (kind: string) => parts.flatMap((part) => (part.kind === kind && "text" in part ? [part.text] : []));
  return {
    text: words("text").join(""),
    refusal: words("refusal").join(""),
    reasoning: words("reasoning").join(""),
    proofs: parts.flatMap((part) =>
      part.kind === "reasoning" ? (part.signature?.value ?? part.encrypted ?? part.redacted ?? []) : [],
    ),
    calls: parts.flatMap((part) =>
      part.kind === "tool-call" && part.by === "client"
        ? [{ id: part.call, name: part.name, args: part.arguments }]
        : [],
    ),
    finish: rawFinish,
    usage: rawUsage,
  };
}

/** A provider's word for how its answer ended, in ours. Whoever says a new one has it looked at here. */
export const FINISH: Record<string, Finish> = {
  stop: "stop",
  eos: "stop",
  length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  tool_use: "tool-calls",
  pause_turn: "pause",
  refusal: "refusal",
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "content-filter",
  MODEL_ARMOR: "content-filter",
  OTHER: "other",
  "1": "stop",
  "2": "length",
  guardrail_intervened: "content-filter",
};

/** How an answer ended. Gemini says `STOP` behind calls as well. */
export function finishOf(word: string, { calls }: Pick<Reading, "calls">): Finish | undefined {
  const finish = FINISH[word];
  return /^(STOP|1)$/.test(word) && calls.length > 0 ? "tool-calls" : finish;
}
