/** What a provider has counted: everything that was read, by what it was read from, and everything that was written. */
export interface Counted {
  readonly fresh: number;
  readonly cached: number;
  readonly kept5m: number;
  readonly kept1h: number;
  readonly said: number;
  readonly thought: number;
}

/** USD per million, as its list has them. */
export const LIST = { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75, cache_write_1h: 6, reasoning: 20 };

/** What it will ask for that, in nanodollars: each side rounded half up. Its own arithmetic, in thousandths of a millionth of a dollar. */
export function billOf({ fresh, cached, kept5m, kept1h, said, thought }: Counted): bigint {
  const at = (count: number, usd: number) => BigInt(count) * BigInt(Math.round(usd * 1e6));
  const read = at(fresh, 3) + at(cached, 0.3) + at(kept5m, 3.75) + at(kept1h, 6);
  const wrote = at(said, 15) + at(thought, 20);
  return (read + 500n) / 1000n + (wrote + 500n) / 1000n;
}

/** How it tells it: there are several ways in each format, all of them seen in traffic. */
export interface Told {
  readonly stream: boolean;
  readonly style: number;
}

// biome-ignore lint/suspicious/noExplicitAny: a provider may say anything
type Loose = any;
const data = (object: Loose) => `data: ${JSON.stringify(object)}\n\n`;
const event = (object: Loose) => `event: ${object.type}\n${data(object)}`;
const TEXT = "hello there";

/** Its answer by the format that it is asked in. What a format has no word for must be 0. */
export const ANSWERS: Readonly<Record<string, (counted: Counted, told: Told) => string>> = {
  /** https://platform.openai.com/docs/api-reference/chat, and DeepSeek's and xAI's words for the same */
  chat({ fresh, cached, kept5m, said, thought }, { stream, style }) {
    const prompt = fresh + cached + kept5m;
    const written = kept5m === 0 ? {} : { cache_creation_input_tokens: kept5m };
    const details =
      style === 1
        ? { prompt_cache_hit_tokens: cached, prompt_cache_miss_tokens: fresh }
        : { prompt_tokens_details: { cached_tokens: cached } };
    const usage = {
      prompt_tokens: prompt,
      completion_tokens: style === 2 ? said : said + thought,
      total_tokens: prompt + said + thought,
      ...written,
      ...details,
      completion_tokens_details: { reasoning_tokens: thought },
      ...(style === 3 ? { cost: 0.5 } : {}),
    };
    const head = { id: "chatcmpl-1", created: 1, model: "up" };
    const message = { role: "assistant", content: TEXT };
    if (!stream)
      return JSON.stringify({
        ...head,
        object: "chat.completion",
        choices: [{ index: 0, message, finish_reason: "stop" }],
        usage,
      });
    const chunk = (choices: Loose[], more: object = {}) =>
      data({ ...head, object: "chat.completion.chunk", choices, ...more });
    const delta = (delta: object, finish_reason: string | null = null) => [{ index: 0, delta, finish_reason }];
    const early = { usage: { prompt_tokens: prompt, completion_tokens: 1, total_tokens: prompt + 1 } };
    const nothing = { usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } };
    const begin = chunk(delta({ role: "assistant", content: TEXT }), [{}, { usage: null }, early, nothing][style]);
    const end = [
      () => chunk(delta({}, "stop"), { usage }),
      () => chunk(delta({}, "stop")) + chunk([], { usage }),
      () => chunk([], { usage }) + chunk(delta({}, "stop")),
      () => chunk(delta({}, "stop"), { usage }) + chunk([], { usage }),
    ][style]!();
    return `${begin}${end}data: [DONE]\n\n`;
  },

  /** https://platform.claude.com/docs/en/build-with-claude/streaming */
  messages({ fresh, cached, kept5m, kept1h, said, thought }, { stream, style }) {
    const inputs = {
      input_tokens: fresh,
      cache_read_input_tokens: cached,
      cache_creation_input_tokens: kept5m + kept1h,
      ...(style === 1 && kept1h === 0
        ? {}
        : { cache_creation: { ephemeral_5m_input_tokens: kept5m, ephemeral_1h_input_tokens: kept1h } }),
    };
    const outputs = { output_tokens: said + thought, output_tokens_details: { thinking_tokens: thought } };
    const usage = { ...inputs, ...outputs };
    const head = { id: "msg_1", type: "message", role: "assistant", model: "up" };
    const ended = { stop_reason: "end_turn", stop_sequence: null };
    if (!stream) return JSON.stringify({ ...head, content: [{ type: "text", text: TEXT }], ...ended, usage });
    const first = style === 2 ? { input_tokens: 0, output_tokens: 0 } : { ...inputs, output_tokens: 1 };
    const last = style < 2 ? outputs : usage;
    const message = { ...head, content: [], stop_reason: null, stop_sequence: null, usage: first };
    const middle = { type: "message_delta", delta: {}, usage: { output_tokens: 3 } };
    return [
      { type: "message_start", message },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: TEXT } },
      { type: "content_block_stop", index: 0 },
      ...(style === 3 ? [middle] : []),
      { type: "message_delta", delta: ended, usage: last },
      { type: "message_stop" },
    ]
      .map(event)
      .join("");
  },

  /** https://platform.openai.com/docs/api-reference/responses-streaming */
  responses({ fresh, cached, kept5m, said, thought }, { stream, style }) {
    const read = fresh + cached + kept5m;
    const usage = {
      input_tokens: read,
      input_tokens_details: { cached_tokens: cached, ...(kept5m === 0 ? {} : { cache_write_tokens: kept5m }) },
      output_tokens: style === 1 ? said : said + thought,
      output_tokens_details: { reasoning_tokens: thought },
      total_tokens: read + said + thought,
    };
    const part = { type: "output_text", text: TEXT, annotations: [], logprobs: [] };
    const item = { id: "msg_1", type: "message", role: "assistant", status: "completed", content: [part] };
    const response = (status: string, output: Loose[], usage: Loose) => ({
      id: "resp_1",
      object: "response",
      created_at: 1,
      status,
      error: null,
      incomplete_details: null,
      model: "up",
      output,
      usage,
    });
    if (!stream) return JSON.stringify(response("completed", [item], usage));
    const place = { item_id: "msg_1", output_index: 0, content_index: 0 };
    const early = style === 2 ? { ...usage, output_tokens: 0 } : null;
    return [
      { type: "response.created", response: response("in_progress", [], early) },
      { type: "response.output_item.added", output_index: 0, item: { ...item, status: "in_progress", content: [] } },
      { type: "response.content_part.added", ...place, part: { ...part, text: "" } },
      { type: "response.output_text.delta", ...place, delta: TEXT, logprobs: [] },
      { type: "response.output_text.done", ...place, text: TEXT, logprobs: [] },
      { type: "response.content_part.done", ...place, part },
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: response("completed", [item], usage) },
    ]
      .map((one, sequence_number) => event({ ...one, sequence_number }))
      .join("");
  },

  /** https://ai.google.dev/api/generate-content#UsageMetadata */
  gemini({ fresh, cached, said, thought }, { stream, style }) {
    const prompt = { promptTokenCount: fresh + cached, ...(cached === 0 ? {} : { cachedContentTokenCount: cached }) };
    const usage = {
      ...prompt,
      candidatesTokenCount: said,
      ...(thought === 0 ? {} : { thoughtsTokenCount: thought }),
      totalTokenCount: fresh + cached + said + thought,
    };
    const piece = (text: string, isLast: boolean, usageMetadata?: object) => ({
      candidates: [
        { content: { role: "model", parts: [{ text }] }, index: 0, ...(isLast ? { finishReason: "STOP" } : {}) },
      ],
      ...(usageMetadata === undefined ? {} : { usageMetadata }),
    });
    if (!stream) return JSON.stringify(piece(TEXT, true, usage));
    const early = { ...prompt, candidatesTokenCount: style === 2 ? 1 : 0, totalTokenCount: fresh + cached };
    return data(piece("hello", false, style === 1 ? undefined : early)) + data(piece(" there", true, usage));
  },
};
