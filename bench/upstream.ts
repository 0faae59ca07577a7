/**
 * The provider that the figures are taken against: prebuilt bytes and nothing else, so that what is measured is what
 * stands before it. `bun bench/upstream.ts <port>`. The text of a request that streams says how: `chunks=300 gap=10`.
 */
const port = Number(process.argv[2] ?? 0);

const head = (type: string, framing: string) => `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${framing}\r\n\r\n`;
const frame = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

const ANSWER = JSON.stringify({
  id: "chatcmpl-CoyYfvJOAErG7o9IjpyQTI56Jm26M",
  object: "chat.completion",
  created: 1766265221,
  model: "gpt-4o-mini-2024-07-18",
  choices: [
    {
      index: 0,
      message: {
        role: "assistant",
        content: "A gate decides how much water goes where. ".repeat(8),
        refusal: null,
        annotations: [],
      },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: {
    prompt_tokens: 12,
    completion_tokens: 80,
    total_tokens: 92,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  },
  service_tier: "default",
  system_fingerprint: "fp_29330a9688",
});
const whole = (answer: string) =>
  Buffer.from(head("application/json", `content-length: ${Buffer.byteLength(answer)}`) + answer);

const chat = (choices: string, usage: string) =>
  `data: {"id":"chatcmpl-CoyYfvJOAErG7o9IjpyQTI56Jm26M","object":"chat.completion.chunk","created":1766265221,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_29330a9688","choices":${choices},"usage":${usage},"obfuscation":"yV5abc"}\n\n`;
const choice = (delta: string, finish: string) =>
  `[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}]`;

const SSE_HEAD = head("text/event-stream; charset=utf-8", "transfer-encoding: chunked");

const MESSAGE = JSON.stringify({
  id: "msg_01S5kL8QE9V6vWV2bW3ammYD",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  content: [{ type: "text", text: "A gate decides how much water goes where. ".repeat(8) }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 12, output_tokens: 80 },
});

/** Gemini's way of writing JSON, and of ending lines. */
const candidate = (text: string, more: string) =>
  `{"candidates": [{"content": {"parts": [{"text": "${text}"}],"role": "model"}${more},"index": 0}],"usageMetadata": {"promptTokenCount": 12,"candidatesTokenCount": 80,"totalTokenCount": 92,"promptTokensDetails": [{"modality": "TEXT","tokenCount": 12}]},"modelVersion": "gemini-2.5-flash","responseId": "mNQnaZ2FKsqBmtkP3Pmm6A8"}`;
const FINISHED = ',"finishReason": "STOP"';

/** What one wire says: a whole answer; and of a stream its opening, a piece of content, its end. */
const WIRES = {
  chat: {
    whole: whole(ANSWER),
    open: Buffer.from(
      SSE_HEAD + frame(chat(choice('{"role":"assistant","content":"","refusal":null}', "null"), "null")),
    ),
    piece: Buffer.from(frame(chat(choice('{"content":" water"}', "null"), "null"))),
    end: Buffer.from(
      `${frame(chat(choice("{}", '"stop"'), "null"))}${frame(chat("[]", '{"prompt_tokens":12,"completion_tokens":300,"total_tokens":312}'))}${frame("data: [DONE]\n\n")}0\r\n\r\n`,
    ),
  },
  messages: {
    whole: whole(MESSAGE),
    open: Buffer.from(
      SSE_HEAD +
        frame(
          'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_01S5kL8QE9V6vWV2bW3ammYD","type":"message","role":"assistant","content":[],"model":"claude-sonnet-4-5-20250929","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"output_tokens":1}}}\n\n',
        ) +
        frame(
          'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
        ),
    ),
    piece: Buffer.from(
      frame(
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" water"}        }\n\n',
      ),
    ),
    end: Buffer.from(
      frame('event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n') +
        frame(
          'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":12,"output_tokens":300}}\n\n',
        ) +
        frame('event: message_stop\ndata: {"type":"message_stop"}\n\n') +
        "0\r\n\r\n",
    ),
  },
  gemini: {
    whole: whole(candidate("A gate decides how much water goes where. ".repeat(8), FINISHED)),
    open: Buffer.from(SSE_HEAD + frame(`data: ${candidate("A", "")}\r\n\r\n`)),
    piece: Buffer.from(frame(`data: ${candidate(" water", "")}\r\n\r\n`)),
    end: Buffer.from(`${frame(`data: ${candidate("", FINISHED)}\r\n\r\n`)}0\r\n\r\n`),
  },
};
type Wire = keyof typeof WIRES;

function wireAt(request: string): Wire {
  if (request.includes("/v1/messages")) return "messages";
  return request.includes("enerateContent") ? "gemini" : "chat";
}

/** Streams that speak at the same pace share a timer: all of them get their next piece in one go, as busy providers do. */
class Pace {
  private readonly streams = new Set<{ left: number; piece: Buffer; end: Buffer; socket: Bun.Socket<unknown> }>();

  constructor(gap: number) {
    setInterval(() => {
      for (const stream of this.streams) {
        if (stream.left-- > 0) stream.socket.write(stream.piece);
        else {
          stream.socket.write(stream.end);
          this.streams.delete(stream);
        }
      }
    }, gap);
  }

  add(socket: Bun.Socket<unknown>, wire: Wire, chunks: number): void {
    const { open, piece, end } = WIRES[wire];
    socket.write(open);
    this.streams.add({ left: chunks, piece, end, socket });
  }
}
const paces = new Map<number, Pace>();

/** A request on its way in: a large one comes in many pieces. */
interface Arriving {
  pieces: string[];
  size: number;
  /** Bytes of its head, once that is known, and of all of it. */
  head: number;
  whole: number;
}

const listener = Bun.listen<Arriving>({
  hostname: "127.0.0.1",
  port,
  socket: {
    open(socket) {
      socket.data = { pieces: [], size: 0, head: 0, whole: 0 };
    },
    data(socket, bytes) {
      const { data } = socket;
      data.pieces.push(bytes.toString("latin1"));
      data.size += bytes.length;
      if (data.size < data.whole) return;
      let held = data.pieces.join("");
      for (;;) {
        const blank = held.indexOf("\r\n\r\n");
        data.head = blank + 4;
        data.whole = blank < 0 ? 0 : data.head + Number(/content-length: *(\d+)/i.exec(held.slice(0, blank))?.[1] ?? 0);
        if (data.whole === 0 || held.length < data.whole) break;
        answer(socket, held.slice(0, blank), held.slice(data.head, data.whole));
        held = held.slice(data.whole);
      }
      data.pieces = [held];
      data.size = held.length;
    },
  },
});

function answer(socket: Bun.Socket<unknown>, request: string, body: string): void {
  const wire = wireAt(request);
  if (!body.includes('"stream":true') && !request.includes("streamGenerateContent")) {
    socket.write(WIRES[wire].whole);
    return;
  }
  const chunks = Number(/chunks=(\d+)/.exec(body)?.[1] ?? 1);
  const gap = Number(/gap=(\d+)/.exec(body)?.[1] ?? 1);
  const pace = paces.get(gap) ?? new Pace(gap);
  paces.set(gap, pace);
  pace.add(socket, wire, chunks);
}

process.stdout.write(`${listener.port}\n`);
