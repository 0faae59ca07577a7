import Anthropic from "@anthropic-ai/sdk";
import { KEY, type RunningGateway } from "../support/gateway.ts";

/** Ways through the Messages door: Anthropic's own wire, and a translation to OpenAI's. */
export const CLAUDE = "anthropic/claude-sonnet-4.5";
export const GPT = "openai/gpt-4o";
/** Thinks in words, and signs nothing. */
export const DEEPSEEK = "deepseek/deepseek-v4-pro";
export const MODELS = [CLAUDE, GPT, DEEPSEEK] as const;

/** With a stop sequence OpenAI is asked by way of chat completions, since its newer API knows none. */
export const BY_CHAT = { stop_sequences: ["~~~"] };

/** Anthropic's own client, with the gateway for Anthropic. */
export function anthropicAt(
  gateway: RunningGateway,
  options: ConstructorParameters<typeof Anthropic>[0] & object = {},
): Anthropic {
  return new Anthropic({ apiKey: KEY, baseURL: gateway.url, ...options });
}

/** A request with this as its only message. */
export function say(model: string, content: string | Anthropic.ContentBlockParam[]) {
  return { model, max_tokens: 4000, messages: [{ role: "user" as const, content }] };
}

/** The events of an SSE text, in order: what the `event:` lines say, and the data. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
export function eventsOf(sse: string): { event: string; data: any }[] {
  return sse
    .split("\n\n")
    .filter((frame) => frame !== "")
    .map((frame) => {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(frame) ?? [];
      if (event === undefined) throw new Error(`not spelled as Anthropic does: ${frame}`);
      return { event, data: JSON.parse(data!) };
    });
}
