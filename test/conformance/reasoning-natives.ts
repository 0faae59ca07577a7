import { fromByteText } from "../../src/core/byte-text.ts";
import { awsEvent } from "../../src/wires/fixtures/aws-frame.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import type { Loose } from "./client.ts";

/**
 * Providers that think, call two tools, and answer when they have the results, each in its own bytes: what a conversation sends
 * back to them can be held against what they had said, to the letter.
 */
export interface Native {
  readonly model: string;
  /** A whole answer, or the bytes of a stream. */
  answer(content: readonly Loose[], stream: boolean, isLast: boolean): Response | Promise<Response>;
  /** What it says first: thinking and calls. Then, with the results: thinking and text. */
  readonly first: readonly Loose[];
  readonly last: readonly Loose[];
  /** The history in a request, as this provider's own client writes it behind the first message. */
  history(body: Loose): Loose;
  /** What that client sends after the first turn, and after the second and "And?". */
  readonly second: Loose;
  readonly third: Loose;
}

const json = (value: unknown) => Response.json(value);
const sse = (events: readonly Loose[], named = false) =>
  new Response(
    events
      .map((event) => `${named ? `event: ${event.type}\n` : ""}data: ${JSON.stringify(event)}\n\n`)
      .join("")
      .concat(named ? "" : "data: [DONE]\n\n"),
    { headers: { "content-type": "text/event-stream" } },
  );

const OSLO = { city: "Oslo" };
const TROMSO = { city: "Tromsø" };
export const RESULT = "21 degrees";
export const NEXT = "And?";

const claude = {
  first: [
    { type: "thinking", thinking: "Two cities, 两.", signature: "c2lnMQ==" },
    { type: "redacted_thinking", data: "ZGF0YTE=" },
    { type: "text", text: "I look." },
    { type: "tool_use", id: "toolu_1", name: "get_weather", input: OSLO },
    { type: "tool_use", id: "toolu_2", name: "get_weather", input: TROMSO },
  ],
  last: [
    { type: "thinking", thinking: "Warm.", signature: "c2lnMg==" },
    { type: "text", text: "Warm." },
  ],
};

const anthropic: Native = {
  model: "anthropic/claude-sonnet-4.6",
  ...claude,
  answer(content, stream, isLast) {
    const stop_reason = isLast ? "end_turn" : "tool_use";
    const message = { id: "msg_1", type: "message", role: "assistant", model: "c", stop_sequence: null };
    const usage = { input_tokens: 9, output_tokens: 5 };
    if (!stream) return json({ ...message, content, stop_reason, usage });
    const events: Loose[] = [{ type: "message_start", message: { ...message, content: [], stop_reason: null, usage } }];
    for (const [index, { thinking, signature, text, input, ...block }] of content.entries()) {
      const empty = { ...block, ...(thinking && { thinking: "", signature: "" }), ...(text && { text: "" }) };
      events.push({ type: "content_block_start", index, content_block: input ? { ...block, input: {} } : empty });
      const delta = (more: Loose) => events.push({ type: "content_block_delta", index, delta: more });
      if (thinking) delta({ type: "thinking_delta", thinking });
      if (signature) delta({ type: "signature_delta", signature });
      if (text) delta({ type: "text_delta", text });
      if (input) delta({ type: "input_json_delta", partial_json: JSON.stringify(input) });
      events.push({ type: "content_block_stop", index });
    }
    events.push({ type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage });
    events.push({ type: "message_stop" });
    return sse(events, true);
  },
  // A text may stand as it is, or as a block.
  history: ({ messages }) =>
    messages.slice(1).map(({ role, content }: Loose) => ({
      role,
      content: typeof content === "string" ? texts(content) : content,
    })),
  get second() {
    const results = ["toolu_1", "toolu_2"].map((id) => ({ type: "tool_result", tool_use_id: id, content: RESULT }));
    return [
      { role: "assistant", content: this.first },
      { role: "user", content: results },
    ];
  },
  get third() {
    return [...this.second, { role: "assistant", content: this.last }, { role: "user", content: texts(NEXT) }];
  },
};

const texts = (text: string) => [{ type: "text", text }];

const converse: Native = {
  model: "anthropic/claude-sonnet-4.6",
  first: [
    { reasoningContent: { reasoningText: { text: "Two cities, 两.", signature: "c2lnMQ==" } } },
    { reasoningContent: { redactedContent: Buffer.from("ZGF0YTE=").toString("base64") } },
    { text: "I look." },
    { toolUse: { toolUseId: "tooluse_1", name: "get_weather", input: OSLO } },
    { toolUse: { toolUseId: "tooluse_2", name: "get_weather", input: TROMSO } },
  ],
  last: [{ reasoningContent: { reasoningText: { text: "Warm.", signature: "c2lnMg==" } } }, { text: "Warm." }],
  answer(content, stream, isLast) {
    const stopReason = isLast ? "end_turn" : "tool_use";
    const usage = { inputTokens: 9, outputTokens: 5, totalTokens: 14 };
    if (!stream)
      return json({
        output: { message: { role: "assistant", content } },
        stopReason,
        usage,
        metrics: { latencyMs: 1 },
      });
    let bytes = awsEvent("messageStart", { role: "assistant" });
    for (const [contentBlockIndex, { text, reasoningContent, toolUse }] of content.entries()) {
      const delta = (more: Loose) => {
        bytes += awsEvent("contentBlockDelta", { contentBlockIndex, delta: more });
      };
      if (text) delta({ text });
      const { reasoningText, redactedContent } = reasoningContent ?? {};
      if (redactedContent) delta({ reasoningContent: { redactedContent } });
      if (reasoningText) {
        delta({ reasoningContent: { text: reasoningText.text } });
        delta({ reasoningContent: { signature: reasoningText.signature } });
      }
      if (toolUse) {
        const { input, ...start } = toolUse;
        bytes += awsEvent("contentBlockStart", { contentBlockIndex, start: { toolUse: start } });
        delta({ toolUse: { input: JSON.stringify(input) } });
      }
      bytes += awsEvent("contentBlockStop", { contentBlockIndex });
    }
    bytes += awsEvent("messageStop", { stopReason }) + awsEvent("metadata", { usage });
    return new Response(fromByteText(bytes), { headers: { "content-type": "application/vnd.amazon.eventstream" } });
  },
  history: ({ messages }) => messages.slice(1),
  get second() {
    const results = ["tooluse_1", "tooluse_2"].map((toolUseId) => ({
      toolResult: { toolUseId, content: [{ text: RESULT }] },
    }));
    return [
      { role: "assistant", content: this.first },
      { role: "user", content: results },
    ];
  },
  get third() {
    return [...this.second, { role: "assistant", content: this.last }, { role: "user", content: [{ text: NEXT }] }];
  },
};

const gemini: Native = {
  model: "google/gemini-3.5-flash",
  first: [
    { text: "Two cities, 两.", thought: true },
    { text: "I look." },
    { functionCall: { id: "a1", name: "get_weather", args: OSLO }, thoughtSignature: "c2lnMQ==" },
    { functionCall: { id: "a2", name: "get_weather", args: TROMSO } },
  ],
  last: [
    { text: "Warm.", thought: true },
    { text: "Warm.", thoughtSignature: "c2lnMg==" },
  ],
  answer(parts, stream) {
    const chunk = (said: readonly Loose[], more: Loose) => ({
      candidates: [{ content: { role: "model", parts: said }, index: 0, ...more }],
      usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 5, totalTokenCount: 14 },
      modelVersion: "g",
      responseId: "r1",
    });
    if (!stream) return json(chunk(parts, { finishReason: "STOP" }));
    return sse(parts.map((part, i) => chunk([part], i === parts.length - 1 ? { finishReason: "STOP" } : {})));
  },
  history: ({ contents }) => contents.slice(1),
  get second() {
    const results = ["a1", "a2"].map((id) => ({
      functionResponse: { id, name: "get_weather", response: { output: RESULT } },
    }));
    return [
      { role: "model", parts: this.first },
      { role: "user", parts: results },
    ];
  },
  get third() {
    return [...this.second, { role: "model", parts: this.last }, { role: "user", parts: [{ text: NEXT }] }];
  },
};

const responses: Native = {
  model: "openai/gpt-5",
  first: [
    {
      type: "reasoning",
      id: "rs_1",
      summary: [
        { type: "summary_text", text: "Two cities, 两." },
        { type: "summary_text", text: "Both." },
      ],
      encrypted_content: "gAAAAAB1",
    },
    { type: "function_call", id: "fc_1", call_id: "call_1", name: "get_weather", arguments: '{"city":"Oslo"}' },
    { type: "function_call", id: "fc_2", call_id: "call_2", name: "get_weather", arguments: '{"city":"Tromsø"}' },
  ],
  last: [
    {
      type: "reasoning",
      id: "rs_2",
      summary: [{ type: "summary_text", text: "Warm." }],
      encrypted_content: "gAAAAAB2",
    },
    {
      type: "message",
      id: "msg_2",
      role: "assistant",
      content: [{ type: "output_text", text: "Warm.", annotations: [] }],
    },
  ],
  answer(output, stream) {
    const usage = { input_tokens: 9, output_tokens: 5, total_tokens: 14 };
    const response = { id: "resp_1", object: "response", created_at: 1, model: "g", error: null };
    const done = { ...response, status: "completed", incomplete_details: null, output, usage };
    if (!stream) return json(done);
    const events: Loose[] = [
      { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
    ];
    for (const [output_index, item] of output.entries()) {
      const at = { output_index, item_id: item.id };
      const { encrypted_content: _, ...opening } = item;
      const empty = { ...opening };
      if (item.summary) empty.summary = [];
      if (item.content) empty.content = [];
      if (item.arguments) empty.arguments = "";
      events.push({ type: "response.output_item.added", output_index, item: empty });
      for (const [summary_index, part] of (item.summary ?? []).entries()) {
        const place = { ...at, summary_index };
        const named = { type: "response.reasoning_summary_part.added", ...place, part: { ...part, text: "" } };
        events.push(named, { type: "response.reasoning_summary_text.delta", ...place, delta: part.text });
        events.push({ type: "response.reasoning_summary_text.done", ...place, text: part.text });
        events.push({ type: "response.reasoning_summary_part.done", ...place, part });
      }
      for (const [content_index, part] of (item.content ?? []).entries()) {
        const place = { ...at, content_index };
        events.push({ type: "response.content_part.added", ...place, part: { ...part, text: "" } });
        events.push({ type: "response.output_text.delta", ...place, delta: part.text });
        events.push({ type: "response.output_text.done", ...place, text: part.text });
        events.push({ type: "response.content_part.done", ...place, part });
      }
      if (item.arguments) {
        events.push({ type: "response.function_call_arguments.delta", ...at, delta: item.arguments });
        events.push({ type: "response.function_call_arguments.done", ...at, arguments: item.arguments });
      }
      events.push({ type: "response.output_item.done", output_index, item });
    }
    events.push({ type: "response.completed", response: done });
    return sse(
      events.map((event, sequence_number) => ({ ...event, sequence_number })),
      true,
    );
  },
  history: ({ input }) => input.slice(1).map(plainItem),
  get second() {
    const results = ["call_1", "call_2"].map((call_id) => ({ type: "function_call_output", call_id, output: RESULT }));
    return [...this.first.map(plainItem), ...results];
  },
  get third() {
    return [...this.second, ...this.last.map(plainItem), { role: "user", content: NEXT }];
  },
};

/** Items need neither an id nor a status where nothing is kept, and one text may stand as it is. */
function plainItem({ id, status, type, content, ...item }: Loose): Loose {
  const [only] = Array.isArray(content) && content.length === 1 ? content : [];
  const said = content === undefined ? {} : { content: only?.text ?? content };
  const named = type === "message" || type === undefined ? {} : { type };
  return { ...named, ...(type === "reasoning" ? { id } : {}), ...item, ...said };
}

const chat: Native = {
  model: "lab/thinker",
  first: [
    {
      role: "assistant",
      content: "I look.",
      reasoning_content: "Two cities, 两.",
      tool_calls: [
        { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Oslo"}' } },
        { id: "call_2", type: "function", function: { name: "get_weather", arguments: '{"city":"Tromsø"}' } },
      ],
    },
  ],
  last: [{ role: "assistant", content: "Warm.", reasoning_content: "Warm." }],
  answer([message], stream, isLast) {
    const finish_reason = isLast ? "stop" : "tool_calls";
    const usage = { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 };
    const head = { id: "c1", created: 1, model: "m" };
    if (!stream)
      return json({ ...head, object: "chat.completion", choices: [{ index: 0, message, finish_reason }], usage });
    const chunk = (delta: Loose, more: Loose = {}) => ({
      ...head,
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta, finish_reason: null, ...more }],
    });
    const { role, content, reasoning_content, tool_calls = [] } = message;
    return sse([
      chunk({ role, content: "" }),
      chunk({ reasoning_content }),
      chunk({ content }),
      ...tool_calls.map((call: Loose, index: number) => chunk({ tool_calls: [{ index, ...call }] })),
      { ...chunk({}, { finish_reason }), usage },
    ]);
  },
  history: ({ messages }) => messages.slice(1),
  get second() {
    const results = ["call_1", "call_2"].map((id) => ({ role: "tool", tool_call_id: id, content: RESULT }));
    return [...this.first, ...results];
  },
  get third() {
    return [...this.second, ...this.last, { role: "user", content: NEXT }];
  },
};

/** Anthropic's wire as Bedrock has it: bodies without a model, and a stream in frames. */
const invoke: Native = {
  ...anthropic,
  get second() {
    return anthropic.second;
  },
  get third() {
    return anthropic.third;
  },
  async answer(content, stream, isLast) {
    const told = await anthropic.answer(content, stream, isLast);
    if (!stream) return told;
    const events = (await told.text()).split("\n\n").flatMap((frame) => /^data: (.*)$/m.exec(frame)?.[1] ?? []);
    const frames = events.map((data) => awsEvent("chunk", { bytes: Buffer.from(data).toString("base64") }));
    return new Response(fromByteText(frames.join("")), {
      headers: { "content-type": "application/vnd.amazon.eventstream" },
    });
  },
};

/** What a provider speaks with a client of this door. */
export function nativeOf(provider: string, door: string): Native {
  return provider === "bedrock" && door === "messages" ? invoke : NATIVES[provider]!;
}

/** By the name of a provider that speaks the wire. */
export const NATIVES: Readonly<Record<string, Native>> = {
  anthropic,
  bedrock: converse,
  google: gemini,
  openai: responses,
  lab: chat,
};

export interface NativesUnderTest {
  readonly gateway: RunningGateway;
  /** Bodies that reached a provider, since the test last looked. */
  readonly bodies: Loose[];
  stop(): Promise<void>;
}

/** Each answers with its last words where the request has a result of a tool in it, else with its first. */
export async function startNatives(): Promise<NativesUnderTest> {
  const bodies: Loose[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const text = await request.text();
      bodies.push(JSON.parse(text));
      const native = nativeOf(pathname.split("/")[1]!, /\/invoke/.test(pathname) ? "messages" : "");
      const stream = /stream/i.test(pathname) || bodies.at(-1).stream === true;
      const isLast = text.includes(RESULT);
      return native.answer(isLast ? native.last : native.first, stream, isLast);
    },
  });
  const at = (name: string) => ({ api_key: `sk-${name}`, base_url: `http://127.0.0.1:${server.port}/${name}` });
  const lab = {
    ...at("lab"),
    wire: "openai-chat",
    quirks: ["reasoning-content"],
    models: [{ id: chat.model, upstream: "thinker", price: { input: 1, output: 2 } }],
  };
  const providers = {
    anthropic: at("anthropic"),
    bedrock: at("bedrock"),
    google: at("google"),
    openai: at("openai"),
    lab,
  };
  const gateway = await startGateway({ config: { providers } });
  return {
    gateway,
    bodies,
    async stop() {
      await gateway.stop();
      await server.stop(true);
    },
  };
}
