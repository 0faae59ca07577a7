import type { Door } from "../support/judges.ts";

/** Anything that JSON can say. */
// biome-ignore lint/suspicious/noExplicitAny: a provider may say anything
export type Loose = any;

/** What a provider of one wire says: the bytes of its frames and bodies, written down from the vendor's pages. None of our encoders has a part in it. */
export interface Speech {
  readonly words: readonly string[];
  /** Frames before any content. */
  readonly opening: readonly string[];
  /** One for each word. */
  readonly said: readonly string[];
  /** Why it ends, usage, end mark. */
  readonly ending: readonly string[];
  /** Says nothing, and keeps the line open. */
  readonly ping: string;
  /** An event that says that the provider is overloaded. */
  readonly error: string;
  /** The answer that is not streamed. */
  readonly whole: string;
}

export interface Told {
  readonly words: readonly string[];
  /** Tokens read and written; absent: nobody tells. */
  readonly usage?: { readonly input: Loose; readonly output: Loose };
  /** Every object passes through it, on its way out. */
  readonly edit?: (object: Loose) => Loose;
}

/** What a provider says on this wire. */
export function speechOf(wire: Door, told: Told): Speech {
  return SPEECHES[wire](told);
}

/** A refusal in the words of a wire. */
export function refusalOf(
  wire: Door,
  { message, type, code }: { message: string; type: string; code?: string },
): string {
  if (wire === "anthropic-messages") return JSON.stringify({ type: "error", error: { type, message } });
  return JSON.stringify({ error: { message, type, param: null, code: code ?? null } });
}

const SPEECHES: Record<Door, (told: Told) => Speech> = {
  "openai-chat": chat,
  "openai-responses": responses,
  "anthropic-messages": messages,
};

const same = (object: Loose) => object;
const data = (object: Loose) => `data: ${JSON.stringify(object)}\n\n`;
const event = (object: Loose) => `event: ${object.type}\n${data(object)}`;

/** https://platform.openai.com/docs/api-reference/chat/streaming */
function chat({ words, usage, edit = same }: Told): Speech {
  const head = { id: "chatcmpl-x1", created: 1_760_000_000, model: "upstream-model" };
  const counts = usage && {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
  };
  const frame = (choices: Loose[], more: object = {}) =>
    data(edit({ ...head, object: "chat.completion.chunk", choices, ...more }));
  const delta = (delta: object, finish_reason: string | null = null) => frame([{ index: 0, delta, finish_reason }]);
  const message = { role: "assistant", content: words.join("") };
  return {
    words,
    opening: [delta({ role: "assistant", content: "" })],
    said: words.map((content) => delta({ content })),
    ending: [delta({}, "stop"), ...(counts ? [frame([], { usage: counts })] : []), "data: [DONE]\n\n"],
    ping: ": keep-alive\n\n",
    error: data({ error: { message: "Overloaded, come back.", type: "overloaded", code: "overloaded" } }),
    whole: JSON.stringify(
      edit({
        ...head,
        object: "chat.completion",
        choices: [{ index: 0, message, finish_reason: "stop" }],
        ...(counts ? { usage: counts } : {}),
      }),
    ),
  };
}

/** https://platform.claude.com/docs/en/build-with-claude/streaming */
function messages({ words, usage, edit = same }: Told): Speech {
  const message = { id: "msg_x1", type: "message", role: "assistant", model: "upstream-model" };
  const start = { ...message, content: [], stop_reason: null, stop_sequence: null };
  const ended = { stop_reason: "end_turn", stop_sequence: null };
  const frame = (object: Loose) => event(edit(object));
  return {
    words,
    opening: [
      frame({
        type: "message_start",
        message: { ...start, ...(usage ? { usage: { input_tokens: usage.input, output_tokens: 0 } } : {}) },
      }),
      frame({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
    ],
    said: words.map((text) => frame({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
    ending: [
      frame({ type: "content_block_stop", index: 0 }),
      frame({ type: "message_delta", delta: ended, ...(usage ? { usage: { output_tokens: usage.output } } : {}) }),
      frame({ type: "message_stop" }),
    ],
    ping: event({ type: "ping" }),
    error: event({ type: "error", error: { type: "overloaded_error", message: "Overloaded, come back." } }),
    whole: JSON.stringify(
      edit({
        ...message,
        content: [{ type: "text", text: words.join("") }],
        ...ended,
        ...(usage ? { usage: { input_tokens: usage.input, output_tokens: usage.output } } : {}),
      }),
    ),
  };
}

/** https://platform.openai.com/docs/api-reference/responses-streaming */
function responses({ words, usage, edit = same }: Told): Speech {
  const text = words.join("");
  const counts = usage && {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: usage.input + usage.output,
  };
  const response = (status: string, output: Loose[]) => ({
    id: "resp_x1",
    object: "response",
    created_at: 1_760_000_000,
    status,
    error: null,
    incomplete_details: null,
    model: "upstream-model",
    output,
    usage: status === "completed" && counts ? counts : null,
  });
  const part = { type: "output_text", text: "", annotations: [], logprobs: [] };
  const item = (status: string, content: Loose[]) => ({
    id: "msg_x1",
    type: "message",
    role: "assistant",
    status,
    content,
  });
  const whole = { ...part, text };
  const place = { item_id: "msg_x1", output_index: 0, content_index: 0 };
  let number = 0;
  const frame = (object: Loose) => event(edit({ ...object, sequence_number: number++ }));
  return {
    words,
    opening: [
      frame({ type: "response.created", response: response("in_progress", []) }),
      frame({ type: "response.in_progress", response: response("in_progress", []) }),
      frame({ type: "response.output_item.added", output_index: 0, item: item("in_progress", []) }),
      frame({ type: "response.content_part.added", ...place, part }),
    ],
    said: words.map((delta) => frame({ type: "response.output_text.delta", ...place, delta, logprobs: [] })),
    ending: [
      frame({ type: "response.output_text.done", ...place, text, logprobs: [] }),
      frame({ type: "response.content_part.done", ...place, part: whole }),
      frame({ type: "response.output_item.done", output_index: 0, item: item("completed", [whole]) }),
      frame({ type: "response.completed", response: response("completed", [item("completed", [whole])]) }),
    ],
    ping: event({ type: "keepalive", sequence_number: 4 }),
    error: event({
      type: "error",
      code: "overloaded",
      message: "Overloaded, come back.",
      param: null,
      sequence_number: 5,
    }),
    whole: JSON.stringify(edit(response("completed", [item("completed", [whole])]))),
  };
}

/** A tool that every wire knows to offer in its own words. */
export const TOOL = "get_weather";
/** Arguments of two calls, in the pieces in which they come. */
const PIECES = [
  ['{"city":', '"Oslo"}'],
  ['{"city":"', "Rome", '"}'],
];
export const ARGUMENTS = PIECES.flat().join("");

/**
 * A stream of calls; on the chat wire, as from odd servers, with an id and a name in every piece.
 * @param calls the pieces of each one's arguments. @default two, numbered with gaps
 */
export function callsOf(wire: Door, calls?: readonly (readonly string[])[]): string[] {
  const { opening, ending } = speechOf(wire, { words: [], usage: { input: 11, output: 6 } });
  const [first, step] = calls === undefined ? [2, 3] : [0, 1];
  const numbered = (calls ?? PIECES).map((pieces, i) => ({ pieces, at: first + step * i, id: `call_${i}` }));
  if (wire === "openai-chat") {
    const frame = (delta: object, finish_reason: string | null = null) =>
      data({
        id: "chatcmpl-x1",
        object: "chat.completion.chunk",
        created: 1,
        model: "m",
        choices: [{ index: 0, delta, finish_reason }],
      });
    const said = numbered.flatMap(({ pieces, at, id }) =>
      pieces.map((json) =>
        frame({ tool_calls: [{ index: at, id, type: "function", function: { name: TOOL, arguments: json } }] }),
      ),
    );
    return [opening[0]!, ...said, frame({}, "tool_calls"), ...ending.slice(1)];
  }
  if (wire === "anthropic-messages") {
    const said = numbered.flatMap(({ pieces, at, id }) => [
      event({ type: "content_block_start", index: at, content_block: { type: "tool_use", id, name: TOOL, input: {} } }),
      ...pieces.map((partial_json) =>
        event({ type: "content_block_delta", index: at, delta: { type: "input_json_delta", partial_json } }),
      ),
      event({ type: "content_block_stop", index: at }),
    ]);
    return [opening[0]!, ...said, ...ending.slice(1).map((frame) => frame.replace("end_turn", "tool_use"))];
  }
  const items = numbered.map(({ pieces, id }) => ({
    type: "function_call",
    id: `fc_${id}`,
    call_id: id,
    name: TOOL,
    arguments: pieces.join(""),
    status: "completed",
  }));
  const said = numbered.flatMap(({ pieces, at }, i) => {
    const item = items[i]!;
    const place = { item_id: item.id, output_index: at };
    return [
      event({
        type: "response.output_item.added",
        output_index: at,
        item: { ...item, arguments: "", status: "in_progress" },
      }),
      ...pieces.map((delta) => event({ type: "response.function_call_arguments.delta", ...place, delta })),
      event({ type: "response.function_call_arguments.done", ...place, name: TOOL, arguments: item.arguments }),
      event({ type: "response.output_item.done", output_index: at, item }),
    ];
  });
  const last = JSON.parse(ending.at(-1)!.slice(ending.at(-1)!.indexOf("{")));
  return [...opening.slice(0, 2), ...said, event({ ...last, response: { ...last.response, output: items } })];
}
