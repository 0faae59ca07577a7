import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { WireName } from "../../src/core/event.ts";
import { chance, cutAtRandom } from "../../src/wires/fixtures/cuts.ts";
import { KEY } from "./gateway.ts";

/**
 * The vendors' own clients, each at its door. Whatever they throw over is a defect of the gateway; what they made of an answer
 * is given back in one form, so that all three can be held against what the provider said.
 */

// biome-ignore lint/suspicious/noExplicitAny: what the gateway adds to the vendors' types
type Loose = any;

export type Door = Extract<WireName, "openai-chat" | "openai-responses" | "anthropic-messages">;

/** What a client was told. */
export interface Heard {
  /** The generation. */
  readonly id: string;
  readonly model: string;
  readonly text: string;
  readonly refusal: string;
  readonly reasoning: string;
  readonly calls: readonly { id: string; name: string; args: string }[];
  /** Why it ended, in the door's own word. */
  readonly finish: string;
  /** All that was read, and all that was written. */
  readonly input: number;
  readonly output: number;
  /** What the answer consists of, without what two replies cannot have in common: ids, times, prices. */
  readonly said: Loose;
  /** The body of the reply, to the byte. */
  readonly raw: string;
}

export interface Judge {
  readonly door: Door;
  /** Asks the model, streamed or not. @throws whatever the vendor's client throws */
  ask(model: string, streamed: boolean, more?: object): Promise<Heard>;
  /** What the client makes of this body, were it a whole reply. */
  read(body: string): Promise<Heard>;
  /** The body of the last reply, also of one that the client threw over. */
  last(): string;
  /** What its errors are. */
  readonly Failure: typeof OpenAI.APIError | typeof Anthropic.APIError;
}

export function judgesAt(gateway: { url: string }): Judge[] {
  return [chatJudge(gateway.url), responsesJudge(gateway.url), messagesJudge(gateway.url)];
}

/** A network that keeps what it carries, and delivers it in other pieces than it came in. */
function keeping() {
  const kept: { raw: string; instead?: string } = { raw: "" };
  const carry = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { instead } = kept;
    delete kept.instead;
    const response = instead === undefined ? await fetch(url, init) : Response.json(JSON.parse(instead));
    kept.raw = await response.text();
    const bytes = Buffer.from(kept.raw).toString("latin1");
    const ways = Math.min(25, 1 + Math.floor(bytes.length / 90));
    const pieces = cutAtRandom(bytes, ways, chance(bytes.length));
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces.shift();
        if (piece === undefined) controller.close();
        else if (piece !== "") controller.enqueue(Buffer.from(piece, "latin1"));
        else this.pull!(controller);
      },
    });
    return new Response(body, { status: response.status, headers: response.headers });
  };
  return { kept, carry: carry as typeof fetch };
}

const SAY = "Say it again.";

function chatJudge(url: string): Judge {
  const { kept, carry } = keeping();
  const client = new OpenAI({ apiKey: KEY, baseURL: `${url}/v1`, maxRetries: 0, fetch: carry });
  return {
    door: "openai-chat",
    Failure: OpenAI.APIError,
    last: () => kept.raw,
    read(body) {
      kept.instead = body;
      return this.ask("nobody", false);
    },
    async ask(model, streamed, more = {}) {
      const request: Loose = { model, messages: [{ role: "user", content: SAY }], ...more };
      if (!streamed) return chatHeard(await client.chat.completions.create(request), kept.raw);
      const stream = client.chat.completions.stream(request);
      const chunks: Loose[] = [];
      stream.on("chunk", (chunk) => chunks.push(structuredClone(chunk)));
      const final: Loose = await stream.finalChatCompletion();
      const { usage, generationId } = chunks.at(-1);
      // The helper knows nothing of thinking, and keeps the last piece of it.
      const message = { ...final.choices[0].message, ...thinkingIn(chunks) };
      const choices = [{ ...final.choices[0], message }];
      return chatHeard({ ...final, choices, usage, generationId }, kept.raw);
    },
  };
}

/** What clients that know thinking make of its pieces, which belong together by their index. */
function thinkingIn(chunks: readonly Loose[]): Loose {
  const details = new Map<string, Loose>();
  let reasoning = "";
  for (const { choices } of chunks) {
    const delta = choices.find(({ index }: Loose) => (index ?? 0) === 0)?.delta ?? {};
    reasoning += thoughtOf(delta);
    for (const detail of delta.reasoning_details ?? []) {
      const key = `${detail.index} ${detail.type}`;
      const earlier = details.get(key) ?? {};
      const joined = { ...earlier, ...detail };
      for (const name of ["text", "summary", "data"])
        if (earlier[name] !== undefined) joined[name] = earlier[name] + (detail[name] ?? "");
      details.set(key, joined);
    }
  }
  return {
    reasoning: reasoning === "" ? undefined : reasoning,
    reasoning_details: details.size > 0 ? [...details.values()] : undefined,
  };
}

/** Thinking under the names that providers have for it. */
const thoughtOf = ({ reasoning_content, reasoning, reasoning_details = [] }: Loose): string =>
  reasoning_content ??
  reasoning ??
  (reasoning_details ?? []).map(({ text, summary }: Loose) => text ?? summary ?? "").join("");

function chatHeard(reply: Loose, raw: string): Heard {
  const [{ message, finish_reason: finish }] = reply.choices;
  const old = message.function_call;
  const calls = message.tool_calls ?? (old ? [{ id: old.name, function: old }] : []);
  const { content, refusal, reasoning_details, images, annotations } = message;
  return {
    id: reply.generationId,
    model: reply.model,
    text: content ?? "",
    refusal: refusal ?? "",
    reasoning: thoughtOf(message),
    calls: calls.map(({ id, function: named, custom }: Loose) => ({
      id,
      name: (named ?? custom).name,
      args: named?.arguments ?? custom.input,
    })),
    finish,
    input: reply.usage.prompt_tokens,
    output: reply.usage.completion_tokens,
    said: plainly({
      content: content || null,
      refusal: refusal || null,
      reasoning: thoughtOf(message),
      reasoning_details,
      calls: calls.map(({ id, type, function: named, custom }: Loose) => ({ id, type, named, custom })),
      images,
      annotations: annotations?.length > 0 ? annotations : undefined,
      finish,
      usage: { ...reply.usage, cost: 0 },
    }),
    raw,
  };
}

function responsesJudge(url: string): Judge {
  const { kept, carry } = keeping();
  const client = new OpenAI({ apiKey: KEY, baseURL: `${url}/v1`, maxRetries: 0, fetch: carry });
  return {
    door: "openai-responses",
    Failure: OpenAI.APIError,
    last: () => kept.raw,
    read(body) {
      kept.instead = body;
      return this.ask("nobody", false);
    },
    async ask(model, streamed, more = {}) {
      const request: Loose = { model, input: SAY, ...more };
      const reply: Loose = streamed
        ? await client.responses.stream(request).finalResponse()
        : await client.responses.create(request);
      const items: Loose[] = reply.output;
      const parts = items.flatMap(({ type, content }) => (type === "message" ? content : []));
      const words = (type: string, member = "text") =>
        parts.flatMap((part: Loose) => (part.type === type ? [part[member]] : [])).join("");
      const text = words("output_text");
      if (reply.output_text !== text) throw new Error(`output_text is ${JSON.stringify(reply.output_text)}`);
      const thoughts = items.filter(({ type }) => type === "reasoning");
      return {
        id: reply.id,
        model: reply.model,
        text,
        refusal: words("refusal", "refusal"),
        reasoning: thoughts
          .flatMap(({ summary, content }) => [...(summary ?? []), ...(content ?? [])].map((part) => part.text))
          .join(""),
        calls: items
          .filter(({ type }) => type === "function_call" || type === "custom_tool_call")
          .map((item) => ({ id: item.call_id, name: item.name, args: item.arguments ?? item.input })),
        finish: reply.incomplete_details?.reason ?? reply.status,
        input: reply.usage.input_tokens,
        output: reply.usage.output_tokens,
        said: plainly({ output: items.map(unparsed), finish: reply.incomplete_details, usage: reply.usage }, reply.id),
        raw: kept.raw,
      };
    },
  };
}

/** The helper adds what it has parsed. */
function unparsed({ parsed_arguments, parsed, content, ...item }: Loose): Loose {
  const parts = Array.isArray(content) ? content.map(({ parsed: _parsed, ...part }: Loose) => part) : content;
  return { ...item, content: parts };
}

function messagesJudge(url: string): Judge {
  const { kept, carry } = keeping();
  const client = new Anthropic({ apiKey: KEY, baseURL: url, maxRetries: 0, fetch: carry });
  return {
    door: "anthropic-messages",
    Failure: Anthropic.APIError,
    last: () => kept.raw,
    read(body) {
      kept.instead = body;
      return this.ask("nobody", false);
    },
    async ask(model, streamed, more = {}) {
      const request: Loose = { model, max_tokens: 1000, messages: [{ role: "user", content: SAY }], ...more };
      const reply: Loose = streamed
        ? await client.messages.stream(request).finalMessage()
        : await client.messages.create(request);
      const blocks: Loose[] = reply.content;
      const { input_tokens, cache_read_input_tokens: read, cache_creation_input_tokens: written } = reply.usage;
      return {
        id: reply.id,
        model: reply.model,
        text: blocks.flatMap(({ type, text }) => (type === "text" ? [text] : [])).join(""),
        refusal: "",
        reasoning: blocks.flatMap(({ type, thinking }) => (type === "thinking" ? [thinking] : [])).join(""),
        calls: blocks
          .filter(({ type }) => type === "tool_use")
          .map(({ id, name, input }) => ({ id, name, args: JSON.stringify(input) })),
        finish: reply.stop_reason,
        input: input_tokens + (read ?? 0) + (written ?? 0),
        output: reply.usage.output_tokens,
        said: plainly({
          content: blocks.map(({ citations, ...block }) => ({ ...block, citations: citations ?? undefined })),
          stop: [reply.stop_reason, reply.stop_sequence],
          // The helper takes over what it knows of a stream's usage.
          usage: [input_tokens, read, written, reply.usage.output_tokens],
        }),
        raw: kept.raw,
      };
    },
  };
}

/** Without members that are not there, and without the generation in ids that were made of it. */
function plainly(value: Loose, id = "gen_"): Loose {
  const json = JSON.stringify(value);
  return JSON.parse(id.length < 10 ? json : json.replaceAll(id.slice(4), ""));
}
