import { describe, expect, test } from "bun:test";
import type { ByteText } from "../core/byte-text.ts";
import { Readings } from "../core/readings.ts";
import { anthropicMessages } from "../wires/anthropic-messages/index.ts";
import { awsEvent, awsException } from "../wires/fixtures/aws-frame.ts";
import { openaiChat } from "../wires/openai-chat/index.ts";
import { CLOSING, cutAt, factsOf, STAMP, streamed } from "./fixtures/passage.ts";
import type { Passage } from "./passage.ts";
import { relayPassage } from "./relay.ts";
import { transcodePassage } from "./transcode.ts";

/** A stream of Anthropic's events in AWS's frames, on its way to either client. */

const chunk = (event: object) =>
  awsEvent("chunk", { bytes: Buffer.from(JSON.stringify(event)).toString("base64"), p: "ab" });
const START = chunk({
  type: "message_start",
  message: {
    id: "msg_bdrk_1",
    type: "message",
    role: "assistant",
    model: "claude",
    content: [],
    usage: { input_tokens: 3, output_tokens: 1 },
  },
});
const SAID = 'Schleuse 水门 🚪 "quoted" \\ end';
const OPEN = chunk({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
const WORDS = chunk({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: SAID } });
const END =
  chunk({ type: "content_block_stop", index: 0 }) +
  chunk({
    type: "message_delta",
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: { output_tokens: 9 },
  }) +
  chunk({ type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 3 } });
const WHOLE = START + OPEN + WORDS + END;

function relayed(): Passage {
  const body = { model: "lab/model", max_tokens: 9, stream: true, messages: [{ role: "user", content: "Hello" }] };
  const facts = factsOf(anthropicMessages, {}, ["invoke-model"]);
  return relayPassage(
    { ...facts, ask: anthropicMessages.inbound!.read(body), stamp: STAMP, readings: new Readings() },
    anthropicMessages.relay!,
  );
}

function transcoded(): Passage {
  const facts = factsOf(anthropicMessages, { stream: true }, ["invoke-model"]);
  return transcodePassage(facts, anthropicMessages.outbound!, openaiChat.inbound!.transcode!);
}

/** What a client gets, driven as `live.ts` does: nothing is asked of a stream that has failed. */
function toldOf(passage: Passage, bytes: ByteText): string {
  const course = passage.stream();
  const said = [course.push(bytes)];
  if (passage.readings.error === undefined && !passage.readings.ended) said.push(course.end());
  const { error } = passage.readings;
  return Buffer.concat(said).toString() + (error === undefined ? course.finish(CLOSING) : course.fail(error));
}

const DOORS = [
  ["relayed", relayed, /event: message_stop/],
  ["transcoded", transcoded, /\[DONE\]/],
] as const;

describe.each(DOORS)("%s", (_, passageFor, end) => {
  test("is asked for where it is, without a model", () => {
    const { path, body } = passageFor();
    expect(path).toBe("/model/model-2025/invoke-with-response-stream");
    expect(JSON.parse(body)).toMatchObject({ anthropic_version: "bedrock-2023-05-31" });
    expect(JSON.parse(body).model).toBeUndefined();
  });

  test("is the same however its bytes are cut", () => {
    const expected = streamed(passageFor(), [WHOLE]);
    expect(expected).toContain(JSON.stringify(SAID).slice(1, -1));
    expect(expected).toMatch(end);
    for (let place = 1; place < WHOLE.length; place += 13)
      expect(streamed(passageFor(), cutAt(WHOLE, [place, place * 2, place * 3]))).toBe(expected);
  });

  test.each([
    ["an exception", WORDS + awsException("throttlingException", "Slow down."), "upstream_rate_limited"],
    [
      "a damaged frame",
      WORDS + END.slice(0, 60) + String.fromCharCode(END.charCodeAt(60) ^ 1) + END.slice(61),
      "upstream_malformed",
    ],
    ["nothing more", WORDS, "upstream_truncated"],
    ["half a frame", WORDS + END.slice(0, 70), "upstream_truncated"],
  ])("tells what came before %s, then the error, and no end", (_, rest, code) => {
    const passage = passageFor();
    const text = toldOf(passage, START + OPEN + rest);
    expect(passage.readings.error?.code).toBe(code as never);
    expect(text).toContain(JSON.stringify(SAID).slice(1, -1));
    expect(text.trimEnd().split("\n\n").at(-1)).toContain(code);
    expect(text).not.toMatch(end);
  });

  test("has said nothing yet where the first thing is an exception", () => {
    const passage = passageFor();
    passage.stream().push(START + awsException("serviceUnavailableException", "Later."));
    expect(passage.readings.committed).toBe(false);
    expect(passage.readings.error?.code).toBe("upstream_overloaded");
  });
});
