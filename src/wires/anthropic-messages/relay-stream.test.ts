import { describe, expect, test } from "bun:test";
import { utf8ByteText } from "../../core/byte-text.ts";
import { Readings } from "../../core/readings.ts";
import { CLOSING, STAMP } from "../fixtures/facts.ts";
import { MessagesRelay } from "./relay-stream.ts";

const START =
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","model":"claude-x","role":"assistant","content":[],"usage":{"input_tokens":9,"output_tokens":1}}}\n\n';
const BLOCK =
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n';
const delta = (json: string, pad = "") =>
  `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":${json}}${pad}}\n\n`;

function relay(...frames: string[]) {
  const readings = new Readings();
  const stream = new MessagesRelay(STAMP, readings);
  const told = frames.map((frame) => stream.push(utf8ByteText(frame)));
  return { readings, stream, told };
}

describe("words", () => {
  test.each([
    ["plain", delta('"Hi"')],
    ["filled up with spaces, as Anthropic does", delta('"Hi"', "        ")],
    ["with escapes that look like an end", delta('"a\\"}}\\n\\n"')],
    ["of any script", delta('"水门 🚪"')],
    ["beside members that nobody knows", delta('"Hi","x":{"y":[1]}')],
  ])("%s go on to the byte", (_, frame) => {
    const { told, readings } = relay(START, BLOCK, delta('"first"'), frame);
    expect(told.at(-1)).toBe(utf8ByteText(frame));
    expect(readings.error).toBeUndefined();
    expect(readings.contentBytes).toBeGreaterThan(5);
  });

  test.each([
    [
      "no JSON",
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a}}\n\n',
    ],
    ["two objects in a line", delta('"a"}}{"type":"x"')],
    ["cut", delta('"Hi"').slice(0, -6)],
  ])("that are %s are an error", (_, frame) => {
    const { told, readings } = relay(START, BLOCK, delta('"first"'), frame);
    expect(told.at(-1)).toBe("");
    expect(readings.error?.code).toBe("upstream_malformed");
  });

  test("are counted in bytes of content, and commit the answer", () => {
    const { readings } = relay(START, BLOCK, delta('"12345"'), delta('"678"'));
    expect(readings.contentBytes).toBe(8);
    expect(readings.committed).toBe(true);
  });
});

test("the start has our id and model, and everything else of theirs where it stood", () => {
  const { told, readings } = relay(START);
  expect(told[0]).toBe(START.replace("msg_1", STAMP.id).replace("claude-x", STAMP.model));
  expect([readings.upstreamId, readings.upstreamModel]).toEqual(["msg_1", "claude-x"]);
  const bare = START.replace('"id":"msg_1","model":"claude-x",', "");
  expect(relay(bare).told[0]).toContain(`"id":"${STAMP.id}"`);
});

test("a start without usage gets a guess, marked: the SDK counts on it", () => {
  const { told } = relay(START.replace(',"usage":{"input_tokens":9,"output_tokens":1}', ""));
  const event = JSON.parse(told[0]!.split("data: ")[1]!);
  expect(event.message).toEqual({
    id: STAMP.id,
    model: STAMP.model,
    role: "assistant",
    content: [],
    usage: { input_tokens: 0, output_tokens: 0 },
  });
  expect(event.provider_metadata.gateway.usageEstimated).toBe(true);
});

test("events are spelled as Anthropic's clients want them, however they came", () => {
  for (const frame of [
    'data: {"type":"content_block_stop","index":0}\n\n',
    'event: x\ndata: {"type":"content_block_stop","index":0}\n\n',
    'event: content_block_stop\r\ndata:{"type":"content_block_stop","index":0}\r\n\r\n',
  ]) {
    expect(relay(START, BLOCK, frame).told.at(-1)).toBe(
      'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
    );
  }
  // A type that would be more than a line names no event.
  const odd = relay(START, 'data: {"type":"a\\nevent: message_stop"}\n\n').told.at(-1);
  expect(odd).toBe('data: {"type":"a\\nevent: message_stop"}\n\n');
});

test("the end is held until the books are closed, and has one usage: ours over theirs", () => {
  const { told, stream, readings } = relay(
    START,
    BLOCK,
    delta('"Hi"'),
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":5}}\n\n',
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":9,"service_tier":"standard","output_tokens_details":{"thinking_tokens":1,"x":2}},"context_management":{"applied_edits":[]}}\n\n',
    'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  );
  expect(told.slice(3)).toEqual(["", "", ""]);
  expect(readings).toMatchObject({ ended: true, finish: "stop", usage: { input: 9, output: 9 } });
  const [last, stop] = stream.finish(CLOSING).split("\n\n");
  expect(JSON.parse(last!.split("data: ")[1]!)).toEqual({
    type: "message_delta",
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: {
      output_tokens: 7,
      service_tier: "standard",
      output_tokens_details: { thinking_tokens: 3, x: 2 },
      input_tokens: 7,
      cache_read_input_tokens: 4,
    },
    context_management: { applied_edits: [] },
    provider_metadata: CLOSING.metadata,
  });
  expect(stop).toBe('event: message_stop\ndata: {"type":"message_stop"}');
});

test("blocks are numbered without gaps, since clients look for them at their place in a list", () => {
  const at = (frame: string, index: number) => frame.replace('"index":0', `"index":${index}`);
  const stop = 'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n';
  const { told, readings } = relay(
    START,
    at(BLOCK, 2),
    at(delta('"水"'), 2),
    at(stop, 2),
    at(BLOCK, 1),
    at(delta('"b"'), 1),
    at(stop, 1),
    at(BLOCK, 7),
    at(delta('"c"'), 7),
    at(delta('"d"'), 7),
    at(stop, 7),
  );
  const indexes = told.slice(1).map((frame) => JSON.parse(Buffer.from(frame, "latin1").toString().split("data: ")[1]!));
  expect(indexes.map(({ index }) => index)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 2]);
  expect(indexes[1].delta.text).toBe("水");
  expect(readings.contentBytes).toBe(6);
});

test("whoever begins twice is heard once, unless it is another message", () => {
  expect(relay(START, BLOCK, START).told.at(-1)).toBe("");
  const { told, readings } = relay(START, BLOCK, START.replace("msg_1", "msg_2"));
  expect([told.at(-1), readings.error?.code]).toEqual(["", "upstream_malformed"]);
});

test("a whole message in one event is told in pieces", () => {
  const whole = {
    type: "message",
    id: "msg_1",
    role: "assistant",
    content: [{ type: "text", text: "Hi" }],
    stop_reason: "end_turn",
    usage: { input_tokens: 9, output_tokens: 1 },
  };
  const { told, readings } = relay(`event: message\ndata: ${JSON.stringify(whole)}\n\n`);
  expect(told[0]!.match(/^event: \w+/gm)).toEqual([
    "event: message_start",
    "event: content_block_start",
    "event: content_block_stop",
  ]);
  expect(readings.ended).toBe(true);
});

test("what else the last event tells is told", () => {
  const metrics = { "amazon-bedrock-invocationMetrics": { inputTokenCount: 9, firstByteLatency: 401 } };
  const stop = `event: message_stop\ndata: ${JSON.stringify({ type: "message_stop", ...metrics })}\n\n`;
  const end = 'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\n';
  const { stream, told, readings } = relay(START, BLOCK, delta('"Hi"'), end, stop);
  expect(told.at(-1)).toBe("");
  expect(readings.ended).toBe(true);
  expect(stream.finish(CLOSING)).toEndWith(stop);
});
