import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { crc32 } from "node:zlib";
import type { JsonObject } from "../json.ts";
import { type Simulator, startSimulator } from "../server.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => simulator.stop());

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
type Loose = any;

const VERTEX = "/vertex/v1/projects/p/locations/global/publishers/anthropic/models/claude-haiku-4-5@20251001";
const BEDROCK = "/bedrock/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0";
const asked = (anthropic_version: string, more: JsonObject = {}): JsonObject => ({
  anthropic_version,
  max_tokens: 100,
  messages: [{ role: "user", content: "[sim tokens=3 every=0]" }],
  ...more,
});
const vertex = (more?: JsonObject) => asked("vertex-2023-10-16", more);
const bedrock = (more?: JsonObject) => asked("bedrock-2023-05-31", more);

function post(path: string, body: JsonObject, headers: Record<string, string> = { authorization: "Bearer k" }) {
  return fetch(simulator.url + path, { method: "POST", headers, body: JSON.stringify(body) });
}

const types = (text: string) => [...text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type);
const EVENTS = [
  "message_start",
  "content_block_start",
  "ping",
  "content_block_delta",
  "content_block_delta",
  "content_block_delta",
  "content_block_stop",
  "message_delta",
  "message_stop",
];

test("Vertex AI answers in Anthropic's bytes, whole, streamed and counted", async () => {
  const whole = await post(`${VERTEX}:rawPredict`, vertex());
  expect(((await whole.json()) as Loose).content[0].type).toBe("text");
  const stream = await post(`${VERTEX}:streamRawPredict`, vertex({ stream: true }));
  expect(stream.headers.get("content-type")).toStartWith("text/event-stream");
  expect(types(await stream.text())).toEqual(EVENTS);
  const { max_tokens: _cap, ...counted } = vertex({ model: "claude-haiku-4-5@20251001" });
  const count = await post(VERTEX.replace(/[^/]+$/, "count-tokens:rawPredict"), counted);
  expect(((await count.json()) as Loose).input_tokens).toBeGreaterThan(0);
});

test("Bedrock answers in frames of which each holds an event, with both checksums", async () => {
  const whole = await post(`${BEDROCK}/invoke`, bedrock());
  expect(((await whole.json()) as Loose).content[0].type).toBe("text");
  expect(whole.headers.get("x-amzn-requestid")).toBeTruthy();
  const stream = await post(`${BEDROCK}/invoke-with-response-stream`, bedrock());
  expect(stream.headers.get("content-type")).toBe("application/vnd.amazon.eventstream");
  const bytes = Buffer.from(await stream.arrayBuffer());
  const events: Loose[] = [];
  for (let at = 0; at < bytes.length; ) {
    const frame = bytes.subarray(at, at + bytes.readUInt32BE(at));
    expect(crc32(frame.subarray(0, 8))).toBe(frame.readUInt32BE(8));
    expect(crc32(frame.subarray(0, -4))).toBe(frame.readUInt32BE(frame.length - 4));
    const payload = JSON.parse(frame.toString("utf8", 12 + frame.readUInt32BE(4), frame.length - 4));
    events.push(JSON.parse(Buffer.from(payload.bytes, "base64").toString()));
    at += frame.length;
  }
  expect(events.map(({ type }) => type)).toEqual(EVENTS);
  expect(events.at(-1)["amazon-bedrock-invocationMetrics"].inputTokenCount).toBeGreaterThan(0);
  const body = Buffer.from(JSON.stringify(bedrock())).toString("base64");
  const count = await post(`${BEDROCK}/count-tokens`, { input: { invokeModel: { body } } });
  expect(((await count.json()) as Loose).inputTokens).toBeGreaterThan(0);
});

describe("refuses what the cloud would", () => {
  const image = { type: "image", source: { type: "url", url: "https://a.example/x.png" } };
  const addressed = { messages: [{ role: "user", content: [image] }] };
  test.each([
    ["another's version", bedrock(), "anthropic_version"],
    ["a model", vertex({ model: "x" }), "model: Extra inputs"],
    ["a tier", vertex({ service_tier: "auto" }), "service_tier: Extra inputs"],
    ["an address", vertex(addressed), "URL sources are not supported"],
    ["a stream by the other method", vertex({ stream: true }), "stream"],
    ["no cap", vertex({ max_tokens: undefined }), "max_tokens: Field required"],
  ])("at Vertex AI: %s", async (_, body, message) => {
    const response = await post(`${VERTEX}:rawPredict`, body);
    const { type, error } = (await response.json()) as Loose;
    expect([response.status, type, error.type]).toEqual([400, "error", "invalid_request_error"]);
    expect(error.message).toContain(message);
  });

  test.each([
    ["another's version", vertex(), "anthropic_version"],
    ["a model", bedrock({ model: "x" }), "model: Extra inputs"],
    ["a stream in the body", bedrock({ stream: true }), "stream: Extra inputs"],
    ["betas that are no list", bedrock({ anthropic_beta: "a" }), "anthropic_beta"],
    ["an address", bedrock(addressed), "URL sources are not supported"],
    ["a search", bedrock({ tools: [{ type: "web_search_20250305", name: "web_search" }] }), "web_search_20250305"],
    ["no cap", bedrock({ max_tokens: undefined }), "max_tokens: Field required"],
  ])("at Bedrock: %s", async (_, body, message) => {
    const response = await post(`${BEDROCK}/invoke`, body);
    expect([response.status, response.headers.get("x-amzn-errortype")?.split(":")[0]]).toEqual([
      400,
      "ValidationException",
    ]);
    expect(((await response.json()) as Loose).message).toContain(message);
  });

  test("who shows no key", async () => {
    expect((await post(`${VERTEX}:rawPredict`, vertex(), {})).status).toBe(403);
    expect((await post(`${BEDROCK}/invoke`, bedrock(), {})).status).toBe(403);
  });
});
