import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { crc32 } from "node:zlib";
import type { Json, JsonObject } from "../json.ts";
import { type Simulator, startSimulator } from "../server.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => simulator.stop());

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
type Loose = any;

const user = (...content: JsonObject[]): JsonObject => ({ role: "user", content });
const asked = (text: string, more: JsonObject = {}): JsonObject => ({ messages: [user({ text })], ...more });

function post(body: JsonObject, path = "converse", headers: Record<string, string> = { authorization: "Bearer k" }) {
  const url = `${simulator.url}/bedrock/model/us.amazon.nova-lite-v1%3A0/${path}`;
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
}

async function answer(body: JsonObject): Promise<Loose> {
  const response = await post(body);
  expect(response.status).toBe(200);
  return response.json();
}

/** The events of a stream, each with both its checksums held against the runtime's own. */
async function events(body: JsonObject): Promise<[name: string, payload: Loose][]> {
  const response = await post(body, "converse-stream");
  expect(response.headers.get("content-type")).toBe("application/vnd.amazon.eventstream");
  const bytes = Buffer.from(await response.arrayBuffer());
  const found: [string, Json][] = [];
  for (let at = 0; at < bytes.length; ) {
    const frame = bytes.subarray(at, at + bytes.readUInt32BE(at));
    expect(crc32(frame.subarray(0, 8))).toBe(frame.readUInt32BE(8));
    expect(crc32(frame.subarray(0, -4))).toBe(frame.readUInt32BE(frame.length - 4));
    const head = frame.toString("latin1", 12, 12 + frame.readUInt32BE(4));
    const name = /:(?:event|exception)-type...(\w+?)\r:content-type/s.exec(head)![1]!;
    found.push([name, JSON.parse(frame.toString("utf8", 12 + frame.readUInt32BE(4), frame.length - 4))]);
    at += frame.length;
  }
  return found;
}

async function complaint(body: JsonObject): Promise<string> {
  const response = await post(body);
  expect([response.status, response.headers.get("x-amzn-errortype")?.split(":")[0]]).toEqual([
    400,
    "ValidationException",
  ]);
  return ((await response.json()) as { message: string }).message;
}

describe("an answer", () => {
  test("whole", async () => {
    const { output, stopReason, usage } = await answer(asked("Grüße"));
    expect(output.message.content[0].text).toStartWith('You wrote: "Grüße"');
    expect(stopReason).toBe("end_turn");
    expect(usage.totalTokens).toBe(usage.inputTokens + usage.outputTokens);
  });

  test("streamed says the same, and tells its usage behind the end mark", async () => {
    const told = await events(asked("Grüße"));
    const text = told.map(([, { delta }]) => delta?.text ?? "").join("");
    const whole = await answer(asked("Grüße"));
    expect(text).toBe(whole.output.message.content[0].text);
    expect(told.slice(-3).map(([name]) => name)).toEqual(["contentBlockStop", "messageStop", "metadata"]);
    expect(told.at(-1)![1].usage).toEqual(whole.usage);
    // Text begins without a word.
    expect(told.some(([name]) => name === "contentBlockStart")).toBe(false);
  });

  test("with thinking and calls", async () => {
    const tools = { tools: [{ toolSpec: { name: "weather", inputSchema: { json: {} } } }] };
    const fields = { thinking: { type: "enabled", budget_tokens: 1024 } };
    const body = asked("weather?", { toolConfig: tools, additionalModelRequestFields: fields });
    const { output, stopReason } = await answer(body);
    expect(stopReason).toBe("tool_use");
    const [{ reasoningContent }, { toolUse }] = output.message.content;
    const told = await events(body);
    const piece = (pick: (delta: Loose) => string | undefined) =>
      told.map(([, { delta }]) => (delta && pick(delta)) ?? "").join("");
    expect(piece(({ reasoningContent: thought }) => thought?.text)).toBe(reasoningContent.reasoningText.text);
    expect(piece(({ reasoningContent: thought }) => thought?.signature)).toBe(reasoningContent.reasoningText.signature);
    expect(JSON.parse(piece(({ toolUse: call }) => call?.input))).toEqual(toolUse.input);
  });

  test("that breaks off with an exception", async () => {
    const told = await events(asked("[sim error=1]"));
    expect(told.map(([name]) => name)).toEqual(["messageStart", "contentBlockDelta", "modelStreamErrorException"]);
  });
});

describe("what Converse would not take", () => {
  const use = { toolUse: { toolUseId: "a", name: "look", input: {} } };
  const result = { toolResult: { toolUseId: "a", content: [{ text: "Blue" }] } };
  const toolConfig = { tools: [{ toolSpec: { name: "look", inputSchema: { json: {} } } }] };
  const said = (...content: JsonObject[]): JsonObject => ({ role: "assistant", content });

  test.each<[string, JsonObject]>([
    ["must start with a user message", { messages: [] }],
    ["must start with a user message", { messages: [said({ text: "Hi" })] }],
    ["must alternate", { messages: [user({ text: "a" }), user({ text: "b" })] }],
    ["is empty", { messages: [user()] }],
    ["is blank", { messages: [user({ text: " " })] }],
    ["Expected toolResult blocks", { toolConfig, messages: [user({ text: "a" }), said(use), user({ text: "b" })] }],
    ["exceeds the number of toolUse blocks", { toolConfig, messages: [user({ text: "a" }, result)] }],
    ["toolConfig field must be defined", { messages: [user({ text: "a" }), said(use), user(result)] }],
  ])("%s", async (words, body) => expect(await complaint(body)).toContain(words));

  test("a conversation that keeps to it is answered", async () => {
    const { output } = await answer({ toolConfig, messages: [user({ text: "a" }), said(use), user(result)] });
    expect(output.message.content[0].text).toContain("Blue");
  });
});

describe("who may ask", () => {
  const signature = (scope: string) =>
    `AWS4-HMAC-SHA256 Credential=AKID/20261125/${scope}/aws4_request, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`;
  test.each<[string, Record<string, string>, number]>([
    ["a bearer token", { authorization: "Bearer k" }, 200],
    ["a bad one", { authorization: "Bearer sk-bad" }, 403],
    ["a signature", { authorization: signature("us-east-1/bedrock"), "x-amz-date": "20261125T000000Z" }, 200],
    ["one without its date", { authorization: signature("us-east-1/bedrock") }, 403],
    ["one for another service", { authorization: signature("us-east-1/s3"), "x-amz-date": "20261125T000000Z" }, 403],
    ["nobody", {}, 403],
  ])("%s", async (_, headers, status) => {
    expect((await post(asked("Hi"), "converse", headers)).status).toBe(status);
  });
});
