import {
  chunk,
  LAST_CHUNK,
  type Line,
  type RawRequest,
  STREAM_HEAD,
  startRawServer,
} from "../../src/upstream/fixtures/raw-server.ts";

/** A provider of two wires whose every word is said when the test says so. */
export interface Upstream {
  /** What a gateway's configuration needs to know: `relayed`, `reshaped` and `transcoded`, each with a model of that name. */
  readonly providers: Record<string, object>;
  /** Requests so far, oldest first. */
  readonly streams: readonly Stream[];
  /** Resolves when there have been so many. */
  asked(count: number): Promise<void>;
  stop(): void;
}

export const WAYS = ["relayed", "reshaped", "transcoded"] as const;
export type Way = (typeof WAYS)[number];

/** Starts one on a free port. `greets`: the head and opening frames are sent at once, otherwise by {@link Stream.open}. */
export function startUpstream({ greets = true } = {}): Upstream {
  const streams: Stream[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = startRawServer({
    answer(line, request) {
      const stream = new Stream(line, request);
      if (greets) stream.open();
      streams.push(stream);
      for (const { count, resolve } of waiting) if (streams.length === count) resolve();
    },
  });
  const provider = (way: Way, wire: string, quirks: string[] = []) => ({
    wire,
    quirks,
    base_url: `${server.url}/${way}`,
    api_key: `sk-${way}`,
    models: [{ id: `lab/${way}`, price: { input: 1, output: 2 } }],
  });
  return {
    providers: {
      relayed: provider("relayed", "openai-chat"),
      reshaped: provider("reshaped", "openai-chat", ["reasoning-content"]),
      transcoded: provider("transcoded", "anthropic-messages"),
    },
    streams,
    asked(count) {
      if (streams.length >= count) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ count, resolve });
      return promise;
    },
    stop: () => server.stop(),
  };
}

/** One answer, said piece by piece. */
export class Stream {
  readonly line: Line;
  readonly way: Way;
  /** The text of the request's message. */
  readonly prompt: string;
  words = 0;
  private readonly messages: boolean;

  constructor(line: Line, { head, body }: RawRequest) {
    this.line = line;
    this.way = head.split("/")[1] as Way;
    this.messages = this.way === "transcoded";
    const [message] = JSON.parse(body.toString()).messages;
    this.prompt = typeof message.content === "string" ? message.content : message.content[0].text;
  }

  /** The head, and what comes before any content. */
  open(): void {
    this.line.send(
      STREAM_HEAD + chunk(this.messages ? MESSAGES_OPENING : chatFrame({ role: "assistant", content: "" })),
    );
  }

  say(text: string): void {
    this.words++;
    this.line.send(this.frame(text));
  }

  /** The bytes that say this, to be sent many times over. */
  frame(text: string): string {
    return chunk(
      this.messages
        ? event("content_block_delta", { index: 0, delta: { type: "text_delta", text } })
        : chatFrame({ content: text }),
    );
  }

  /** The end, with usage: seven tokens in, one out for every word. */
  finish(words = this.words): void {
    this.line.send(chunk(this.messages ? messagesEnding(words) : chatEnding(words)) + LAST_CHUNK);
  }
}

function chatFrame(delta: object, finish_reason: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason }];
  return `data: ${JSON.stringify({ id: "c-1", object: "chat.completion.chunk", created: 1, model: "m", choices })}\n\n`;
}

function chatEnding(words: number): string {
  const usage = { prompt_tokens: 7, completion_tokens: words, total_tokens: 7 + words };
  const last = { id: "c-1", object: "chat.completion.chunk", created: 1, model: "m", choices: [], usage };
  return `${chatFrame({}, "stop")}data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`;
}

function event(type: string, more: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
}

const MESSAGES_OPENING =
  event("message_start", {
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [],
      stop_reason: null,
      usage: { input_tokens: 7, output_tokens: 1 },
    },
  }) + event("content_block_start", { index: 0, content_block: { type: "text", text: "" } });

function messagesEnding(words: number): string {
  return (
    event("content_block_stop", { index: 0 }) +
    event("message_delta", {
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: words },
    }) +
    event("message_stop", {})
  );
}
