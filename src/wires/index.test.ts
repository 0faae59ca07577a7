import { describe, expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import type { WireName } from "../core/event.ts";
import { errorOf } from "./fixtures/facts.ts";
import { WRITTEN_WIRES, wireNamed } from "./index.ts";
import { FrameSplitter, readFrame } from "./sse.ts";

test("every wire goes by its own name", () => {
  for (const wire of WRITTEN_WIRES) expect(wireNamed(wire.name)).toBe(wire);
});

test("one that is not written is a defect, not a client's error", () => {
  expect(() => wireNamed("smoke-signals" as WireName)).toThrow("smoke-signals");
});

/** What is missed first, where that is not the model in the body. */
const FIRST: Partial<Record<WireName, string>> = {
  "ai-sdk-language-model": "ai-language-model-id",
  "ai-sdk-embedding-model": "ai-model-id",
  "openai-moderations": "input",
  "ai-sdk-image-model": "ai-model-id",
  "ai-sdk-image-edits": "ai-model-id",
  "ai-sdk-reranking-model": "ai-model-id",
  "ai-sdk-speech-model": "ai-model-id",
  "ai-sdk-transcription-model": "ai-model-id",
};

describe.each(WRITTEN_WIRES.map((wire) => [wire.name, wire] as const))("%s", (_, wire) => {
  test("has a path below the provider's address", () => {
    for (const stream of [true, false]) expect(wire.path("large", stream)).toMatch(/^\/[\w/-]+(:\w+)?(\?[\w=]+)?$/);
  });

  test("reads any refusal", () => {
    for (const status of [200, 301, 400, 418, 429, 500, 599]) {
      for (const body of [
        "",
        "null",
        "[]",
        "[null]",
        "7",
        '"x"',
        "{",
        '{"error":7}',
        '{"error":{"message":{}}}',
        "<p>",
      ]) {
        expect(wire.decodeError(status, new Headers(), body)).toBeInstanceOf(GatewayError);
      }
    }
  });

  const { inbound } = wire;
  if (inbound === undefined) return;

  test("refuses a body of nothing by the field that is missing", () => {
    const param = FIRST[wire.name] ?? "model";
    expect(errorOf(() => inbound.read({}))).toMatchObject({ code: "invalid_request", details: { param } });
  });

  test("keeps a stream alive without saying anything", () => {
    const [frame, ...rest] = new FrameSplitter().push(inbound.heartbeat);
    // A comment, or the event that a wire has for it.
    const said = readFrame(frame!);
    if (said !== undefined) expect(said).toEqual({ event: "ping", data: '{"type":"ping"}' });
    expect(rest).toEqual([]);
  });

  test("tells an error alone and in band with the same words", () => {
    const error = new GatewayError("upstream_error", "Failed.");
    const last = new FrameSplitter().push(inbound.encodeErrorFrame(error, "gen_1")).at(-1)!;
    expect(JSON.parse(readFrame(last)!.data)).toMatchObject(inbound.encodeError(error, "gen_1"));
  });
});
