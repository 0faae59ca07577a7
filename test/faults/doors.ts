import { expect } from "bun:test";
import { ERRORS, type ErrorCode } from "../../src/core/error.ts";
import type { RunningGateway } from "../support/gateway.ts";
import type { Door } from "../support/judges.ts";
import { dataIn } from "../support/rules/frames.ts";
import { RULES } from "../support/rules.ts";
import type { Loose } from "./speech.ts";

/** What came of one request, whatever it was. */
export interface Told {
  readonly status: number;
  readonly headers: Headers;
  /** The generation. */
  readonly id: string;
  readonly raw: string;
  /** Of a reply that is no stream. */
  readonly body: Loose;
  /** What the client got to read, and the arguments of its calls. */
  readonly words: string;
}

export const DOORS: readonly Door[] = ["openai-chat", "anthropic-messages", "openai-responses"];

const PATHS: Record<Door, string> = {
  "openai-chat": "/v1/chat/completions",
  "anthropic-messages": "/v1/messages",
  "openai-responses": "/v1/responses",
};

/** One request at this door, read to its end. */
export async function askAt(
  door: Door,
  gateway: RunningGateway,
  {
    model,
    stream,
    fallbacks,
    tool,
  }: { model: string; stream: boolean; fallbacks: readonly string[]; tool?: string | undefined },
): Promise<Told> {
  const ask =
    door === "openai-responses"
      ? { input: "Hello" }
      : {
          messages: [{ role: "user", content: "Hello" }],
          ...(door === "anthropic-messages" ? { max_tokens: 100 } : {}),
        };
  const more = fallbacks.length === 0 ? {} : { providerOptions: { gateway: { models: fallbacks } } };
  const tools = tool === undefined ? {} : { tools: [offered(door, tool)] };
  const response = await gateway.post(PATHS[door], { model, stream, ...ask, ...more, ...tools });
  // Relayed frames keep the line ends that their provider gave them.
  const raw = (await response.text()).replace(/\r\n?/g, "\n").replace(/^\ufeff/, "");
  const streamed = response.headers.get("content-type") === "text/event-stream";
  const body = streamed ? undefined : JSON.parse(raw);
  return {
    status: response.status,
    headers: response.headers,
    id: response.headers.get("x-request-id")!,
    raw,
    body,
    words: streamed ? eventsOf(raw).map(deltaOf[door]).join("") : wholeOf[door](body),
  };
}

function offered(door: Door, name: string): object {
  const schema = { type: "object", properties: { city: { type: "string" } } };
  if (door === "anthropic-messages") return { name, input_schema: schema };
  if (door === "openai-responses") return { type: "function", name, parameters: schema };
  return { type: "function", function: { name, parameters: schema } };
}

/** The events of a stream, parsed; relayed frames may hold what is no JSON. */
export function eventsOf(raw: string): Loose[] {
  return dataIn(raw.endsWith("\n\n") ? raw : `${raw}\n\n`).flatMap((data) =>
    data.startsWith("{") ? JSON.parse(data) : [],
  );
}

const deltaOf: Record<Door, (event: Loose) => string> = {
  "openai-chat": ({ choices }) => {
    const { content, tool_calls = [] } = choices?.[0]?.delta ?? {};
    return (content ?? "") + tool_calls.map((call: Loose) => call.function.arguments ?? "").join("");
  },
  "anthropic-messages": ({ type, delta }) =>
    type === "content_block_delta" ? (delta.text ?? delta.partial_json ?? "") : "",
  "openai-responses": ({ type, delta }) => (/(output_text|arguments)\.delta$/.test(type) ? delta : ""),
};

const wholeOf: Record<Door, (body: Loose) => string> = {
  "openai-chat": ({ choices }) => choices?.[0]?.message.content ?? "",
  "anthropic-messages": ({ content }) => (content ?? []).map(({ text }: Loose) => text ?? "").join(""),
  "openai-responses": ({ output }) =>
    (output ?? []).flatMap(({ content }: Loose) => (content ?? []).map(({ text }: Loose) => text ?? "")).join(""),
};

/** What says that all is well. */
const END: Record<Door, RegExp> = {
  "openai-chat": /^data: \[DONE\]$/gm,
  "anthropic-messages": /^event: ?message_stop$/gm,
  "openai-responses": /^event: ?response\.completed$/gm,
};

/** How many end marks a stream has. */
export function endsOf(door: Door, raw: string): number {
  return raw.match(END[door])?.length ?? 0;
}

/** A reply that ended well, in the shape of its door. `relayed`: its frames are the provider's. */
export function expectWell(door: Door, told: Told, stream: boolean, relayed: boolean): void {
  expect(told.status).toBe(200);
  const rules = RULES[door];
  if (stream) {
    expect(endsOf(door, told.raw)).toBe(1);
    if (!relayed) rules.stream(told.raw);
  } else if (!relayed) rules.whole(told.raw);
}

/** Types that the errors of the Messages API may have. https://platform.claude.com/docs/en/api/errors */
const MESSAGES_TYPE: Partial<Record<number, string>> = {
  400: "invalid_request_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
};

/** An error instead of an answer, in the shape of its door. */
export function expectRefused(door: Door, { status, headers, body, id }: Told, code: ErrorCode, wanted: number): void {
  expect([status, body.error?.code]).toEqual([wanted, code]);
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("x-should-retry")).toBe("false");
  expectError(door, body, code);
  expect(door === "anthropic-messages" ? body.request_id : body.generationId).toBe(id);
}

/** A stream that broke after so many words: an error is the last of it. */
export function expectBroken(door: Door, { status, raw }: Told, code: ErrorCode): void {
  expect(status).toBe(200);
  RULES[door].broken(raw);
  expect(endsOf(door, raw)).toBe(0);
  expectError(door, eventsOf(raw).at(-1), code);
}

function expectError(door: Door, told: Loose, code: ErrorCode): void {
  const { error } = told;
  const { status, type } = ERRORS[code];
  expect(error.code).toBe(code);
  expect(error.message.length).toBeGreaterThan(5);
  if (door !== "anthropic-messages") {
    expect(error.type).toBe(type);
    return;
  }
  expect(told.type).toBe("error");
  const own = code === "upstream_overloaded" ? "overloaded_error" : "api_error";
  expect(error.type).toBe(MESSAGES_TYPE[status] ?? own);
}
