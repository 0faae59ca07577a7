import { describe, expect, test } from "bun:test";
import { type ByteText, toByteText } from "../core/byte-text.ts";
import { GatewayError } from "../core/error.ts";
import type { Frame } from "../core/event.ts";
import { AwsEventStream } from "./aws-event-stream.ts";
import { awsEvent, awsException, awsFrame, awsFrameOf } from "./fixtures/aws-frame.ts";
import { FRAME_CAP } from "./sse.ts";

/** What can be read of a stream in these pieces, and what was thrown then. */
function read(...pieces: ByteText[]): { frames: Frame[]; error: GatewayError | undefined } {
  const stream = new AwsEventStream();
  const frames: Frame[] = [];
  try {
    for (const piece of pieces) for (const frame of stream.push(piece)) frames.push(frame);
    frames.push(...stream.end());
  } catch (thrown) {
    return { frames, error: GatewayError.from(thrown) };
  }
  return { frames, error: undefined };
}

const bytes = (hex: string) => toByteText(Buffer.from(hex, "hex"));

/** As AWS's SDK for JavaScript has them: aws/aws-sdk-js-v3, packages/eventstream-marshaller/src/TestVectors.fixture.ts. */
describe("vectors of AWS's own", () => {
  const HELD = {
    empty_message: "000000100000000005c248eb 7d98c8ff",
    int32_header: "0000002b0000000e348bec7b08 6576656e742d6964 040000a00c 7b27666f6f273a27626172277d d3890285",
    payload_no_headers: "0000001d00000000fd528c5a 7b27666f6f273a27626172277d c3653936",
    payload_one_str_header:
      "0000003d0000002007fd8396 0c636f6e74656e742d74797065 070010 6170706c69636174696f6e2f6a736f6e 7b27666f6f273a27626172277d 8d9c08b1",
  };
  test.each(Object.entries(HELD))("%s", (name, hex) => {
    const { frames, error } = read(bytes(hex.replaceAll(" ", "")));
    expect(error).toBeUndefined();
    expect(frames).toEqual([{ event: "", data: name === "empty_message" ? "" : "{'foo':'bar'}" }]);
  });

  const DAMAGED = {
    corrupted_headers:
      "0000003d0000002007fd8396 0c636f6e74656e742b74797065 070010 6170706c69636174696f6e2f6a736f6e 7b27666f6f273a27626172277d 8d9c08b1",
    corrupted_header_len:
      "0000003d0000012007fd8396 0c636f6e74656e742d74797065 070010 6170706c69636174696f6e2f6a736f6e 7b27666f6f273a27626172277d 8d9c08b1",
    corrupted_length: "0100001d00000000fd528c5a 7b27666f6f273a27626172277d c3653936",
    corrupted_payload: "0000001d00000000fd528c5a 7b27666f6f273a27626172278d c3653936",
  };
  test.each(Object.entries(DAMAGED))("%s", (_, hex) => {
    const { frames, error } = read(bytes(hex.replaceAll(" ", "")));
    expect(frames).toEqual([]);
    expect(error?.code).toBe("upstream_malformed");
  });
});

const STREAM = [
  awsEvent("messageStart", { role: "assistant" }),
  awsEvent("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Grüße, 世界 👋" } }),
  awsException("throttlingException", "Too many requests"),
].join("");

const FRAMES: Frame[] = [
  { event: "messageStart", data: '{"role":"assistant"}' },
  { event: "contentBlockDelta", data: '{"contentBlockIndex":0,"delta":{"text":"Grüße, 世界 👋"}}' },
  { event: "throttlingException", data: '{"message":"Too many requests"}', failure: true },
];

test("cut anywhere, in two pieces or byte by byte, the frames are the same", () => {
  for (let cut = 0; cut <= STREAM.length; cut++)
    expect(read(STREAM.slice(0, cut), STREAM.slice(cut))).toEqual({ frames: FRAMES, error: undefined });
  expect(read(...STREAM)).toEqual({ frames: FRAMES, error: undefined });
});

test("a frame that is cut off says nothing, and those before it all", () => {
  for (let cut = 0; cut < STREAM.length; cut++) {
    const { frames, error } = read(STREAM.slice(0, cut));
    expect(error).toBeUndefined();
    expect(frames).toEqual(FRAMES.slice(0, frames.length));
  }
  expect(read(STREAM.slice(0, -1)).frames).toEqual(FRAMES.slice(0, 2));
});

test("any bit that is turned is noticed, and what came before it is read", () => {
  const first = awsEvent("messageStart", { role: "assistant" });
  const second = awsEvent("contentBlockStop", { contentBlockIndex: 0 });
  for (let at = 0; at < second.length; at++) {
    for (const bit of [1, 128]) {
      const turned = String.fromCharCode(second.charCodeAt(at) ^ bit);
      const { frames, error } = read(first + second.slice(0, at) + turned + second.slice(at + 1));
      expect([at, bit, error?.code]).toEqual([at, bit, "upstream_malformed"]);
      expect(frames).toEqual(FRAMES.slice(0, 1));
    }
  }
});

test("a damaged length is noticed before anything waits for so many bytes", () => {
  const [first, ...rest] = awsEvent("messageStart", {});
  expect(read(`\x01${rest.slice(0, 11).join("")}`).error?.message).toContain("checksum of its length");
  expect(first).toBe("\0");
});

test("a frame beyond the cap is refused by its prelude alone", () => {
  const long = awsFrame({}, "x".repeat(FRAME_CAP));
  expect(read(long.slice(0, 12)).error?.message).toContain(`more than ${FRAME_CAP} bytes`);
  const most = "x".repeat(FRAME_CAP - 16);
  expect(read(awsFrame({}, most))).toEqual({ frames: [{ event: "", data: most }], error: undefined });
});

test("headers of every type are stepped over", () => {
  const header = (name: string, type: number, value: number[]) =>
    Buffer.from([name.length, ...Buffer.from(name), type, ...value]);
  const text = (name: string, value: string) => header(name, 7, [0, value.length, ...Buffer.from(value)]);
  const head = Buffer.concat([
    header("true", 0, []),
    header("false", 1, []),
    header("byte", 2, [1]),
    header("short", 3, [1, 2]),
    header("int", 4, [1, 2, 3, 4]),
    header("long", 5, [1, 2, 3, 4, 5, 6, 7, 8]),
    header("bytes", 6, [0, 3, 7, 7, 7]),
    header("time", 8, [1, 2, 3, 4, 5, 6, 7, 8]),
    header(
      "uuid",
      9,
      Array.from({ length: 16 }, (_, i) => i),
    ),
    text(":event-type", "metadata"),
  ]);
  expect(read(awsFrameOf(head, Buffer.from("{}"))).frames).toEqual([{ event: "metadata", data: "{}" }]);
});

test.each([
  ["a type nobody knows", Buffer.from([1, 97, 10])],
  ["a value beyond the end", Buffer.from([1, 97, 7, 0, 9, 97])],
  ["a name beyond the end", Buffer.from([9, 97])],
])("headers with %s are damage, checksums or not", (_, head) => {
  expect(read(awsFrameOf(head, Buffer.from("{}"))).error?.message).toContain("headers");
});

test("an error that is no exception has its code and its message in the headers", () => {
  const headers = { ":message-type": "error", ":error-code": "InternalError", ":error-message": "An internal error" };
  expect(read(awsFrame(headers, "")).frames).toEqual([
    { event: "InternalError", data: '{"message":"An internal error"}', failure: true },
  ]);
});
