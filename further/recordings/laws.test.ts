import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/error.ts";
import type { Message } from "../../src/core/message.ts";
import type { Readings } from "../../src/core/readings.ts";
import { FrameSplitter } from "../../src/wires/sse.ts";
import { decodeStream, relayStream } from "../../test/support/wire-fixtures.ts";
import { answerOf, eventsOf, saidBy } from "./support/answers.ts";
import { askOf, choicesOf, cutAnywhere, type Exchange, streams, titled } from "./support/exchanges.ts";

/** What the laws of `test/laws.test.ts` ask of fixtures, asked of recorded traffic. */

const relayed = streams.filter(({ wire }) => wire.relay?.stream !== undefined);
const clean = streams.filter((one) => !(answerOf(one) instanceof GatewayError));

/** How an answer ended, and what it cost. */
const endOf = (result: Message | GatewayError) =>
  result instanceof GatewayError
    ? { error: result.code, message: result.message }
    : { usage: result.usage, rawUsage: result.rawUsage, finish: result.finish, rawFinish: result.rawFinish };

const endRead = ({ usage, rawUsage, finish, rawFinish, error }: Readings) =>
  error === undefined ? { usage, rawUsage, finish, rawFinish } : { error: error.code, message: error.message };

describe("what the relay reads of a stream is what the decoder reads", () => {
  test.each(titled(relayed))("%s", (_, one) => {
    const { readings } = relayStream(one.wire.relay!, askOf(one), one.bytes);
    const decoded = answerOf(one);
    expect(endRead(readings)).toEqual(endOf(decoded));
    if (decoded instanceof GatewayError) return;
    expect(readings.upstreamId).toBe(decoded.id);
    expect(readings.upstreamModel).toBe(decoded.model);
    const { text, reasoning, calls } = saidBy(decoded);
    const size = text.length + reasoning.length + calls.map(({ args }) => args).join("").length;
    // An estimate is made of it: not nothing where something was said, and no multiple of what was.
    expect(readings.contentBytes > 0).toBe(decoded.parts.length > 0);
    expect(readings.contentBytes).toBeGreaterThanOrEqual(Math.floor(size / 2));
  });
});

describe("however a stream is cut into pieces, it says the same", () => {
  test.each(titled(streams))("%s", (_, one) => {
    const expected = JSON.stringify(eventsOf(one));
    const told = one.wire.relay?.stream && relayStream(one.wire.relay, askOf(one), one.bytes).told;
    for (const longest of [1, 9, 300, 5000]) {
      const pieces = cutAnywhere(one.bytes, one.name, longest);
      expect(JSON.stringify(eventsOf(one, ...pieces))).toBe(expected);
      if (told !== undefined) expect(relayStream(one.wire.relay!, askOf(one), ...pieces).told).toBe(told);
    }
  });
});

/** Whether an answer that holds this much has its end, by what stands there in letters. */
function hasEnd(one: Exchange, text: string): boolean {
  if (one.wire.name === "gemini-generate") return /"(finishReason|blockReason)":/.test(text);
  if (one.wire.name !== "openai-chat") return /"type":\s*"(message_stop|message)"/.test(text);
  return /"finish_reason":\s*"/.test(text);
}

describe("a stream that is cut ends in an error, never in an end", () => {
  test.each(titled(clean))("%s", (_, one) => {
    const frames = new FrameSplitter().push(one.bytes);
    const ends = frames.map((_, i) => frames.slice(0, i + 1).join("").length);
    // Behind every frame of a short stream, behind some of a long one; always around its end, and inside frames.
    const step = Math.ceil(ends.length / 40);
    const cuts = ends.flatMap((end, i) =>
      i % step === 0 || i > ends.length - 6 ? [end, Math.max(0, end - 2), Math.max(0, end - 17)] : [],
    );
    for (const cut of new Set([0, ...cuts])) {
      const rest = one.bytes.slice(0, cut);
      const [last] = decodeStream(one.wire.outbound!, rest).slice(-1);
      if (!hasEnd(one, rest)) expect([cut, last?.type]).toEqual([cut, "error"]);
      else expect(["message-end", "error"]).toContain(last?.type ?? "nothing");
      if (one.wire.relay?.stream === undefined || choicesOf(one) > 1) continue;
      const { readings, told } = relayStream(one.wire.relay, askOf(one), rest);
      expect([cut, readings.error?.code]).toEqual([cut, last?.type === "error" ? last.error.code : undefined]);
      expect(/\[DONE\]|"type":"message_stop"/.test(told)).toBe(readings.error === undefined);
    }
  });

  test.each(titled(relayed.filter((one) => choicesOf(one) > 1)))(
    "with several answers, each needs its end: %s",
    (_, one) => {
      const frames = new FrameSplitter().push(one.bytes);
      const finished = frames.map((frame) => /"finish_reason":\s*"/.test(frame));
      const last = finished.lastIndexOf(true);
      const upTo = (end: number) => relayStream(one.wire.relay!, askOf(one), frames.slice(0, end).join("")).readings;
      expect(finished.filter(Boolean).length).toBe(choicesOf(one));
      expect(upTo(last).error?.code).toBe("upstream_truncated");
      expect(upTo(last + 1).error).toBeUndefined();
    },
  );
});
