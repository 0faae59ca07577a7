import { sized } from "../../src/upstream/fixtures/raw-server.ts";
import { KEY, type RunningGateway } from "../support/gateway.ts";
import type { Door } from "../support/judges.ts";
import { wavOf } from "../support/sound.ts";
import { eventsOf } from "./doors.ts";
import type { Outcome } from "./matrix.ts";
import type { Play, Speak } from "./provider.ts";
import type { Loose, Speech } from "./speech.ts";

/** Doors beside those of talk, and who serves at them. */
export interface Elsewhere {
  readonly name: string;
  /** The words in which the provider refuses, and talks where nothing else is said. */
  readonly wire: Door;
  readonly speak?: Speak;
  /** How it answers where nothing goes wrong. @default as it speaks */
  readonly well?: Play;
  /** Which outcomes can come of a fault here. @default all */
  readonly meets?: (outcome: Outcome) => boolean;
  /** What the configuration says of the provider, and of its model, beside what it says of all. */
  readonly provider?: object;
  readonly model: object;
  /** Its answer is bytes, which go out as they come. */
  readonly isBytes?: true;
  readonly streams: readonly boolean[];
  ask(gateway: RunningGateway, asked: Asked): Promise<Response>;
  /** What a client reads of a reply that is none of JSON's errors. */
  read(raw: string, stream: boolean): Heard;
}

export interface Asked {
  readonly model: string;
  readonly stream: boolean;
  readonly fallbacks: readonly string[];
}

export interface Heard {
  readonly words: string;
  /** It says that all is well. */
  readonly ended: boolean;
  /** What its last event says went wrong. */
  readonly error?: Loose;
}

const optionsOf = ({ fallbacks }: Asked) =>
  fallbacks.length === 0 ? {} : { providerOptions: { gateway: { models: fallbacks } } };
const TOKENS = { price: { input: 1, output: 2 } };
const BOTH = [false, true];

const call = (wire: Door): Elsewhere => ({
  name: `a call of the AI SDK's, by ${wire}`,
  wire,
  model: TOKENS,
  streams: BOTH,
  ask: (gateway, asked) =>
    gateway.post(
      "/v4/ai/language-model",
      { prompt: [{ role: "user", content: [{ type: "text", text: "Hello" }] }], ...optionsOf(asked) },
      { "ai-language-model-id": asked.model, "ai-language-model-streaming": String(asked.stream) },
    ),
  read(raw, stream) {
    if (!stream) {
      const texts = JSON.parse(raw).content.flatMap(({ type, text }: Loose) => (type === "text" ? [text] : []));
      return { words: texts.join(""), ended: true };
    }
    const parts = eventsOf(raw);
    const said = parts.flatMap(({ type, delta }) => (type === "text-delta" ? [delta] : []));
    const { type, error } = parts.at(-1);
    const ends = parts.filter((one) => one.type === "finish").length;
    return {
      words: said.join(""),
      ended: type === "finish" && ends === 1 && raw.endsWith("data: [DONE]\n\n"),
      ...(type === "error" ? { error } : {}),
    };
  },
});

const complete = (wire: Door, own?: { speak: Speak; provider: object }): Elsewhere => ({
  name: `a completion, by ${own === undefined ? wire : "who completes"}`,
  wire,
  ...own,
  model: TOKENS,
  streams: BOTH,
  ask: (gateway, asked) => {
    const { model, stream } = asked;
    return gateway.post("/v1/completions", { model, stream, prompt: "Hello", max_tokens: 100, ...optionsOf(asked) });
  },
  read(raw, stream) {
    const chunks: Loose[] = stream ? eventsOf(raw) : [JSON.parse(raw)];
    const words = chunks.map(({ choices }) => choices?.[0]?.text ?? "").join("");
    const finishes = chunks.filter(({ choices }) => choices?.[0]?.finish_reason).length;
    const { error } = chunks.at(-1);
    const ended = finishes === 1 && (!stream || raw.endsWith("data: [DONE]\n\n"));
    return { words, ended, ...(error === undefined ? {} : { error }) };
  },
});

const same = (object: Loose) => object;
const data = (object: Loose) => `data: ${JSON.stringify(object)}\n\n`;

/** https://platform.openai.com/docs/api-reference/completions/object */
const completes: Speak = ({ words, usage, edit = same }): Speech => {
  const head = { id: "cmpl-x1", object: "text_completion", created: 1_760_000_000, model: "upstream-model" };
  const counts = usage && {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
  };
  const piece = (text: string, finish_reason: string | null = null) =>
    data(edit({ ...head, choices: [{ text, index: 0, logprobs: null, finish_reason }] }));
  const tells = counts === undefined ? {} : { usage: counts };
  const whole = [{ text: words.join(""), index: 0, logprobs: null, finish_reason: "stop" }];
  return {
    words,
    opening: [],
    said: words.map((text) => piece(text)),
    ending: [
      piece("", "stop"),
      ...(counts ? [data(edit({ ...head, choices: [], ...tells }))] : []),
      "data: [DONE]\n\n",
    ],
    ping: ": keep-alive\n\n",
    error: data({ error: { message: "Overloaded, come back.", type: "overloaded", code: "overloaded" } }),
    whole: JSON.stringify(edit({ ...head, choices: whole, ...tells })),
  };
};

/** https://platform.openai.com/docs/api-reference/audio/json-object */
const hears: Speak = ({ words, usage, edit = same }): Speech => {
  const tokens = usage && {
    type: "tokens",
    input_tokens: usage.input,
    output_tokens: usage.output,
    total_tokens: usage.input + usage.output,
  };
  // Faults know what an answer consists of by other names than this.
  const { output, ...more } = edit({ output: words, ...(tokens ? { usage: tokens } : {}) });
  const whole = JSON.stringify({ text: output?.join("") ?? output, ...more });
  return { words, opening: [], said: [], ending: [], ping: "", error: "", whole };
};

/** JSON is no sound: whatever it says is an error. */
const noSound: Speak = ({ words, edit = same }): Speech => {
  const whole = JSON.stringify(edit({ output: words, more: "x".repeat(40) }));
  return { words, opening: [], said: [], ending: [], ping: "", error: "", whole };
};

async function hear(gateway: RunningGateway, asked: Asked): Promise<Response> {
  const form = new FormData();
  form.append("model", asked.model);
  const options = optionsOf(asked).providerOptions;
  if (options !== undefined) form.append("providerOptions", JSON.stringify(options));
  form.append("file", wavOf(1));
  const headers = { authorization: `Bearer ${KEY}` };
  return fetch(`${gateway.url}/v1/audio/transcriptions`, { method: "POST", headers, body: form });
}

/** Each of them, by each wire where a chat stands behind it. */
export const ELSEWHERE: readonly Elsewhere[] = [
  ...(["openai-chat", "openai-responses", "anthropic-messages"] as const).map(call),
  ...(["openai-chat", "anthropic-messages"] as const).map((wire) => complete(wire)),
  complete("openai-chat", { speak: completes, provider: { completions: true } }),
  {
    name: "speech",
    wire: "openai-chat",
    speak: noSound,
    well: ({ line, speech: { words } }) =>
      line.send(sized(words.join(""), "HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg")),
    // What comes of sound that has begun is met beside this.
    meets: ({ kind }) => kind === "refused",
    model: { type: "speech", price: { characters: 1 } },
    isBytes: true,
    streams: [false],
    ask: (gateway, asked) => {
      const { model } = asked;
      return gateway.post("/v1/audio/speech", { model, input: "Hello", voice: "a", ...optionsOf(asked) });
    },
    read: (raw) => ({ words: raw, ended: true }),
  },
  {
    name: "a transcription",
    wire: "openai-chat",
    speak: hears,
    model: { type: "transcription", price: { input: 1, output: 2 } },
    streams: [false],
    ask: hear,
    read: (raw) => ({ words: JSON.parse(raw).text, ended: true }),
  },
];
