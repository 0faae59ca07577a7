import { expect } from "bun:test";
import { GatewayError } from "../../src/core/error.ts";
import type { Event } from "../../src/core/event.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { aiSdkLanguageModel } from "../../src/wires/ai-sdk-language-model/index.ts";
import { CLOSING, STAMP } from "../../src/wires/fixtures/facts.ts";
import { leftOut } from "../../src/wires/left-out.ts";
import { HEAD, outcome } from "./wire-fixtures.ts";

const { read, transcode } = aiSdkLanguageModel.inbound!;
const { encodeReply, encodeStream, says } = transcode!;

export const EDITIONS = ["2", "3", "4"] as const;
const PROMPT = [{ role: "user", content: [{ type: "text", text: "Hello" }] }];
const asked = (edition: string) => {
  const head = new Headers(HEAD);
  head.set("ai-language-model-specification-version", edition);
  return read({ prompt: PROMPT }, head);
};

/** What the door is told of an answer, as `gateway/transcode.ts` hands it on. */
const toldOf = (events: readonly Event[]) =>
  events.filter((event) => leftOut(event, "ai-sdk-language-model", says) === undefined || event.type !== "block-delta");

// biome-ignore lint/suspicious/noExplicitAny: parts are looked into
type Part = any;

function partsIn(sse: string): Part[] {
  const frames = sse.split("\n\n").filter((frame) => frame !== "" && !frame.startsWith(":"));
  return frames.filter((frame) => frame !== "data: [DONE]").map((frame) => JSON.parse(frame.slice("data: ".length)));
}

/** What the parts of a stream come to, in the order in which they end. */
function contentOf(parts: readonly Part[]): JsonObject[] {
  const open = new Map<string, { kind: string; said: string; metadata?: JsonObject }>();
  const content: JsonObject[] = [];
  const calls = new Set<string>();
  for (const part of parts) {
    const [, kind, piece] = /^(text|reasoning|tool-input)-(start|delta|end)$/.exec(part.type) ?? [];
    if (kind === undefined) {
      // What a provider ran may be told at once.
      if (part.type === "tool-call") expect(calls.delete(part.toolCallId) || part.providerExecuted).toBe(true);
      content.push(part);
    } else if (piece === "start") {
      expect(open.has(part.id)).toBe(false);
      open.set(part.id, { kind, said: "", metadata: part.providerMetadata });
      if (kind === "tool-input") expect(part.toolName).toEqual(expect.any(String));
    } else {
      const block = open.get(part.id)!;
      expect(block.kind).toBe(kind);
      // The SDK keeps what was told last.
      block.metadata = part.providerMetadata ?? block.metadata!;
      if (piece === "delta") {
        expect(part.delta).not.toBe("");
        block.said += part.delta;
        continue;
      }
      open.delete(part.id);
      if (kind === "tool-input") calls.add(part.id);
      else content.push({ type: kind, text: block.said, providerMetadata: block.metadata });
    }
  }
  expect([...open.keys(), ...calls]).toEqual([]);
  return content;
}

/** What says only whose answer it is, or where a source stands. */
function bare({ providerMetadata, id: _, ...part }: Part): JsonObject {
  const { gateway: { generationId: __, ...gateway } = {} as Part, ...metadata } = providerMetadata ?? {};
  const told = Object.keys(gateway).length === 0 ? metadata : { ...metadata, gateway };
  return Object.keys(told).length === 0 ? part : { ...part, providerMetadata: told };
}

const sorted = (content: readonly JsonObject[]) => content.map((part) => JSON.stringify(bare(part))).sort();

/** The parts of a stream in this edition are in the order that the SDK wants, and together they are what the whole answer has. */
export function mustBeParts(said: readonly Event[], edition: string): void {
  const events = toldOf(said);
  const ask = asked(edition);
  const stream = encodeStream(STAMP, ask);
  let sse = "";
  for (const event of events) sse += event.type === "error" ? stream.fail(event.error) : stream.push(event);
  const result = outcome(events);
  if (result instanceof GatewayError) {
    const parts = partsIn(sse);
    expect(parts.at(-1)).toMatchObject({ type: "error", error: { message: result.message, code: result.code } });
    expect(sse).not.toContain("[DONE]");
    return;
  }
  sse += stream.finish(CLOSING);
  expect(sse).toEndWith("data: [DONE]\n\n");
  const [start, metadata, ...parts] = partsIn(sse);
  const finish = parts.pop();
  expect([start.type, metadata.type, finish.type]).toEqual(["stream-start", "response-metadata", "finish"]);
  expect(parts.filter(({ type }) => /^(stream-start|response-metadata|finish|error)$/.test(type))).toEqual([]);
  const reply = encodeReply(result, STAMP, CLOSING, ask);
  expect(sorted(contentOf(parts))).toEqual(sorted(reply.content as JsonObject[]));
  expect([finish.finishReason, finish.usage]).toEqual([reply.finishReason, reply.usage] as never);
}
